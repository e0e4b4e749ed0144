/*
 * aimarket check: plausibility rules. A rule is a file: a header that names it and one query that returns what breaks it. Each runs
 * by itself, read-only and for a limited time; one that is broken is a finding like any other.
 */
#include <ctype.h>
#include <errno.h>

#include "aimarket/cmd.h"
#include "aimarket/feed.h"
#include "aimarket/file.h"
#include "aimarket/pg.h"
#include "aimarket/text.h"

#define TOOL "aimarket " AIMARKET_VERSION

enum {
	RULE_MAX = 64 << 10, /* bytes of a rule's file */
	TIMEOUT_MAX = 24 * 3600,
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_INFO, SEVERITIES };
static const char *const severities[SEVERITIES] = { "error", "warning", "info" };

struct rule {
	const char *path, *name, *text, *query;
	enum severity severity;
	struct err broken; /* why it cannot run, found in its file */
};

enum { COLUMNS = 6 };
static const struct column columns[COLUMNS] = {
	{ "rule", COL_TEXT }, { "severity", COL_TEXT }, { "subject", COL_TEXT }, { "detail", COL_TEXT }, { "claims", COL_JSON }, { "text", COL_TEXT },
};

struct check {
	struct cmd *c;
	struct pg *db;
	struct rule *rules;
	size_t n;
	struct writer *out;
	bool gone;	/* the reader is */
	int shown;	/* columns */
	const char *timeout;
	struct buf failed; /* names of the rules of severity error that something breaks */
	long findings;
};

/* ---------------------------------------------------------------- files */

static const char *file_name(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t n = strlen(base);

	return arena_strndup(mem, base, n > 4 && !strcmp(base + n - 4, ".sql") ? n - 4 : n);
}

static int read_severity(struct rule *r, const char *word)
{
	for (int i = 0; i < SEVERITIES; i++) {
		if (!strcmp(severities[i], word)) {
			r->severity = (enum severity)i;
			return 0;
		}
	}
	return err_set(&r->broken, ERR_CONFIG, "%s: severity \"%s\" is none of error, warning, info", r->path, word);
}

/* One line of the header: "-- key: value". Anything else is a comment of the query. */
static void read_header_line(struct arena *mem, struct rule *r, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n), *value;
	size_t key = colon ? (size_t)(colon - line) : 0, len;

	if (!colon)
		return;
	value = colon + 1;
	len = n - key - 1;
	text_trim(&value, &len);
	value = arena_strndup(mem, value, len);
	if (key == 4 && !memcmp(line, "name", 4))
		r->name = value;
	else if (key == 4 && !memcmp(line, "text", 4))
		r->text = value;
	else if (key == 8 && !memcmp(line, "severity", 8))
		(void)read_severity(r, value);
}

static void read_header(struct arena *mem, struct rule *r, const char *body)
{
	while (!strncmp(body, "--", 2)) {
		size_t n = strcspn(body, "\n");
		const char *line = body + 2;
		size_t len = n - 2;

		text_trim(&line, &len);
		read_header_line(mem, r, line, len);
		body += n + (body[n] == '\n');
	}
	if (!r->text)
		err_set(&r->broken, ERR_CONFIG, "%s: the header has no \"-- text: …\"", r->path);
}

/* The query as a subquery wants it: without a semicolon at its end. */
static char *bare_query(struct arena *mem, const char *body)
{
	size_t n = strlen(body);

	while (n && (isspace((unsigned char)body[n - 1]) || body[n - 1] == ';'))
		n--;
	return arena_strndup(mem, body, n);
}

static void read_rule(struct arena *mem, const char *path, struct rule *r)
{
	struct buf body;

	*r = (struct rule){ .path = path, .name = file_name(mem, path) };
	buf_init(&body, RULE_MAX);
	if (!file_read(path, false, &body, &r->broken)) {
		if (text_utf8_check(buf_str(&body), body.len) != body.len)
			err_set(&r->broken, ERR_CONFIG, "%s is not UTF-8", path);
		read_header(mem, r, buf_str(&body));
		r->query = bare_query(mem, buf_str(&body));
	}
	buf_release(&body);
}

static bool is_rule(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && !strcmp(path + n - 4, ".sql");
}

