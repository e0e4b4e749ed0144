/*
 * xmlleaf: the elements of an XML document one after the other, each at its end, for formats that know their document by heart.
 * Streamed, within the limits depth and field; a document type declaration is refused before its inside is read, so nothing
 * expands and nothing is fetched. Names are local: prefixes are dropped.
 */
#ifndef AIMARKET_XMLLEAF_H
#define AIMARKET_XMLLEAF_H

#include "aimarket/sink.h"

/* An element that has just ended. All borrowed until fn returns. */
struct xml_leaf {
	const char *path; /* "/edgarSubmission/primaryIssuer/cik" */
	const char *text; /* NUL-terminated, blanks at both ends cut off; "" of one that holds elements */
	size_t n;
	long line; /* of its end */
};
typedef int xml_leaf_fn(void *arg, const struct xml_leaf *leaf, struct err *e);

/* Blank lines before the declaration are forgiven: EDGAR has some. ERR_PARSE, ERR_LIMIT, or what fn set; with the line. */
int xml_leaves(const char *data, size_t n, const struct limits *limits, xml_leaf_fn *fn, void *arg, struct err *e) must_check;

/* Bytes before what an XML document may begin with: a byte order mark and blank lines, which many have; *lines grows by those. */
size_t xml_before(const char *data, size_t n, int *lines);

#endif
