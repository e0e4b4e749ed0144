/* feeds: the table of formats. A new format is a file of its own and a row here. */
#include "formats.h"

#include <strings.h>

const struct format *const formats[] = {
	&format_csv,
	&format_json,
	&format_ndjson,
	&format_xml,
	&format_html,
	&format_edgar_submissions,
	&format_edgar_companyfacts,
	&format_edgar_formd,
	&format_edgar_index,
	&format_edgar_filing,
	&format_edgar_filing_page,
	&format_edgar_document,
	&format_edgar_fsds,
	&format_edgar_companyconcept,
	&format_edgar_frames,
	&format_edgar_formd_sets,
	NULL,
};

const struct format *format_find(const char *name)
{
	for (size_t i = 0; formats[i]; i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

struct record_value format_variable(const struct input *in, const char *name)
{
	const char *slash = strrchr(in->name, '/'), *text = NULL;

	if (!strcmp(name, "$file"))
		text = slash ? slash + 1 : in->name;
	else if (!strcmp(name, "$address"))
		text = in->name;
	else if (!strcmp(name, "$fetched"))
		text = in->fetched;
	return text ? (struct record_value){ text, strlen(text) } : (struct record_value){ 0 };
}

int format_refuse_others(const struct input *in, const char *what, struct err *e)
{
	static const struct {
		const char *begins, *what;
	} others[] = {
		{ "<!doctype html", "an HTML page" },
		{ "<html", "an HTML page" },
		{ "<head", "an HTML page" },
		{ "<body", "an HTML page" },
		{ "<?xml", "an XML document" },
		{ "PK\3\4", "a ZIP archive" },
		{ "\x1f\x8b", "a gzip file" },
		{ "%PDF-", "a PDF file" },
	};
	const char *p = in->data, *end = p + in->len;

	while (p < end && *p && strchr("\xef\xbb\xbf \t\r\n", *p))
		p++;
	if (p == end)
		return err_set(e, ERR_PARSE, "document is empty");
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		size_t n = strlen(others[i].begins);

		if ((size_t)(end - p) >= n && !strncasecmp(p, others[i].begins, n) && strcmp(others[i].what, what) != 0)
			return err_set(e, ERR_PARSE, "document is %s, not %s", others[i].what, what);
	}
	return 0;
}
