/*
 * The inside of an API worker, shared by the files api*.c:
 *
 *	api.c		the worker: starts, watches, stops
 *	api_routes.c	the table of routes, and from a request to its row
 *	api_inquiry.c	a question under way, and everybody who waits for its answer
 *	api_answer.c	answers: bytes with their validators, kept for as long as the data stay as they are
 *	api_accept.c	what the client takes: formats, packing
 *	api_problem.c	from errors to problems
 *	api_words.c	from a request's parameters to a question
 *	api_resolve.c	what names in it stand for
 *	api_lane.c	which lane of the pool a statement takes
 *	api_stream.c	rows of any number, as they come
 *	api_list.c …	what can be asked, one file a kind
 *	api_token.c	who asks
 *	api_write.c	requests to write
 *	api_events.c	what is new, for those who follow
 */
#ifndef AIMARKET_API_INSIDE_H
#define AIMARKET_API_INSIDE_H

#include <sys/queue.h>

#include <event2/event.h>

#include "aimarket/http.h"
#include "aimarket/pgpipe.h"
#include "aimarket/query.h"
#include "aimarket/token.h"
#include "api.h"
#include "board.h"

struct answer;
struct inquiry;
struct catalog;
struct post;
struct tokens;
struct follower;
struct look;
TAILQ_HEAD(answer_list, answer);
TAILQ_HEAD(post_list, post);
TAILQ_HEAD(follower_list, follower);
LIST_HEAD(look_list, look);

enum { API_BUCKETS = 4096 /* of the tables of answers and inquiries */, ROUTE_WORDS_MAX = 4 };

struct api {
	const struct conf *conf;
	const struct duty *duty;
	struct event_base *base;
	struct http *http;
	struct pgpipe *db, *writing; /* writing: a session that is not set to read only; what it may write its role says */
	struct post_list posts; /* requests to write that are under way */
	struct follower_list followers; /* of events */
	struct look_list looks; /* what they wait for */
	struct answer *description; /* of the API; NULL: not asked for yet */
	struct tokens *tokens; /* known to be good for reading; NULL: none */
	struct board_slot *slot;
	struct arena *mem; /* of the settings */
	const char *const *origins; /* whose pages may ask; ends with NULL */
	struct event *told, *pulse;
	bool listening, draining;
	bool asking; /* for the last transaction */
	unsigned pulses;
	struct err failed; /* why it ends, when nobody told it to */

	struct catalog *catalog; /* NULL: not read yet */

	/* what answers depend on */
	long long tx; /* the last transaction known of; -1: unknown */
	long day; /* since 1970 */
	long long fast_done; /* microseconds: when the fast lane brought something last */

	struct answer *kept[API_BUCKETS]; /* by key */
	struct answer_list by_use; /* the one used last first */
	size_t kept_bytes;
	struct inquiry *under_way[API_BUCKETS]; /* by key */
};

/* The columns of a view, "api.deals"; NULL: there is none. */
const struct column *api_columns(const struct api *api, const char *view, size_t *n);
/* A transaction was heard of, or seen: what was kept of earlier ones is outdated, and those who follow look. */
void api_moved(struct api *api, long long tx);

/* ---- api_routes.c */

/* Sets of parameters that a route takes, beside format. */
enum words_taken {
	WORDS_FILTERS = 1, /* of q->ask.resource */
	WORDS_ASK = 2, /* fields, sort, group_by …, count */
	WORDS_FIELDS = 4, /* fields alone */
	WORDS_PAGE = 8, /* limit, cursor */
	WORDS_TIME = 16, /* as_of, snapshot; Accept-Datetime too */
	WORDS_NUMBERS = 32,
};

/*
 * A row of the table: which requests it takes, and what becomes of them. Patterns are literal segments and {names} that stand
 * for one each; the first row that fits takes the request. Either handle or begin is there.
 */
