#include "http_inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <search.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "aimarket/log.h"

enum {
	BACKLOG = 1024,
	DEAF_MS = 200,
	COMPLAIN_MS = 60000,
	TAKE_MAX = 16, /* connections at once, before those that are there are looked after */
	LOOK_MS = 1, /* how often it is looked whether a connection that was left to others was taken */
	LEAVE_MS = 50, /* how long one is left to them */
	TAKE_MS = 1000, /* how long they are not waited for any more when nobody came */
	TICK_MIN_MS = 10,
	TICK_MAX_MS = 1000,
	PARTING_MS = 500,
	HEAD_OUT_MAX = 32 << 10,
	UNSENT_MAX = 128 << 10
};

const struct http_limits http_limits = {
	.head = { .bytes = 16384, .target = 8000, .fields = 64, .params = 100 },
	.body = 1 << 20,
	.output = 256 << 10,
	.conns = 1024,
	.conns_per_address = 256,
	.idle_ms = 60000,
	.request_ms = 10000,
	.answer_ms = 60000,
	.write_ms = 30000,
	.beat_ms = 15000,
};

long long http_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static long long now_ms(void)
{
	return http_usec() / 1000;
}

/* ---- who is connected how often */

static int by_key(const void *a, const void *b)
{
	return memcmp(((const struct peer *)a)->key, ((const struct peer *)b)->key, sizeof((const struct peer *)a)->key);
}

/* An IPv6 client commonly owns a /64. */
static void key_of(const struct sockaddr_storage *from, unsigned char key[sizeof(struct in6_addr)])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	memset(key, 0, sizeof(struct in6_addr));
	if (from->ss_family == AF_INET) {
		memcpy(key, mapped, sizeof mapped);
		memcpy(key + sizeof mapped, &((const struct sockaddr_in *)from)->sin_addr, 4);
		return;
	}
	const struct in6_addr *six = &((const struct sockaddr_in6 *)from)->sin6_addr;
	memcpy(key, six, IN6_IS_ADDR_V4MAPPED(six) ? sizeof *six : 8);
}

static struct peer *peer_get(struct http *h, const struct sockaddr_storage *from)
{
	struct peer wanted = { .conns = 0 };

	key_of(from, wanted.key);
	struct peer **found = tfind(&wanted, &h->peers, by_key);
	if (found)
		return *found;
	struct peer *p = xmalloc(sizeof *p);
	*p = wanted;
	if (!tsearch(p, &h->peers, by_key))
		abort();
	return p;
}

static void peer_put(struct http *h, struct peer *p)
{
	if (!p || --p->conns > 0)
		return;
	tdelete(p, &h->peers, by_key);
	free(p);
}

static void name_peer(const struct sockaddr_storage *from, char name[INET6_ADDRSTRLEN])
{
	if (from->ss_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)from)->sin_addr, name, INET6_ADDRSTRLEN);
	else if (from->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)from)->sin6_addr, name, INET6_ADDRSTRLEN);
	else
		snprintf(name, INET6_ADDRSTRLEN, "unix");
}

/* ---- connections come */

static void stop_hearing(struct http *h)
{
	struct listener *l;

	SLIST_FOREACH(l, &h->listeners, next)
	event_del(l->event);
}

static void begin_hearing(struct http *h)
{
	struct listener *l;

	SLIST_FOREACH(l, &h->listeners, next)
	event_add(l->event, NULL);
}

static void go_deaf(struct http *h, long long until)
{
	h->deaf = true;
	h->deaf_until = until;
	stop_hearing(h);
}

static void hear_again(struct http *h)
{
	h->deaf = false;
	begin_hearing(h);
}

static bool end_idle(struct http *h)
{
	struct conn *c = TAILQ_FIRST(&h->clocks[CLOCK_IDLE]);

	if (c)
		conn_end(c);
	return c;
}

/* Without a descriptor left the socket would stay readable, and we would spin. */
static void no_descriptor(struct http *h, int number)
{
	long long now = now_ms();

	if (!h->complained || now - h->complained > COMPLAIN_MS) {
		h->complained = now;
		log_at(LOG_LEVEL_WARNING, "module=http", "could not accept a connection: %s; %u are open", strerror(number), h->stats.open);
	}
	end_idle(h);
	go_deaf(h, now + DEAF_MS);
}

