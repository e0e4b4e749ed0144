#include "aimarket/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <zlib.h>
#include <zstd.h>

#include "aimarket/copy.h"
#include "aimarket/file.h"

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

/* ---------------------------------------------------------------- the folder */

/* NULL: there is none. */
static const char *folder(void)
{
	const char *dir = getenv("AIMARKET_ARCHIVE");

	return dir && *dir ? dir : NULL;
}

static const char *file_of(const char *hex, struct arena *mem)
{
	return arena_printf(mem, "%s/%.2s/%s.zst", folder(), hex, hex);
}

static int folder_error(const char *what, const char *path, struct err *e)
{
	err_set(e, ERR_FAIL, "could not %s \"%s\" in the archive folder: %s", what, path, strerror(errno));
	return err_hint(e, "It is set by folder in [archive], or AIMARKET_ARCHIVE.");
}

/* The names in a folder are on the disk. */
static int sync_folder(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? folder_error("write to", path, e) : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

/* ---------------------------------------------------------------- in */

struct packer {
	struct pg *db;
	int fd; /* of the file it goes to; -1: to the database */
	ZSTD_CCtx *zstd;
	long long document;
	uint32_t part;
	size_t len; /* bytes of the part so far */
	unsigned char *out; /* PART bytes */
};

static int write_part(struct packer *p, struct err *e)
{
	for (size_t done = 0; done < p->len;) {
		ssize_t n = write(p->fd, p->out + done, p->len - done);

		if (n < 0 && errno != EINTR)
			return folder_error("write a document to", folder(), e);
		done += n > 0 ? (size_t)n : 0;
	}
	p->len = 0;
	return 0;
}

static int send_part(struct packer *p, struct err *e)
{
	struct buf row;
	int rc;

	if (p->fd >= 0)
		return write_part(p, e);
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

/* A file that has its name has all its bytes: it is renamed when they are on the disk. */
static int write_file(struct packer *p, const struct archive_body *b, struct arena *mem, struct err *e)
{
	const char *path = file_of(b->sha256_hex + 2, mem), *dir = arena_printf(mem, "%s/%.2s", folder(), b->sha256_hex + 2);
	const char *fresh = arena_printf(mem, "%s.%ld.new", path, (long)getpid());

	if ((mkdir(dir, 0700) && errno != EEXIST) || (p->fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0)
		return folder_error("make", fresh, e);
	int rc = send_body(p, b, e);
	if (!rc && fsync(p->fd))
		rc = folder_error("write", fresh, e);
	close(p->fd);
	if (!rc && rename(fresh, path))
		rc = folder_error("rename", fresh, e);
	if (rc)
		unlink(fresh);
	return rc ? rc : sync_folder(dir, e);
}

static int write_files(struct packer *p, const struct archive_body *const *bodies, size_t n, struct err *e)
{
	struct arena *mem = arena_new();
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = write_file(p, bodies[i], mem, e);
	arena_free(mem);
	return rc;
}

static int copy_parts(struct packer *p, const struct archive_body *const *bodies, size_t n, struct err *e)
{
	if (pg_copy_in(p->db, "COPY store.document_part (document, part, bytes) FROM STDIN (FORMAT binary)", e))
		return -1;
	if (!send_bodies(p, bodies, n, e))
		return pg_copy_end(p->db, NULL, e);
	pg_copy_abort(p->db);
	return -1;
}

static int put_parts(struct pg *db, const struct archive_body *const *bodies, size_t n, struct err *e)
{
	struct packer p = { .db = db, .fd = -1, .zstd = ZSTD_createCCtx(), .out = xmalloc(PART) };
	int rc = -1;

	if (!p.zstd || ZSTD_isError(ZSTD_CCtx_setParameter(p.zstd, ZSTD_c_compressionLevel, LEVEL)))
		err_set(e, ERR_FAIL, "could not start zstd");
	else
		rc = (folder() ? write_files : copy_parts)(&p, bodies, n, e);
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
	EVP_MD_CTX *hash; /* of what was handed over */
	body_block *fn;
	void *arg;
};

static int hand_over(struct unpacker *u, const void *data, size_t n, struct err *e)
{
	if (EVP_DigestUpdate(u->hash, data, n) != 1)
		return err_set(e, ERR_FAIL, "could not hash");
	return u->fn(u->arg, data, n, e);
}

static int unpack_zstd(struct unpacker *u, const char *data, size_t n, struct err *e)
{
	ZSTD_inBuffer in = { data, n, 0 };
	ZSTD_outBuffer out;

	do {
		out = (ZSTD_outBuffer){ u->out, PART, 0 };
		size_t rc = ZSTD_decompressStream(u->zstd, &out, &in);
		if (ZSTD_isError(rc))
			return err_set(e, ERR_FAIL, "the archived body is damaged: %s", ZSTD_getErrorName(rc));
		if (out.pos && hand_over(u, u->out, out.pos, e))
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
		if (u->gzip.avail_out < PART && hand_over(u, u->out, PART - u->gzip.avail_out, e))
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
		return hand_over(u, data, n, e);
	}
}

/* Its row: how it is coded, its hash, and the day its bytes were dropped. */
struct known {
	enum coding coding;
	char hex[65];
	char dropped[11]; /* empty: they were not */
};

static int get_row(struct pg *db, const char *id, struct known *k, struct err *e)
{
	static const char sql[] = "SELECT d.coding, encode(d.sha256, 'hex'), to_char(x.at, 'YYYY-MM-DD') FROM store.document d"
	                          " LEFT JOIN store.document_dropped x ON x.document = d.id WHERE d.id = $1";
	PGresult *res;
	int rc = 0;

	if (pg_exec(db, sql, 1, &id, &res, e))
		return -1;
	if (PQntuples(res) == 0)
		rc = err_set(e, ERR_NOT_FOUND, "there is no document %s", id);
	for (k->coding = 0; !rc && k->coding < CODINGS && strcmp(coding_names[k->coding], PQgetvalue(res, 0, 0)); ++k->coding)
		;
	if (!rc && k->coding == CODINGS)
		rc = err_set(e, ERR_DB, "document %s is coded as \"%s\", which this program cannot read", id, PQgetvalue(res, 0, 0));
	snprintf(k->hex, sizeof k->hex, "%s", rc ? "" : PQgetvalue(res, 0, 1));
	snprintf(k->dropped, sizeof k->dropped, "%s", rc ? "" : PQgetvalue(res, 0, 2));
	PQclear(res);
	return rc;
}

/* One part a round trip: libpq would hold a whole result. *there: there was one at all. */
static int get_parts(struct pg *db, const char *id, struct unpacker *u, bool *there, struct err *e)
{
	*there = false;
	for (int part = 0;; part++) {
		char number[16];
		PGresult *res;
		int rc = 0;

		snprintf(number, sizeof number, "%d", part);
		if (pg_exec_binary(db, "SELECT bytes FROM store.document_part WHERE document = $1 AND part = $2", 2,
			    (const char *const[]){ id, number }, &res, e))
			return -1;
		bool more = PQntuples(res) == 1;
		if (more)
			rc = unpack(u, PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0), e);
		PQclear(res);
		*there |= more;
		if (rc || !more)
			return rc;
	}
}

static int unpack_block(void *arg, const void *data, size_t n, struct err *e)
{
	return unpack(arg, data, n, e);
}

static int get_file(const char *id, const struct known *k, struct unpacker *u, struct err *e)
{
	struct arena *mem = arena_new();
	const char *path = folder() ? file_of(k->hex, mem) : NULL;
	int rc;

	if (*k->dropped) {
		rc = err_set(e, ERR_NOT_FOUND, "the bytes of document %s were dropped on %s: nothing was claimed from them", id, k->dropped);
	} else if (!path) {
		err_set(e, ERR_NOT_FOUND, "the bytes of document %s are not in the database", id);
		rc = err_hint(e, "They are in an archive folder; folder in [archive], or AIMARKET_ARCHIVE, says which.");
	} else if (access(path, R_OK)) {
		rc = errno == ENOENT ? err_set(e, ERR_NOT_FOUND, "the file of document %s is missing: \"%s\"", id, path) : folder_error("read", path, e);
	} else {
		rc = file_stream(path, false, SIZE_MAX / 2, unpack_block, u, e);
	}
	arena_free(mem);
	return rc;
}

static int compare_hash(const char *id, const struct known *k, struct unpacker *u, struct err *e)
{
	unsigned char sha256[32];
	char hex[65];

	if (EVP_DigestFinal_ex(u->hash, sha256, NULL) != 1)
		return err_set(e, ERR_FAIL, "could not hash");
	file_hex(sha256, sizeof sha256, hex);
	return strcmp(hex, k->hex) ? err_set(e, ERR_FAIL, "document %s is damaged: its bytes are not those that were archived", id) : 0;
}

static int get_body(struct pg *db, const char *id, const struct known *k, struct unpacker *u, struct err *e)
{
	bool there;

	if (get_parts(db, id, u, &there, e) || (!there && get_file(id, k, u, e))) {
		if (e->kind == ERR_FAIL)
			err_prefix(e, "document %s", id);
		return -1;
	}
	return compare_hash(id, k, u, e);
}

int archive_get(struct pg *db, long long document, body_block *fn, void *arg, struct err *e)
{
	struct unpacker u = { .fn = fn, .arg = arg };
	struct known k;
	char id[24];
	int rc;

	snprintf(id, sizeof id, "%lld", document);
	if (get_row(db, id, &k, e))
		return -1;
	u.coding = k.coding;
	u.out = xmalloc(PART);
	u.zstd = ZSTD_createDCtx();
	u.hash = EVP_MD_CTX_new();
	if (!u.zstd || !u.hash || EVP_DigestInit_ex(u.hash, EVP_sha256(), NULL) != 1 || inflateInit2(&u.gzip, 16 + MAX_WBITS) != Z_OK)
		rc = err_set(e, ERR_FAIL, "could not start decompression");
	else
		rc = get_body(db, id, &k, &u, e);
	EVP_MD_CTX_free(u.hash);
	ZSTD_freeDCtx(u.zstd);
	inflateEnd(&u.gzip);
	free(u.out);
	return rc;
}

/* ---------------------------------------------------------------- what need not be kept */

int archive_prune(struct pg *db, long long keep, long long *n, long long *bytes, struct err *e)
{
	struct arena *mem = arena_new();
	const char *seconds = arena_printf(mem, "%lld s", keep);
	PGresult *res = NULL;
	int rc = pg_exec(db, "SELECT sha256, bytes, in_folder FROM load.prune($1)", 1, &seconds, &res, e);

	*n = *bytes = 0;
	for (int i = 0; !rc && i < PQntuples(res); i++) {
		const char *path = *PQgetvalue(res, i, 2) == 't' && folder() ? file_of(PQgetvalue(res, i, 0), mem) : NULL;

		++*n;
		*bytes += strtoll(PQgetvalue(res, i, 1), NULL, 10);
		if (path && unlink(path) && errno != ENOENT)
			rc = folder_error("remove", path, e);
	}
	PQclear(res);
	arena_free(mem);
	return rc;
}
