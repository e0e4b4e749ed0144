/*
 * xml, html: elements of an XML document, or of a page, by a mapping. Pointers are those of the json format, with local names of elements as steps and
 * @name for an attribute: {/@rate}, {/price/amount}, {^/Envelope/Cube/Cube/@time}. The document is read as a stream of events: of the
 * element that is being read only what the mapping asks for is kept. A reference that begins with a point is an XPath expression from the
 * record on, {./link[@rel='alternate']/@href}: only where there is one a tree of the record is made, of local names. No entity but the five of XML itself is known, and a document
 * type declaration is refused before its inside is read: nothing expands, nothing is fetched. A page is read as browsers do: what it leaves
 * open is closed, its names are in lower case, and html, head, body are there although it leaves them out.
 */
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xpath.h>

#include "aimarket/arena.h"
#include "aimarket/format.h"
#include "aimarket/mapping.h"
#include "aimarket/text.h"
#include "formats.h"
#include "markup.h"
#include "xmlleaf.h"

enum {
	STEPS_MAX = 16, /* of a pointer in a feed file */
	PIECE = 64 * 1024,
	NODE_COST = 160, /* bytes that an element or attribute of a tree takes beside its text */
	XPATH_STEPS_MAX = 1000000, /* that one expression may take in one record */
};

/* A path from the root: names of elements, NULL = any; perhaps an attribute at its end. */
struct path {
	const char *step[STEPS_MAX + 1]; /* from 1 */
	int n;
	const char *attribute;
	bool anywhere; /* //item: at any depth */
};

struct outer {
	struct path path;
	size_t ref;
	char *text; /* NULL = blank */
};

struct kept {
	size_t at, n; /* in xml.text */
};

struct xml {
	const struct input *in;
	const struct mapping *map;
	const struct limits *limits;
	struct sink *out;
	struct mapping_run *run;
	struct arena *mem;
	xmlParserCtxtPtr ctxt;
	struct err *e;

	struct buf names; /* of the open elements, each with a NUL */
	size_t *at; /* by depth: where its name begins */
	bool html;
	size_t blank; /* bytes before the prolog … */
	int blank_lines; /* … and lines */
	int depth, fitting; /* fitting: the path to this depth fits that of the records */
	struct path records;
	bool found; /* the place of the records is there, though it may be empty */

	int record; /* depth of the element that is the record; 0: outside */
	size_t begin; /* of the record in the document */
	const char *fault; /* why it cannot be taken */
	struct buf text, pointer;
	struct kept *by_ref, own;
	bool *has_ref;
	size_t n_refs;
	long leaf; /* reference whose text is being read; see below */
	struct outer *outers, *outer_leaf;
	size_t n_outers;

	xmlXPathCompExprPtr *expr; /* by reference; NULL = none */
	bool wants_tree;
	xmlXPathContextPtr xpath;
	xmlDocPtr tree; /* of the record */
	xmlNodePtr node; /* that is open in it */
	size_t tree_size;
};
enum { LEAF_NONE = -1, LEAF_RECORD = -2 };

/* ---------------------------------------------------------------- paths */

static int read_path(struct arena *mem, const char *text, struct path *p, struct err *e)
{
	*p = (struct path){ .anywhere = text[0] == '/' && text[1] == '/' };
	text += p->anywhere;
	while (*text == '/') {
		size_t n = strcspn(++text, "/");

		if (*text == '@') {
			p->attribute = arena_strdup(mem, text + 1);
			return 0;
		}
		if (p->n == STEPS_MAX)
			return err_set(e, ERR_CONFIG, "pointer of more than %d steps", STEPS_MAX);
		p->step[++p->n] = n == 1 && *text == '*' ? NULL : arena_strndup(mem, text, n);
		text += n;
	}
	return 0;
}

static bool step_fits(const struct xml *x, const struct path *p, int step)
{
	return !p->step[step] || !strcmp(p->step[step], x->names.data + x->at[step]);
}

static bool path_fits(const struct xml *x, const struct path *p)
{
	if (p->n != x->depth)
		return false;
	for (int step = p->n; step > 0; step--) {
		if (!step_fits(x, p, step))
			return false;
	}
	return true;
}

