/* aimarket: the command line. This file is the tree of its commands; each command has a file of its own. */
#include "aimarket/cmd.h"

extern const struct command cmd_query, cmd_trend, cmd_compare, cmd_search, cmd_show, cmd_why, cmd_document, cmd_ingest, cmd_add, cmd_feeds, cmd_status, cmd_judge, cmd_retract, cmd_correct, cmd_check, cmd_entity, cmd_review,
	cmd_predict, cmd_fingerprint, cmd_rebuild, cmd_doctor, cmd_token, cmd_openapi, cmd_db, cmd_config, cmd_completion, cmd_man;

const struct option_row global_options[] = {
	{ "db", 0, OPT_TEXT, "CONNINFO", "the PostgreSQL to use, instead of the private one" },
	{ "config", 0, OPT_TEXT, "FILE", "read this configuration file" },
	{ "quiet", 'q', OPT_FLAG, NULL, "only errors on standard error" },
	{ "verbose", 'v', OPT_FLAG, NULL, "say more on standard error; twice: much more; three times: the SQL" },
	{ "help", 'h', OPT_FLAG, NULL, "this help" },
	{ "version", 0, OPT_FLAG, NULL, "print the version" },
	{ 0 },
};

const struct command cmd_root = {
	.name = "aimarket",
	.summary = "market and deal intelligence for the AI industry",
	.text = "Every figure leads to the source that said it; figures that disagree are all kept, ranked and shown; any question can be "
		"asked as of an earlier day.",
	.children = (const struct command *const[]){ &cmd_query, &cmd_trend, &cmd_compare, &cmd_search, &cmd_show, &cmd_why, &cmd_document, &cmd_ingest, &cmd_add, &cmd_feeds, &cmd_status, &cmd_judge, &cmd_retract,
		&cmd_correct, &cmd_check, &cmd_entity, &cmd_review, &cmd_predict, &cmd_fingerprint, &cmd_rebuild, &cmd_doctor, &cmd_token, &cmd_openapi, &cmd_db, &cmd_config, &cmd_completion, &cmd_help, &cmd_man,
		NULL },
};

int main(int argc, char **argv)
{
	return cmd_main(&cmd_root, argc, argv);
}