static int read_place(struct check *k, const char *place, struct err *e)
{
	struct arena *mem = cmd_mem(k->c);
	char **paths;
	size_t n;
	struct rule *all;

	if (file_list(place, mem, &paths, &n, e))
		return -1;
	all = arena_alloc(mem, (k->n + n + 1) * sizeof(*all));
	if (k->n)
		memcpy(all, k->rules, k->n * sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		if (is_rule(paths[i]))
			read_rule(mem, paths[i], &all[k->n++]);
	}
	k->rules = all;
	return 0;
}

static int read_rules(struct check *k, struct err *e)
{
	const char *const *places;
	int n = cmd_many(k->c, "rules", &places);

	if (read_place(k, feed_checks_dir(cmd_mem(k->c)), e))
		return -1;
	for (int i = 0; i < n; i++) {
		if (read_place(k, places[i], e))
			return -1;
	}
	return 0;
}

/* ---------------------------------------------------------------- which of them */

static bool wanted(struct cmd *c, const struct rule *r)
{
	for (int i = 0; i < cmd_n_args(c); i++) {
		if (!strcmp(cmd_arg(c, i), r->name))
			return true;
	}
	return cmd_n_args(c) == 0;
}

static int refuse_unknown(struct check *k, const char *word, struct err *e)
{
	const char **names = arena_alloc(cmd_mem(k->c), (k->n + 1) * sizeof(*names)), *near;

	for (size_t i = 0; i < k->n; i++) {
		if (!strcmp(k->rules[i].name, word))
			return 0;
		names[i] = k->rules[i].name;
	}
	near = text_nearest(word, names, k->n);
	err_set(e, ERR_NOT_FOUND, "there is no rule \"%s\"", word);
	return near ? err_hint(e, "Did you mean \"%s\"? `aimarket check --list` shows them.", near) : err_hint(e, "`aimarket check --list` shows them.");
}

static int choose(struct check *k, struct err *e)
{
	size_t kept = 0;

	for (int i = 0; i < cmd_n_args(k->c); i++) {
		if (refuse_unknown(k, cmd_arg(k->c, i), e))
			return -1;
	}
	for (size_t i = 0; i < k->n; i++) {
		if (wanted(k->c, &k->rules[i]))
			k->rules[kept++] = k->rules[i];
	}
	k->n = kept;
	return 0;
}

/* ---------------------------------------------------------------- running */

static void finding(struct check *k, const struct rule *r, enum severity severity, const char *subject, const char *detail, const char *claims)
{
	const char *values[COLUMNS] = { r->name, severities[severity], subject, detail, claims, r->text };

	k->findings++;
	k->gone = k->gone || writer_row(k->out, values, NULL);
}

/* Its own read-only transaction, which is never committed. */
static int ask(struct check *k, const struct rule *r, PGresult **res, struct err *e)
{
	const char *limit[] = { k->timeout };
	const char *sql = arena_printf(cmd_mem(k->c), "SELECT subject::text, detail::text, to_jsonb(claims::text[]) FROM (\n%s\n) AS finding (subject, detail, claims) ORDER BY 1, 2, 3", r->query);
	int rc;

	if (pg_script(k->db, "BEGIN READ ONLY", e))
		return -1;
	rc = pg_exec(k->db, "SELECT set_config('statement_timeout', $1, true)", 1, limit, NULL, e) || pg_exec(k->db, sql, 0, NULL, res, e) ? -1 : 0;
	pg_rollback(k->db);
	return rc;
}

static void note_failed(struct check *k, const struct rule *r)
{
	(void)buf_printf(&k->failed, "%s%s", k->failed.len ? ", " : "", r->name);
}

static void report_broken(struct check *k, const struct rule *r, const struct err *e)
{
	finding(k, r, SEVERITY_ERROR, NULL, arena_printf(cmd_mem(k->c), "the rule is broken: %s", e->text), "[]");
	note_failed(k, r);
}

/* Fails only when the store does: what is wrong with the rule is a finding. */
static int run_rule(struct check *k, struct rule *r, struct err *e)
{
	struct err own = r->broken;
	PGresult *res = NULL;

	if (own.kind || ask(k, r, &res, &own)) {
		if (own.kind == ERR_DB_DOWN) {
			*e = own;
			return -1;
		}
		report_broken(k, r, &own);
		return 0;
	}
	for (int i = 0; i < PQntuples(res); i++)
		finding(k, r, r->severity, PQgetvalue(res, i, 0), PQgetvalue(res, i, 1), PQgetisnull(res, i, 2) ? "[]" : PQgetvalue(res, i, 2));
	if (PQntuples(res) > 0 && r->severity == SEVERITY_ERROR)
		note_failed(k, r);
	PQclear(res);
	return 0;
}

