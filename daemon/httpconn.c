#include "http_inside.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aimarket/log.h"

enum {
	LINES_MAX = 16 << 10, /* a line that has not ended yet, of whatever part of a request */
	FIELDS_MAX = 16 << 10,
	SPARES_MAX = 64,
};

static bool step_idle(struct conn *c);
static bool step_head(struct conn *c);
static bool step_body(struct conn *c);
static bool step_answering(struct conn *c);
static bool step_flushing(struct conn *c);
static bool step_lingering(struct conn *c);
static bool step_dead(struct conn *c);

/* step goes on to another state (true), or waits (false). */
static const struct {
	const char *name;
	enum conn_clock clock;
	bool (*step)(struct conn *c);
} states[] = {
	[CONN_IDLE] = { "idle", CLOCK_IDLE, step_idle },
	[CONN_HEAD] = { "head", CLOCK_REQUEST, step_head },
	[CONN_BODY] = { "body", CLOCK_REQUEST, step_body },
	[CONN_ANSWERING] = { "answering", CLOCK_ANSWER, step_answering },
	[CONN_FLUSHING] = { "flushing", CLOCK_WRITE, step_flushing },
	[CONN_LINGERING] = { "lingering", CLOCK_LINGER, step_lingering },
	[CONN_DEAD] = { "dead", CLOCK_IDLE, step_dead },
};

/* ---- requests */

static void on_room(int fd, short what, void *arg)
{
	struct request *q = arg;

	if (!q->whole && q->conn->state != CONN_DEAD && q->on_room)
		q->on_room(q->arg);
}

static struct request *request_new(struct conn *c)
{
	struct http *h = c->http;
	struct request *q = SLIST_FIRST(&h->spares);

	if (q) {
		SLIST_REMOVE_HEAD(&h->spares, spare);
		h->n_spares--;
	} else {
		q = xzalloc(sizeof *q);
		q->pub.mem = arena_new();
		q->held = evbuffer_new();
		buf_init(&q->body, h->o.limits.body);
		buf_init(&q->fields, FIELDS_MAX);
		event_assign(&q->room, h->base, -1, 0, on_room, q);
	}
	q->conn = c;
	q->began = http_usec();
	q->pub.peer = c->address;
	http_head_begin(&q->head, &h->o.limits.head, q->pub.mem);
	return q;
}

void request_free(struct request *q)
{
	event_del(&q->room);
	arena_free(q->pub.mem);
	evbuffer_free(q->held);
	buf_release(&q->body);
	buf_release(&q->fields);
	free(q);
}

/* Back to those in store, with the memory that the next one will need. */
static void request_done(struct request *q)
{
	struct http *h = q->conn->http;

	if (h->n_spares >= SPARES_MAX) {
		request_free(q);
		return;
	}
	event_del(&q->room);
	struct request clean = { .pub.mem = q->pub.mem, .held = q->held, .fields = q->fields, .room = q->room };
	arena_reset(q->pub.mem);
	evbuffer_drain(q->held, SIZE_MAX);
	buf_release(&q->body);
	clean.body = q->body;
	buf_reset(&clean.fields);
	*q = clean;
	SLIST_INSERT_HEAD(&h->spares, q, spare);
	h->n_spares++;
}

/* ---- states and clocks */

static long long now_ms(void)
{
	return http_usec() / 1000;
}

void conn_arm(struct conn *c, enum conn_clock clock)
{
	TAILQ_REMOVE(&c->http->clocks[c->clock], c, link);
	c->clock = clock;
	c->armed = now_ms();
	c->progress = 0;
	TAILQ_INSERT_TAIL(&c->http->clocks[clock], c, link);
}

static void set_state(struct conn *c, enum conn_state state)
{
	if (log_level >= LOG_LEVEL_DEBUG)
		log_at(LOG_LEVEL_DEBUG, "module=http", "connection %d of %s: %s, then %s", c->fd, c->address, states[c->state].name,
			states[state].name);
	c->state = state;
	if (states[state].clock != c->clock)
		conn_arm(c, states[state].clock);
}

/* While an answer is awaited: the client's time runs where it has something to take, else the handler's. */
static void choose_clock(struct conn *c)
{
	enum conn_clock wanted = CLOCK_ANSWER;

	if (evbuffer_get_length(c->out) > 0)
		wanted = CLOCK_WRITE;
	else if (c->request->kind == ANSWER_EVENTS)
		wanted = CLOCK_BEAT;
	if (wanted != c->clock)
		conn_arm(c, wanted);
}

/* ---- the end */

