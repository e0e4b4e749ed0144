#include "aimarket/conf.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "aimarket/inifile.h"
#include "aimarket/query.h"
#include "aimarket/text.h"

#define K 1024LL
#define M (K * K)
#define G (K * M)
#define DAY 86400LL
#define BODY_MAX 2147483647LL /* byte offsets are int in the ledger */

const struct limits limits_default = {
	.body = BODY_MAX,
	.field = M,
	.line = 16 * M,
	.depth = 128,
	.rejects = 10000,
	.spool_memory = 8 * M,
	.columns = 2000,
	.group_size = 64 * M,
	.name_length = LIMIT_NAME,
	.number_digits = LIMIT_DIGITS,
	.dimensions = 16,
	.claims = LIMIT_CLAIMS,
	.documents = 20000,
	.parties = 2000,
	.issuers = 1000,
	.reject_text = 1000,
	.archive = 16 * G,
	.members = 2000000,
	.unpacked = 1024 * G,
	.ratio = 200,
};

#define TEXT(name) .type = CONF_TEXT, .offset = offsetof(struct conf, name)
#define LIMIT(name) .section = "limits", .key = #name, .reloadable = true, .offset = offsetof(struct conf, limits.name)

#define DAEMON(name) .section = "daemon", .key = #name, .reloadable = true, .offset = offsetof(struct conf, daemon.name)
#define FETCH(name) .section = "fetch", .key = #name, .reloadable = true, .offset = offsetof(struct conf, fetch.name)

