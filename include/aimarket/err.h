/*
 * err: one error, filled where it is known, carried up, shown once.
 *
 * Functions that can fail return 0 or -1 and take a struct err * last. Library code neither
 * prints errors nor exits; three tops show them: the CLI, the API, the daemon.
 */
#ifndef AIMARKET_ERR_H
#define AIMARKET_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#define must_check __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))

enum err_kind {
	ERR_NONE,
	ERR_FAIL,	/* anything without a kind of its own */
	ERR_USAGE,	/* the user's words are off */
	ERR_CONFIG,	/* a configuration or feed file is off */
	ERR_PARSE,	/* a body that is not what its feed says */
	ERR_LIMIT,	/* a named limit was passed */
	ERR_NOT_FOUND,
	ERR_DB,		/* the database refused a statement */
	ERR_DB_DOWN,	/* the database cannot be reached, or the connection was lost */
	ERR_NET,	/* something else on the network */
	ERR_REJECTS,	/* done, but some rows were rejected */
	ERR_DISPUTED,	/* --strict met a disputed figure */
	ERR_STALE,	/* --max-age met an old answer */
	ERR_KINDS
};

struct err {
	enum err_kind kind;
	char sqlstate[6];	/* of ERR_DB; may stay empty when the connection broke */
	char text[512];		/* lower case, no full stop: could not read file "x": reason */
	char hint[256];		/* a whole sentence that says what to do, or empty */
};

struct err_row {
	const char *name;	/* "usage", also the last part of the API's problem type */
	int exit_code;
	int http_status;
	bool retry;		/* the same call may go through later */
};

/* The only place where a kind becomes a code. */
extern const struct err_row err_table[ERR_KINDS];

/*
 * Fills *e (which begins as { 0 }) unless it holds an error already: the first error wins. Returns -1, so callers can
 * return it. Texts are made safe to show and store: control characters become blanks, bytes that are not UTF-8 become
 * '?', and what does not fit is cut between characters. The same holds for err_hint and err_prefix.
 */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...) printf_like(3, 4);
/* Sets the hint of the error just set; returns -1. */
int err_hint(struct err *e, const char *fmt, ...) printf_like(2, 3);
/* Puts "prefix: " before the text, for a locator known only further up; returns -1. */
int err_prefix(struct err *e, const char *fmt, ...) printf_like(2, 3);
void err_clear(struct err *e);

/* So that compiler and analyser see the -1, and with it that nobody reads what a call that failed did not fill. */
static inline int err_failed(void)
{
	return -1;
}
#define err_set(...) (err_set(__VA_ARGS__), err_failed())
#define err_hint(...) (err_hint(__VA_ARGS__), err_failed())
#define err_prefix(...) (err_prefix(__VA_ARGS__), err_failed())

#endif
