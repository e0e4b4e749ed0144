/*
 * fetch: bodies over HTTP. One request goes in, one result comes out, many at a time; libcurl does the work, and what it
 * leaves open is closed here: sizes are counted as bytes come, redirects are followed by hand with all checks made again, and the
 * address is judged when the socket is made, so that no name, redirect or spelling leads into a private network.
 */
#ifndef AIMARKET_FETCH_H
#define AIMARKET_FETCH_H

#include <stddef.h>
#include <stdint.h>

#include "aimarket/err.h"

struct fetcher;		/* connections of one process, kept open between fetches; not for use across fork or by two threads */

/*
 * Asked before every request that goes out, redirects included: in how many milliseconds this host may be asked; -1 = not
 * now (the result is FETCH_BUSY), with e saying why. Rate limits that are shared with other processes live behind it. host
 * is in lower case, without a port.
 */
typedef long fetch_gate(void *arg, const char *host, struct err *e);

struct fetch_options {			/* zero is fine for all; strings are copied */
	const char *user_agent;		/* "aimarket/1.0 Name contact@example.org"; sec.gov is not asked without a contact in it */
	const char *ca_file;		/* certificates to trust instead of the system's */
	bool use_proxy;			/* obey http_proxy, https_proxy, all_proxy and no_proxy (names only). A proxy looks names up
					   itself, so that only addresses written in the URL are judged then */
	const char *const *resolve;	/* "name:port:address", NULL at the end: not looked up but taken as given */
	fetch_gate *gate;
	void *gate_arg;
};

struct fetch_limits {
	long long wire;		/* most bytes of a body as they come */
	long long body;		/* most bytes once unpacked */
	long ratio;		/* most bytes unpacked per byte on the wire, judged beyond the first MiB; 1 to 1,000,000 */
	long long memory;	/* a larger body goes to an unlinked file in TMPDIR */
	int redirects;
	long connect_ms, total_ms;
	long low_speed, low_speed_s;	/* given up when slower than so many bytes a second for so many seconds */
};
extern const struct fetch_limits fetch_limits_default;	/* 512 MiB, 2 GiB - 1, 200, 8 MiB, 5, 10 s, 10 min, 100 B/s for 30 s */

/* A header, and the file that holds its value; read for every request, never shown. */
struct fetch_secret { const char *name, *path; };

struct fetch_request {				/* copied */
	const char *url;
	const char *etag, *last_modified;	/* of the body we have, as received; NULL = fetch it whatever we have */
	const char *const *headers;		/* "Name: value", NULL at the end; may be NULL */
	const struct fetch_secret *secrets;	/* NULL name at the end; may be NULL. Sent to the URL's own origin only, over https or to
						   a private address that the feed allows */
	bool allow_private;			/* the URL's own host and port may be private; those it redirects to may not */
	const struct fetch_limits *limits;	/* NULL = default */
	void *arg;				/* handed back with the result */
};

enum fetch_outcome {
	FETCH_OK,		/* a whole body */
	FETCH_SAME,		/* 304: what we have still holds */
	FETCH_BUSY,		/* 429 or 503, or the gate is closed: come later, see retry_after */
	FETCH_BLOCKED,		/* we are unwelcome for a while: ask this host nothing at all for retry_after seconds */
	FETCH_MISSING,		/* 404, 410 */
	FETCH_DENIED,		/* 401, 403, 407, 451 */
	FETCH_STATUS,		/* any other answer that brings no body */
	FETCH_REFUSED,		/* by our own rules: address, scheme, downgrade, too many redirects */
	FETCH_TOO_LARGE,	/* a limit was passed */
	FETCH_CUT,		/* the body broke off or could not be unpacked */
	FETCH_DOWN,		/* no answer: name, connection, TLS, timeout, not HTTP */
	FETCH_FAILED,		/* on our side: disk full, no memory for a connection */
	FETCH_OUTCOMES
};
struct fetch_outcome_row {
	const char *name;
	enum err_kind kind;	/* of result->why */
	bool retry;		/* it may go better by itself, with back-off; else somebody has to look at it */
	bool whole_host;	/* says something about the host and not only about this address */
};
extern const struct fetch_outcome_row fetch_outcomes[FETCH_OUTCOMES];

struct fetch_times {	/* microseconds */
	int64_t total, queue;			/* from fetch_start to the end; of it, waits for the gate */
	int64_t dns, connect, tls, first_byte;	/* reached so long after the start of the last hop; 0 when not */
};

struct fetch_result {
	enum fetch_outcome outcome;
	struct err why;			/* empty for FETCH_OK and FETCH_SAME */
	long status;			/* of the last answer; 0 when there was none */
	const char *data;		/* the body; "" when there is none */
	bool mapped;			/* it lies in a file of ours, mapped: its pages may be given back (body.h) */
	size_t len;
	const char *media;		/* Content-Type as received, or NULL */
	const char *etag, *last_modified;	/* as received; NULL unless the body is whole beyond doubt (its end was announced) */
	const char *link;		/* values of Link headers, joined by a comma, or NULL */
	const char *url;		/* where the last answer came from */
	const char *moved;		/* where the address has moved for good (301, 308 from the first hop on), or NULL */
	const char *const *chain;	/* URLs asked, n_chain of them, the first as it was given */
	int n_chain;
	int64_t retry_after;		/* seconds, clamped to backoff.h's bounds; 0 when the server gave none */
	long long wire, body;		/* bytes of the body as they came, and unpacked */
	int http;			/* 10, 11, 20; 0 when there was no answer */
	struct fetch_times times;
	void *arg;
};

int fetcher_new(const struct fetch_options *options, struct fetcher **out, struct err *e) must_check;
void fetcher_free(struct fetcher *f);		/* what is still under way is dropped; NULL is fine */

/* Sets off. Whatever becomes of it comes out of fetch_wait, refusals too. */
void fetch_start(struct fetcher *f, const struct fetch_request *rq);
size_t fetch_pending(const struct fetcher *f);	/* started and not yet handed out */
/* Drives all that is under way until one is done, which is yours now, or the time is over or nothing is pending: NULL. */
struct fetch_result *fetch_wait(struct fetcher *f, int timeout_ms);
void fetch_result_free(struct fetch_result *r);	/* NULL is fine */
/* Starts one and waits for it; nothing else may be under way. Never NULL. */
struct fetch_result *fetch_one(struct fetcher *f, const struct fetch_request *rq);

/* Whether this User-Agent may be shown to this host: sec.gov wants a contact, an address of electronic mail, in it. ERR_CONFIG. */
int fetch_agent_check(const char *user_agent, const char *host, struct err *e) must_check;

#endif