#define API(name) .section = "api", .key = #name, .reloadable = true, .offset = offsetof(struct conf, api.name)

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

	{ .section = "archive", .key = "folder", TEXT(archive.folder), .env = "AIMARKET_ARCHIVE",
		.help = "Folder that new documents are kept in, compressed, named by their hash, shared by all who use the store. Not set: they are kept in the database. "
			"Those that are there already stay where they are; both are read." },
	{ .section = "archive", .key = "keep", .type = CONF_TIME, .fallback = 0, .min = 0, .max = 36500 * DAY, .reloadable = true, .offset = offsetof(struct conf, archive.keep),
		.help = "Bytes of documents older than this are dropped when nothing was claimed from them, by the daemon each day; 0: never. What a claim cites is always kept." },

	{ LIMIT(body), .type = CONF_SIZE, .fallback = BODY_MAX, .min = 1, .max = BODY_MAX,
		.help = "Largest document, as stored and after unpacking." },
	{ LIMIT(field), .type = CONF_SIZE, .fallback = M, .min = K, .max = 512 * M, .help = "Largest single field." },
	{ LIMIT(line), .type = CONF_SIZE, .fallback = 16 * M, .min = K, .max = 512 * M, .help = "Largest record: a CSV row, a JSON value." },
	{ LIMIT(depth), .type = CONF_COUNT, .fallback = 128, .min = 1, .max = 2000, .help = "Deepest nesting of JSON and XML." },
	{ LIMIT(rejects), .type = CONF_COUNT, .fallback = 10000, .min = 0, .max = 10000000,
		.help = "Rejected records that are kept of one run; one more fails it." },
	{ LIMIT(spool_memory), .type = CONF_SIZE, .fallback = 8 * M, .min = 64 * K, .max = 1024 * M,
		.help = "Memory for parsed rows; what is beyond goes to a temporary file." },
	{ LIMIT(columns), .type = CONF_COUNT, .fallback = 2000, .min = 1, .max = 100000, .help = "Columns of a table." },
	{ LIMIT(group_size), .type = CONF_SIZE, .fallback = 64 * M, .min = 64 * K, .max = 512 * M,
		.help = "What the rows of one record may come to: of a row of a table, a fact of a filing." },
	{ LIMIT(name_length), .type = CONF_COUNT, .fallback = LIMIT_NAME, .min = 1, .max = LIMIT_NAME,
		.help = "Bytes of a name, a reference, a code: of all by which something is found." },
	{ LIMIT(number_digits), .type = CONF_COUNT, .fallback = LIMIT_DIGITS, .min = 1, .max = LIMIT_DIGITS, .help = "Digits of a number, written out." },
	{ LIMIT(dimensions), .type = CONF_COUNT, .fallback = 16, .min = 0, .max = LIMIT_DIMENSIONS, .help = "Dimensions of one claim." },
	{ LIMIT(claims), .type = CONF_COUNT, .fallback = LIMIT_CLAIMS, .min = 1, .max = LIMIT_CLAIMS, .help = "Figures of one document." },
	{ LIMIT(documents), .type = CONF_COUNT, .fallback = 20000, .min = 1, .max = 10000000, .help = "Documents of one filing of EDGAR." },
	{ LIMIT(parties), .type = CONF_COUNT, .fallback = 2000, .min = 1, .max = 100000, .help = "Filers, subjects, owners and others in the header of one filing of EDGAR." },
	{ LIMIT(issuers), .type = CONF_COUNT, .fallback = 1000, .min = 1, .max = 100000, .help = "Issuers of one notice on Form D, and so many persons." },
	{ LIMIT(reject_text), .type = CONF_COUNT, .fallback = 1000, .min = 0, .max = 64 * K, .help = "Bytes that are kept of a rejected record." },
	{ LIMIT(archive), .type = CONF_SIZE, .fallback = 16 * G, .min = 1, .max = 1024 * G, .help = "Largest archive whose members are documents." },
	{ LIMIT(members), .type = CONF_COUNT, .fallback = 2000000, .min = 1, .max = 100000000, .help = "Members of one archive." },
	{ LIMIT(unpacked), .type = CONF_SIZE, .fallback = 1024 * G, .min = 1, .max = 1024 * 1024 * G,
		.help = "What all members of an archive may come to when they are unpacked." },
	{ LIMIT(ratio), .type = CONF_COUNT, .fallback = 200, .min = 1, .max = 100000,
		.help = "How often its own size a member of an archive may unpack to; only asked of those that unpack to more than 1M." },

	{ DAEMON(workers), .type = CONF_COUNT, .env = "AIMARKET_WORKERS", .fallback = 2, .min = 0, .max = 256,
		.help = "Processes that take documents in; 0: none, the daemon only answers." },
	{ DAEMON(transfers), .type = CONF_COUNT, .fallback = 8, .min = 1, .max = 256, .help = "Feeds that one of them has under way at a time." },
	{ DAEMON(run_timeout), .type = CONF_TIME, .fallback = 900, .min = 1, .max = 7 * DAY,
		.help = "A worker that has not moved for so long is killed, and what it had is given to another." },
	{ DAEMON(drain), .type = CONF_TIME, .fallback = 25, .min = 1, .max = 3600,
		.help = "Time for the document under way when the daemon is told to stop; after it the worker is killed." },
	{ DAEMON(idle), .type = CONF_TIME, .fallback = 30, .min = 1, .max = 3600,
		.help = "Longest time between two looks at the database for feeds that are due." },
	{ DAEMON(failing), .type = CONF_COUNT, .fallback = 3, .min = 1, .max = 1000,
		.help = "A feed is failing after so many failures in a row, and broken after four times as many." },
	{ DAEMON(retry_first), .type = CONF_TIME, .fallback = 30, .min = 1, .max = DAY, .help = "Wait after a feed's first failure; doubled with each further one." },
	{ DAEMON(retry_most), .type = CONF_TIME, .fallback = 21600, .min = 1, .max = 30 * DAY, .help = "Longest such wait." },

	{ FETCH(contact), .type = CONF_TEXT,
		.help = "Address of electronic mail of whoever runs this, told to every server (User-Agent). EDGAR feeds are not run without it." },
	{ FETCH(ca_file), .type = CONF_TEXT, .help = "Certificates to trust instead of the system's." },
	{ FETCH(proxy), .type = CONF_FLAG, .max = 1, .help = "Use http_proxy, https_proxy, all_proxy and no_proxy of the environment." },
	{ FETCH(wire), .type = CONF_SIZE, .fallback = 512 * M, .min = 1, .max = 1024 * G, .help = "Largest body as it comes, before it is unpacked." },
	{ FETCH(ratio), .type = CONF_COUNT, .fallback = 200, .min = 1, .max = 1000000, .help = "Bytes that one packed byte may come to, beyond the first MiB." },
	{ FETCH(redirects), .type = CONF_COUNT, .fallback = 5, .min = 0, .max = 50, .help = "Redirects that are followed." },
	{ FETCH(connect_timeout), .type = CONF_TIME, .fallback = 10, .min = 1, .max = 600, .help = "Longest time to reach a server." },
	{ FETCH(timeout), .type = CONF_TIME, .fallback = 600, .min = 1, .max = DAY, .help = "Longest time of one request, where its feed names none." },
	{ FETCH(low_speed), .type = CONF_COUNT, .fallback = 100, .min = 0, .max = 1000000000,
		.help = "A transfer slower than so many bytes a second, for low_speed_time, is given up." },
	{ FETCH(low_speed_time), .type = CONF_TIME, .fallback = 30, .min = 1, .max = 3600, .help = "See low_speed." },
	{ FETCH(rate), .type = CONF_COUNT, .fallback = 5, .min = 0, .max = 100000,
		.help = "Requests a second to one host, by all workers and machines together; 0: no limit. The table store.host has those of single hosts." },
	{ FETCH(feeds), .type = CONF_COUNT, .fallback = 4, .min = 1, .max = 100000, .help = "Feeds of one host that are fetched at a time, by all together." },

	{ API(listen), .type = CONF_TEXT, .env = "AIMARKET_LISTEN",
		.help = "Where the API listens: host:port, [address]:port or the path of a Unix socket, several with blanks between them. Not set: " API_LISTEN
			". Sockets of systemd come before it." },
	{ API(workers), .type = CONF_COUNT, .env = "AIMARKET_API_WORKERS", .fallback = 2, .min = 0, .max = 256, .help = "Processes that answer; 0: none, the daemon only takes documents in." },
	{ API(database), .type = CONF_TEXT, .env = "AIMARKET_API_DB", .secret = true,
		.help = "The database as somebody who may only read it (a member of aimarket_reader). Not set: the store's, as aimarket_reader where that can be." },
	{ API(hosts), .type = CONF_TEXT,
		.help = "Names the API may be asked by, beside localhost and plain addresses: requests for others are refused, against DNS rebinding." },
	{ API(origins), .type = CONF_TEXT, .help = "Origins (https://example.org) whose pages may ask (CORS); * for all. Not set: none." },
	{ API(read_token), .type = CONF_FLAG, .max = 1,
		.help = "Reading needs a token with the scope read (aimarket token create), except from this machine. Writing always needs one." },
	{ API(connections), .type = CONF_COUNT, .fallback = 1024, .min = 8, .max = 1000000, .help = "Connections of one worker at a time; the one idle longest makes way." },
	{ API(per_address), .type = CONF_COUNT, .fallback = 256, .min = 1, .max = 1000000, .help = "Of these, as many of one address." },
	{ API(rate), .type = CONF_COUNT, .fallback = 0, .min = 0, .max = 100000000, .help = "Requests a minute of one address, whichever workers it reaches; 0: no limit." },
	{ API(cache), .type = CONF_SIZE, .fallback = 4 * M, .min = 0, .max = 16 * K * M, .help = "Memory of one worker for answers that may be wanted again; 0: none." },
	{ API(rows), .type = CONF_COUNT, .fallback = 1000, .min = 1, .max = 10000,
		.help = "Largest limit of a page; more rows are streamed, without a cursor." },
	{ API(timeout), .type = CONF_TIME, .fallback = 30, .min = 1, .max = DAY,
		.help = "Longest time of one question in the database; it is cancelled then. Of one that streams: until its first row, and from row to row." },
	{ API(stream_timeout), .type = CONF_TIME, .fallback = 3600, .min = 1, .max = DAY, .help = "Longest time of an answer that streams, whole." },
	{ API(max_cost), .type = CONF_COUNT, .fallback = 100000000, .min = 0, .max = 1000000000000000LL,
		.help = "Questions that PostgreSQL's planner expects to cost more are refused; 0: none is." },
	{ API(keep_writes), .type = CONF_TIME, .fallback = DAY, .min = 60, .max = 36500 * DAY,
		.help = "How long a request to write that is done is remembered, at least: until then it is done once however often it is sent with its Idempotency-Key, and /v1/writes tells its answer." },

	{ .section = "log", .key = "json", .type = CONF_FLAG, .max = 1, .reloadable = true, .offset = offsetof(struct conf, log.json),
		.help = "The daemon logs JSON objects instead of key=value." },
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

