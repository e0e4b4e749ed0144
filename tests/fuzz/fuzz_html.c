/* html: any bytes as a page, through a mapping by pointers and one by XPath. The length of the input chooses. */
#include "fuzz_mapped.h"

static const struct fuzz_key pointers[] = {
	{ "xml", "records", "//li" },
	{ "entity e", "ref", "{/a/@href|or:/@id|default:x}" },
	{ "entity e", "kind", "company" },
	{ "entity e", "name", "{$value|default:n}{^/html/head/title}" },
	{ 0 },
};
static const struct fuzz_key paths[] = {
	{ "xml", "records", "//table/tr" },
	{ "entity e", "ref", "ref:t/{./td[1]/a/@href|default:x}" },
	{ "entity e", "kind", "company" },
	{ "entity e", "name", "{.//b[last()]}{./td[2]}{./@class|default:n}" },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_mapped(format_find("html"), size % 2 ? pointers : paths, data, size);
	return 0;
}
