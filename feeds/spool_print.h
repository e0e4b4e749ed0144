/* spool_print: what a parser said, for people and scripts: one JSON object a line. */
#ifndef AIMARKET_SPOOL_PRINT_H
#define AIMARKET_SPOOL_PRINT_H

#include <stdio.h>

#include "aimarket/spool.h"

/* Records by kind, with the fields of the kind by name, then the rejected ones. -1 without an error when the reader is gone. */
int spool_print(struct sink *s, FILE *out, struct err *e) must_check;

#endif
