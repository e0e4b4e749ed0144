/*
 * criterion: a question's condition over the ledger, from what people type to a plan of closed words (JSON) that
 * api.criterion (sql/api/70_criterion.sql) works out. Pure: what its words name is checked there.
 *
 *	expression  = term { or term };  term = factor { and factor };  factor = not factor | ( expression ) | condition
 *	condition   = [count | sum] deals FILTER… [OP NUMBER [UNIT]] [since DATE] by DATE
 *	            | [any | first | last | max | min | sum | count] observation FILTER… OP NUMBER [UNIT] [since DATE] by DATE
 *	            | [last …] observation FILTER… OP observation FILTER… [since DATE] by DATE
 *	            | question ID = OUTCOME
 *	FILTER      = KEY=VALUE, a value with blanks in "quotes";  OP is one of > >= < <= = !=
 *	deals: type status target acquirer party currency min_amount max_amount; observation: entity metric period
 */
#ifndef AIMARKET_CRITERION_H
#define AIMARKET_CRITERION_H

#include <jansson.h>

#include "aimarket/err.h"

/* *plan is yours. ERR_USAGE says at which word reading stopped. */
int criterion_parse(const char *text, json_t **plan, struct err *e) must_check;
/* The last day any part of it asks about, YYYY-MM-DD, borrowed from plan; NULL when none does. */
const char *criterion_deadline(const json_t *plan);

#endif
