/* The inside of the server, shared by http.c (connections come and go), httpconn.c (one of them) and httpreply.c (answers). */
#ifndef AIMARKET_HTTP_INSIDE_H
#define AIMARKET_HTTP_INSIDE_H

#include <netinet/in.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>

#include "aimarket/http.h"
#include "aimarket/httpchunk.h"

enum {
	READ_MAX = 16 << 10, /* bytes taken from a socket at once */
	AHEAD_MAX = 16 << 10, /* bytes a client may send ahead of the answer it waits for */
	HELD_MAX = 64 << 10, /* bytes of a stream that are held back: a chunk */
	PROGRESS_MIN = 4096, /* bytes a client must take for its time to begin anew */
	LINGER_MS = 2000,
};

enum conn_state {
	CONN_IDLE, /* waits for the first byte of a request */
	CONN_HEAD, /* waits for the rest of its head */
	CONN_BODY, /* waits for the rest of its body */
	CONN_ANSWERING, /* the handler has it; waits until the answer is whole */
	CONN_FLUSHING, /* the answer is whole; waits for the client to take it */
	CONN_LINGERING, /* the last word is said; drops what still comes, for a reset would take the answer away from the client */
	CONN_DEAD, /* closed; the reaper frees it after this turn */
};

/* What a connection has so long for. All in one list have the same time, so the first is the first to be late. */
enum conn_clock { CLOCK_IDLE, CLOCK_REQUEST, CLOCK_ANSWER, CLOCK_BEAT, CLOCK_WRITE, CLOCK_LINGER, CLOCKS };

enum answer_kind { ANSWER_NONE, ANSWER_STREAM, ANSWER_EVENTS };

/* A request from its first byte until its answer is whole; kept for another one then. */
struct request {
	struct http_request pub; /* first: what the handler holds is this */
	struct conn *conn;
	struct http_head_reader head;
	struct http_chunk_reader chunks;
	struct buf body;
	long long began; /* microseconds */

	enum answer_kind kind;
	int status;
	const char *media;
	struct buf fields; /* further lines of the answer's header */
	struct evbuffer *held; /* of a stream: not yet sent */
	size_t bytes; /* of the answer's body so far */
	bool head_sent;
	bool chunked;
	bool whole; /* answered; or nobody is there to be answered */
	struct event room; /* active when a stream that was full is to be told that there is room */
	http_call *on_gone, *on_room;
	void *arg;
	SLIST_ENTRY(request) spare;
};

struct peer {
	unsigned char key[sizeof(struct in6_addr)]; /* an IPv4 address as it is mapped into IPv6, or the /64 of an IPv6 one */
	unsigned conns;
};

struct conn {
	struct http *http;
	int fd;
	enum conn_state state;
	enum conn_clock clock;
	long long armed; /* the clock; milliseconds */
	TAILQ_ENTRY(conn) link; /* in the list of its clock, or of the dead */
	struct event readable, writable;
	bool reading, writing; /* which of them are on */
	bool ended; /* the client will send no more */
	bool keep; /* another request may follow */
	bool linger; /* it may still be sending when we have said the last word */
	bool advancing;
	bool wants_room; /* a stream was told that it is full */
	size_t progress; /* bytes taken by the client since its clock was armed */
	struct buf in; /* what came; the first `taken` bytes are done with */
	size_t taken;
	struct evbuffer *out;
	struct request *request; /* NULL while idle */
	struct peer *peer; /* NULL on Unix sockets */
	char address[INET6_ADDRSTRLEN];
};
TAILQ_HEAD(conn_list, conn);

struct listener {
	struct event *event;
	int fd;
	SLIST_ENTRY(listener) next;
};

struct http {
	struct event_base *base;
	struct http_options o;
	struct http_stats stats;
	struct conn_list clocks[CLOCKS], dead;
	SLIST_HEAD(listener_list, listener) listeners;
	SLIST_HEAD(request_list, request) spares;
	unsigned n_spares;
	void *peers; /* a tree, tsearch(3) */
	struct event *tick, *reaper, *look; /* look: whether others took what was left to them */
	bool deaf; /* listeners are off: too many connections, or no descriptor left */
	long long deaf_until; /* milliseconds; 0: until a connection ends */
	long long complained; /* of no descriptor left; milliseconds */
	long long leaving; /* connections are left to others since then; 0: they are not; milliseconds */
	long long taking; /* until then they are taken whoever has fewer: nobody else did; milliseconds */
	bool draining;
	long long drained_since; /* milliseconds */
	http_call *drained;
	void *drained_arg;
	time_t stamped;
	char stamp[160]; /* header lines that every answer has */
	struct buf line; /* where heads are put together */
	char scratch[READ_MAX];
};

/* http.c */
long long http_usec(void); /* a clock that only goes forward */
void http_dead(struct conn *c); /* its descriptor was closed: frees it after this turn */

/* httpconn.c */
struct conn *conn_new(struct http *h, int fd);
void conn_advance(struct conn *c); /* the only place where states change; runs until it would have to wait */
void conn_late(struct conn *c); /* its time is over */
void conn_end(struct conn *c); /* closes it at once */
void conn_reset(struct conn *c); /* the same, and lets the client know that something is missing */
void conn_arm(struct conn *c, enum conn_clock clock); /* the time begins anew */
void request_free(struct request *q);

/* httpreply.c */
void reply_refuse(struct request *q, int status, const char *why); /* by us: the connection will be closed */
void reply_beat(struct request *q);
void reply_finish_events(struct request *q);

#endif
