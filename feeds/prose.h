/*
 * prose: figures in the running text of a page, as markup_text leaves it: words, counts, amounts of money with their currency, and the
 * sentence around them. Nothing is kept, all places lie in the text.
 */
#ifndef AIMARKET_PROSE_H
#define AIMARKET_PROSE_H

#include <stdbool.h>
#include <stddef.h>

#include "aimarket/date.h"

enum { PROSE_NUMBER = 32, PROSE_QUOTE = 600 };

struct prose {
	const char *text, *end;
};

struct prose_money {
	char number[PROSE_NUMBER]; /* plain decimals */
	const char *currency; /* ISO 4217 */
	const char *at, *behind; /* where it stands */
};

/* The place of word (in lower case; a blank in it stands for any blank) at or after from and before end; NULL: not there. */
const char *prose_find(const char *from, const char *end, const char *word);
/* Is one of the words there? The list ends with NULL. */
bool prose_has(const char *from, const char *end, const char *const *words);
const char *prose_skip_blanks(const char *p, const char *end);
/* A number at p, its commas left out: the place behind it, or NULL when there is none. */
const char *prose_number(const char *p, const char *end, char out[PROSE_NUMBER]);
/*
 * An amount of money that begins at p: a currency as prospectuses write it ($, US$, HK$, RMB, EUR, €, £ …) and a number. False when there
 * is none, and for ¥, which may be of China or of Japan.
 */
bool prose_money(const char *p, const char *end, struct prose_money *out);
/* The first amount that begins at or after from, and before end. */
bool prose_next_money(const char *from, const char *end, struct prose_money *out);
/* In ten-thousandths, to compare by; -1: no plain number, more than four places behind the point, or more than 13 before it. */
long long prose_parts(const char *number);
/* A day written out at p: March 27, 2025. */
bool prose_day(const char *p, const char *end, struct date_span *out);
/* Words behind which a prospectus bears its day; NULL ends them. */
extern const char *const prose_dated[];
/* The sentence or line around a place: *n bytes from *begin. */
void prose_quote(const struct prose *t, const char *at, const char **begin, size_t *n);

#endif
