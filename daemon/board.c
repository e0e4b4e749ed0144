#include "board.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	SLOTS = 512,
	PLACES = 8192,
	PROBES = 4,
	CROWD = 2, /* so many connections more than another has are not worth a word */
	CROWD_PART = 8, /* nor is one more for each so many */
};

struct board {
	struct board_slot slots[SLOTS];
	uint64_t asked[PLACES]; /* of one client each: below */
};

/* upper ends, in microseconds; behind the last there is one bucket more */
static const long long buckets[BOARD_BUCKETS - 1] = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 500000, 2500000,
	10000000 };

struct board *board_new(void)
{
	void *p = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("aimarketd");
		exit(1);
	}
	return p;
}

static bool is_there(pid_t pid)
{
	return pid && (kill(pid, 0) == 0 || errno == EPERM);
}

struct board_slot *board_join(struct board *b)
{
	for (struct board_slot *s = b->slots; s < b->slots + SLOTS; s++) {
		pid_t was = __atomic_load_n(&s->owner, __ATOMIC_RELAXED);

		if (is_there(was) || !__atomic_compare_exchange_n(&s->owner, &was, getpid(), false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		s->accepting = s->open = s->cached = s->cached_bytes = s->serving = s->waiting = s->under_way = s->followers = 0;
		return s;
	}
	fputs("aimarketd: too many workers\n", stderr);
	exit(1);
}

static bool is_crowded_beside(long long here, const struct board_slot *other)
{
	long long there = __atomic_load_n(&other->open, __ATOMIC_RELAXED);

	return here > there + CROWD + there / CROWD_PART && __atomic_load_n(&other->accepting, __ATOMIC_RELAXED) && is_there(other->owner);
}

bool board_is_crowded(const struct board *b, const struct board_slot *s)
{
	for (const struct board_slot *other = b->slots; other < b->slots + SLOTS && other->owner; other++)
		if (other != s && is_crowded_beside(s->open, other))
			return true;
	return false;
}

void board_took(struct board_slot *s, int status, size_t bytes, long long usec)
{
	int i = 0;

	while (i < BOARD_BUCKETS - 1 && usec > buckets[i])
		i++;
	s->took[i]++;
	s->took_usec += (unsigned long long)usec;
	s->bytes += bytes;
	s->answers[status / 100 < BOARD_CLASSES ? status / 100 : 0]++;
}

/* ---- how often a client asks */

/* One word, so that it changes as a whole: how many requests, since when, of whom. Moments repeat after 24 days. */
enum { ASKED_BITS = 27, SINCE_BITS = 21, WHO_BITS = 16 };
#define FIELD(word, shift, bits) ((word) >> (shift) & ((UINT64_C(1) << (bits)) - 1))

static uint64_t begin_window(uint64_t who, time_t now)
{
	return FIELD(who, 64 - WHO_BITS, WHO_BITS) << (ASKED_BITS + SINCE_BITS) | FIELD((uint64_t)now, 0, SINCE_BITS) << ASKED_BITS;
}

static int age_of(uint64_t word, time_t now)
{
	return (int)FIELD((uint64_t)now - FIELD(word, ASKED_BITS, SINCE_BITS), 0, SINCE_BITS);
}

/* Its own place of a few; else one that nobody uses any more; else it shares one, and what is allowed there, with another. */
static uint64_t *find_place(struct board *b, uint64_t who, time_t now)
{
	uint64_t *unused = NULL;

	for (int i = 0; i < PROBES; i++) {
		uint64_t *at = &b->asked[(who + (uint64_t)i) % PLACES], word = __atomic_load_n(at, __ATOMIC_RELAXED);

		if (word >> (ASKED_BITS + SINCE_BITS) == who >> (64 - WHO_BITS) && age_of(word, now) < BOARD_WINDOW)
			return at;
		if (!unused && (word == 0 || age_of(word, now) >= BOARD_WINDOW))
			unused = at;
	}
	return unused ? unused : &b->asked[who % PLACES];
}

long long board_asked(struct board *b, uint64_t who, time_t now, int *left)
{
	uint64_t *at = find_place(b, who, now), was = __atomic_load_n(at, __ATOMIC_RELAXED), is;

	do {
		is = was == 0 || age_of(was, now) >= BOARD_WINDOW ? begin_window(who, now) : was;
		is += FIELD(is + 1, 0, ASKED_BITS) != 0;
	} while (!__atomic_compare_exchange_n(at, &was, is, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	*left = BOARD_WINDOW - age_of(is, now);
	return (long long)FIELD(is, 0, ASKED_BITS);
}

/* ---- as text */

/* A number of all slots together. Read while others write: each is whole, and that is enough. */
static long long total(const struct board *b, size_t offset, bool now)
{
	long long sum = 0;

	for (const struct board_slot *s = b->slots; s < b->slots + SLOTS && s->owner; s++)
		if (!now || is_there(s->owner))
			sum += __atomic_load_n((const long long *)(const void *)((const char *)s + offset), __ATOMIC_RELAXED);
	return sum;
}

#define COUNTER(field, name, help)                                                                                                         \
	{                                                                                                                                  \
		offsetof(struct board_slot, field), "aimarket_api_" name, help, false                                                      \
	}
#define GAUGE(field, name, help)                                                                                                           \
	{                                                                                                                                  \
		offsetof(struct board_slot, field), "aimarket_api_" name, help, true                                                       \
	}

static const struct row {
	size_t offset;
	const char *name, *help;
	bool now;
} rows[] = {
	COUNTER(bytes, "sent_bytes_total", "Bytes of answers' bodies."),
	COUNTER(accepted, "connections_total", "Connections that were accepted."),
	COUNTER(turned_away, "connections_turned_away_total", "Connections that were refused: too many of one address."),
	COUNTER(refused, "malformed_total", "Requests that were refused before anybody looked at what they ask."),
	COUNTER(cut, "cut_total", "Connections that were lost while an answer was due."),
	COUNTER(limited, "limited_total", "Requests beyond the rate of one address."),
	COUNTER(hits, "cache_hits_total", "Answers from the cache."),
	COUNTER(misses, "cache_misses_total", "Answers that had to be made."),
	COUNTER(shared, "cache_shared_total", "Answers that an equal request under way brought along."),
	COUNTER(not_modified, "cache_not_modified_total", "Answers that the client had already."),
	COUNTER(evicted, "cache_evicted_total", "Answers that made way for others."),
	COUNTER(statements, "statements_total", "Statements sent to the database."),
	COUNTER(failed, "statements_failed_total", "Statements that failed."),
	COUNTER(rejected, "statements_rejected_total", "Statements for which there was no database or no room."),
	COUNTER(losses, "database_losses_total", "Connections to the database that were lost."),
	COUNTER(too_costly, "too_costly_total", "Questions refused for what the planner expects of them."),
	COUNTER(too_slow, "too_slow_total", "Questions that were cancelled for the time they took."),
	COUNTER(events, "events_sent_total", "Events sent to those who follow."),
	GAUGE(open, "connections", "Connections that are open."),
	GAUGE(cached, "cache_answers", "Answers in the cache."),
	GAUGE(cached_bytes, "cache_bytes", "Bytes of them."),
	GAUGE(serving, "database_connections", "Connections to the database that are ready."),
	GAUGE(waiting, "statements_waiting", "Statements that wait for a connection."),
	GAUGE(under_way, "statements_under_way", "Statements that the database works on."),
	GAUGE(followers, "events_clients", "Clients that follow events."),
};

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_answers(const struct board *b, struct buf *out)
{
	head(out, "aimarket_api_answers_total", "counter", "Answers by class of status.");
	for (int i = 1; i < BOARD_CLASSES; i++)
		buf_printf(out, "aimarket_api_answers_total{status=\"%dxx\"} %lld\n", i,
			total(b, offsetof(struct board_slot, answers) + (size_t)i * sizeof(long long), false));
}

static void add_writes(const struct board *b, struct buf *out)
{
	static const char *const states[BOARD_WRITES] = { "done", "refused", "waiting", "failed" };

	head(out, "aimarket_api_writes_total", "counter", "Requests to write that were put to the store, by what their senders were told.");
	for (int i = 0; i < BOARD_WRITES; i++)
		buf_printf(out, "aimarket_api_writes_total{state=\"%s\"} %lld\n", states[i],
			total(b, offsetof(struct board_slot, writes) + (size_t)i * sizeof(long long), false));
}

static void add_seconds(const struct board *b, struct buf *out)
{
	long long sum = 0;

	head(out, "aimarket_api_answer_seconds", "histogram", "From a request's first byte until its answer was whole.");
	for (int i = 0; i < BOARD_BUCKETS; i++) {
		sum += total(b, offsetof(struct board_slot, took) + (size_t)i * sizeof(long long), false);
		if (i < BOARD_BUCKETS - 1)
			buf_printf(out, "aimarket_api_answer_seconds_bucket{le=\"%g\"} %lld\n", (double)buckets[i] / 1e6, sum);
		else
			buf_printf(out, "aimarket_api_answer_seconds_bucket{le=\"+Inf\"} %lld\n", sum);
	}
	buf_printf(out, "aimarket_api_answer_seconds_sum %.6f\naimarket_api_answer_seconds_count %lld\n",
		(double)total(b, offsetof(struct board_slot, took_usec), false) / 1e6, sum);
}

void board_text(const struct board *b, struct buf *out)
{
	head(out, "aimarket_build_info", "gauge", "The program.");
	buf_printf(out, "aimarket_build_info{version=\"%s\"} 1\n", AIMARKET_VERSION);
	add_answers(b, out);
	add_seconds(b, out);
	add_writes(b, out);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		head(out, rows[i].name, rows[i].now ? "gauge" : "counter", rows[i].help);
		buf_printf(out, "%s %lld\n", rows[i].name, total(b, rows[i].offset, rows[i].now));
	}
}
