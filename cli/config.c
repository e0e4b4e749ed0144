/* aimarket config: the settings, where they come from and what they mean. */
#include "aimarket/cmd.h"
#include "aimarket/conf.h"

static int do_show(struct cmd *c, struct err *e)
{
	static const struct column columns[] = { { "setting", COL_TEXT }, { "value", COL_TEXT }, { "environment", COL_TEXT },
		{ "help", COL_TEXT } };
	const struct conf *conf;
	struct writer *w;
	int gone = 0;

	if (cmd_conf(c, &conf, e) || cmd_writer(c, columns, 4, &w, e))
		return -1;
	for (const struct conf_row *r = conf_rows; r->key && !gone; r++) {
		const char *name = arena_printf(cmd_mem(c), "%s%s%s", r->section, *r->section ? "." : "", r->key);
		const char *values[] = { name, conf_text(conf, r, cmd_mem(c)), r->env, r->help };
		int lengths[4];

		for (int i = 0; i < 4; i++)
			lengths[i] = values[i] ? (int)strlen(values[i]) : 0;
		gone = writer_row(w, values, lengths);
	}
	if (!gone)
		(void)!writer_end(w);
	writer_free(w);
	return 0;
}

static int do_sample(struct cmd *c, struct err *e)
{
	conf_sample(stdout);
	return 0;
}

static const struct command config_show = {
	.name = "show",
	.summary = "every setting with the value in force",
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = do_show,
};
static const struct command config_sample = {
	.name = "sample",
	.summary = "a commented configuration file with every setting and its default",
	.run = do_sample,
};

const struct command cmd_config = {
	.name = "config",
	.summary = "the settings: show those in force, print a sample file",
	.text = "Settings come from --config FILE, AIMARKET_CONFIG, ${XDG_CONFIG_HOME:-~/.config}/aimarket/aimarket.conf "
		"or\n" AIMARKET_SYSCONFDIR "/aimarket/aimarket.conf, the first that is there; the environment beats the file.",
	.children = (const struct command *const[]){ &config_show, &config_sample, NULL },
};
