/* csv: any bytes through mappings of several shapes. The length of the input chooses the shape. */
#include "fuzz_mapped.h"

#define OBSERVATION(value)                                                                                                                 \
	{ "observation x", "entity", "{#1}" }, { "observation x", "metric", "m" }, { "observation x", "asserted", "2024-06-18" },          \
	        { "observation x", "unit", "USD" }, { "observation x", "value", value }, { "observation x", "end", "{#2|optional}" },      \
	{                                                                                                                                  \
		"observation x", "note", "{#4|optional}"                                                                                   \
	}

static const struct fuzz_key plain[] = { OBSERVATION("{#3|optional}"), { 0 } };
static const struct fuzz_key styled[] = {
	{ "csv", "delimiter", "auto" },
	{ "csv", "missing", "N/A | -" },
	{ "csv", "dates", "mdy" },
	{ "csv", "numbers", "comma" },
	{ "source", "ref", "{#1}" },
	{ "source", "kind", "page" },
	{ "source", "date", "{#2|optional}" },
	OBSERVATION("{#3|optional|scale:6}"),
	{ 0 },
};
static const struct fuzz_key unquoted[] = {
	{ "csv", "header", "none" },
	{ "csv", "quote", "none" },
	{ "csv", "delimiter", "tab" },
	{ "csv", "encoding", "windows-1252" },
	OBSERVATION("{#3|optional|human}"),
	{ 0 },
};
static const struct fuzz_key deals[] = {
	{ "csv", "header", "has Date" },
	{ "csv", "skip_after", "1" },
	{ "csv", "when", "{#1} is not blank" },
	{ "deal", "ref", "{#1|slug}-{$line}" },
	{ "deal", "type", "ipo" },
	{ "deal", "asserted", "2024-06-18" },
	{ "deal", "target", "{#1}" },
	{ "deal", "parties", "{#2|optional}" },
	{ "deal", "amount", "{#3|optional}" },
	{ "deal", "currency", "USD" },
	{ "deal", "date", "{Date|date:text}" },
	{ "statement s", "each", "{#2|optional|split:,}" },
	{ "statement s", "entity", "name:{$item}" },
	{ "statement s", "property", "p" },
	{ "statement s", "asserted", "2024-06-18" },
	{ "statement s", "text", "{$n}{#1|before:x|after:y|without:z|upper|lower|host}" },
	{ "statement s", "dims", "a={#1};b={#2|optional};{#1}=c" },
	{ "key", "each", "columns" },
	{ "key", "entity", "{$n}" },
	{ "key", "scheme", "alias" },
	{ "key", "value", "{$item}" },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_key *const shapes[] = { plain, styled, unquoted, deals };

	fuzz_mapped(format_find("csv"), shapes[size % 4], data, size);
	return 0;
}
