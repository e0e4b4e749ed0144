#define ZLIB_CONST

#include "aimarket/unpack.h"

#include <stdint.h>
#include <strings.h>

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include "aimarket/arena.h"

enum { PIECE = 16 * 1024, ZSTD_WINDOW_LOG = 23 /* 8 MiB, what RFC 9659 lets a server ask of us */ };

struct span {
	const char *in;
	size_t left;
	char out[PIECE];
	size_t made;
};

struct unpack {
	const struct coding *coding;
	bool whole;
	size_t frame_at; /* bytes of the zstd frame that were taken */
	union {
		z_stream gzip;
		BrotliDecoderState *br;
		ZSTD_DStream *zstd;
	};
};

struct coding {
	const char *name, *alias;
	bool (*begin)(struct unpack *u);
	/* Takes some of in, makes some of out; sets whole at the end of the stream. -1: not such a stream. */
	int (*step)(struct unpack *u, struct span *s);
	void (*end)(struct unpack *u);
};

static bool gzip_begin(struct unpack *u)
{
	return inflateInit2(&u->gzip, 15 + 16) == Z_OK;
}

static int gzip_step(struct unpack *u, struct span *s)
{
	z_stream *z = &u->gzip;

	if (u->whole && inflateReset(z) != Z_OK) /* a further member */
		return -1;
	z->next_in = (const unsigned char *)s->in;
	z->avail_in = (unsigned)(s->left < UINT32_MAX ? s->left : UINT32_MAX);
	z->next_out = (unsigned char *)s->out;
	z->avail_out = PIECE;

	int rc = inflate(z, Z_NO_FLUSH);
	s->left -= (size_t)(z->next_in - (const unsigned char *)s->in);
	s->in = (const char *)z->next_in;
	s->made = PIECE - z->avail_out;
	u->whole = rc == Z_STREAM_END;
	return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR ? 0 : -1;
}

static void gzip_end(struct unpack *u)
{
	inflateEnd(&u->gzip);
}

static bool br_begin(struct unpack *u)
{
	u->br = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	return u->br;
}

static int br_step(struct unpack *u, struct span *s)
{
	const uint8_t *in = (const uint8_t *)s->in;
	uint8_t *out = (uint8_t *)s->out;
	size_t room = PIECE;

	if (u->whole)
		return -1; /* nothing comes after the end */
	BrotliDecoderResult rc = BrotliDecoderDecompressStream(u->br, &s->left, &in, &room, &out, NULL);
	s->in = (const char *)in;
	s->made = PIECE - room;
	u->whole = rc == BROTLI_DECODER_RESULT_SUCCESS;
	return rc == BROTLI_DECODER_RESULT_ERROR ? -1 : 0;
}

static void br_end(struct unpack *u)
{
	BrotliDecoderDestroyInstance(u->br);
}

static bool zstd_begin(struct unpack *u)
{
	u->zstd = ZSTD_createDStream();
	return u->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
}

/* The library reads formats of before the standard, too; nobody should send them. */
static bool zstd_magic(const struct unpack *u, const struct span *s)
{
	static const char magic[4] = "\x28\xb5\x2f\xfd";

	for (size_t i = 0; u->frame_at + i < sizeof magic && i < s->left; i++)
		if (s->in[i] != magic[u->frame_at + i])
			return false;
	return true;
}

static int zstd_step(struct unpack *u, struct span *s)
{
	ZSTD_inBuffer in = { .src = s->in, .size = s->left };
	ZSTD_outBuffer out = { .dst = s->out, .size = PIECE };

	if (!zstd_magic(u, s))
		return -1;
	size_t rc = ZSTD_decompressStream(u->zstd, &out, &in);
	s->in += in.pos;
	s->left -= in.pos;
	s->made = out.pos;
	u->whole = rc == 0; /* of a frame; a further one may begin */
	u->frame_at = u->whole ? 0 : u->frame_at + in.pos;
	return ZSTD_isError(rc) ? -1 : 0;
}

static void zstd_end(struct unpack *u)
{
	ZSTD_freeDStream(u->zstd);
}

static bool identity_begin(struct unpack *u)
{
	u->whole = true;
	return true;
}

static int identity_step(struct unpack *u, struct span *s)
{
	s->made = s->left < PIECE ? s->left : PIECE;
	memcpy(s->out, s->in, s->made);
	s->in += s->made;
	s->left -= s->made;
	return 0;
}

static void identity_end(struct unpack *u)
{
}

static const struct coding codings[] = {
	{ "identity", "", identity_begin, identity_step, identity_end },
	{ "gzip", "x-gzip", gzip_begin, gzip_step, gzip_end },
	{ "br", "br", br_begin, br_step, br_end },
	{ "zstd", "zstd", zstd_begin, zstd_step, zstd_end },
};

int unpack_new(const char *coding, struct unpack **out, struct err *e)
{
	const char *name = coding ? coding : "";

	for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
		if (strcasecmp(name, codings[i].name) != 0 && strcasecmp(name, codings[i].alias) != 0)
			continue;
		struct unpack *u = xzalloc(sizeof *u);
		u->coding = &codings[i];
		if (!u->coding->begin(u))
			abort(); /* out of memory */
		*out = u;
		return 0;
	}
	return err_set(e, ERR_PARSE, "packed as \"%s\", which was not asked for", name);
}

void unpack_free(struct unpack *u)
{
	if (u)
		u->coding->end(u);
	free(u);
}

int unpack_feed(struct unpack *u, const char *data, size_t n, unpack_out *out, void *arg, struct err *e)
{
	struct span s = { .in = data, .left = n, .made = PIECE };

	/* a full piece may not have been all that there was */
	while (s.left > 0 || (s.made == PIECE && !u->whole)) {
		if (u->coding->step(u, &s))
			return err_set(e, ERR_PARSE, "the body is not as packed by %s", u->coding->name);
		if (s.made == 0 && s.left == 0)
			break;
		if (s.made > 0 && out(arg, s.out, s.made))
			return -1;
	}
	return 0;
}

bool unpack_whole(const struct unpack *u)
{
	return u->whole;
}