struct route {
	unsigned methods; /* bits of enum http_method; HEAD goes with GET */
	const char *pattern;
	const char *help;
	/* words: what the names stand for, in order; they live as long as the request */
	void (*handle)(struct api *api, struct http_request *r, const char *const *words);
	/*
	 * For what is read, often by many at once (GET): sets out to find the answer. 0: it will come, by inquiry_done or
	 * inquiry_fail; -1: it will not, and *e says why.
	 */
	int (*begin)(struct inquiry *q, struct err *e);
	unsigned formats; /* bits of enum format_kind it can be told in */
	unsigned words; /* of enum words_taken */
	const char *const *own; /* parameters of its own; ends with NULL */
};
extern const struct route api_routes[]; /* ends with NULL pattern */
#define BIT(n) (1u << (n))

void api_handle(void *arg, struct http_request *r); /* an http_handler */
void api_route(struct api *api, struct http_request *r); /* the same, once nobody asks for a token any more */
/* Whether the pattern fits the path; words (NULL: not wanted) get what the names in it stand for. */
bool api_fits(const char *pattern, const struct http_head *head, const char **words);

/* ---- api_token.c */

/* The token of the request; false: there is none, and that was answered. */
bool token_find(struct http_request *r, struct token *out);
void token_refuse(struct http_request *r, int status, const char *error, const char *detail); /* error: of RFC 6750, or NULL */
bool token_needed(const struct api *api, const struct http_request *r);
void token_then_route(struct api *api, struct http_request *r); /* looks at its token; then api_route */
void tokens_forget(struct api *api);

/* ---- api_openapi.c */

void api_openapi(struct api *api, struct http_request *r, const char *const *words);

/* ---- api_events.c */

void api_events(struct api *api, struct http_request *r, const char *const *words);
void events_news(struct api *api); /* there may be some */

/* ---- api_write.c */

void writing_open(struct api *api, const char *conninfo);
void writing_close(struct api *api);
void api_post(struct api *api, struct http_request *r, const char *const *words);
void api_post_fact(struct api *api, struct http_request *r, const char *const *words);
void api_written(struct api *api, struct http_request *r, const char *const *words);

/* ---- api_state.c */

void api_healthz(struct api *api, struct http_request *r, const char *const *words);
void api_readyz(struct api *api, struct http_request *r, const char *const *words);
void api_metrics(struct api *api, struct http_request *r, const char *const *words);
void api_index(struct api *api, struct http_request *r, const char *const *words);
void api_count(struct api *api); /* what the parts counted goes to the board */

/* ---- api_accept.c */

extern const char *const format_media[OUT_KINDS]; /* NULL: no format of the API */
/* The format the request wants, by ?format= or Accept, of those offered (bits). ERR_USAGE; *status: 406 or 400. */
int accept_format(const struct http_request *r, unsigned offered, enum format_kind *out, int *status, struct err *e) must_check;
/* The q of a word in a header like Accept-Encoding: 0 to 1000; -1: it is not mentioned. */
int accept_weight(const char *list, const char *word);

/* ---- api_answer.c */

enum packing { PACK_NONE, PACK_GZIP, PACK_BR, PACK_ZSTD, PACKINGS };
struct packing_row {
	const char *name, *mark; /* in headers; behind the ETag of bytes packed so */
};
extern const struct packing_row packings[PACKINGS];

struct answer { /* bytes that may be sent many times; freed with the last reference */
	unsigned refs;
	int status;
	const char *media; /* a literal */
	char *key; /* what it answers */
	long long tx; /* of the data it was made from; -1: not known, or they have none */
	long day;
	bool lasts; /* asked for a snapshot and a day: it stays right whatever comes */
	char *link, *location, *memento; /* headers, or NULL */
	char etag[48]; /* without quotes and mark; "" for none */
	struct packed {
		char *bytes;
		size_t n;
	} packed[PACKINGS]; /* as it is, and in other ways once they were wanted */
	unsigned incompressible; /* bits of the ways that bring nothing */

	/* while it is kept */
	bool kept;
	struct answer *next;
	TAILQ_ENTRY(answer) use;
};

