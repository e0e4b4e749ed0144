/* cmd: parses a command line by the tree of commands, runs the command, shows its error. */
#include "aimarket/cmd.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "aimarket/conf.h"
#include "aimarket/date.h"
#include "aimarket/log.h"
#include "aimarket/query.h"
#include "aimarket/store.h"
#include "aimarket/text.h"

enum { DEPTH_MAX = 4, GIVEN_MAX = 256 };

struct given {
	const struct option_row *row; /* NULL: an open option */
	const char *name, *value;
};

struct cmd {
	const struct command *path[DEPTH_MAX + 1];
	int depth; /* of the command in path */
	struct given given[GIVEN_MAX];
	int n_given;
	const char *args[GIVEN_MAX];
	int n_args;
	const char *many[GIVEN_MAX];
	struct arena *mem;
	struct conf conf;
	bool has_conf;
	struct pg *db;
};

const struct option_row format_options[] = {
	{ "format", 'f', OPT_TEXT, "table|json|ndjson|csv|markdown", "how rows are written; a table unless given" },
	{ "width", 0, OPT_INT, "N", "columns a table may take; 0 = any. The terminal's unless given, any in a pipe" },
	{ "numbers", 0, OPT_TEXT, "string|number", "JSON: exact decimals as strings, for readers whose parser is binary" },
	{ "csv-guard", 0, OPT_FLAG, NULL, "CSV: put ' before text that a spreadsheet would run as a formula" },
	{ 0 },
};

#define WORD_ROW(name, letter, api, member, arg, help) { name, letter, OPT_TEXT, arg, help },
const struct option_row list_options[] = {
	ASK_LIST_WORDS(WORD_ROW)
	{ "limit", 'n', OPT_INT, "N", "at most N rows (100 unless given; 0 = all)" },
	{ "offset", 0, OPT_INT, "N", "leave out the first N rows" },
	{ "cursor", 0, OPT_TEXT, "CURSOR", "the page behind one of the API's: its \"next\"; of the same snapshot" },
	{ "strict", 0, OPT_FLAG, NULL, "exit with 7 when a shown figure is disputed" },
	{ "sql", 0, OPT_FLAG, NULL, "print the SQL instead of running it" },
	{ "url", 0, OPT_FLAG, NULL, "print the address of the API that answers the same" },
	{ 0 },
};

const struct option_row time_options[] = {
	ASK_TIME_WORDS(WORD_ROW)
	{ 0 },
};

/* ---- what a run asks */

struct arena *cmd_mem(struct cmd *c)
{
	return c->mem;
}

const char *cmd_opt(struct cmd *c, const char *name)
{
	for (int i = c->n_given - 1; i >= 0; i--) {
		if (c->given[i].row && strcmp(c->given[i].row->name, name) == 0)
			return c->given[i].value ? c->given[i].value : "";
	}
	return NULL;
}

bool cmd_flag(struct cmd *c, const char *name)
{
	return cmd_opt(c, name) != NULL;
}

int cmd_int(struct cmd *c, const char *name, long fallback, long *out, struct err *e)
{
	const char *s = cmd_opt(c, name);
	char *end;

	*out = fallback;
	if (!s)
		return 0;
	errno = 0;
	*out = strtol(s, &end, 10);
	if (errno || end == s || *end || *out < 0)
		return err_set(e, ERR_USAGE, "option --%s needs a whole number from 0 on, not \"%s\"", name, s);
	return 0;
}

int cmd_many(struct cmd *c, const char *name, const char *const **values)
{
	int n = 0;

	for (int i = 0; i < c->n_given; i++) {
		if (c->given[i].row && strcmp(c->given[i].row->name, name) == 0)
			c->many[n++] = c->given[i].value;
	}
	*values = c->many;
	return n;
}

int cmd_n_args(struct cmd *c)
{
	return c->n_args;
}

const char *cmd_arg(struct cmd *c, int i)
{
	return i < c->n_args ? c->args[i] : NULL;
}

int cmd_extra(struct cmd *c, int i, const char **name, const char **value)
{
	for (int k = 0; k < c->n_given; k++) {
		if (c->given[k].row || i-- > 0)
			continue;
		*name = c->given[k].name;
		*value = c->given[k].value;
		return 0;
	}
	return -1;
}

int cmd_conf(struct cmd *c, const struct conf **out, struct err *e)
{
	const char *db = cmd_opt(c, "db");

	*out = &c->conf;
	if (c->has_conf)
		return 0;
	if (db && !*db)
		return err_set(e, ERR_USAGE, "--db must not be empty");
	if (conf_load(cmd_opt(c, "config"), c->mem, &c->conf, e))
		return -1;
	if (db)
		c->conf.database = db;
	conf_export(&c->conf);
	c->has_conf = true;
	return 0;
}

