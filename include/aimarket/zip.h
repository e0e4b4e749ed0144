/*
 * zip: a ZIP archive that lies in a body, read member by member; nothing is written anywhere. What its directory says is looked
 * through as a whole before the first member is read: an archive that is cut short, that has a member twice or two of them
 * in the same bytes, names that lead elsewhere (../x, /x), or more than the limits allow, is refused. What is wrong with a
 * single member (encrypted, damaged, not as large as it says) fails the reading of that one.
 */
#ifndef AIMARKET_ZIP_H
#define AIMARKET_ZIP_H

#include "aimarket/body.h"
#include "aimarket/sink.h"

struct zip;

struct zip_member {
	const char *name; /* in the archive; lives until the next call */
	long long size, packed; /* as the directory says */
};

/* Do the bytes begin as a ZIP archive does? */
bool zip_is(const struct body *body);
/* The body is borrowed; of a mapped one the memory is given back as it is read. ERR_PARSE, ERR_LIMIT (names the limit). */
int zip_open(struct body *body, const struct limits *limits, struct zip **out, struct err *e) must_check;
void zip_close(struct zip *z); /* NULL is fine */
size_t zip_count(const struct zip *z);
int zip_member(struct zip *z, size_t i, struct zip_member *out, struct err *e) must_check;
/* Unpacks member i and hands it over a block at a time; fn returns non-zero to stop (handed on). ERR_PARSE, ERR_LIMIT. */
int zip_read(struct zip *z, size_t i, body_block *fn, void *arg, struct err *e) must_check;

#endif
