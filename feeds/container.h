/* container: an archive whose members are documents. The other half of ingest.c, which takes single documents in. */
#ifndef AIMARKET_CONTAINER_H
#define AIMARKET_CONTAINER_H

#include "aimarket/ingest.h"

/* Is this body an archive that the feed opens? */
bool container_is(const struct feed *feed, const struct body *body);
/*
 * Takes in each member that [archive] names, in a transaction of its own, in the order of the archive's directory, and writes down
 * the archive's hash and run. A member that fails keeps no other out. Killed anywhere, the next run goes on: a member that
 * is in costs the hash of its bytes, an archive that is in as a whole costs its own.
 */
int container_ingest(struct pg *db, const struct feed *feed, struct body *body, const struct ingest_origin *from,
	const struct limits *limits, struct ingest_result *result, struct err *e) must_check;
int container_dry_run(const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits, FILE *out,
	struct ingest_result *result, struct err *e) must_check;

/* ingest.c: one document, which is no archive. */
int ingest_document(struct pg *db, const struct feed *feed, struct body *body, const struct ingest_origin *from,
	const struct limits *limits, struct ingest_result *result, struct err *e) must_check;
int ingest_dry_document(const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits,
	FILE *out, struct ingest_result *result, struct err *e) must_check;

#endif