static int run_rules(struct check *k, struct err *e)
{
	int rc = 0;

	for (int severity = 0; severity < SEVERITIES; severity++) {
		for (size_t i = 0; i < k->n && !rc; i++) {
			if ((int)k->rules[i].severity == severity)
				rc = run_rule(k, &k->rules[i], e);
		}
	}
	return rc;
}

/* The text of each rule would drown the rest of a table: there it is told by --list. */
static int open_writer(struct check *k, struct err *e)
{
	enum format_kind format;

	if (cmd_format(k->c, &format, e))
		return -1;
	k->shown = format == OUT_TABLE || format == OUT_MARKDOWN ? COLUMNS - 1 : COLUMNS;
	return cmd_writer(k->c, columns, k->shown, &k->out, e);
}

static int summary(struct check *k, struct err *e)
{
	if (k->failed.len)
		return err_set(e, ERR_FAIL, "rules that fail: %s", buf_str(&k->failed));
	return 0;
}

static int list_rules(struct check *k, struct err *e)
{
	static const struct column listed[] = { { "rule", COL_TEXT }, { "severity", COL_TEXT }, { "text", COL_TEXT }, { "file", COL_TEXT } };

	if (cmd_writer(k->c, listed, 4, &k->out, e))
		return -1;
	for (size_t i = 0; i < k->n; i++) {
		const struct rule *r = &k->rules[i];
		const char *values[] = { r->name, severities[r->severity], r->broken.kind ? r->broken.text : r->text, r->path };

		k->gone = k->gone || writer_row(k->out, values, NULL);
	}
	return 0;
}

/* What rules decide by themselves (sql/load/85_rules.sql), before the others look. */
static int judge(struct check *k, struct err *e)
{
	const char *params[] = { TOOL };
	struct buf n;
	int rc;

	buf_init(&n, 32);
	rc = pg_value(k->db, "SELECT load.judge_by_rules($1)", 1, params, &n, e);
	if (!rc && !cmd_flag(k->c, "quiet"))
		fprintf(stderr, "%s judgements made or taken back\n", buf_str(&n));
	buf_release(&n);
	return rc;
}

static int timeout(struct check *k, struct err *e)
{
	long seconds;

	if (cmd_int(k->c, "timeout", 60, &seconds, e))
		return -1;
	if (seconds < 1 || seconds > TIMEOUT_MAX)
		return err_set(e, ERR_USAGE, "--timeout is not from 1 to %d seconds", TIMEOUT_MAX);
	k->timeout = arena_printf(cmd_mem(k->c), "%lds", seconds);
	return 0;
}

static int check_all(struct check *k, struct err *e)
{
	if (read_rules(k, e) || choose(k, e) || timeout(k, e))
		return -1;
	if (cmd_flag(k->c, "list"))
		return list_rules(k, e);
	if (cmd_store(k->c, &k->db, e) || (cmd_flag(k->c, "judge") && judge(k, e)) || open_writer(k, e))
		return -1;
	return run_rules(k, e);
}

static int check_run(struct cmd *c, struct err *e)
{
	struct check k = { .c = c };
	int rc;

	buf_init(&k.failed, 400);
	rc = check_all(&k, e);
	if (!rc && !k.gone)
		writer_end(k.out);
	if (!rc)
		rc = summary(&k, e);
	writer_free(k.out);
	buf_release(&k.failed);
	return rc;
}

static const struct option_row check_options[] = {
	{ "list", 0, OPT_FLAG, NULL, "list the rules instead of running them" },
	{ "rules", 0, OPT_MANY, "PATH", "also the rules of this folder, or this file; may be repeated" },
	{ "timeout", 0, OPT_INT, "SECONDS", "give up a rule after this time (60)" },
	{ "judge", 0, OPT_FLAG, NULL, "first let rules that judge claims do so, as each load does for what it touches" },
	{ 0 },
};

extern const struct command cmd_check;
const struct command cmd_check = {
	.name = "check",
	.args = "[RULE…]",
	.summary = "plausibility rules: figures that cannot all be right",
	.text = "Runs the rules of the folder checks.d, each a file with one query, and prints what breaks them with the claims that do. "
		"Exit code 1 when a rule of severity error is broken, or cannot run. What a person has deprecated (`aimarket judge`) is settled and "
		"not found again. Rules of your own: aimarket-checks(5).",
	.options = check_options,
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.max_args = -1,
	.run = check_run,
};
