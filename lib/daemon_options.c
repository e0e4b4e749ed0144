#include "aimarket/daemon_options.h"

#include <stddef.h>

const struct option_row daemon_options[] = {
	{ "config", 'c', OPT_TEXT, "FILE", "read this configuration file" },
	{ "db", 'd', OPT_TEXT, "CONNINFO", "the PostgreSQL to use, instead of the configured or private one" },
	{ "check", 'k', OPT_FLAG, NULL, "only check configuration and feeds" },
	{ "once", 'o', OPT_FLAG, NULL, "only what is due now, or the feeds that are named, whether due or not; then end" },
	{ "verbose", 'v', OPT_FLAG, NULL, "say more; again: much more" },
	{ "quiet", 'q', OPT_FLAG, NULL, "only errors" },
	{ "help", 'h', OPT_FLAG, NULL, "this help" },
	{ "version", 'V', OPT_FLAG, NULL, "print the version" },
	{ 0 },
};

const char daemon_usage[] = "aimarketd [--config FILE] [--db CONNINFO] [--check | --once [FEED...]] [-v...] [-q]";
const char daemon_text[] = "Takes in what is due and answers over HTTP, until it is told to stop; stays in the foreground, logs to standard error.";
const char daemon_signals[] = "SIGHUP reads the configuration again, SIGTERM ends after the documents and answers under way.";
