/* The formats, one a file; feeds.c has the table of them. */
#ifndef AIMARKET_FORMATS_H
#define AIMARKET_FORMATS_H

#include "aimarket/format.h"
#include "aimarket/record.h"

extern const struct format format_csv, format_json, format_ndjson;

/* Variables every mapped format has: $file. */
struct record_value format_variable(const struct input *in, const char *name);

#endif