struct answer *answer_new(const char *key); /* with one reference: yours */
void answer_take(struct answer *a, struct buf *body); /* its bytes */
void answer_put(struct answer *a); /* gives a reference back */
/* Sends it, or that the client has it already. */
void answer_send(struct api *api, struct answer *a, struct http_request *r);
/* The one that is kept for a key, if it is still right; borrowed. */
struct answer *answers_find(struct api *api, const char *key);
void answers_keep(struct api *api, struct answer *a);
void answers_drop(struct api *api);
uint64_t api_hash(const char *s);
long long api_usec(void); /* a clock that only goes on */

/* ---- api_pack.c */

enum packing pack_choose(const struct http_request *r, bool streams); /* what the client likes best */
enum packing pack_answer(struct answer *a, enum packing how); /* packs it so unless that was done; PACK_NONE: it brings nothing */
struct packer; /* as it streams, by gzip */
struct packer *packer_new(writer_out *out, void *arg);
int packer_out(void *packer, const char *data, size_t n);
int packer_end(struct packer *p);
void packer_free(struct packer *p);

/* ---- api_lane.c, api_rate.c */

enum pgpipe_lane lane_of(const char *sql);
void lane_took(const char *sql, long long usec); /* on the fast lane */
void lane_is_slow(const char *sql);
/* What the planner expects of it is known to be far below what is allowed. */
bool lane_is_weighed(const char *sql);
void lane_weighed(const char *sql, long long cost, long long most);
/* false: too many requests came from there, and this one was told so. */
bool rate_allows(struct api *api, struct http_request *r);

/* ---- api_problem.c */

/* Answers with what went wrong. Never SQL, paths or versions: what is not for the client to mend is only logged. */
void problem_send(struct http_request *r, const struct err *e);
void problem_status(struct http_request *r, int status, const struct err *e); /* with a status of its own */

/* ---- api_inquiry.c */

typedef void inquiry_step(struct inquiry *q, const PGresult *res);
typedef void inquiry_failed(struct inquiry *q, int status, const struct err *e); /* status 0: that of the error */

struct waiter {
	struct inquiry *q;
	struct http_request *r;
	TAILQ_ENTRY(waiter) link;
};
TAILQ_HEAD(waiter_list, waiter);

struct inquiry { /* a question under way */
	struct api *api;
	struct arena *mem;
	const struct route *route;
	const char *key;
	const char *path; /* as it came */
	const char *words[ROUTE_WORDS_MAX];
	const struct http_field *params; /* of the request, sorted by name, without format */
	size_t n_params;
	enum format_kind format;
	struct waiter_list waiters;

	/* what is asked: api_words.c */
	struct ask ask;
	bool numbers_as_strings;
	enum { COUNT_NONE, COUNT_EXACT, COUNT_ESTIMATE } count;
	const char *cursor_typed; /* or NULL */
	struct cursor cursor;

	/* on the way */
	struct pgpipe_query *asked;
	inquiry_step *step;
	long long tx; /* as it was known when it was asked */
	long day;
	struct buf body;
	struct query query;
	long rows;
	long long seen; /* the transaction the rows were seen at; -1: unknown */
	const char *next_cursor, *counted;
	const char *location, *behind; /* of what moved; the rest of its path */
	void (*labelled)(struct inquiry *q);
	struct ask *resolving, *unresolved; /* api_resolve.c */
	long long named_at; /* the transaction that was the last one known then */
	int tries;
	const char *resolving_key;
	void (*resolved)(struct inquiry *q);
	struct trending *trending; /* api_trend.c */
	struct stream *stream; /* api_stream.c */
	struct query now; /* the statement under way */
	enum pgpipe_lane lane;
	long long sent; /* microseconds */
	bool streams; /* more rows than a page may have */
	bool weighed; /* what it will cost was looked at */
	pgpipe_row *on_row; /* it streams */
	inquiry_failed *on_fail; /* tells it in its own way */

	struct inquiry *next; /* of the same bucket */
};

