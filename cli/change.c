#include "change.h"

#include <pwd.h>
#include <unistd.h>

#include "aimarket/date.h"

const struct option_row change_options[] = {
	{ "why", 0, OPT_TEXT, "TEXT", "the reason; kept with the change" },
	{ "by", 0, OPT_TEXT, "NAME", "who decides; the user of this system unless given" },
	{ 0 },
};

int change_why(struct cmd *c, const char **why, struct err *e)
{
	*why = cmd_opt(c, "why");
	if (*why && **why)
		return 0;
	err_set(e, ERR_USAGE, "a reason is missing");
	return err_hint(e, "Give it with --why \"…\": who reads the figure later will want to know.");
}

const char *change_author(struct cmd *c)
{
	const char *by = cmd_opt(c, "by");
	const struct passwd *user = by ? NULL : getpwuid(geteuid());

	return by ? by : user ? user->pw_name : "unknown";
}

int change_day(struct cmd *c, const char *option, bool last, const char **day, struct err *e)
{
	const char *given = cmd_opt(c, option);
	struct date_span span;
	char iso[11];

	*day = NULL;
	if (!given)
		return 0;
	if (date_read_human(given, date_today(), &span, e))
		return err_prefix(e, "--%s", option);
	date_iso(last ? span.last : span.first, iso);
	*day = arena_strdup(cmd_mem(c), iso);
	return 0;
}
