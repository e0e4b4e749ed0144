/* xml: any bytes through mappings of three shapes. The length of the input chooses the shape. */
#include "fuzz_mapped.h"

static const struct fuzz_key attributes[] = {
	{ "xml", "records", "/Envelope/Cube/Cube/Cube" },
	{ "xml", "missing", "N/A" },
	{ "observation x", "entity", "{^/Envelope/Sender/name|default:n}" },
	{ "observation x", "metric", "{/@currency}" },
	{ "observation x", "asserted", "2024-06-18" },
	{ "observation x", "unit", "1" },
	{ "observation x", "end", "{^/Envelope/Cube/Cube/@time}" },
	{ "observation x", "value", "{/@rate}" },
	{ 0 },
};
static const struct fuzz_key texts[] = {
	{ "xml", "records", "/*/*" },
	{ "entity e", "ref", "{/name|or:/@name|default:x}" },
	{ "entity e", "kind", "company" },
	{ "entity e", "name", "{$value|default:n}{^/*/title}{/a/b/@c}" },
	{ 0 },
};

static const struct fuzz_key paths[] = {
	{ "xml", "records", "//item" },
	{ "let", "id", "{./guid|or:./link|match:[a-z]+|default:x}" },
	{ "entity e", "ref", "ref:t/{$id}" },
	{ "entity e", "kind", "company" },
	{ "entity e", "name", "{.//title[last()]}{./link[@rel='a' or not(@rel)]/@href}{./*[2]}{./@a|default:n}" },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_key *const shapes[] = { attributes, texts, paths };

	fuzz_mapped(format_find("xml"), shapes[size % 3], data, size);
	return 0;
}
