#include "markup.h"

#include <ctype.h>
#include <strings.h>

enum { PIECE = 16 * 1024 };

struct page {
	struct buf *out;
	htmlParserCtxtPtr ctxt;
	int hidden; /* depth inside of scripts and styles */
	bool gap; /* a blank is due before the next word */
};

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcasecmp(name, *names))
			return true;
	return false;
}

static bool is_hidden(const xmlChar *name)
{
	static const char *const names[] = { "script", "style", "head", "title", NULL };

	return is_one_of((const char *)name, names);
}

static bool is_block(const xmlChar *name)
{
	static const char *const names[] = { "p", "div", "br", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "li", "hr", "center",
		"body", NULL };

	return is_one_of((const char *)name, names);
}

/* Length of the blank at p: ASCII ones, no-break space, the spaces of U+2000 to U+200B; 0: a character of a word. */
static size_t blank_at(const char *p, const char *end)
{
	const unsigned char *u = (const unsigned char *)p;

	if (isspace(*u) || *u < 0x20)
		return 1;
	if (end - p >= 2 && u[0] == 0xc2 && u[1] == 0xa0)
		return 2;
	return end - p >= 3 && u[0] == 0xe2 && u[1] == 0x80 && (u[2] & 0xf0) == 0x80 && u[2] <= 0x8b ? 3 : 0;
}

static void add_words(struct page *p, const char *text, size_t n)
{
	const char *end = text + n;

	while (text < end && !p->out->overflow) {
		size_t blank = blank_at(text, end);

		if (blank) {
			p->gap = true;
			text += blank;
			continue;
		}
		if (p->gap && p->out->len && p->out->data[p->out->len - 1] != '\n')
			buf_addc(p->out, ' ');
		p->gap = false;
		buf_addc(p->out, *text++);
	}
}

static void end_block(struct page *p)
{
	if (p->out->len && p->out->data[p->out->len - 1] != '\n')
		buf_addc(p->out, '\n');
	p->gap = false;
}

static void on_text(void *arg, const xmlChar *text, int n)
{
	struct page *p = arg;

	if (!p->hidden)
		add_words(p, (const char *)text, (size_t)n);
	if (p->out->overflow)
		xmlStopParser(p->ctxt);
}

static void on_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct page *p = arg;

	p->hidden += is_hidden(name);
	if (is_block(name))
		end_block(p);
	else if (!strcasecmp((const char *)name, "td"))
		p->gap = true;
}

static void on_end(void *arg, const xmlChar *name)
{
	struct page *p = arg;

	if (is_hidden(name) && p->hidden)
		p->hidden--;
	if (is_block(name))
		end_block(p);
}

static void quiet(void *arg, const char *fmt, ...)
{
}

void markup_read(const char *data, size_t n, const htmlSAXHandler *sax, void *arg, htmlParserCtxtPtr *ctxt)
{
	htmlSAXHandler handlers = { .startElement = sax->startElement,
		.endElement = sax->endElement,
		.characters = sax->characters,
		.cdataBlock = sax->characters,
		.error = quiet,
		.warning = quiet };

	*ctxt = htmlCreatePushParserCtxt(&handlers, arg, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
	htmlCtxtUseOptions(*ctxt, HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
	for (size_t at = 0; at < n && !(*ctxt)->disableSAX; at += PIECE) {
		size_t piece = n - at < PIECE ? n - at : PIECE;

		htmlParseChunk(*ctxt, data + at, (int)piece, at + piece == n);
	}
	htmlFreeParserCtxt(*ctxt);
	*ctxt = NULL;
}

void markup_text(const char *data, size_t n, struct buf *out)
{
	static const htmlSAXHandler sax = { .startElement = on_start, .endElement = on_end, .characters = on_text };
	struct page p = { .out = out };

	if (!out->overflow)
		markup_read(data, n, &sax, &p, &p.ctxt);
}

/* Tags that begin so, whatever the case. */
static size_t count_tags(const char *data, size_t n, const char *tag)
{
	size_t len = strlen(tag), count = 0;

	for (const char *p = data, *end = data + n; (p = memchr(p, '<', (size_t)(end - p))); p++)
		count += (size_t)(end - p) > len && !strncasecmp(p, tag, len) && !isalnum((unsigned char)p[len]);
	return count;
}

void markup_tell_fault(const char *data, size_t n, struct sink *out)
{
	const char *nul = memchr(data, '\0', n);

	if (!nul && count_tags(data, n, "<table") <= count_tags(data, n, "</table"))
		return;
	sink_group(out, (long long)n, "end of the page", -1);
	if (nul)
		sink_reject(out, "page", NULL, 0, "byte %zu is NUL: what stands behind it was not read", (size_t)(nul - data));
	else
		sink_reject(out, "page", NULL, 0, "it ends inside of a table: it was cut short");
}
