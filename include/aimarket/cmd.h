/* cmd: the command tree. Options are rows: parsing, --help, completion and the man page come from them. */
#ifndef AIMARKET_CMD_H
#define AIMARKET_CMD_H

#include <stdio.h>

#include "aimarket/arena.h"
#include "aimarket/err.h"
#include "aimarket/option.h"
#include "aimarket/writer.h"

struct cmd;			/* one invocation: parsed options, arguments, globals */

struct command {
	const char *name;
	const char *args;	/* "RESOURCE" in the usage line; NULL: takes none */
	const char *summary;	/* one line */
	const char *text;	/* for help and man page, filled there; \n begins a paragraph; may be NULL */
	const struct option_row *options;	/* ends with NULL name; may be NULL */
	const struct option_row *const *shared;	/* sets that other commands take too (format_options …); ends with NULL; may be NULL */
	const struct command *const *children;	/* ends with NULL; may be NULL */
	int min_args, max_args;			/* max -1: any number */
	bool hidden;		/* works, but is not listed */
	int (*run)(struct cmd *c, struct err *e);
	/*
	 * For options that are not rows (query: the filters of its resource). 1: takes a value, 0: a flag, -1: nobody has it, which
	 * run reports with the nearest. NULL: unknown options are refused. See cmd_extra.
	 */
	int (*open_option)(const char *name);
	const char *of;		/* the resource whose filters an open command takes; NULL: its first argument names it */
	/* Tables of its own below the options; topic is what stands behind the command ("deals" in `help query deals`) or NULL. May be NULL. */
	void (*more_help)(const char *topic, FILE *out);
};

extern const struct command cmd_root;			/* cli/main.c */
extern const struct option_row global_options[];	/* --db --config --quiet --verbose --help --version */
extern const struct option_row format_options[];	/* --format and its like, for everything that prints rows: see cmd_writer */
extern const struct option_row list_options[];		/* --columns --sort --limit …, for listings of resources */
extern const struct option_row time_options[];		/* --as-of --snapshot: see cmd_as_of */

/* Parses argv by the tree under root, runs the command (or shows its help) and returns the exit code. Errors go to stderr. */
int cmd_main(const struct command *root, int argc, char **argv);

struct arena *cmd_mem(struct cmd *c);
const char *cmd_opt(struct cmd *c, const char *name);		/* last value, or NULL; "" for a flag that was given */
bool cmd_flag(struct cmd *c, const char *name);
int cmd_int(struct cmd *c, const char *name, long fallback, long *out, struct err *e) must_check;
int cmd_many(struct cmd *c, const char *name, const char *const **values);	/* how many times it was given */
int cmd_n_args(struct cmd *c);
const char *cmd_arg(struct cmd *c, int i);	/* NULL when there are fewer */
/* The i-th option that is no row of an open command: name without dashes, value NULL for a flag. 0, or -1 behind the last. */
int cmd_extra(struct cmd *c, int i, const char **name, const char **value);

struct conf;
/* The settings of --config (or the usual places) and the environment, read once; --db is in them already. Borrowed. */
int cmd_conf(struct cmd *c, const struct conf **out, struct err *e) must_check;

struct pg;
/* The store as --db, AIMARKET_DB and the configuration say, opened (STORE_AUTO) once per invocation and closed by cmd_main. */
int cmd_store(struct cmd *c, struct pg **db, struct err *e) must_check;
/* Only where it is: conninfo, or NULL for the private cluster. */
int cmd_conninfo(struct cmd *c, const char **conninfo, struct err *e) must_check;

/* A writer to stdout as format_options say: by default a table that fits the terminal. Yours: writer_free. */
int cmd_writer(struct cmd *c, const struct column *cols, int n, struct writer **out, struct err *e) must_check;
int cmd_format(struct cmd *c, enum format_kind *out, struct err *e) must_check;
/* Prints a whole PGresult through a writer of its own, in the format asked for or in this one. */
int cmd_print(struct cmd *c, const void *pgresult, struct err *e) must_check;
int cmd_print_as(struct cmd *c, enum format_kind format, const void *pgresult, struct err *e) must_check;
/* The day (YYYY-MM-DD, the last one a partial date may mean) and the transaction asked about; NULL: now. */
int cmd_as_of(struct cmd *c, const char **as_of, const char **snapshot, struct err *e) must_check;

/* cli/ask.c: for commands whose options are the filters of a resource */
struct ask;
struct resource;
int cmd_open_filter(const char *name);	/* an open_option */
int cmd_filters(struct cmd *c, struct ask *a, struct err *e) must_check;	/* all cmd_extra to *a */
int cmd_resolve(struct cmd *c, struct ask *a, struct err *e) must_check;	/* puts what names in the filters stand for in their place */
void cmd_print_filters(const struct resource *r, FILE *out);	/* for more_help; cli/query.c */

/* cli/help.c */
/* Prints text in lines that fit 80 columns, from column at on and indented; \n begins a line. Then a line end. */
void help_fill(const char *text, int indent, int at, FILE *out);
/* One row of a list of options or the like: what is typed on the left, what it does on the right. */
void help_row(const char *left, const char *text, FILE *out);
void help_word(const char *word, const char *text, FILE *out);	/* the same for a list of words: commands, resources */
const char *help_set_name(const struct option_row *set);	/* "listing", "time", "output": what a shared set is called */
void help_show(const struct command *const *path, int depth, const char *topic, FILE *out);
extern const struct command cmd_help;

#endif
