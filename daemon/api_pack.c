/* api_pack: bytes made smaller in the ways the client takes: whole, once for all who want them so, or as they stream. */
#include "api_inside.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

enum {
	PACK_MIN = 1000 /* bytes: below it is not worth it */,
	GZIP_LEVEL = 4,
	GZIP_WINDOW = 15 + 16,
	ZSTD_LEVEL = 3,
	BROTLI_QUALITY = 4,
	STREAM_OUT = 32 << 10
};

const struct packing_row packings[PACKINGS] = { { NULL, "" }, { "gzip", "-gz" }, { "br", "-br" }, { "zstd", "-zs" } };

enum packing pack_choose(const struct http_request *r, bool streams)
{
	const char *accept = http_head_field(r->head, "accept-encoding", r->mem);
	enum packing best = PACK_NONE;
	int most = 0;

	if (!accept)
		return PACK_NONE;
	for (enum packing p = PACK_GZIP; p < PACKINGS; p++) { /* of equals the last, which is the quickest */
		int weight = accept_weight(accept, packings[p].name);

		if (weight < 0)
			weight = p == PACK_GZIP ? accept_weight(accept, "*") : 0;
		if (weight <= 0 || weight < most || (streams && p != PACK_GZIP))
			continue;
		most = weight;
		best = p;
	}
	return best;
}

static size_t gzip_whole(const char *bytes, size_t n, unsigned char *out, size_t room)
{
	z_stream z = {
		.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)n, .next_out = out, .avail_out = (unsigned)room
	};

	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	int rc = deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return rc == Z_STREAM_END ? z.total_out : 0;
}

/* 0: it did not become smaller. */
static size_t pack_whole(enum packing how, const char *bytes, size_t n, char *out)
{
	size_t room = n;

	switch (how) {
	case PACK_GZIP:
		return gzip_whole(bytes, n, (unsigned char *)out, room);
	case PACK_BR:
		return BrotliEncoderCompress(BROTLI_QUALITY, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, n, (const unsigned char *)bytes,
			       &room, (unsigned char *)out)
			       ? room
			       : 0;
	case PACK_ZSTD:
		room = ZSTD_compress(out, room, bytes, n, ZSTD_LEVEL);
		return ZSTD_isError(room) ? 0 : room;
	default:
		return 0;
	}
}

enum packing pack_answer(struct answer *a, enum packing how)
{
	if (how == PACK_NONE || how >= PACKINGS)
		return PACK_NONE;
	struct packed *p = &a->packed[how];
	if (p->n > 0)
		return how;
	if (a->packed[PACK_NONE].n < PACK_MIN || a->incompressible & BIT(how))
		return PACK_NONE;
	p->bytes = xmalloc(a->packed[PACK_NONE].n);
	p->n = pack_whole(how, a->packed[PACK_NONE].bytes, a->packed[PACK_NONE].n, p->bytes);
	if (p->n > 0) {
		p->bytes = xrealloc(p->bytes, p->n);
		return how;
	}
	free(p->bytes);
	p->bytes = NULL;
	a->incompressible |= BIT(how);
	return PACK_NONE;
}

/* ---- as it streams: gzip, for its few kilobytes of memory and because all know it */

struct packer {
	z_stream z;
	writer_out *out;
	void *arg;
	unsigned char buffer[STREAM_OUT];
};

struct packer *packer_new(writer_out *out, void *arg)
{
	struct packer *p = xzalloc(sizeof *p);

	p->out = out;
	p->arg = arg;
	if (deflateInit2(&p->z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return p;
}

static int packer_push(struct packer *p, int flush)
{
	do {
		p->z.next_out = p->buffer;
		p->z.avail_out = sizeof p->buffer;
		deflate(&p->z, flush);
		if (sizeof p->buffer > p->z.avail_out && p->out(p->arg, (const char *)p->buffer, sizeof p->buffer - p->z.avail_out))
			return -1;
	} while (p->z.avail_out == 0);
	return 0;
}

int packer_out(void *packer, const char *data, size_t n)
{
	struct packer *p = packer;

	p->z.next_in = (unsigned char *)(uintptr_t)data;
	p->z.avail_in = (unsigned)n;
	return n > 0 ? packer_push(p, Z_NO_FLUSH) : 0;
}

int packer_end(struct packer *p)
{
	p->z.avail_in = 0;
	return packer_push(p, Z_FINISH);
}

void packer_free(struct packer *p)
{
	if (!p)
		return;
	deflateEnd(&p->z);
	free(p);
}