int cmd_conninfo(struct cmd *c, const char **conninfo, struct err *e)
{
	const struct conf *conf;

	if (cmd_conf(c, &conf, e))
		return -1;
	*conninfo = conf->database;
	return 0;
}

int cmd_store(struct cmd *c, struct pg **db, struct err *e)
{
	const char *conninfo;

	if (!c->db && (cmd_conninfo(c, &conninfo, e) || store_open(conninfo, STORE_AUTO, &c->db, e)))
		return -1;
	*db = c->db;
	return 0;
}

/* A partial date is its last day: --as-of 2024-08 is the end of August. */
static int read_as_of(struct cmd *c, const char **out, struct err *e)
{
	const char *typed = cmd_opt(c, "as-of");
	struct date_span span;
	struct err why = { 0 };
	char iso[11];

	*out = NULL;
	if (!typed)
		return 0;
	if (date_read_human(typed, date_today(), &span, &why)) {
		err_set(e, ERR_USAGE, "--as-of: %s", why.text);
		return err_hint(e, "Dates look like 2024, 2024-08, 2024-Q3, 2024-08-02, today or -90d.");
	}
	date_iso(span.last, iso);
	*out = arena_strdup(c->mem, iso);
	return 0;
}

int cmd_as_of(struct cmd *c, const char **as_of, const char **snapshot, struct err *e)
{
	long tx;

	*snapshot = cmd_opt(c, "snapshot");
	return read_as_of(c, as_of, e) || cmd_int(c, "snapshot", 0, &tx, e) ? -1 : 0;
}

/* ---- output */

int cmd_format(struct cmd *c, enum format_kind *out, struct err *e)
{
	const char *name = cmd_opt(c, "format");
	const char *near;

	*out = OUT_TABLE;
	if (!name)
		return 0;
	for (int i = 0; i < OUT_KINDS; i++) {
		if (strcmp(name, out_names[i]) == 0) {
			*out = (enum format_kind)i;
			return 0;
		}
	}
	near = text_nearest(name, out_names, OUT_KINDS);
	err_set(e, ERR_USAGE, "unknown format \"%s\"", name);
	return near ? err_hint(e, "Did you mean \"%s\"?", near) : err_hint(e, "Formats: table, json, ndjson, csv, markdown.");
}

static int terminal_width(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}

static bool wants_color(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && *no) && !(term && strcmp(term, "dumb") == 0) && isatty(STDOUT_FILENO);
}

static int writer_as(struct cmd *c, enum format_kind format, const struct column *cols, int n, struct writer **out, struct err *e)
{
	struct writer_options o = { .format = format, .color = wants_color(), .csv_guard = cmd_flag(c, "csv-guard") };
	const char *numbers = cmd_opt(c, "numbers");
	long width;

	if (numbers && strcmp(numbers, "string") != 0 && strcmp(numbers, "number") != 0)
		return err_set(e, ERR_USAGE, "option --numbers takes string or number, not \"%s\"", numbers);
	if (cmd_int(c, "width", isatty(STDOUT_FILENO) ? terminal_width() : 0, &width, e))
		return -1;
	o.width = (int)width;
	o.numbers_as_strings = numbers && strcmp(numbers, "string") == 0;
	*out = writer_new(&o, cols, n, writer_to_file, stdout);
	return 0;
}

int cmd_writer(struct cmd *c, const struct column *cols, int n, struct writer **out, struct err *e)
{
	enum format_kind format;

	return cmd_format(c, &format, e) || writer_as(c, format, cols, n, out, e) ? -1 : 0;
}

static void result_columns(const PGresult *res, struct column *cols)
{
	for (int i = 0; i < PQnfields(res); i++)
		cols[i] = (struct column){ PQfname(res, i), writer_kind_of(PQftype(res, i)) };
}

int cmd_print_as(struct cmd *c, enum format_kind format, const void *pgresult, struct err *e)
{
	const PGresult *res = pgresult;
	int n = PQnfields(res), gone = 0;
	struct column *cols = arena_alloc(c->mem, sizeof(*cols) * (size_t)n);
	const char **values = arena_alloc(c->mem, sizeof(*values) * (size_t)n);
	int *lengths = arena_alloc(c->mem, sizeof(*lengths) * (size_t)n);
	struct writer *w;

	result_columns(res, cols);
	if (writer_as(c, format, cols, n, &w, e))
		return -1;
	for (int row = 0; row < PQntuples(res) && !gone; row++) {
		for (int i = 0; i < n; i++) {
			values[i] = PQgetisnull(res, row, i) ? NULL : PQgetvalue(res, row, i);
			lengths[i] = PQgetlength(res, row, i);
		}
		gone = writer_row(w, values, lengths);
	}
	if (!gone)
		gone = writer_end(w);
	writer_free(w);
	return gone && errno != EPIPE ? err_set(e, ERR_FAIL, "could not write to standard output: %m") : 0;
}