void conn_end(struct conn *c)
{
	if (c->state == CONN_DEAD)
		return;
	if (c->request && !c->request->whole)
		c->http->stats.cut++;
	event_del(&c->readable);
	event_del(&c->writable);
	close(c->fd);
	evbuffer_drain(c->out, SIZE_MAX);
	buf_release(&c->in);
	c->taken = 0;
	TAILQ_REMOVE(&c->http->clocks[c->clock], c, link);
	c->state = CONN_DEAD;
	http_dead(c);
}

void conn_reset(struct conn *c)
{
	if (c->state == CONN_DEAD)
		return;
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
	conn_end(c);
}

/* ---- steps */

static bool refuse(struct conn *c, int status, const char *why)
{
	c->http->stats.refused++;
	c->keep = false;
	c->linger = true;
	set_state(c, CONN_FLUSHING);
	reply_refuse(c->request, status, why);
	return true;
}

static const char *came(const struct conn *c, size_t *n)
{
	*n = c->in.len - c->taken;
	return buf_str(&c->in) + c->taken;
}

/* There is not enough yet. When no more will come, what is on its way to the client is still sent. */
static bool wait_for_more(struct conn *c)
{
	if (!c->ended)
		return false;
	c->keep = false;
	c->request->whole = true;
	set_state(c, CONN_FLUSHING);
	return true;
}

static bool step_idle(struct conn *c)
{
	if (c->taken < c->in.len) {
		c->request = request_new(c);
		set_state(c, CONN_HEAD);
		return true;
	}
	if (c->ended)
		conn_end(c);
	return false;
}

static bool hand_over(struct conn *c)
{
	struct request *q = c->request;
	const struct http_options *o = &c->http->o;

	q->pub.body = buf_str(&q->body);
	q->pub.n_body = q->body.len;
	c->http->stats.requests++;
	set_state(c, CONN_ANSWERING);
	o->handler(o->arg, &q->pub);
	return true;
}

/* A page on the web may have a name of its own resolve to our address: then the name in Host is not one of ours. */
static bool is_our_host(const struct http *h, const struct http_head *head)
{
	if (!head->host || head->host_is_address || !strcmp(head->host, "localhost"))
		return true;
	for (const char *const *name = h->o.hosts; name && *name; name++)
		if (!strcasecmp(*name, head->host))
			return true;
	return false;
}

static bool begin_body(struct conn *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct request *q = c->request;
	const struct http_head *head = q->pub.head = &q->head.head;

	c->keep = head->keep && !c->http->draining;
	if (!is_our_host(c->http, head))
		return refuse(c, 421, "no such host is served here");
	if (head->length > c->http->o.limits.body)
		return refuse(c, 413, "the body is too large");
	if (head->length == 0 && !head->chunked)
		return hand_over(c);
	if (head->continues && c->taken == c->in.len)
		evbuffer_add(c->out, go_on, sizeof go_on - 1);
	http_chunk_begin(&q->chunks);
	set_state(c, CONN_BODY);
	return true;
}

static bool step_head(struct conn *c)
{
	struct http_head_reader *r = &c->request->head;
	size_t n, used;
	const char *data = came(c, &n);
	int rc = http_head_read(r, data, n, &used);

	c->taken += used;
	if (rc == HTTP_MORE)
		return wait_for_more(c);
	return rc == HTTP_DONE ? begin_body(c) : refuse(c, rc, r->why);
}

static int read_body(struct conn *c)
{
	struct request *q = c->request;
	size_t n, used;
	const char *data = came(c, &n);
	size_t left = (size_t)q->head.head.length - q->body.len;
	int rc;

	if (q->head.head.chunked) {
		rc = http_chunk_read(&q->chunks, data, n, &used, &q->body);
	} else {
		used = n < left ? n : left;
		buf_add(&q->body, data, used);
		rc = used == left ? HTTP_DONE : HTTP_MORE;
	}
	c->taken += used;
	return rc;
}

static bool step_body(struct conn *c)
{
	int rc = read_body(c);

	if (rc == HTTP_MORE)
		return wait_for_more(c);
	return rc == HTTP_DONE ? hand_over(c) : refuse(c, rc, c->request->chunks.why);
}

static bool step_answering(struct conn *c)
{
	if (!c->request->whole) {
		if (c->ended && c->request->kind == ANSWER_EVENTS)
			conn_end(c);
		return false;
	}
	set_state(c, CONN_FLUSHING);
	return true;
}

/* Takes what the socket takes; the rest waits until it takes more. */
static void conn_write(struct conn *c)
{
	int n = evbuffer_write(c->out, c->fd);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		conn_end(c);
		return;
	}
	size_t left = evbuffer_get_length(c->out);
	c->progress += n > 0 ? (size_t)n : 0;
	if (c->clock == CLOCK_WRITE && left > 0 && c->progress >= PROGRESS_MIN)
		conn_arm(c, CLOCK_WRITE);
	if (left > 0 && !c->writing)
		event_add(&c->writable, NULL);
	else if (left == 0 && c->writing)
		event_del(&c->writable);
	c->writing = left > 0;
	if (c->wants_room && left <= c->http->o.limits.output / 2) {
		c->wants_room = false;
		event_active(&c->request->room, EV_TIMEOUT, 0);
	}
}