/* Is the element that has just begun a record? */
static bool is_record(const struct xml *x)
{
	const struct path *p = &x->records;

	if (!p->anywhere)
		return x->fitting == p->n && x->depth == p->n;
	for (int i = 0; i < p->n; i++) {
		const char *wanted = p->step[p->n - i];

		if (x->depth <= i || (wanted && strcmp(wanted, x->names.data + x->at[x->depth - i]) != 0))
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------- what a row gives to the mapping */

static struct record_value kept_value(const struct xml *x, const struct kept *k)
{
	return (struct record_value){ k->n ? x->text.data + k->at : "", k->n };
}

static struct record_value row_get(void *arg, size_t ref)
{
	const struct xml *x = arg;

	if (x->has_ref[ref])
		return kept_value(x, &x->by_ref[ref]);
	for (size_t i = 0; i < x->n_outers; i++) {
		if (x->outers[i].ref == ref && x->outers[i].text)
			return (struct record_value){ x->outers[i].text, strlen(x->outers[i].text) };
	}
	return (struct record_value){ 0 };
}

static struct record_value row_nothing(void *arg, const char *name, size_t n)
{
	return (struct record_value){ 0 };
}

static struct record_value row_no_child(void *arg, const char *name, size_t n, size_t i)
{
	return (struct record_value){ 0 };
}

static struct record_value row_variable(void *arg, const char *name, size_t n)
{
	const struct xml *x = arg;

	if (!strcmp(name, "$value"))
		return kept_value(x, &x->own);
	return format_variable(x->in, name);
}

/* ---------------------------------------------------------------- the parser */

static void stop(struct xml *x)
{
	xmlStopParser(x->ctxt);
}

static int line_of(const struct xml *x)
{
	return x->blank_lines + xmlSAX2GetLineNumber(x->ctxt);
}

static void fail(struct xml *x, const char *limit, long long most)
{
	err_set(x->e, ERR_LIMIT, "line %d: more than %lld (limit %s)", line_of(x), most, limit);
	stop(x);
}

static bool room(struct xml *x, size_t more)
{
	if (x->fault || (long long)(x->text.len + more) <= x->limits->line)
		return !x->fault;
	x->fault = arena_printf(x->mem, "record is larger than %lld bytes (limit line)", x->limits->line);
	return false;
}

/* The tag that is being told begins at the last < before what the parser has read: attributes cannot hold one. */
static size_t tag_begin(const struct xml *x)
{
	long at = xmlByteConsumed(x->ctxt);
	size_t upto = at < 0 ? 0 : (size_t)at < x->in->len - x->blank ? x->blank + (size_t)at : x->in->len;
	const char *tag = memrchr(x->in->data, '<', upto);

	return tag ? (size_t)(tag - x->in->data) : upto;
}

/* ---------------------------------------------------------------- the tree of a record, for XPath */

static bool tree_grows(struct xml *x, size_t more)
{
	x->tree_size += more;
	if ((long long)x->tree_size <= x->limits->line)
		return true;
	if (!x->fault)
		x->fault = arena_printf(x->mem, "record is larger than %lld bytes (limit line)", x->limits->line);
	return false;
}

/* Attributes as the parser tells them: name, prefix, namespace, begin and end of the value. */
enum { ATTRIBUTE = 5 };

static size_t plain_ampersands(char *value, size_t n);

static void tree_start(struct xml *x, const xmlChar *name, int n, const xmlChar **attributes)
{
	xmlNodePtr node;

	if (!x->wants_tree || x->fault || !tree_grows(x, NODE_COST + strlen((const char *)name)))
		return;
	node = xmlNewDocNode(x->tree, NULL, name, NULL);
	if (x->node)
		xmlAddChild(x->node, node);
	else
		xmlDocSetRootElement(x->tree, node);
	x->node = node;
	for (int i = 0; i < n; i++, attributes += ATTRIBUTE) {
		size_t len = (size_t)(attributes[4] - attributes[3]);
		char *value;

		if (!tree_grows(x, NODE_COST + len))
			return;
		value = xzalloc(len + 1);
		memcpy(value, attributes[3], len);
		value[plain_ampersands(value, len)] = '\0';
		xmlNewProp(node, attributes[0], (xmlChar *)value);
		free(value);
	}
}

static void tree_text(struct xml *x, const xmlChar *text, int n)
{
	if (x->node && !x->fault && tree_grows(x, (size_t)n))
		xmlNodeAddContentLen(x->node, text, n);
}

static void tree_end(struct xml *x)
{
	if (x->node && !x->fault)
		x->node = x->node->parent && x->node->parent->type == XML_ELEMENT_NODE ? x->node->parent : NULL;
}

static void tree_free(struct xml *x)
{
	if (x->tree)
		xmlFreeDoc(x->tree);
	x->tree = NULL;
	x->node = NULL;
	x->tree_size = 0;
}

/* What the expressions come to: of several nodes the first one's text. */
static void eval_expressions(struct xml *x)
{
	for (size_t ref = 0; ref < x->n_refs && !x->fault; ref++) {
		xmlXPathObjectPtr found;
		xmlChar *text;
		size_t n;

		if (!x->expr[ref])
			continue;
		x->xpath->doc = x->tree;
		x->xpath->node = xmlDocGetRootElement(x->tree);
		x->xpath->opCount = 0;
		found = xmlXPathCompiledEval(x->expr[ref], x->xpath);
		text = found ? xmlXPathCastToString(found) : NULL;
		xmlXPathFreeObject(found);
		if (!text) {
			x->fault = arena_printf(x->mem, "the expression of reference %zu cannot be worked out", ref + 1);
			return;
		}
		n = strlen((const char *)text);
		x->has_ref[ref] = true;
		x->by_ref[ref] = (struct kept){ x->text.len, n };
		if (room(x, n))
			(void)buf_add(&x->text, text, n);
		xmlFree(text);
	}
}

/* ---------------------------------------------------------------- records */

static void record_begin(struct xml *x)
{
	if (x->wants_tree) {
		tree_free(x);
		x->tree = xmlNewDoc((const xmlChar *)"1.0");
	}
	x->record = x->depth;
	x->begin = tag_begin(x);
	x->fault = NULL;
	x->leaf = LEAF_RECORD;
	buf_reset(&x->text);
	buf_reset(&x->pointer);
	x->own = (struct kept){ 0 };
	memset(x->has_ref, 0, x->n_refs * sizeof(*x->has_ref));
}

static void record_end(struct xml *x)
{
	size_t end = tag_begin(x);
	const char *close = memchr(x->in->data + x->begin, '>', x->in->len - x->begin);

	x->record = 0;
	if (x->wants_tree && !x->fault)
		eval_expressions(x);
	sink_group(x->out, (long long)x->begin, "line ", line_of(x));
	sink_raw(x->out, x->in->data + x->begin,
		end > x->begin ? end - x->begin
		: close        ? (size_t)(close + 1 - x->in->data) - x->begin
			       : 0);
	if (x->fault)
		sink_reject(x->out, "xml", NULL, 0, "%s", x->fault);
	else
		mapping_run_emit(x->run);
	if (sink_full(x->out))
		stop(x);
}

/* The reference to where the pointer now points, begun anew; -1 when nobody asks for it. */
static long begin_ref(struct xml *x)
{
	long ref = mapping_find_ref(x->map, buf_str(&x->pointer), x->pointer.len);

	if (ref < 0)
		return LEAF_NONE;
	if (x->has_ref[ref])
		x->fault = arena_printf(x->mem, "\"%s\" is there twice", buf_str(&x->pointer));
	x->has_ref[ref] = true;
	x->by_ref[ref] = (struct kept){ x->text.len, 0 };
	return ref;
}

/* The parser hands over attributes with & still written &#38;, and nothing else; returns the new length. */
static size_t plain_ampersands(char *value, size_t n)
{
	static const char written[] = "&#38;";
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		value[to++] = value[i];
		if (n - i >= 5 && !memcmp(value + i, written, 5))
			i += 4;
	}
	return to;
}

static void keep_attribute(struct xml *x, const char *name, const char *value, size_t n)
{
	size_t len = x->pointer.len;
	long ref;

	(void)buf_printf(&x->pointer, "/@%s", name);
	ref = begin_ref(x);
	x->pointer.len = len;
	x->pointer.data[len] = '\0';
	if (ref < 0 || !room(x, n))
		return;
	(void)buf_add(&x->text, value, n);
	x->by_ref[ref].n = plain_ampersands(x->text.data + x->by_ref[ref].at, n);
}

static void note_outer(struct xml *x, struct outer *o, int n, const xmlChar **attributes)
{
	free(o->text);
	o->text = NULL;
	if (!o->path.attribute)
		x->outer_leaf = o;
	for (int i = 0; o->path.attribute && i < n; i++, attributes += ATTRIBUTE) {
		if (strcmp((const char *)attributes[0], o->path.attribute) != 0 || o->text)
			continue;
		o->text = xzalloc((size_t)(attributes[4] - attributes[3]) + 1);
		memcpy(o->text, attributes[3], (size_t)(attributes[4] - attributes[3]));
		o->text[plain_ampersands(o->text, (size_t)(attributes[4] - attributes[3]))] = '\0';
	}
}

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_spaces, const xmlChar **spaces, int n,
	int n_default, const xmlChar **attributes)
{
	struct xml *x = arg;

	if (x->depth >= x->limits->depth) {
		fail(x, "depth", x->limits->depth);
		return;
	}
	x->at[++x->depth] = x->names.len;
	(void)buf_add(&x->names, name, strlen((const char *)name) + 1);
	if (x->fitting == x->depth - 1 && x->depth <= x->records.n && step_fits(x, &x->records, x->depth))
		x->fitting = x->depth;
	x->found |= is_record(x) || (!x->records.anywhere && x->records.n > 1 && x->fitting == x->records.n - 1);
	x->outer_leaf = NULL;
	for (size_t i = 0; i < x->n_outers; i++) {
		if (path_fits(x, &x->outers[i].path))
			note_outer(x, &x->outers[i], n, attributes);
	}
	if (!x->record && is_record(x)) {
		record_begin(x);
	} else if (x->record) {
		(void)buf_printf(&x->pointer, "/%s", (const char *)name);
		x->leaf = begin_ref(x);
	}
	if (x->record)
		tree_start(x, name, n, attributes);
	for (int i = 0; x->record && i < n; i++, attributes += ATTRIBUTE)
		keep_attribute(x, (const char *)attributes[0], (const char *)attributes[3], (size_t)(attributes[4] - attributes[3]));
	if (x->leaf >= 0) /* its text comes behind those of the attributes */
		x->by_ref[x->leaf].at = x->text.len;
	else if (x->leaf == LEAF_RECORD)
		x->own.at = x->text.len;
}

