/*
 * The inside of a fetch, shared by fetch.c (the outside and the waiting), fetch_target.c (what may be asked), fetch_send.c (the
 * request on its way) and fetch_answer.c (what came of it). A fetch is a row of hops, one for each redirect.
 */
#ifndef AIMARKET_FETCH_INSIDE_H
#define AIMARKET_FETCH_INSIDE_H

#include <netinet/in.h>

#include <curl/curl.h>

#include "aimarket/arena.h"
#include "aimarket/fetch.h"
#include "aimarket/unpack.h"
#include "spill.h"

enum { CHAIN_MAX = 21 /* URLs of one fetch */ };

struct target { /* a URL taken apart; host in lower case, port always there */
	const char *url, *scheme, *host, *port;
};

enum fetch_state {
	FETCH_WAITING, /* for its turn at the gate, until go_at */
	FETCH_RUNNING, /* in libcurl's hands */
	FETCH_DONE, /* waits to be handed out */
};

struct fetch {
	struct fetch_result result; /* first: what the caller holds */
	struct fetcher *owner;
	struct fetch *next;
	enum fetch_state state;
	int64_t started; /* microseconds of the steady clock */
	int64_t go_at; /* milliseconds */

	struct arena *mem;
	struct fetch_request rq; /* our copy; limits never NULL */
	struct target first, now; /* the feed's own, and where we are */
	const char *proxy; /* "" = none */
	bool permanent; /* all redirects so far were */
	const char *chain[CHAIN_MAX];

	CURL *easy;
	struct curl_slist *lines; /* headers to send */
	bool open_secret; /* a secret is among them, and nothing would hide it */
	char curl_error[CURL_ERROR_SIZE];
	char closed[INET6_ADDRSTRLEN]; /* an address that was refused when connecting */
	size_t head_bytes;
	bool page_enough; /* we hung up: enough was read of an answer that brings no body */
	long long wire;
	struct unpack *unpack; /* from the first byte of an answer on */
	struct spill body;
	void *map; /* of its file, once it is whole */
	struct buf page;
};

struct fetcher {
	CURLM *multi;
	struct arena *mem;
	struct fetch_options options;
	struct curl_slist *resolve;
	struct fetch *list, **list_end; /* all that is pending, in the order they were started */
	size_t pending;
};

/* The first failure decides. Returns -1. */
int fetch_fail(struct fetch *x, enum fetch_outcome outcome, const char *fmt, ...) printf_like(3, 4);
int fetch_too_much(struct fetch *x); /* it is larger than may come */
/* No line of a request may hold anything that could end it. */
bool fetch_one_line(const char *s);
int64_t fetch_clock(void); /* microseconds of a clock that only goes on */

/* fetch_target.c: takes the fetch to this URL: checks it, asks the gate. It is waiting then, or done with a failure. */
void fetch_begin_hop(struct fetch *x, const char *url);
bool fetch_same_place(const struct target *a, const struct target *b); /* host and port */
bool fetch_private_fine(const struct fetch *x); /* whether the place we are at may be a private one */

/* fetch_send.c: hands the request to libcurl. */
void fetch_run_hop(struct fetch *x);
bool fetch_brings_body(const struct fetch *x); /* by the status of the answer */
/* A header of the answer, in the fetch's memory, or NULL. Several of one name: the last, or all of them joined by a comma. */
const char *fetch_header(struct fetch *x, const char *name, bool join);
long long fetch_body_size(const struct fetch *x);

/* fetch_answer.c: makes the result of the hop, or begins the next. */
void fetch_end_hop(struct fetch *x, CURLcode rc);

#endif