#define TOO_MANY "{\"type\":\"about:blank\",\"title\":\"Too Many Requests\",\"status\":429,\"detail\":\"too many connections at once\"}"
_Static_assert(sizeof TOO_MANY - 1 == 103, "Content-Length below says so");

/* Neither reads nor waits: what the client makes of it is its affair. */
static void turn_away(struct http *h, int fd)
{
	static const char text[] =
		"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/problem+json\r\nContent-Length: 103\r\n"
		"Retry-After: 5\r\nConnection: close\r\n\r\n" TOO_MANY;

	h->stats.turned_away++;
	send(fd, text, sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	recv(fd, h->scratch, READ_MAX, MSG_DONTWAIT);
	close(fd);
}

static void count_open(struct http *h, int more)
{
	h->stats.open += (unsigned)more;
	if (h->o.opened)
		h->o.opened(h->o.arg, h->stats.open);
}

static void serve(struct http *h, int fd, const struct sockaddr_storage *from)
{
	struct peer *peer = from->ss_family == AF_UNIX ? NULL : peer_get(h, from);

	if (peer && ++peer->conns > h->o.limits.conns_per_address) {
		turn_away(h, fd);
		peer_put(h, peer);
		return;
	}
	struct conn *c = conn_new(h, fd);
	c->peer = peer;
	name_peer(from, c->address);
	h->stats.accepted++;
	count_open(h, 1);
}

static bool somebody_waits(const struct http *h)
{
	struct listener *l;

	SLIST_FOREACH(l, &h->listeners, next)
	if (poll(&(struct pollfd){ .fd = l->fd, .events = POLLIN }, 1, 0) > 0)
		return true;
	return false;
}

static void on_look(int fd, short what, void *arg)
{
	struct http *h = arg;

	if (!somebody_waits(h))
		h->leaving = 0;
	if (!h->deaf)
		begin_hearing(h);
}

/* Of several workers the one that is awake would take all that come at once, and its clients would wait for each other. */
static bool leave_to_others(struct http *h)
{
	const struct timeval soon = { .tv_usec = LOOK_MS * 1000 };
	long long now = now_ms();

	if (!h->o.leaves || now < h->taking || !h->o.leaves(h->o.arg)) {
		h->leaving = 0;
		return false;
	}
	if (!h->leaving)
		h->leaving = now;
	if (now - h->leaving >= LEAVE_MS) {
		h->leaving = 0;
		h->taking = now + TAKE_MS;
		return false;
	}
	stop_hearing(h);
	event_add(h->look, &soon);
	return true;
}

/* False: no other one is to be taken now. */
static bool take_connection(struct http *h, int listening)
{
	struct sockaddr_storage from = { .ss_family = AF_UNIX };
	socklen_t size = sizeof from;

	if (leave_to_others(h))
		return false;
	if (h->stats.open >= h->o.limits.conns && !end_idle(h)) {
		go_deaf(h, 0);
		return false;
	}
	int fd = accept4(listening, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		serve(h, fd, &from);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
		no_descriptor(h, errno);
	return fd >= 0 && h->stats.open < h->o.limits.conns;
}

static void on_connection(int listening, short what, void *arg)
{
	for (int n = 0; n < TAKE_MAX && take_connection(arg, listening); n++)
		;
}

void http_serve(struct http *h, int fd)
{
	struct sockaddr_storage from = { .ss_family = AF_UNIX };
	socklen_t size = sizeof from;

	getpeername(fd, (struct sockaddr *)&from, &size);
	evutil_make_socket_nonblocking(fd);
	serve(h, fd, &from);
}

void http_listen(struct http *h, int fd)
{
	struct listener *l = xzalloc(sizeof *l);

	/*
	 * Accepted sockets inherit these. Without the first the end of a larger answer waits for the client's acknowledgement;
	 * without the second the kernel takes megabytes for each client that does not read.
	 */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &(int){ UNSENT_MAX }, sizeof(int));
	evutil_make_socket_nonblocking(fd);
	l->fd = fd;
	l->event = event_new(h->base, fd, EV_READ | EV_PERSIST, on_connection, h);
	event_add(l->event, NULL);
	SLIST_INSERT_HEAD(&h->listeners, l, next);
}

/* ---- sockets to listen on */

static int no_socket(const char *address, int fd, struct err *e)
{
	int number = errno;

	if (fd >= 0)
		close(fd);
	return err_set(e, ERR_NET, "could not listen on \"%s\": %s", address, strerror(number));
}

static int bind_unix(const char *path, int *fd, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct stat st;

	if (strlen(path) >= sizeof to.sun_path)
		return err_set(e, ERR_CONFIG, "\"%s\" is too long for the path of a socket", path);
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return no_socket(path, *fd, e);
	if (!lstat(path, &st) && S_ISSOCK(st.st_mode) && connect(*fd, (struct sockaddr *)&to, sizeof to) && errno == ECONNREFUSED)
		unlink(path); /* left behind by somebody who is no more */
	if (bind(*fd, (struct sockaddr *)&to, sizeof to) || listen(*fd, BACKLOG))
		return no_socket(path, *fd, e);
	return 0;
}

/* host:port, the host of six in brackets, both in mem. */
static int split_address(const char *address, struct arena *mem, char **host, char **port, struct err *e)
{
	char *colon;

	*host = arena_strdup(mem, address);
	colon = strrchr(*host, ':');
	if (!colon || colon == *host || !colon[1]) {
		err_set(e, ERR_CONFIG, "\"%s\" is not an address to listen on", address);
		return err_hint(e, "Write host:port, like 127.0.0.1:8377 or [::1]:8377, or the path of a Unix socket.");
	}
	*colon = '\0';
	*port = colon + 1;
	if (**host == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		++*host;
	}
	return 0;
}

static int bind_found(const char *address, const struct addrinfo *to, int *fd, struct err *e)
{
	*fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return no_socket(address, *fd, e);
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (to->ai_family == AF_INET6)
		setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 1 }, sizeof(int));
	if (bind(*fd, to->ai_addr, to->ai_addrlen) || listen(*fd, BACKLOG))
		return no_socket(address, *fd, e);
	return 0;
}

