/*
 * board: what API workers count, in memory that all processes of the daemon share, so that any of them can tell Prometheus of
 * all. Each worker has a slot of its own to write to; a worker that is gone leaves its counts there for the next. How often each
 * client asks is counted by all of them in one place.
 */
#ifndef AIMARKET_DAEMON_BOARD_H
#define AIMARKET_DAEMON_BOARD_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "aimarket/buf.h"

enum { BOARD_BUCKETS = 14, BOARD_CLASSES = 6 /* of status: 1xx … 5xx */, BOARD_WINDOW = 60 /* seconds */ };

/* What became of a request to write that was put to the store. waiting: its sender was told to look for the answer later. */
enum board_write { BOARD_DONE, BOARD_REFUSED, BOARD_WAITING, BOARD_FAILED, BOARD_WRITES };

struct board_slot {
	pid_t owner;
	/* counted up, for ever */
	unsigned long long answers[BOARD_CLASSES], bytes, refused, turned_away, accepted, cut;
	unsigned long long took[BOARD_BUCKETS], took_usec; /* answers by time; the last bucket is the rest */
	unsigned long long hits, misses, shared, not_modified, evicted; /* of the cache; shared: waited for an equal one */
	unsigned long long statements, failed, rejected, losses; /* of the pool; rejected: not even sent */
	unsigned long long limited, too_costly, too_slow;
	unsigned long long events; /* sent to those who follow */
	unsigned long long writes[BOARD_WRITES];
	/* as it is now */
	long long accepting; /* 1: it takes connections */
	long long open, cached, cached_bytes, serving, waiting, under_way, followers;
};

struct board;

struct board *board_new(void); /* before the first fork */
/* A slot for this process; one is found as long as there are fewer than 512 workers. */
struct board_slot *board_join(struct board *b);
/* Whether another worker that takes connections has clearly fewer of them. */
bool board_is_crowded(const struct board *b, const struct board_slot *s);
void board_took(struct board_slot *s, int status, size_t bytes, long long usec);
/*
 * One more request of who (a hash), whichever worker it reached: how many there were in the window that the first of them began.
 * *left: seconds until it ends.
 */
long long board_asked(struct board *b, uint64_t who, time_t now, int *left);
/* Appends all of it as Prometheus reads it. */
void board_text(const struct board *b, struct buf *out);

#endif
