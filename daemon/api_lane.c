/*
 * api_lane: which lane of the pool a statement takes. All small ones share one connection, and a slow one among them holds up
 * the others; so what took long once goes by the lane for such from then on, for a while. What takes very long on the fast lane
 * is cut off there, and asked again by the other.
 */
#include "api_inside.h"

#include <time.h>

enum {
	SHAPES = 2048,
	PLANNED = 6, /* the first times PostgreSQL plans a prepared statement for its parameters, which may take longer than to run it */
	SLOW_USEC = 15000, /* from then on */
	TOO_SLOW_USEC = 200000, /* and already before */
	STRIKES = 2,
	PROBATION_MS = 60000,
	AGAIN_MAX_MS = 3600000,
	WEIGHED_MS = 60000, /* how long a statement that is far below the limit need not be weighed again */
	FAR_BELOW = 100,
};

struct shape { /* a statement's text; who has the same place forgets the other */
	uint64_t text;
	int strikes, runs;
	long long weighed_until; /* ms */
	long long slow_until; /* ms; 0: it is not */
	long long probation; /* ms: how long it was slow for the last time */
};

static struct shape shapes[SHAPES]; /* of this worker, which is a process */

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static struct shape *shape_of(const char *sql)
{
	uint64_t text = api_hash(sql);
	struct shape *s = &shapes[text % SHAPES];

	if (s->text != text)
		*s = (struct shape){ .text = text };
	return s;
}

enum pgpipe_lane lane_of(const char *sql)
{
	return shape_of(sql)->slow_until > now_ms() ? PGPIPE_SLOW : PGPIPE_FAST;
}

/* Each time it has proved slow again it stays so for longer. */
void lane_is_slow(const char *sql)
{
	struct shape *s = shape_of(sql);

	s->strikes = 0;
	s->probation = s->probation == 0 ? PROBATION_MS : s->probation < AGAIN_MAX_MS ? 2 * s->probation : s->probation;
	s->slow_until = now_ms() + s->probation;
}

void lane_took(const char *sql, long long usec)
{
	struct shape *s = shape_of(sql);

	if (usec < (++s->runs > PLANNED ? SLOW_USEC : TOO_SLOW_USEC))
		s->strikes = 0;
	else if (++s->strikes == STRIKES)
		lane_is_slow(sql);
}

bool lane_is_weighed(const char *sql)
{
	return shape_of(sql)->weighed_until > now_ms();
}

void lane_weighed(const char *sql, long long cost, long long most)
{
	if (cost < most / FAR_BELOW)
		shape_of(sql)->weighed_until = now_ms() + WEIGHED_MS;
}
