#include "aimarket/conf.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "aimarket/inifile.h"
#include "aimarket/text.h"

#define K 1024LL
#define M (K * K)
#define BODY_MAX 2147483647LL /* byte offsets are int in the ledger */

const struct limits limits_default = {
	.body = BODY_MAX,
	.field = M,
	.line = 16 * M,
	.depth = 128,
	.rejects = 10000,
	.spool_memory = 8 * M,
};

#define TEXT(name) .type = CONF_TEXT, .offset = offsetof(struct conf, name)
#define LIMIT(name) .section = "limits", .key = #name, .reloadable = true, .offset = offsetof(struct conf, limits.name)

/* clang-format off */
const struct conf_row conf_rows[] = {
	{ .section = "", .key = "database", TEXT(database), .env = "AIMARKET_DB", .secret = true,
		.help = "The PostgreSQL (15 or newer) that holds the store, as key=value pairs or postgresql:// address. Not set: a private one, kept in state." },
	{ .section = "", .key = "state", TEXT(state), .env = "AIMARKET_STATE",
		.help = "Folder of the private PostgreSQL. Not set: $XDG_STATE_HOME/aimarket, or ~/.local/state/aimarket." },
	{ .section = "", .key = "pgbin", TEXT(pgbin), .env = "AIMARKET_PGBIN",
		.help = "Folder of PostgreSQL's own programs (initdb, postgres, pg_dump). Not set: they are found." },
	{ .section = "", .key = "feeds", TEXT(feeds), .env = "AIMARKET_FEEDS", .reloadable = true,
		.help = "Folder of the feed definitions. Not set: feeds.d beside the program." },
	{ .section = "", .key = "data", TEXT(data), .env = "AIMARKET_DATA", .reloadable = true,
		.help = "Folder that file names in feed definitions are relative to. Not set: data beside the program." },

	{ LIMIT(body), .type = CONF_SIZE, .fallback = BODY_MAX, .min = 1, .max = BODY_MAX,
		.help = "Largest document, as stored and after unpacking." },
	{ LIMIT(field), .type = CONF_SIZE, .fallback = M, .min = K, .max = 512 * M, .help = "Largest single field." },
	{ LIMIT(line), .type = CONF_SIZE, .fallback = 16 * M, .min = K, .max = 512 * M, .help = "Largest record: a CSV row, a JSON value." },
	{ LIMIT(depth), .type = CONF_COUNT, .fallback = 128, .min = 1, .max = 2000, .help = "Deepest nesting of JSON and XML." },
	{ LIMIT(rejects), .type = CONF_COUNT, .fallback = 10000, .min = 0, .max = 10000000,
		.help = "Rejected records that are kept of one run; one more fails it." },
	{ LIMIT(spool_memory), .type = CONF_SIZE, .fallback = 8 * M, .min = 64 * K, .max = 1024 * M,
		.help = "Memory for parsed rows; what is beyond goes to a temporary file." },
	{ 0 }
};
/* clang-format on */

static long long *number_at(struct conf *conf, const struct conf_row *row)
{
	return (long long *)(void *)((char *)conf + row->offset);
}

static const char **text_at(struct conf *conf, const struct conf_row *row)
{
	return (const char **)(void *)((char *)conf + row->offset);
}

static const struct conf_row *row_find(const char *section, const char *key)
{
	for (const struct conf_row *r = conf_rows; r->key; r++)
		if (strcmp(r->section, section) == 0 && strcmp(r->key, key) == 0)
			return r;
	return NULL;
}

static int refuse_unknown(const char *section, const char *key, struct err *e)
{
	const char *names[64], *near;
	size_t n = 0;

	for (const struct conf_row *r = conf_rows; r->key && n < sizeof names / sizeof *names; r++)
		if (strcmp(r->section, section) == 0)
			names[n++] = r->key;
	if (n == 0)
		return err_set(e, ERR_CONFIG, "unknown section [%s]", section);
	near = text_nearest(key, names, n);
	err_set(e, ERR_CONFIG, "unknown setting \"%s\"", key);
	return near ? err_hint(e, "Did you mean \"%s\"?", near) : -1;
}

/* "10,000", "8M": digits, commas between them, and for sizes one of K, M, G behind them. -1 when it is something else. */
static int read_number(const char *s, bool size, long long *out)
{
	static const char units[] = "KMG";
	const char *unit;

	if (!isdigit((unsigned char)*s))
		return -1;
	for (*out = 0; isdigit((unsigned char)*s) || *s == ','; s++)
		if (*s != ',' && (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, *s - '0', out)))
			return -1;
	if (size && *s && (unit = strchr(units, toupper((unsigned char)*s)))) {
		for (const char *u = units; u <= unit; u++)
			if (__builtin_mul_overflow(*out, K, out))
				return -1;
		s++;
	}
	return *s ? -1 : 0;
}

