/* aimarket config: the settings, where they come from and what they mean. */
#include "aimarket/cmd.h"
#include "aimarket/conf.h"
#include "aimarket/feed.h"
#include "daemon.h"

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

static void tell_bad(void *arg, const struct err *why)
{
	++*(int *)arg;
	fprintf(stderr, "%s%s%s\n", why->text, *why->hint ? "; " : "", why->hint);
}

/* All that is wrong with the feeds, not only the first; what hangs together with fetching the daemon looks at. */
static int do_check(struct cmd *c, struct err *e)
{
	const char *argv[8] = { "", "--check", "-q" }, *file = cmd_opt(c, "config");
	const struct conf *conf;
	struct feed_set feeds;
	int bad = 0;

	if (cmd_conf(c, &conf, e) || feed_load_good(conf->feeds ? conf->feeds : feed_dir(cmd_mem(c)), cmd_mem(c), tell_bad, &bad, &feeds, e))
		return -1;
	size_t good = feeds.n;
	feed_release(&feeds);
	if (bad)
		return err_set(e, ERR_CONFIG, "%d of %zu feed definitions are wrong", bad, good + (size_t)bad);
	if (file) {
		argv[3] = "--config";
		argv[4] = file;
	}
	if (daemon_run(argv, "the daemon would not start with this configuration", e))
		return -1;
	printf("%s: fine; %zu feeds\n", conf->file ? conf->file : "no configuration file", good);
	return 0;
}

static const struct command config_check = {
	.name = "check",
	.summary = "read the configuration and every feed definition, and say what is wrong",
	.text = "Each mistake is told with file and line. Starts nothing and asks nobody; the systemd unit runs it before the daemon.",
	.run = do_check,
};
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
	.summary = "the settings: show those in force, check them, print a sample file",
	.text = "Settings come from --config FILE, AIMARKET_CONFIG, ${XDG_CONFIG_HOME:-~/.config}/aimarket/aimarket.conf "
		"or\n" AIMARKET_SYSCONFDIR "/aimarket/aimarket.conf, the first that is there; the environment beats the file.",
	.children = (const struct command *const[]){ &config_show, &config_check, &config_sample, NULL },
};
