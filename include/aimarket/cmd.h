/* cmd: the command tree. Options are rows: parsing, --help, completion and the man page come from them. */
#ifndef AIMARKET_CMD_H
#define AIMARKET_CMD_H

#include <stdio.h>

#include "aimarket/arena.h"
#include "aimarket/err.h"

enum opt_type { OPT_FLAG, OPT_TEXT, OPT_INT, OPT_MANY /* text, may come again */ };

struct option_row {
	const char *name;	/* "limit" for --limit */
	char letter;		/* 'n' for -n, or 0 */
	enum opt_type type;
	const char *arg;	/* "N" in the help; NULL for flags */
	const char *help;
};

struct cmd;			/* one invocation: parsed options, arguments, globals */

struct command {
	const char *name;
	const char *args;	/* "RESOURCE" in the usage line; NULL: takes none */
	const char *summary;	/* one line */
	const char *text;	/* paragraphs for help and man page; may be NULL */
	const struct option_row *options;	/* ends with NULL name; may be NULL */
	const struct command *const *children;	/* ends with NULL; may be NULL */
	int min_args, max_args;			/* max -1: any number */
	bool open_options;	/* takes --anything VALUE too (query: the filters of its resource); see cmd_extra */
	int (*run)(struct cmd *c, struct err *e);
	void (*more_help)(const struct command *self, FILE *out);	/* tables of its own below the options; may be NULL */
};

extern const struct command cmd_root;			/* cli/main.c */
extern const struct option_row global_options[];	/* --db --config --help --version --quiet --verbose … */

struct arena *cmd_mem(struct cmd *c);
const char *cmd_opt(struct cmd *c, const char *name);		/* last value, or NULL; "" for a flag that was given */
bool cmd_flag(struct cmd *c, const char *name);
int cmd_int(struct cmd *c, const char *name, long fallback, long *out, struct err *e) must_check;
int cmd_many(struct cmd *c, const char *name, const char *const **values);	/* how many */
int cmd_n_args(struct cmd *c);
const char *cmd_arg(struct cmd *c, int i);
/* Unknown options of an open_options command, in order: name without dashes, value or NULL. */
int cmd_extra(struct cmd *c, int i, const char **name, const char **value);

struct pg;
/* The store as --db, AIMARKET_DB and the configuration say, opened once per invocation and closed by main. */
int cmd_store(struct cmd *c, struct pg **db, struct err *e) must_check;

/* Options every listing command shares: --format --columns --sort --limit …, and the writer made from them. */
extern const struct option_row list_options[];

#endif