static int bind_inet(const char *address, struct arena *mem, int *fd, struct err *e)
{
	const struct addrinfo like = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found;
	char *host = NULL, *port = NULL;

	if (split_address(address, mem, &host, &port, e))
		return -1;
	int number = getaddrinfo(host, port, &like, &found);
	if (number)
		return err_set(e, ERR_CONFIG, "could not find the address \"%s\": %s", address, gai_strerror(number));
	int rc = bind_found(address, found, fd, e);
	freeaddrinfo(found);
	return rc;
}

int http_bind(const char *address, int *fd, struct err *e)
{
	struct arena *mem = arena_new();
	int rc = strchr(address, '/') ? bind_unix(address, fd, e) : bind_inet(address, mem, fd, e);

	arena_free(mem);
	return rc;
}

/* ---- connections go */

void http_dead(struct conn *c)
{
	struct http *h = c->http;

	peer_put(h, c->peer);
	count_open(h, -1);
	TAILQ_INSERT_TAIL(&h->dead, c, link);
	event_active(h->reaper, EV_TIMEOUT, 0);
	if (h->deaf && !h->deaf_until)
		hear_again(h);
}

static void bury(struct conn *c)
{
	struct request *q = c->request;

	if (q && !q->whole && q->on_gone)
		q->on_gone(q->arg);
	if (q)
		request_free(q);
	evbuffer_free(c->out);
	free(c);
}

static void on_reap(int fd, short what, void *arg)
{
	struct http *h = arg;
	struct conn *c;

	while ((c = TAILQ_FIRST(&h->dead))) {
		TAILQ_REMOVE(&h->dead, c, link);
		bury(c);
	}
	if (h->draining && h->stats.open == 0 && h->drained) {
		http_call *drained = h->drained;

		h->drained = NULL;
		drained(h->drained_arg);
	}
}

/* ---- time */