static void outer_text(struct xml *x, const char *text, size_t n)
{
	struct outer *o = x->outer_leaf;
	size_t len = o->text ? strlen(o->text) : 0;

	if ((long long)(len + n) > x->limits->field) {
		fail(x, "field", x->limits->field);
		return;
	}
	o->text = xrealloc(o->text, len + n + 1);
	memcpy(o->text + len, text, n);
	o->text[len + n] = '\0';
}

static void on_text(void *arg, const xmlChar *text, int n)
{
	struct xml *x = arg;

	if (x->outer_leaf)
		outer_text(x, (const char *)text, (size_t)n);
	if (x->record)
		tree_text(x, text, n);
	if (!x->record || x->leaf == LEAF_NONE || !room(x, (size_t)n))
		return;
	(void)buf_add(&x->text, text, (size_t)n);
	*(x->leaf == LEAF_RECORD ? &x->own.n : &x->by_ref[x->leaf].n) += (size_t)n;
}

/* Text behind an element is nobody's: an element has text, or elements. */
static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml *x = arg;
	const char *slash;

	x->leaf = LEAF_NONE;
	x->outer_leaf = NULL;
	if (x->record)
		tree_end(x);
	if (x->record == x->depth) {
		record_end(x);
	} else if (x->record && (slash = strrchr(buf_str(&x->pointer), '/'))) {
		x->pointer.len = (size_t)(slash - x->pointer.data);
		x->pointer.data[x->pointer.len] = '\0';
	}
	x->names.len = x->at[x->depth];
	x->depth--;
	if (x->fitting > x->depth)
		x->fitting = x->depth;
}