static const char *number_text(long long value, enum conf_type type, char out[32])
{
	static const char units[] = "KMG";
	int unit = -1;

	while (type == CONF_SIZE && unit < 2 && value >= K && value % K == 0) {
		value /= K;
		unit++;
	}
	snprintf(out, 32, unit < 0 ? "%lld" : "%lld%c", value, unit < 0 ? 0 : units[unit]);
	return out;
}

static int set(struct conf *conf, const struct conf_row *row, const char *value, struct arena *mem, struct err *e)
{
	char low[32], high[32];
	long long n;

	if (row->type == CONF_TEXT) {
		*text_at(conf, row) = *value ? arena_strdup(mem, value) : NULL;
		return 0;
	}
	if (read_number(value, row->type == CONF_SIZE, &n))
		return err_set(e, ERR_CONFIG, "%s takes a %s, not \"%s\"", row->key, row->type == CONF_SIZE ? "size (8M)" : "whole number",
			value);
	if (n < row->min || n > row->max)
		return err_set(e, ERR_CONFIG, "%s must lie between %s and %s, not %s", row->key, number_text(row->min, row->type, low),
			number_text(row->max, row->type, high), value);
	*number_at(conf, row) = n;
	return 0;
}

struct reading {
	struct conf *conf;
	struct arena *mem;
};

static int on_key(void *arg, const char *section, const char *key, const char *value, struct err *e)
{
	struct reading *r = arg;
	const struct conf_row *row = row_find(section, key);

	return row ? set(r->conf, row, value, r->mem, e) : refuse_unknown(section, key, e);
}

static int set_from_env(struct conf *conf, struct arena *mem, struct err *e)
{
	for (const struct conf_row *r = conf_rows; r->key; r++) {
		const char *value = r->env ? getenv(r->env) : NULL;

		if (value && *value && set(conf, r, value, mem, e))
			return err_prefix(e, "%s", r->env);
	}
	return 0;
}

static const char *usual_file(struct arena *mem)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	const char *own = xdg && *xdg ? arena_printf(mem, "%s/aimarket/aimarket.conf", xdg)
				      : arena_printf(mem, "%s/.config/aimarket/aimarket.conf", home ? home : "");

	if (access(own, R_OK) == 0)
		return own;
	return access(AIMARKET_SYSCONFDIR "/aimarket/aimarket.conf", R_OK) == 0 ? AIMARKET_SYSCONFDIR "/aimarket/aimarket.conf" : NULL;
}

int conf_load(const char *path, struct arena *mem, struct conf *out, struct err *e)
{
	struct reading r = { .conf = out, .mem = mem };
	const char *env = getenv("AIMARKET_CONFIG");

	*out = (struct conf){ .file = path ? path : env && *env ? env : usual_file(mem) };
	for (const struct conf_row *row = conf_rows; row->key; row++)
		if (row->type != CONF_TEXT)
			*number_at(out, row) = row->fallback;
	if (out->file && inifile_read(out->file, on_key, &r, e))
		return -1;
	return set_from_env(out, mem, e);
}

/* What finds the private PostgreSQL reads the environment, here and in every program we start. */
void conf_export(const struct conf *conf)
{
	if (conf->state)
		setenv("AIMARKET_STATE", conf->state, 1);
	if (conf->pgbin)
		setenv("AIMARKET_PGBIN", conf->pgbin, 1);
}

const char *conf_text(const struct conf *conf, const struct conf_row *row, struct arena *mem)
{
	struct conf copy = *conf;
	char number[32];

	if (row->type != CONF_TEXT)
		return arena_strdup(mem, number_text(*number_at(&copy, row), row->type, number));
	return *text_at(&copy, row) && row->secret ? "(secret)" : *text_at(&copy, row);
}

/* Comments of at most 100 columns. */
static void print_help(FILE *out, const char *help)
{
	while (*help) {
		size_t n = strlen(help), cut = n;

		if (n > 98)
			for (cut = 98; help[cut] != ' '; cut--)
				;
		fprintf(out, "# %.*s\n", (int)cut, help);
		help += cut + (help[cut] == ' ');
	}
}

void conf_sample(FILE *out)
{
	const char *section = "";
	char number[32];

	for (const struct conf_row *r = conf_rows; r->key; r++) {
		if (strcmp(section, r->section) != 0)
			fprintf(out, "[%s]\n", section = r->section);
		print_help(out, r->help);
		if (r->env)
			fprintf(out, "# In the environment: %s.\n", r->env);
		fprintf(out, "#%s = %s\n\n", r->key, r->type == CONF_TEXT ? "" : number_text(r->fallback, r->type, number));
	}
}
