/* edgar_formd: the XML of a Form D, also where a submission holds it. */
#ifndef AIMARKET_EDGAR_FORMD_H
#define AIMARKET_EDGAR_FORMD_H

#include "formd.h"

struct formd_filing { /* what is known of the filing that holds it */
	struct record_value accession, file_number, filed;
	long long offset; /* of the form in the document */
	const char *place;
};

/* Emits the notice in groups of its own. ERR_PARSE: it is no Form D, or no XML. */
int edgar_formd_read(const char *data, size_t n, const struct limits *limits, const struct formd_filing *filing, struct sink *out,
	struct err *e) must_check;

#endif