/* Letters behind a number, smallest first. What is shown is the largest that divides it. */
struct magnitude {
	char letter;
	long long worth;
};
static const struct type_row {
	const char *takes; /* for the message */
	const struct magnitude *units; /* ends with letter 0; may be NULL */
} types[] = {
	[CONF_TEXT] = { "text", NULL },
	[CONF_COUNT] = { "whole number", NULL },
	[CONF_SIZE] = { "size (8M)", (const struct magnitude[]){ { 'K', K }, { 'M', M }, { 'G', M *K }, { 0 } } },
	[CONF_TIME] = { "time (90s, 15m, 6h, 1d)",
		(const struct magnitude[]){ { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY }, { 0 } } },
	[CONF_FLAG] = { "yes or no", NULL },
};

static int read_flag(const char *s, long long *out)
{
	*out = !strcmp(s, "yes");
	return *out || !strcmp(s, "no") ? 0 : -1;
}

/* "10,000", "8M", "15m": digits, commas between them, and a letter of the type behind them. -1 when it is something else. */
static int read_number(const char *s, enum conf_type type, long long *out)
{
	if (type == CONF_FLAG)
		return read_flag(s, out);
	if (!isdigit((unsigned char)*s))
		return -1;
	for (*out = 0; isdigit((unsigned char)*s) || *s == ','; s++)
		if (*s != ',' && (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, *s - '0', out)))
			return -1;
	for (const struct magnitude *u = types[type].units; u && u->letter && *s; u++) {
		if (u->letter != *s && u->letter != toupper((unsigned char)*s))
			continue;
		if (__builtin_mul_overflow(*out, u->worth, out))
			return -1;
		s++;
		break;
	}
	return *s ? -1 : 0;
}

