/* log: one line per event to stderr, "level object: text" for people, key=value or JSON for machines. */
#ifndef AIMARKET_LOG_H
#define AIMARKET_LOG_H

#include "aimarket/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_SQL };

extern enum log_level log_level;	/* nothing above it is written; LOG_LEVEL_NOTICE at start */

/* object is what the line is about: "feed=formd run=42", or NULL. */
void log_at(enum log_level level, const char *object, const char *fmt, ...) printf_like(3, 4);

#endif