static void on_doctype(void *arg, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
	struct xml *x = arg;

	err_set(x->e, ERR_PARSE, "line %d: document type declarations are refused", line_of(x));
	stop(x);
}

/* ---------------------------------------------------------------- pages */

/* The page's parser tells attributes as pairs of name and value, NULL where there is none. */
static void on_page_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct xml *x = arg;
	size_t n = 0;

	while (attributes && attributes[2 * n])
		n++;
	const xmlChar **told = xzalloc((n + 1) * ATTRIBUTE * sizeof(*told));
	for (size_t i = 0; i < n; i++) {
		const xmlChar *value = attributes[2 * i + 1] ? attributes[2 * i + 1] : (const xmlChar *)"";

		told[ATTRIBUTE * i] = attributes[2 * i];
		told[ATTRIBUTE * i + 3] = value;
		told[ATTRIBUTE * i + 4] = value + xmlStrlen(value);
	}
	on_start(x, name, NULL, NULL, 0, NULL, (int)n, 0, told);
	free(told);
}

static void on_page_end(void *arg, const xmlChar *name)
{
	struct xml *x = arg;

	if (x->depth > 0)
		on_end(x, name, NULL, NULL);
}

/* ---------------------------------------------------------------- the body */

/* What went wrong is told by us. The library's next version passes its errors as constants. */
#if LIBXML_VERSION >= 21200
#define ERROR_CONST const
#else
#define ERROR_CONST
#endif
static void say_nothing(void *arg, ERROR_CONST xmlError *error)
{
}