static int limit_of(const struct http *h, enum conn_clock clock)
{
	const struct http_limits *l = &h->o.limits;

	if (h->draining && clock == CLOCK_IDLE && l->idle_ms > PARTING_MS)
		return PARTING_MS;
	return (const int[CLOCKS]){
		[CLOCK_IDLE] = l->idle_ms,
		[CLOCK_REQUEST] = l->request_ms,
		[CLOCK_ANSWER] = l->answer_ms,
		[CLOCK_BEAT] = l->beat_ms,
		[CLOCK_WRITE] = l->write_ms,
		[CLOCK_LINGER] = LINGER_MS,
	}[clock];
}

/* While it drains an idle connection has a moment more: its client may have begun to ask, not knowing. */
static long long since(const struct http *h, const struct conn *c)
{
	return h->draining && c->clock == CLOCK_IDLE && c->armed < h->drained_since ? h->drained_since : c->armed;
}

static void on_tick(int fd, short what, void *arg)
{
	struct http *h = arg;
	long long now = now_ms();
	struct conn *c;

	for (enum conn_clock clock = 0; clock < CLOCKS; clock++)
		while ((c = TAILQ_FIRST(&h->clocks[clock])) && now - since(h, c) >= limit_of(h, clock))
			conn_late(c);
	if (h->deaf && h->deaf_until && now >= h->deaf_until)
		hear_again(h);
}

/* Deadlines are kept to a quarter of the shortest. */
static struct timeval tick_of(const struct http *h)
{
	int ms = TICK_MAX_MS;

	for (enum conn_clock clock = 0; clock < CLOCKS; clock++)
		if (limit_of(h, clock) / 4 < ms)
			ms = limit_of(h, clock) / 4;
	if (ms < TICK_MIN_MS)
		ms = TICK_MIN_MS;
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

/* ---- the server */

struct http *http_new(struct event_base *base, const struct http_options *options)
{
	struct http *h = xzalloc(sizeof *h);

	h->base = base;
	h->o = *options;
	for (enum conn_clock clock = 0; clock < CLOCKS; clock++)
		TAILQ_INIT(&h->clocks[clock]);
	TAILQ_INIT(&h->dead);
	buf_init(&h->line, HEAD_OUT_MAX);
	h->reaper = event_new(base, -1, 0, on_reap, h);
	h->look = event_new(base, -1, 0, on_look, h);
	h->tick = event_new(base, -1, EV_PERSIST, on_tick, h);
	struct timeval every = tick_of(h);
	event_add(h->tick, &every);
	return h;
}

static void stop_listening(struct http *h)
{
	struct listener *l;

	while ((l = SLIST_FIRST(&h->listeners))) {
		SLIST_REMOVE_HEAD(&h->listeners, next);
		event_free(l->event);
		close(l->fd);
		free(l);
	}
}

static void end_events(struct conn_list *list)
{
	for (struct conn *c = TAILQ_FIRST(list), *next; c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->request && c->request->kind == ANSWER_EVENTS)
			reply_finish_events(c->request);
	}
}

void http_drain(struct http *h, http_call *done, void *arg)
{
	h->draining = true;
	h->drained = done;
	h->drained_arg = arg;
	h->drained_since = now_ms();
	stop_listening(h);
	end_events(&h->clocks[CLOCK_BEAT]);
	end_events(&h->clocks[CLOCK_WRITE]);
	event_active(h->reaper, EV_TIMEOUT, 0);
}

void http_free(struct http *h)
{
	struct request *q;
	struct conn *c;

	h->drained = NULL;
	stop_listening(h);
	for (enum conn_clock clock = 0; clock < CLOCKS; clock++)
		while ((c = TAILQ_FIRST(&h->clocks[clock])))
			conn_end(c);
	on_reap(-1, 0, h);
	while ((q = SLIST_FIRST(&h->spares))) {
		SLIST_REMOVE_HEAD(&h->spares, spare);
		request_free(q);
	}
	event_free(h->tick);
	event_free(h->reaper);
	event_free(h->look);
	buf_release(&h->line);
	free(h);
}

const struct http_stats *http_stats(const struct http *h)
{
	return &h->stats;
}