static const char *number_text(long long value, enum conf_type type, char out[32])
{
	const struct magnitude *unit = NULL;

	if (type == CONF_FLAG)
		return value ? "yes" : "no";
	for (const struct magnitude *u = types[type].units; u && u->letter; u++)
		if (value >= u->worth && value % u->worth == 0)
			unit = u;
	snprintf(out, 32, unit ? "%lld%c" : "%lld", unit ? value / unit->worth : value, unit ? unit->letter : 0);
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
	if (read_number(value, row->type, &n))
		return err_set(e, ERR_CONFIG, "%s takes %s%s, not \"%s\"", row->key, row->type == CONF_FLAG ? "" : "a ",
			types[row->type].takes, value);
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

void conf_export(const struct conf *conf)
{
	struct conf copy = *conf;

	for (const struct conf_row *r = conf_rows; r->key; r++)
		if (r->type == CONF_TEXT && r->env && !r->secret && *text_at(&copy, r))
			setenv(r->env, *text_at(&copy, r), 1);
}

const char *conf_text(const struct conf *conf, const struct conf_row *row, struct arena *mem)
{
	struct conf copy = *conf;
	char number[32];

	if (row->type != CONF_TEXT)
		return arena_strdup(mem, number_text(*number_at(&copy, row), row->type, number));
	return *text_at(&copy, row) && row->secret ? "(secret)" : *text_at(&copy, row);
}

const char *conf_takes(const struct conf_row *row)
{
	return types[row->type].takes;
}

const char *conf_fallback(const struct conf_row *row, struct arena *mem)
{
	char number[32];

	return row->type == CONF_TEXT ? NULL : arena_strdup(mem, number_text(row->fallback, row->type, number));
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