static int read_expressions(struct xml *x, struct err *e)
{
	bool optional;
	const char *name;

	x->expr = arena_zalloc(x->mem, (x->n_refs + 1) * sizeof(*x->expr));
	x->xpath = xmlXPathNewContext(NULL);
	x->xpath->error = say_nothing;
	x->xpath->opLimit = XPATH_STEPS_MAX;
	for (size_t ref = 0; ref < x->n_refs; ref++) {
		name = mapping_ref(x->map, ref, &optional);
		if (*name != '.')
			continue;
		x->wants_tree = true;
		x->expr[ref] = xmlXPathCtxtCompile(x->xpath, (const xmlChar *)name);
		if (!x->expr[ref])
			return err_set(e, ERR_CONFIG, "\"%s\" is no XPath expression", name);
	}
	return 0;
}

static int read_outers(struct xml *x, struct err *e)
{
	bool optional;
	const char *name;

	while (mapping_ref(x->map, x->n_refs, &optional))
		x->n_refs++;
	x->outers = arena_zalloc(x->mem, (x->n_refs + 1) * sizeof(*x->outers));
	x->by_ref = arena_zalloc(x->mem, (x->n_refs + 1) * sizeof(*x->by_ref));
	x->has_ref = arena_zalloc(x->mem, (x->n_refs + 1) * sizeof(*x->has_ref));
	for (size_t ref = 0; ref < x->n_refs; ref++) {
		name = mapping_ref(x->map, ref, &optional);
		if (*name != '^')
			continue;
		x->outers[x->n_outers].ref = ref;
		if (read_path(x->mem, name + 1, &x->outers[x->n_outers++].path, e))
			return -1;
	}
	return 0;
}

/* What the parser says, on one line. */
static int parser_error(const struct xml *x, struct err *e)
{
	const xmlError *error = xmlCtxtGetLastError(x->ctxt);
	const char *text = error && error->message ? error->message : "it ends too soon";

	return err_set(e, ERR_PARSE, "line %d: not well-formed XML: %.*s", x->blank_lines + (error ? error->line : 1),
		(int)strcspn(text, "\n"), text);
}

