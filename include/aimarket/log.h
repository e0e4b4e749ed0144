/*
 * log: one line per event to stderr, all of it key=value: level=warning feed=formd run=42 text="could not fetch ..."
 * Time and process are the journal's business. Secrets never.
 */
#ifndef AIMARKET_LOG_H
#define AIMARKET_LOG_H

#include "aimarket/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_SQL };

extern enum log_level log_level;	/* nothing above it is written; LOG_LEVEL_NOTICE at start */

extern bool log_json;			/* a JSON object a line instead, with the same keys */
extern bool log_journal;		/* each line begins with <PRIORITY>, which journald takes off */

/* object is what the line is about, as key=value pairs: "feed=formd run=42", or NULL. Texts longer than 2,000 bytes are cut. */
void log_at(enum log_level level, const char *object, const char *fmt, ...) printf_like(3, 4);

#endif