int cmd_print(struct cmd *c, const void *pgresult, struct err *e)
{
	enum format_kind format;

	return cmd_format(c, &format, e) || cmd_print_as(c, format, pgresult, e) ? -1 : 0;
}

/* ---- parsing */

static const struct option_row *row_in(const struct option_row *rows, const char *name, size_t n, char letter)
{
	for (; rows && rows->name; rows++) {
		if (letter ? rows->letter == letter : strlen(rows->name) == n && strncmp(rows->name, name, n) == 0)
			return rows;
	}
	return NULL;
}

static const struct option_row *row_find(struct cmd *c, const char *name, size_t n, char letter)
{
	const struct option_row *found = NULL;

	for (int i = c->depth; i >= 0 && !found; i--) {
		found = row_in(c->path[i]->options, name, n, letter);
		for (const struct option_row *const *set = c->path[i]->shared; set && *set && !found; set++)
			found = row_in(*set, name, n, letter);
	}
	return found ? found : row_in(global_options, name, n, letter);
}

static size_t add_names(const struct option_row *rows, const char **names, size_t n)
{
	for (; rows && rows->name && n < GIVEN_MAX; rows++)
		names[n++] = rows->name;
	return n;
}

static int unknown_option(struct cmd *c, const char *token, const char *name, struct err *e)
{
	const char *names[GIVEN_MAX], *near;
	size_t n = 0;

	for (int i = 0; i <= c->depth; i++) {
		n = add_names(c->path[i]->options, names, n);
		for (const struct option_row *const *set = c->path[i]->shared; set && *set; set++)
			n = add_names(*set, names, n);
	}
	n = add_names(global_options, names, n);
	near = text_nearest(name, names, n);
	err_set(e, ERR_USAGE, "unknown option \"%s\"", token);
	return near ? err_hint(e, "Did you mean --%s?", near)
		    : err_hint(e, "`aimarket %s%s--help` lists them.", c->depth ? c->path[c->depth]->name : "", c->depth ? " " : "");
}

static int give(struct cmd *c, const struct option_row *row, const char *name, const char *value, struct err *e)
{
	if (c->n_given == GIVEN_MAX)
		return err_set(e, ERR_USAGE, "more than %d options", GIVEN_MAX);
	c->given[c->n_given++] = (struct given){ row, name, value };
	return 0;
}

/* --name, --name=value or --name value; *i is moved over the value. */
static int parse_long(struct cmd *c, char **argv, int argc, int *i, struct err *e)
{
	const char *token = argv[*i], *eq = strchr(token, '='), *value = eq ? eq + 1 : NULL;
	size_t n = eq ? (size_t)(eq - token - 2) : strlen(token + 2);
	const char *name = arena_strndup(c->mem, token + 2, n);
	const struct option_row *row = row_find(c, name, n, 0);
	int takes = row ? row->type != OPT_FLAG : -1;

	if (!row && c->path[c->depth]->open_option) {
		takes = c->path[c->depth]->open_option(name);
		if (takes < 0) /* run names the nearest; a word behind it is most likely its value */
			takes = value || (*i + 1 < argc && argv[*i + 1][0] != '-');
	}
	if (takes < 0)
		return unknown_option(c, token, name, e);
	if (!takes && value)
		return err_set(e, ERR_USAGE, "option --%s takes no value", name);
	if (takes && !value && *i + 1 == argc)
		return err_set(e, ERR_USAGE, "option --%s needs a value%s%s", name, row ? ": " : "", row ? row->arg : "");
	if (takes && !value)
		value = argv[++*i];
	return give(c, row, name, value, e);
}

/* -n value or -nvalue; flags one by one. */
static int parse_short(struct cmd *c, char **argv, int argc, int *i, struct err *e)
{
	const char *token = argv[*i], *value = NULL;
	const struct option_row *row = row_find(c, NULL, 0, token[1]);

	if (!row || (row->type == OPT_FLAG && token[2]))
		return unknown_option(c, token, token + 1, e);
	if (row->type != OPT_FLAG) {
		value = token[2] ? token + 2 : argv[++*i];
		if (*i >= argc)
			return err_set(e, ERR_USAGE, "option -%c needs a value: %s", token[1], row->arg);
	}
	return give(c, row, row->name, value, e);
}