/* Whoever asks what is known or under way gets that; else the question sets out. */
void inquiry_join(struct api *api, struct http_request *r, const struct route *route, const char *const *words);
/* For steps: what cannot go on ends in *e. */
void inquiry_go(struct inquiry *q, const struct query *query, inquiry_step *step);
/* Asks the database; step gets the result, errors end the inquiry. */
int inquiry_ask(struct inquiry *q, const struct query *query, inquiry_step *step, struct err *e) must_check;
/* The answer goes to all who wait; takes the body. It is kept when it is known what it was made from. */
void inquiry_done(struct inquiry *q, int status, const char *media);
void inquiry_fail(struct inquiry *q, const struct err *e);
void inquiry_fail_as(struct inquiry *q, int status, const struct err *e);
const char *inquiry_param(const struct inquiry *q, const char *name); /* NULL: not there */
/*
 * Finds out at which transaction the answer was seen, where it does not say so itself: at the one known before, if that is the
 * last one afterwards still. Fills q->seen, then calls.
 */
void inquiry_label(struct inquiry *q, void (*then)(struct inquiry *q));

void inquiry_hide(struct inquiry *q); /* nobody else will wait for it */
/* The next one to be answered, who waits no longer; NULL: that was all of them. */
struct http_request *inquiry_waiter(struct inquiry *q);
/* Asks by the slow lane; rows are handed over as they come, the last step gets a result without rows. */
void inquiry_pour(struct inquiry *q, const struct query *query, pgpipe_row *row, inquiry_step *step, inquiry_failed *fail);
void inquiry_end(struct inquiry *q); /* frees it, and cancels what is under way */

/* ---- api_stream.c */

void stream_begin(struct inquiry *q, const struct query *query); /* answers by the rows of query, however many */

/* ---- api_rows.c: rows of the database as bytes */

#define SEEN "seen!" /* the column that tells the transaction rows were seen at */
#define SEEN_QUOTED "\"" SEEN "\""
const char *rows_cell(const PGresult *res, int row, int column); /* NULL is SQL NULL */
int rows_shown(const PGresult *res); /* columns before the hidden ones, which have a ! in their name */
/* Appends the first rows, of n columns, to the body. JSON: the array, without a line end. */
void rows_write(struct inquiry *q, const PGresult *res, int rows, int n);
struct json_t *rows_meta(struct inquiry *q); /* what every answer says of itself */
/* Closes the envelope {"data":…,"next":…,"meta":…} where there is one, and answers. Takes meta. */
void rows_done(struct inquiry *q, struct json_t *meta);

/* ---- api_words.c */

/* Reads all parameters that the route takes into q->ask, whose resource is known where it has filters. */
int words_read(struct inquiry *q, struct err *e) must_check;
uint64_t words_digest(const struct inquiry *q); /* what its cursors belong to */
/* The address of the same question with another cursor. */
const char *words_url(const struct inquiry *q, const char *path, const char *cursor);

/* The command line that asks the same: begin, args, then the parameters but for those to skip as options. */
const char *words_command(const struct inquiry *q, const char *begin, const char *const *args, const char *const *skip);

/* ---- api_resolve.c */

/* Puts what names stand for into the filters, then goes on; a name nobody bears ends the inquiry. */
void resolve_names(struct inquiry *q, struct ask *ask, void (*then)(struct inquiry *q));

/* ---- kinds of questions */

int words_resource(struct inquiry *q, struct err *e) must_check; /* the resource that the first word names */
int list_begin(struct inquiry *q, struct err *e) must_check; /* api_list.c */
int one_begin(struct inquiry *q, struct err *e) must_check; /* api_one.c */
/* Nothing is under that key: answers where it is, what became of it or what is near. behind: the rest of the path, as "/claims". */
void one_trace(struct inquiry *q, const char *behind);
int claims_begin(struct inquiry *q, struct err *e) must_check; /* api_tell.c */
int why_begin(struct inquiry *q, struct err *e) must_check;
int search_begin(struct inquiry *q, struct err *e) must_check;
int trend_begin(struct inquiry *q, struct err *e) must_check; /* api_trend.c */
int compare_begin(struct inquiry *q, struct err *e) must_check;
extern const char *const why_words[], *const search_words[], *const trend_words[], *const compare_words[];

#endif
