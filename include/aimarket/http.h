/*
 * http: a strict HTTP/1.1 server on libevent, for one worker. No global state: everything hangs on one event_base.
 *
 * A request comes to the handler whole, body included. Of one connection they come one at a time, so that answers go out in
 * the order of the requests; what a client sends ahead waits. The handler answers at once, or keeps the request and answers
 * later from the loop:
 *
 *	http_reply		with bytes, which are copied		http_reply_shared	with bytes of a cache, which are not
 *	http_problem		with an error (RFC 9457)		http_stream …		with bytes as they come
 *	http_events …		with events, for as long as the client listens
 *
 * A request lives until its answer is whole (http_reply, http_reply_shared, http_problem, http_stream_end, http_cut), or
 * until on_gone was called because the client is. on_gone and on_room come from the loop, never from inside a call of yours.
 *
 * What is malformed, too large, too slow or for another host never reaches the handler: it is refused here, by a problem and
 * Connection: close. Methods are the handler's to tell apart, OPTIONS (also of "*") and TRACE included.
 *
 * The program ignores SIGPIPE, and has libevent end it when memory is out: event_set_mem_functions(xmalloc, xrealloc, free).
 */
#ifndef AIMARKET_HTTP_H
#define AIMARKET_HTTP_H

#include "aimarket/buf.h"
#include "aimarket/httphead.h"

struct event_base;
struct json_t;
struct http;

struct http_request {
	const struct http_head *head;
	const char *body; /* n_body bytes and a NUL */
	size_t n_body;
	const char *peer; /* the client's address, without port; "unix" on such a socket */
	struct arena *mem; /* dies with the request */
	void *data; /* the handler's own */
};

struct http_limits {
	struct http_head_limits head;
	size_t body; /* bytes */
	size_t output; /* bytes of a stream that wait for the client before it is called full; more than twice that ends events */
	unsigned conns; /* at once; at that, the one idle for longest makes way */
	unsigned conns_per_address; /* at once, of one IPv4 address or IPv6 /64; not counted on Unix sockets */
	/* milliseconds */
	int idle_ms; /* for the first byte of a request */
	int request_ms; /* from its first byte to its last */
	int answer_ms; /* for the handler's answer, and between two signs of life of a stream */
	int write_ms; /* for the client to take 4 KiB more of an answer, or its end */
	int beat_ms; /* between comments that keep a silent stream of events open */
};
extern const struct http_limits http_limits; /* those to begin with */

/* What became of a request, for logs and counters. */
struct http_answer {
	const struct http_request *request; /* lives only for this call; NULL: refused before its head was whole */
	int status;
	size_t bytes; /* of the body */
	long long usec; /* from the first byte of the request until the answer was whole */
};

typedef void http_handler(void *arg, struct http_request *r);
typedef void http_observer(void *arg, const struct http_answer *answer);
typedef void http_call(void *arg);
/* Told whenever the number of open connections has changed. */
typedef void http_opened(void *arg, unsigned open);
/* Whether somebody else who accepts from the same sockets should have the next connection. It is left to them then, but not for long. */
typedef bool http_leaves(void *arg);

struct http_options {
	struct http_limits limits;
	const char *const *hosts; /* names we may be asked by beside localhost and plain addresses; ends with NULL; borrowed */
	http_handler *handler;
	http_observer *observer; /* may be NULL, like those below */
	http_opened *opened;
	http_leaves *leaves;
	void *arg;
};

struct http_stats {
	unsigned open; /* connections */
	unsigned long long accepted, turned_away; /* connections; turned away: too many of one address */
	unsigned long long requests, refused; /* given to the handler; refused before */
	unsigned long long cut; /* connections lost or ended while an answer was due */
};

struct http *http_new(struct event_base *base, const struct http_options *options);
void http_free(struct http *h); /* ends all connections; on_gone is called for requests that are waiting */
const struct http_stats *http_stats(const struct http *h);

/*
 * A listening socket: "127.0.0.1:8377", "[::1]:8377", "localhost:8377" (its first address), or the path of a Unix socket
 * with a slash (one that nobody listens on is replaced). ERR_CONFIG, ERR_NET.
 */
int http_bind(const char *address, int *fd, struct err *e) must_check;
/* Accepts from a listening socket, which is http's then. Workers may share one: see leaves above. */
void http_listen(struct http *h, int fd);
/* Serves one that is connected already, which is http's then. */
void http_serve(struct http *h, int fd);
/*
 * Ends in peace: stops listening, ends event streams, lets answers be finished and idle connections have half a second for a
 * last request; then calls done once, from the loop. How long to wait is the caller's affair: http_free ends the rest.
 */
void http_drain(struct http *h, http_call *done, void *arg);

/* ---- answers */

/* What is called when the client is gone, and when a stream that was full has room again; each may be NULL. */
void http_watch(struct http_request *r, http_call *on_gone, http_call *on_room, void *arg);
/* Adds a header to the answer. Control characters in the value become blanks. Not after the head was sent. */
void http_header(struct http_request *r, const char *name, const char *fmt, ...) printf_like(3, 4);

/* media may be NULL: no body then. With 204 and 304, and to HEAD, none is sent; n is told to HEAD all the same. */
void http_reply(struct http_request *r, int status, const char *media, const void *data, size_t n);
/* data stays where it is until release(arg) is called, exactly once, when all of it was sent or never will be. */
void http_reply_shared(struct http_request *r, int status, const char *media, const void *data, size_t n, http_call *release, void *arg);
/*
 * application/problem+json. type is a URI, NULL: about:blank; detail says what was wrong, may be NULL. members, an object
 * with more of it or NULL, is taken.
 */
void http_problem(struct http_request *r, int status, const char *type, const char *detail, struct json_t *members);

/* Begins an answer of unknown length. One that ends within 64 KiB goes out with its length, a longer one in chunks. */
void http_stream(struct http_request *r, int status, const char *media);
/* A writer_out: adds bytes (to HEAD: drops them); n 0 changes nothing. -1: the client is gone, on_gone will come. */
int http_stream_out(void *request, const char *data, size_t n);
/* True when so much waits for the client that one should stop and wait for on_room. */
bool http_stream_full(struct http_request *r);
/* True once the head went out: before that, an error can still be told by http_problem, in place of the stream. */
bool http_stream_sent(const struct http_request *r);
void http_stream_end(struct http_request *r);
/* Breaks the answer off, so that the client sees that it is not whole. */
void http_cut(struct http_request *r);

/* Begins a stream of server-sent events; a client that breaks off comes back after retry_ms. It ends by on_gone, or by http_stream_end. */
void http_events(struct http_request *r, int retry_ms);
/* Sends one; id and name may be NULL, neither has line ends; data may have any number of lines. A client that is too slow is cut. */
void http_event(struct http_request *r, const char *id, const char *name, const char *data);

#endif
