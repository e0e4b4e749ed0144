#include "xmlleaf.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "aimarket/text.h"

enum {
	PIECE = 64 * 1024,
};

struct walk {
	const struct limits *limits;
	xml_leaf_fn *fn;
	void *arg;
	struct err *e;
	xmlParserCtxtPtr ctxt;
	struct buf path, text;
	long long depth;
	bool leaf; /* no element has ended since the open one began */
	int skipped; /* lines before the declaration */
};

static int line_of(const struct walk *w)
{
	return xmlSAX2GetLineNumber(w->ctxt) + w->skipped;
}

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_spaces, const xmlChar **spaces, int n,
	int n_default, const xmlChar **attributes)
{
	struct walk *w = arg;

	if (++w->depth > w->limits->depth || buf_printf(&w->path, "/%s", (const char *)name)) {
		err_set(w->e, ERR_LIMIT, "line %d: elements nested more than %lld deep (limit depth)", line_of(w), w->limits->depth);
		xmlStopParser(w->ctxt);
		return;
	}
	buf_reset(&w->text);
	w->leaf = true;
}

static void on_text(void *arg, const xmlChar *text, int n)
{
	struct walk *w = arg;

	if (w->leaf && buf_add(&w->text, text, (size_t)n)) {
		err_set(w->e, ERR_LIMIT, "line %d: an element of more than %lld bytes (limit field)", line_of(w), w->limits->field);
		xmlStopParser(w->ctxt);
	}
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct walk *w = arg;
	struct xml_leaf leaf = { .path = buf_str(&w->path), .text = w->leaf ? buf_str(&w->text) : "", .line = line_of(w) };

	leaf.n = w->leaf ? w->text.len : 0;
	text_trim(&leaf.text, &leaf.n);
	if (leaf.n) /* the text is ours: what follows the trimmed one goes */
		w->text.data[leaf.text - w->text.data + (ptrdiff_t)leaf.n] = '\0';
	else
		leaf.text = "";
	if (w->fn(w->arg, &leaf, w->e))
		xmlStopParser(w->ctxt);
	w->path.len = (size_t)(strrchr(w->path.data, '/') - w->path.data);
	w->path.data[w->path.len] = '\0';
	w->depth--;
	w->leaf = false;
}

static void on_doctype(void *arg, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
	struct walk *w = arg;

	err_set(w->e, ERR_PARSE, "line %d: document type declarations are refused", line_of(w));
	xmlStopParser(w->ctxt);
}

static int parser_error(const struct walk *w)
{
	const xmlError *error = xmlCtxtGetLastError(w->ctxt);
	const char *text = error && error->message ? error->message : "it ends too soon";

	return err_set(w->e, ERR_PARSE, "line %d: not well-formed XML: %.*s", (error ? error->line : 1) + w->skipped,
		(int)strcspn(text, "\n"), text);
}

static int feed_pieces(struct walk *w, const char *data, size_t n)
{
	int bad = 0;

	for (size_t at = 0; at < n && !bad && !w->e->kind; at += PIECE) {
		size_t piece = n - at < PIECE ? n - at : PIECE;

		bad = xmlParseChunk(w->ctxt, data + at, (int)piece, at + piece == n);
	}
	if (w->e->kind)
		return -1;
	return bad || !w->ctxt->wellFormed ? parser_error(w) : 0;
}

size_t xml_before(const char *data, size_t n, int *lines)
{
	size_t at = n >= 3 && !memcmp(data, "\xef\xbb\xbf", 3) ? 3 : 0;

	for (; at < n && data[at] && strchr(" \t\r\n", data[at]); at++)
		*lines += data[at] == '\n';
	return at;
}

int xml_leaves(const char *data, size_t n, const struct limits *limits, xml_leaf_fn *fn, void *arg, struct err *e)
{
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.cdataBlock = on_text,
		.internalSubset = on_doctype,
	};
	struct walk w = { .limits = limits, .fn = fn, .arg = arg, .e = e };
	int rc;

	size_t before = xml_before(data, n, &w.skipped);

	data += before;
	n -= before;
	if (!n)
		return err_set(e, ERR_PARSE, "document is empty");
	buf_init(&w.path, (size_t)limits->line);
	buf_init(&w.text, (size_t)limits->field);
	w.ctxt = xmlCreatePushParserCtxt(&sax, &w, NULL, 0, NULL);
	xmlCtxtUseOptions(w.ctxt, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	rc = feed_pieces(&w, data, n);
	xmlFreeParserCtxt(w.ctxt);
	buf_release(&w.path);
	buf_release(&w.text);
	return rc;
}