static const struct command *child_find(const struct command *parent, const char *name)
{
	for (const struct command *const *p = parent->children; p && *p; p++) {
		if (strcmp((*p)->name, name) == 0)
			return *p;
	}
	return NULL;
}

static int unknown_command(const struct command *parent, const char *name, struct err *e)
{
	const char *names[GIVEN_MAX], *near;
	size_t n = 0;

	for (const struct command *const *p = parent->children; *p && n < GIVEN_MAX; p++) {
		if (!(*p)->hidden)
			names[n++] = (*p)->name;
	}
	near = text_nearest(name, names, n);
	err_set(e, ERR_USAGE, "unknown command \"%s\"", name);
	return near ? err_hint(e, "Did you mean \"%s\"?", near) : err_hint(e, "`aimarket help` lists the commands.");
}

/* A word that is no option: the next command down the tree, or an argument of the one we are at. */
static int parse_word(struct cmd *c, const char *word, struct err *e)
{
	const struct command *at = c->path[c->depth], *child;

	if (at->children) {
		child = child_find(at, word);
		if (child && c->depth < DEPTH_MAX)
			c->path[++c->depth] = child;
		return child ? 0 : unknown_command(at, word, e);
	}
	if (c->n_args == GIVEN_MAX || (at->max_args >= 0 && c->n_args == at->max_args))
		return err_set(e, ERR_USAGE, "unexpected argument \"%s\"", word);
	c->args[c->n_args++] = word;
	return 0;
}

static int parse(struct cmd *c, int argc, char **argv, struct err *e)
{
	bool options = true;

	for (int i = 1; i < argc; i++) {
		const char *s = argv[i];
		int rc;

		if (options && strcmp(s, "--") == 0) {
			options = false;
			continue;
		}
		if (!options || s[0] != '-' || !s[1])
			rc = parse_word(c, s, e);
		else
			rc = s[1] == '-' ? parse_long(c, argv, argc, &i, e) : parse_short(c, argv, argc, &i, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- running */

static bool asks_help(struct cmd *c, int argc, char **argv)
{
	if (cmd_flag(c, "help"))
		return true;
	/* also when something else on the line is wrong: whoever asks for help has not got it right yet */
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return true;
	}
	return false;
}

static void set_log_level(struct cmd *c)
{
	const char *const *values;
	int verbose = cmd_many(c, "verbose", &values);

	if (cmd_flag(c, "quiet"))
		log_level = LOG_LEVEL_ERROR;
	else if (verbose)
		log_level = verbose == 1 ? LOG_LEVEL_INFO : verbose == 2 ? LOG_LEVEL_DEBUG : LOG_LEVEL_SQL;
}

static int check_args(struct cmd *c, struct err *e)
{
	const struct command *at = c->path[c->depth];

	if (!at->run || c->n_args >= at->min_args)
		return 0;
	err_set(e, ERR_USAGE, "missing %s", at->args ? at->args : "argument");
	return err_hint(e, "`aimarket help%s%s` tells what it takes.", c->depth ? " " : "", c->depth ? at->name : "");
}

static int run(struct cmd *c, struct err *e)
{
	const struct command *at = c->path[c->depth];

	if (cmd_flag(c, "version")) {
		puts("aimarket " AIMARKET_VERSION);
		return 0;
	}
	if (!at->run) {
		help_show(c->path, c->depth, NULL, stdout);
		return 0;
	}
	return check_args(c, e) || at->run(c, e) ? -1 : 0;
}

static int show_error(const struct err *e)
{
	fprintf(stderr, "aimarket: %s\n", e->text);
	if (e->hint[0])
		fprintf(stderr, "hint: %s\n", e->hint);
	return err_table[e->kind].exit_code;
}

/* Output that did not arrive is a failure, unless the reader had enough and closed the pipe. */
static int flush_output(struct err *e)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return errno == EPIPE ? 0 : err_set(e, ERR_FAIL, "could not write to standard output: %m");
}

int cmd_main(const struct command *root, int argc, char **argv)
{
	struct cmd c = { .path = { root }, .mem = arena_new() };
	struct err e = { 0 };
	int rc = parse(&c, argc, argv, &e), code = 0;

	if (asks_help(&c, argc, argv)) {
		err_clear(&e);
		help_show(c.path, c.depth, cmd_arg(&c, 0), stdout);
		rc = 0;
	} else if (rc == 0) {
		set_log_level(&c);
		rc = run(&c, &e);
	}
	if (flush_output(&e))
		rc = -1;
	if (rc)
		code = show_error(&e);
	pg_close(c.db);
	arena_free(c.mem);
	return code;
}
