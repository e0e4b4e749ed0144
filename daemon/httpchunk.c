#include "aimarket/httpchunk.h"

#include "httpline.h"

enum {
	SIZE_LINE_MAX = 300,
	SIZE_DIGITS_MAX = 16,
	EXTRA_MAX = 8192,
};

enum chunk_state {
	CHUNK_SIZE, /* waits for the line with the size of the next chunk */
	CHUNK_DATA, /* waits for the data */
	CHUNK_END, /* waits for the line end behind the data */
	CHUNK_TRAILER, /* waits for a line of the trailer, or the empty line that ends all */
};

static int refuse(struct http_chunk_reader *r, int status, const char *why)
{
	r->why = why;
	return status;
}

void http_chunk_begin(struct http_chunk_reader *r)
{
	*r = (struct http_chunk_reader){ .state = CHUNK_SIZE };
}

/* "…" with \ before any character; its length, 0 when it has no end. */
static size_t quoted_span(const char *s)
{
	for (size_t i = 1; s[i] && s[i] != '\r'; i++) {
		if (s[i] == '"')
			return i + 1;
		if (s[i] == '\\' && s[i + 1] != '\r')
			i++;
	}
	return 0;
}

/* ;name or ;name=value: its length, 0 when it is none. */
static size_t extension_span(const char *s)
{
	size_t name = http_token_span(s + 1), value;

	if (*s != ';' || name == 0)
		return 0;
	s += 1 + name;
	if (*s != '=')
		return 1 + name;
	value = s[1] == '"' ? quoted_span(s + 1) : http_token_span(s + 1);
	return value ? 1 + name + 1 + value : 0;
}

/* The line ends in CR. */
static int read_size(struct http_chunk_reader *r, const char *line, size_t n, size_t room)
{
	size_t digits = strspn(line, "0123456789abcdefABCDEF"), span;
	const char *s = line + digits;

	if (digits == 0)
		return refuse(r, 400, "the size of a chunk is not a number");
	if (n > SIZE_LINE_MAX || strspn(line, "0") > SIZE_DIGITS_MAX)
		return refuse(r, 400, "the line with the size of a chunk is too long");
	while ((span = extension_span(s)))
		s += span;
	if (s != line + n)
		return refuse(r, 400, "behind the size of a chunk is what is no extension");
	r->extra += n - digits;
	r->left = strtoull(line, NULL, 16); /* beyond 64 bits: the largest */
	if (r->left > room)
		return refuse(r, 413, "the body is too large");
	r->state = r->left ? CHUNK_DATA : CHUNK_TRAILER;
	return HTTP_MORE;
}

/* Nothing in a trailer is of use to us, and what would change the request's meaning must not. */
static int read_trailer(struct http_chunk_reader *r, const char *line, size_t n)
{
	if (n == 0)
		return HTTP_DONE;
	if (!http_field_name(line))
		return refuse(r, 400, "a trailer does not begin with a name and a colon");
	r->extra += n;
	return HTTP_MORE;
}

static int read_line(struct http_chunk_reader *r, const char *data, size_t n, size_t *used, size_t room)
{
	size_t size;
	int rc = http_line_find(data, n, &r->scanned, &size);

	if (r->extra + size > EXTRA_MAX)
		return refuse(r, r->state == CHUNK_TRAILER ? 431 : 400, "there is too much around the chunks");
	if (rc >= 400)
		return refuse(r, rc, "between the chunks is " HTTP_LINE_BAD);
	if (rc == HTTP_MORE)
		return rc;
	r->scanned = 0;
	*used = size;
	return r->state == CHUNK_SIZE ? read_size(r, data, size - 2, room) : read_trailer(r, data, size - 2);
}

static size_t read_data(struct http_chunk_reader *r, const char *data, size_t n, struct buf *body)
{
	if (n > r->left)
		n = (size_t)r->left;
	buf_add(body, data, n);
	r->left -= n;
	if (r->left == 0)
		r->state = CHUNK_END;
	return n;
}

static int read_end(struct http_chunk_reader *r, const char *data, size_t n, size_t *used)
{
	if (memcmp(data, "\r\n", n < 2 ? n : 2))
		return refuse(r, 400, "a chunk does not end where its size says");
	if (n < 2)
		return HTTP_MORE;
	*used = 2;
	r->state = CHUNK_SIZE;
	return HTTP_MORE;
}

/* Takes the next piece; *used stays 0 when it is not all there. */
static int read_piece(struct http_chunk_reader *r, const char *data, size_t n, size_t *used, struct buf *body)
{
	switch ((enum chunk_state)r->state) {
	case CHUNK_DATA:
		*used = read_data(r, data, n, body);
		return HTTP_MORE;
	case CHUNK_END:
		return read_end(r, data, n, used);
	case CHUNK_SIZE:
	case CHUNK_TRAILER:
		break;
	}
	return read_line(r, data, n, used, body->max - body->len);
}

int http_chunk_read(struct http_chunk_reader *r, const char *data, size_t n, size_t *used, struct buf *body)
{
	*used = 0;
	while (*used < n) {
		size_t taken = 0;
		int rc = read_piece(r, data + *used, n - *used, &taken, body);

		*used += taken;
		if (rc != HTTP_MORE || taken == 0)
			return rc;
	}
	return HTTP_MORE;
}
