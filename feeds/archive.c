#include "aimarket/archive.h"

#include <openssl/evp.h>
#include <zlib.h>
#include <zstd.h>

#include "aimarket/copy.h"

enum {
	LEVEL = 1, /* JSON and CSV shrink to a tenth as it is; higher levels cost more time than the parser */
	PART = 256 * 1024,
	ROWS_MAX = 64 << 20,
};

/* ---------------------------------------------------------------- hash */

static int hash_block(void *arg, const char *data, size_t n, struct err *e)
{
	return EVP_DigestUpdate(arg, data, n) == 1 ? 0 : err_set(e, ERR_FAIL, "could not hash");
}

int archive_hash(struct body *body, unsigned char sha256[32], struct err *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = -1;

	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		err_set(e, ERR_FAIL, "could not hash");
	else if (!body_each(body, hash_block, ctx, e) && EVP_DigestFinal_ex(ctx, sha256, NULL) == 1)
		rc = 0;
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* ---------------------------------------------------------------- in */

struct packer {
	struct pg *db;
	ZSTD_CCtx *zstd;
	long long document;
	uint32_t part;
	size_t len; /* bytes of the part so far */
	unsigned char *out; /* PART bytes */
};

static int send_part(struct packer *p, struct err *e)
{
	struct buf row;
	int rc;

	buf_init(&row, 64);
	copy_binary_row(&row, 3);
	copy_binary_int4(&row, (int32_t)p->document);
	copy_binary_int4(&row, (int32_t)p->part);
	buf_add_be32(&row, (uint32_t)p->len);
	rc = pg_copy_data(p->db, row.data, row.len, e) || pg_copy_data(p->db, p->out, p->len, e) ? -1 : 0;
	buf_release(&row);
	p->part++;
	p->len = 0;
	return rc;
}

/* Packs in and sends every part that is full; at the end all that is left. */
static int pack(struct packer *p, const char *data, size_t n, ZSTD_EndDirective how, struct err *e)
{
	ZSTD_inBuffer in = { data, n, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { p->out, PART, p->len };

		left = ZSTD_compressStream2(p->zstd, &out, &in, how);
		if (ZSTD_isError(left))
			return err_set(e, ERR_FAIL, "could not compress: %s", ZSTD_getErrorName(left));
		p->len = out.pos;
		if (p->len == PART && send_part(p, e))
			return -1;
	} while (in.pos < in.size || (how == ZSTD_e_end && left > 0));
	return 0;
}

static int pack_block(void *arg, const char *data, size_t n, struct err *e)
{
	return pack(arg, data, n, ZSTD_e_continue, e);
}

static int send_body(struct packer *p, const struct archive_body *b, struct err *e)
{
	p->document = b->document;
	p->part = 0;
	if (ZSTD_isError(ZSTD_CCtx_reset(p->zstd, ZSTD_reset_session_only)) || ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(p->zstd, b->body->len)))
		return err_set(e, ERR_FAIL, "could not start zstd");
	return body_each(b->body, pack_block, p, e) || pack(p, NULL, 0, ZSTD_e_end, e) || (p->len > 0 && send_part(p, e)) ? -1 : 0;
}