static int feed_pieces(struct xml *x, struct err *e)
{
	int bad = 0, (*parse)(xmlParserCtxtPtr, const char *, int, int) = x->html ? htmlParseChunk : xmlParseChunk;

	if (!x->html)
		x->blank = xml_before(x->in->data, x->in->len, &x->blank_lines);
	for (size_t at = x->blank; at < x->in->len && (!bad || x->html) && !e->kind && !sink_full(x->out); at += PIECE) {
		size_t n = x->in->len - at < PIECE ? x->in->len - at : PIECE;

		bad = parse(x->ctxt, x->in->data + at, (int)n, at + n == x->in->len);
	}
	if (sink_full(x->out))
		return 0; /* sink_finish says why */
	if (e->kind)
		return -1;
	if (!x->html && (bad || !x->ctxt->wellFormed))
		return parser_error(x, e);
	if (!x->found)
		return err_set(e, ERR_PARSE, "nothing at \"%s\": not the document this feed is for", mapping_records(x->map, "/*/*"));
	return 0;
}

static void open_parser(struct xml *x)
{
	static xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.cdataBlock = on_text,
		.internalSubset = on_doctype,
	};
	static htmlSAXHandler page = {
		.startElement = on_page_start, .endElement = on_page_end, .characters = on_text, .cdataBlock = on_text
	};
	bool utf8 = text_utf8_check(x->in->data, x->in->len) == x->in->len; /* else as it declares */

	if (x->html) {
		x->ctxt = htmlCreatePushParserCtxt(&page, x, NULL, 0, NULL, utf8 ? XML_CHAR_ENCODING_UTF8 : XML_CHAR_ENCODING_NONE);
		htmlCtxtUseOptions(x->ctxt, HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
	} else {
		x->ctxt = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
		xmlCtxtUseOptions(x->ctxt, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	}
}

static int read_body(struct xml *x, struct err *e)
{
	int rc;

	if (format_refuse_others(x->in, x->html ? "an HTML page" : "an XML document", e))
		return -1;
	if (read_path(x->mem, mapping_records(x->map, "/*/*"), &x->records, e) || read_outers(x, e) || read_expressions(x, e))
		return -1;
	open_parser(x);
	rc = feed_pieces(x, e);
	if (!rc && x->html)
		markup_tell_fault(x->in->data, x->in->len, x->out);
	xmlFreeParserCtxt(x->ctxt); /* of a page, too */
	return rc;
}

static int parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, bool html, struct err *e)
{
	struct xml x = { .html = html, .in = in, .map = map, .limits = limits, .out = out, .e = e, .leaf = LEAF_NONE };
	const struct mapping_row row = { row_get, row_nothing, row_no_child, row_variable, &x };
	int rc;

	x.mem = arena_new();
	x.run = mapping_run_new(map, &row, out);
	x.at = arena_alloc(x.mem, ((size_t)limits->depth + 2) * sizeof(*x.at));
	buf_init(&x.names, SIZE_MAX / 2);
	buf_init(&x.text, (size_t)limits->line + (size_t)limits->field);
	buf_init(&x.pointer, SIZE_MAX / 2);
	rc = read_body(&x, e);
	for (size_t i = 0; i < x.n_outers; i++)
		free(x.outers[i].text);
	for (size_t i = 0; x.expr && i < x.n_refs; i++)
		xmlXPathFreeCompExpr(x.expr[i]);
	xmlXPathFreeContext(x.xpath);
	tree_free(&x);
	buf_release(&x.names);
	buf_release(&x.text);
	buf_release(&x.pointer);
	mapping_run_free(x.run);
	arena_free(x.mem);
	return rc;
}

static int xml_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	return parse(in, map, limits, out, false, e);
}

static int html_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	return parse(in, map, limits, out, true, e);
}

const struct format format_html = {
	.name = "html",
	.help = "one HTML page, by a mapping",
	.media = "text/html",
	.version = 1,
	.mapped = true,
	.parse = html_parse,
};

const struct format format_xml = {
	.name = "xml",
	.help = "one XML document, by a mapping",
	.media = "application/xml",
	.version = 1,
	.mapped = true,
	.parse = xml_parse,
};
