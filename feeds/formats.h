/* The formats, one a file; feeds.c has the table of them. */
#ifndef AIMARKET_FORMATS_H
#define AIMARKET_FORMATS_H

#include "aimarket/format.h"
#include "aimarket/record.h"

extern const struct format format_csv, format_json, format_ndjson, format_xml, format_html;
extern const struct format format_edgar_submissions, format_edgar_companyfacts;
extern const struct format format_edgar_formd, format_edgar_index, format_edgar_filing, format_edgar_filing_page, format_edgar_document;
extern const struct format format_edgar_fsds, format_edgar_companyconcept, format_edgar_frames, format_edgar_formd_sets;

/* ERR_PARSE when the body is empty or plainly something else than what (CSV, JSON): an error page, an archive. */
int format_refuse_others(const struct input *in, const char *what, struct err *e) must_check;
/* Variables every mapped format has: $file, $address, $fetched. */
struct record_value format_variable(const struct input *in, const char *name);

#endif
