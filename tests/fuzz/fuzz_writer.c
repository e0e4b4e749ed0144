/* The writer: whatever the cells hold, JSON stays JSON, a row of NDJSON one line, a table free of control characters. */
#include "fuzz.h"

#include <jansson.h>

#include "aimarket/buf.h"
#include "aimarket/text.h"
#include "aimarket/writer.h"

static const struct column columns[] = { { "text", COL_TEXT }, { "number", COL_NUMBER }, { "flag", COL_BOOL } };

static int to_buf(void *arg, const char *data, size_t n)
{
	return buf_add(arg, data, n);
}

/* The same row twice; data's first byte cuts the rest into cells. */
static void write_rows(enum format_kind format, const char *s, size_t n, size_t cut, struct buf *out)
{
	struct writer_options o = { .format = format, .width = (int)(cut % 50), .csv_guard = cut & 1, .numbers_as_strings = cut & 2 };
	struct writer *w = writer_new(&o, columns, 3, to_buf, out);
	const char *values[] = { s, s + cut, cut & 4 ? NULL : "t" };
	const int lengths[] = { (int)cut, (int)(n - cut), 1 };

	for (int i = 0; i < 2; i++)
		FUZZ_CHECK(writer_row(w, values, lengths) == 0);
	FUZZ_CHECK(writer_end(w) == 0);
	writer_free(w);
}

static void check_json(const struct buf *out, const char *s, size_t cut)
{
	json_error_t why;
	json_t *all = json_loadb(buf_str(out), out->len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &why);

	FUZZ_CHECK(all || json_error_code(&why) == json_error_numeric_overflow);
	if (all) {
		json_t *text = json_object_get(json_array_get(all, 1), "text");

		FUZZ_CHECK(json_string_length(text) == cut && memcmp(json_string_value(text), s, cut) == 0);
	}
	json_decref(all);
}

static void check_table(const struct buf *out)
{
	for (size_t i = 0; i < out->len; i++)
		FUZZ_CHECK((unsigned char)out->data[i] >= ' ' || out->data[i] == '\n');
}

static size_t lines(const struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < out->len; i++)
		n += out->data[i] == '\n';
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const char *s = (const char *)data + 1;
	size_t n = size - 1, cut = n ? data[0] % (n + 1) : 0;
	bool clean = text_utf8_check(s, cut) == cut && text_utf8_check(s + cut, n - cut) == n - cut;

	for (int format = 0; format < OUT_KINDS; format++) {
		struct buf out;

		buf_init(&out, 1 << 24);
		write_rows((enum format_kind)format, s, n, cut, &out);
		if (format == OUT_JSON && clean)
			check_json(&out, s, cut);
		if (format == OUT_TABLE)
			check_table(&out);
		if (format == OUT_NDJSON)
			FUZZ_CHECK(lines(&out) == 2);
		if (format == OUT_MARKDOWN)
			FUZZ_CHECK(lines(&out) == 4);
		if (format == OUT_TABLE)	/* a fifth names the columns it had no room for */
			FUZZ_CHECK(lines(&out) == 4 || lines(&out) == 5);
		buf_release(&out);
	}
	return 0;
}