/* With more requests there already, their answers go out together with this one. */
static bool step_flushing(struct conn *c)
{
	bool more = c->keep && c->taken < c->in.len && evbuffer_get_length(c->out) < AHEAD_MAX;

	if (!more && evbuffer_get_length(c->out) > 0) {
		if (!c->writing)
			conn_write(c);
		if (c->state == CONN_DEAD || evbuffer_get_length(c->out) > 0)
			return false;
	}
	request_done(c->request);
	c->request = NULL;
	c->wants_room = false;
	if (c->keep) {
		set_state(c, CONN_IDLE);
		return true;
	}
	if (c->ended || (!c->linger && c->taken == c->in.len)) {
		conn_end(c);
		return false;
	}
	shutdown(c->fd, SHUT_WR);
	set_state(c, CONN_LINGERING);
	return true;
}

static bool step_lingering(struct conn *c)
{
	c->taken = c->in.len;
	if (c->ended)
		conn_end(c);
	return false;
}

static bool step_dead(struct conn *c)
{
	return false;
}

/* ---- what happens */

static void drop_taken(struct conn *c)
{
	if (c->taken == c->in.len) {
		buf_release(&c->in);
	} else if (c->taken > 0) {
		memmove(c->in.data, c->in.data + c->taken, c->in.len - c->taken);
		c->in.len -= c->taken;
	}
	c->taken = 0;
}

static void listen_to_client(struct conn *c)
{
	bool answering = c->state == CONN_ANSWERING || c->state == CONN_FLUSHING;
	bool wanted = !c->ended && (!answering || c->in.len < AHEAD_MAX);

	if (wanted && !c->reading)
		event_add(&c->readable, NULL);
	else if (!wanted && c->reading)
		event_del(&c->readable);
	c->reading = wanted;
}

void conn_advance(struct conn *c)
{
	if (c->advancing)
		return;
	c->advancing = true;
	while (states[c->state].step(c))
		;
	c->advancing = false;
	if (c->state != CONN_DEAD && evbuffer_get_length(c->out) > 0 && !c->writing)
		conn_write(c);
	if (c->state == CONN_DEAD)
		return;
	if (c->state == CONN_ANSWERING)
		choose_clock(c);
	drop_taken(c);
	listen_to_client(c);
}

static void on_readable(int fd, short what, void *arg)
{
	struct conn *c = arg;
	ssize_t n = recv(fd, c->http->scratch, READ_MAX, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		conn_end(c);
		return;
	}
	if (n == 0)
		c->ended = true;
	else if (buf_add(&c->in, c->http->scratch, (size_t)n))
		assert(!"a line was taken for longer than it may be");
	conn_advance(c);
}

static void on_writable(int fd, short what, void *arg)
{
	struct conn *c = arg;

	conn_write(c);
	conn_advance(c);
}

static void handler_is_late(struct conn *c)
{
	struct request *q = c->request;

	if (q->head_sent) {
		conn_reset(c);
		return;
	}
	if (q->on_gone)
		q->on_gone(q->arg);
	refuse(c, 503, "the answer took too long");
	conn_advance(c);
}

void conn_late(struct conn *c)
{
	switch (c->clock) {
	case CLOCK_REQUEST:
		refuse(c, 408, "the request did not come in time");
		conn_advance(c);
		break;
	case CLOCK_ANSWER:
		handler_is_late(c);
		break;
	case CLOCK_BEAT:
		reply_beat(c->request);
		break;
	case CLOCK_WRITE:
		conn_reset(c);
		break;
	case CLOCK_IDLE:
	case CLOCK_LINGER:
	case CLOCKS:
		conn_end(c);
	}
}

struct conn *conn_new(struct http *h, int fd)
{
	struct conn *c = xzalloc(sizeof *c);

	c->http = h;
	c->fd = fd;
	c->state = CONN_IDLE;
	c->clock = CLOCK_IDLE;
	c->armed = now_ms();
	c->out = evbuffer_new();
	buf_init(&c->in, h->o.limits.head.bytes + LINES_MAX + AHEAD_MAX + READ_MAX);
	TAILQ_INSERT_TAIL(&h->clocks[CLOCK_IDLE], c, link);
	event_assign(&c->readable, h->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	event_assign(&c->writable, h->base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
	listen_to_client(c);
	return c;
}
