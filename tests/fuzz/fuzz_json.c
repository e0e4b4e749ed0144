/* json, ndjson: any bytes through mappings of several shapes. The length of the input chooses format and shape. */
#include "fuzz_mapped.h"

static const struct fuzz_key plain[] = {
	{ "json", "records", "/data/*" },
	{ "observation x", "entity", "{/name}" },
	{ "observation x", "metric", "{$key}" },
	{ "observation x", "asserted", "2024-06-18" },
	{ "observation x", "unit", "{^/meta/currency|default:USD}" },
	{ "observation x", "value", "{/price/amount|or:/v}" },
	{ "observation x", "end", "{/date}" },
	{ "observation x", "note", "{/flags/0}{$file}" },
	{ 0 },
};
static const struct fuzz_key nested[] = {
	{ "json", "records", "/*/*" },
	{ "json", "missing", "N/A" },
	{ "statement i", "each", "{/investors/*}" },
	{ "statement i", "entity", "{$item/name|or:/name|default:x}" },
	{ "statement i", "property", "p" },
	{ "statement i", "asserted", "2024-06-18" },
	{ "statement i", "text", "{$n}{$1}{$2}{/close/$n}{$item}" },
	{ "statement i", "dims", "a={$n};{$item}=b" },
	{ "entity e", "ref", "{$value}" },
	{ "entity e", "kind", "company" },
	{ "entity e", "name", "{^/*/name|default:n}" },
	{ "entity e", "when", "{$value} is not blank" },
	{ 0 },
};
static const struct fuzz_key whole[] = {
	{ "json", "records", "" },
	{ "observation x", "entity", "{/name|default:n}" },
	{ "observation x", "metric", "m" },
	{ "observation x", "asserted", "2024-06-18" },
	{ "observation x", "unit", "1" },
	{ "observation x", "value", "{/v|or:/data/0/price/amount}" },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_key *const shapes[] = { plain, nested, whole };

	fuzz_mapped(format_find(size & 1 ? "ndjson" : "json"), shapes[size / 2 % 3], data, size);
	return 0;
}