static int send_bodies(struct packer *p, const struct archive_body *const *bodies, size_t n, struct err *e)
{
	if (copy_binary_begin(p->db, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (send_body(p, bodies[i], e))
			return -1;
	return copy_binary_end(p->db, e);
}

static int put_parts(struct pg *db, const struct archive_body *const *bodies, size_t n, struct err *e)
{
	struct packer p = { .db = db, .zstd = ZSTD_createCCtx(), .out = xmalloc(PART) };
	int rc = -1;

	if (!p.zstd || ZSTD_isError(ZSTD_CCtx_setParameter(p.zstd, ZSTD_c_compressionLevel, LEVEL)))
		err_set(e, ERR_FAIL, "could not start zstd");
	else if (!pg_copy_in(db, "COPY store.document_part (document, part, bytes) FROM STDIN (FORMAT binary)", e)) {
		rc = send_bodies(&p, bodies, n, e);
		if (rc)
			pg_copy_abort(db);
		else
			rc = pg_copy_end(db, NULL, e);
	}
	ZSTD_freeCCtx(p.zstd);
	free(p.out);
	return rc;
}

/* The documents' rows; their numbers, and which are new. */
static int put_rows(struct pg *db, const struct archive_body *bodies, size_t n, PGresult **res, struct err *e)
{
	struct buf columns[3];

	for (size_t c = 0; c < 3; c++)
		buf_init(&columns[c], ROWS_MAX);
	for (size_t i = 0; i < n; i++) {
		pg_array_add(&columns[0], bodies[i].sha256_hex);
		pg_array_addn(&columns[1], (long long)bodies[i].body->len);
		pg_array_add(&columns[2], bodies[i].media);
	}
	int rc = pg_exec(db, "SELECT document, fresh FROM load.archive($1, $2, $3, 'zstd') ORDER BY n", 3,
		(const char *const[]){ pg_array(&columns[0]), pg_array(&columns[1]), pg_array(&columns[2]) }, res, e);
	for (size_t c = 0; c < 3; c++)
		buf_release(&columns[c]);
	return rc;
}

int archive_put(struct pg *db, struct archive_body *bodies, size_t n, struct err *e)
{
	const struct archive_body **fresh;
	size_t n_fresh = 0;
	PGresult *res;

	if (put_rows(db, bodies, n, &res, e))
		return -1;
	fresh = xzalloc((n + 1) * sizeof *fresh);
	for (size_t i = 0; i < n; i++) {
		bodies[i].document = strtoll(PQgetvalue(res, (int)i, 0), NULL, 10);
		if (*PQgetvalue(res, (int)i, 1) == 't')
			fresh[n_fresh++] = &bodies[i];
	}
	PQclear(res);
	int rc = n_fresh ? put_parts(db, fresh, n_fresh, e) : 0;
	free(fresh);
	return rc;
}

/* ---------------------------------------------------------------- out */

enum coding { CODING_IDENTITY, CODING_GZIP, CODING_ZSTD, CODINGS };
static const char *const coding_names[CODINGS] = { "identity", "gzip", "zstd" };

struct unpacker {
	enum coding coding;
	ZSTD_DCtx *zstd;
	z_stream gzip;
	char *out; /* PART bytes */
	body_block *fn;
	void *arg;
};

static int unpack_zstd(struct unpacker *u, const char *data, size_t n, struct err *e)
{
	ZSTD_inBuffer in = { data, n, 0 };
	ZSTD_outBuffer out;

	do {
		out = (ZSTD_outBuffer){ u->out, PART, 0 };
		size_t rc = ZSTD_decompressStream(u->zstd, &out, &in);
		if (ZSTD_isError(rc))
			return err_set(e, ERR_FAIL, "the archived body is damaged: %s", ZSTD_getErrorName(rc));
		if (out.pos && u->fn(u->arg, u->out, out.pos, e))
			return -1;
	} while (in.pos < in.size || out.pos == PART);
	return 0;
}

static int unpack_gzip(struct unpacker *u, const char *data, size_t n, struct err *e)
{
	u->gzip.next_in = (unsigned char *)(uintptr_t)data;
	u->gzip.avail_in = (uInt)n;
	do {
		u->gzip.next_out = (unsigned char *)u->out;
		u->gzip.avail_out = PART;
		int rc = inflate(&u->gzip, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return err_set(e, ERR_FAIL, "the archived body is damaged: %s", u->gzip.msg ? u->gzip.msg : "bad data");
		if (u->gzip.avail_out < PART && u->fn(u->arg, u->out, PART - u->gzip.avail_out, e))
			return -1;
	} while (u->gzip.avail_in > 0 || u->gzip.avail_out == 0);
	return 0;
}

static int unpack(struct unpacker *u, const char *data, size_t n, struct err *e)
{
	switch (u->coding) {
	case CODING_ZSTD:
		return unpack_zstd(u, data, n, e);
	case CODING_GZIP:
		return unpack_gzip(u, data, n, e);
	default:
		return u->fn(u->arg, data, n, e);
	}
}

static int get_coding(struct pg *db, const char *id, enum coding *out, struct err *e)
{
	struct buf name;
	int rc = 0;

	buf_init(&name, 16);
	if (pg_value(db, "SELECT coding FROM store.document WHERE id = $1", 1, &id, &name, e))
		rc = -1;
	for (*out = 0; !rc && *out < CODINGS && strcmp(coding_names[*out], buf_str(&name)); ++*out)
		;
	if (!rc && *out == CODINGS)
		rc = err_set(e, ERR_DB, "document %s is coded as \"%s\", which this program cannot read", id, buf_str(&name));
	buf_release(&name);
	return rc;
}

/* One part a round trip: libpq would hold a whole result. */
static int get_parts(struct pg *db, const char *id, struct unpacker *u, struct err *e)
{
	for (int part = 0;; part++) {
		char number[16];
		PGresult *res;
		int rc;

		snprintf(number, sizeof number, "%d", part);
		if (pg_exec_binary(db, "SELECT bytes FROM store.document_part WHERE document = $1 AND part = $2", 2,
			    (const char *const[]){ id, number }, &res, e))
			return -1;
		bool there = PQntuples(res) == 1;
		rc = there ? unpack(u, PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0), e) : 0;
		PQclear(res);
		if (!there && part == 0)
			return err_set(e, ERR_NOT_FOUND, "the bytes of document %s are not kept in the database", id);
		if (rc || !there)
			return rc;
	}
}

int archive_get(struct pg *db, long long document, body_block *fn, void *arg, struct err *e)
{
	struct unpacker u = { .fn = fn, .arg = arg };
	char id[24];
	int rc;

	snprintf(id, sizeof id, "%lld", document);
	if (get_coding(db, id, &u.coding, e))
		return -1;
	u.out = xmalloc(PART);
	u.zstd = ZSTD_createDCtx();
	if (!u.zstd || inflateInit2(&u.gzip, 16 + MAX_WBITS) != Z_OK)
		rc = err_set(e, ERR_FAIL, "could not start decompression");
	else
		rc = get_parts(db, id, &u, e);
	ZSTD_freeDCtx(u.zstd);
	inflateEnd(&u.gzip);
	free(u.out);
	return rc;
}
