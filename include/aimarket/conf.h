/*
 * conf: the settings, from one table: key, type, default, range, environment variable, help. The file, the environment,
 * `config show` and the sample are all made from it. A setting given in the environment beats the file's; an option of the
 * command line beats both (the caller's affair).
 */
#ifndef AIMARKET_CONF_H
#define AIMARKET_CONF_H

#include <stdio.h>

#include "aimarket/arena.h"
#include "aimarket/sink.h"

struct conf {		/* strings live in the arena given to conf_load; NULL: not set */
	const char *file;	/* the file that was read; NULL: none */
	const char *database;	/* conninfo; NULL: the private cluster */
	const char *state;	/* folder of the private cluster; NULL: where cluster_open puts it */
	const char *pgbin;	/* folder of PostgreSQL's own programs; NULL: found */
	const char *feeds;	/* folder of the feed definitions; NULL: feed_dir() */
	const char *data;	/* folder that feeds' file names are relative to; NULL: feed_data_dir() */
	struct conf_archive {
		const char *folder;	/* NULL: documents are kept in the database */
		long long keep;		/* seconds; 0: for ever */
	} archive;
	struct limits limits;
	struct conf_daemon {
		long long workers, transfers;
		long long run_timeout, drain, idle;		/* seconds */
		long long failing, retry_first, retry_most;	/* runs; seconds */
	} daemon;
	struct conf_fetch {
		const char *contact;	/* an address of electronic mail: who runs this */
		const char *ca_file;
		long long proxy;	/* a flag */
		long long wire, ratio, redirects;	/* bytes of a body as it comes; unpacked bytes a packed one may come to */
		long long connect_timeout, timeout, low_speed, low_speed_time;	/* seconds, bytes a second */
		long long rate, feeds;	/* of one host: requests a second, 0 = no limit; feeds at a time */
	} fetch;
	struct conf_api {
		const char *listen;	/* addresses, blanks between them; NULL: API_LISTEN */
		const char *database;	/* conninfo of who only reads; NULL: see api_conninfo */
		const char *hosts, *origins;	/* names, blanks between them; NULL: none */
		long long read_token;		/* a flag */
		long long workers, connections, per_address, rate;
		long long cache, rows;		/* bytes; rows of a page */
		long long timeout, stream_timeout, max_cost;	/* seconds, seconds; of PostgreSQL's planner */
		long long keep_writes;	/* seconds */
	} api;
	struct conf_log {
		long long json;		/* a flag */
	} log;
};

enum conf_type {
	CONF_TEXT,	/* const char * */
	CONF_COUNT,	/* long long, may have thousands separators: 10,000 */
	CONF_SIZE,	/* long long, bytes; K, M and G are powers of 1,024 */
	CONF_TIME,	/* long long, seconds; s, m, h and d */
	CONF_FLAG,	/* long long, 1 for yes and 0 for no */
};

struct conf_row {
	const char *section;	/* "" for the keys above the first section */
	const char *key;
	enum conf_type type;
	long long fallback, min, max;	/* of numbers; the default of a text is NULL */
	const char *env;	/* environment variable, or NULL */
	bool reloadable;	/* a running daemon takes it over without a restart */
	bool secret;		/* may hold a password: never shown */
	size_t offset;		/* in struct conf */
	const char *help;
};
extern const struct conf_row conf_rows[];	/* ends with NULL key */

/*
 * Defaults, then the file, then the environment. path NULL: AIMARKET_CONFIG, else $XDG_CONFIG_HOME/aimarket/aimarket.conf
 * (~/.config), else SYSCONFDIR/aimarket/aimarket.conf, the first that is there; none is fine then.
 * ERR_CONFIG says file, line, what was wrong, and the nearest right word.
 */
int conf_load(const char *path, struct arena *mem, struct conf *out, struct err *e) must_check;
/*
 * Puts the folders that are set (state, pgbin, feeds, data, archive) into the environment, where cluster_open, feed_dir, archive_put and the
 * programs we start look for them: call it once, before those.
 */
void conf_export(const struct conf *conf);
/* A commented file with every setting, its help and its default. */
void conf_sample(FILE *out);
/* The value in force as text, in mem; NULL when not set, "(secret)" for a secret that is set. */
const char *conf_text(const struct conf *conf, const struct conf_row *row, struct arena *mem);
/* What it takes, for people; and its default as text in mem, NULL when it is a text. */
const char *conf_takes(const struct conf_row *row);
const char *conf_fallback(const struct conf_row *row, struct arena *mem);

#endif
