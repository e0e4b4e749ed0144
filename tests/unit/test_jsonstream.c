#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aimarket/arena.h"
#include "aimarket/jsonstream.h"

static const struct limits small = { .field = 1000, .depth = 5 };

/* Writes one line per value: byte, pointer, sign of its type, text. */
static int note_value(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	static const char sign[] = "{}[]nftNS";
	struct buf *log = arg;

	(void)buf_printf(log, "%zu ", json_offset(js));
	json_pointer(js, 0, log);
	(void)buf_printf(log, " %c%.*s\n", sign[v->type], (int)v->n, v->text ? v->text : "");
	return 0;
}

static void expect_values(const char *json, const char *lines)
{
	struct err e = { 0 };
	struct buf log;

	buf_init(&log, 1 << 16);
	if (json_stream(json, strlen(json), &small, note_value, &log, &e))
		fail_msg("%s", e.text);
	assert_string_equal(buf_str(&log), lines);
	buf_release(&log);
}

static void expect_error(const char *json, size_t n, enum err_kind kind, const char *text)
{
	struct err e = { 0 };
	struct buf log;

	buf_init(&log, 1 << 16);
	assert_int_equal(json_stream(json, n, &small, note_value, &log, &e), -1);
	assert_int_equal(e.kind, kind);
	assert_string_equal(e.text, text);
	buf_release(&log);
}

static void test_values_with_their_places(void **state)
{
	expect_values("{\"a\" : 1e-05,\n \"b\":[true,false , null,\"x\"], \"c\":{}}", "0  {\n"
	                                                                              "7 /a N1e-05\n"
	                                                                              "19 /b [\n"
	                                                                              "20 /b/0 t\n"
	                                                                              "25 /b/1 f\n"
	                                                                              "33 /b/2 n\n"
	                                                                              "38 /b/3 Sx\n"
	                                                                              "41 /b ]\n"
	                                                                              "48 /c {\n"
	                                                                              "49 /c }\n"
	                                                                              "50  }\n");
}

static void test_scalars_can_be_the_root(void **state)
{
	expect_values("123456789012345678.90", "0  N123456789012345678.90\n");
	expect_values(" \"x\"", "1  Sx\n");
}

static void test_keys_are_escaped_in_pointers(void **state)
{
	expect_values("{\"a/b\":{\"m~n\":{\"\\u00e9\":1}}}", "0  {\n7 /a~1b {\n14 /a~1b/m~0n {\n24 /a~1b/m~0n/\xc3\xa9 N1\n"
	                                                     "25 /a~1b/m~0n }\n26 /a~1b }\n27  }\n");
}

static void test_arrays_in_arrays_count_their_own(void **state)
{
	expect_values("[[1],[2,3]]", "0  [\n1 /0 [\n2 /0/0 N1\n3 /0 ]\n5 /1 [\n6 /1/0 N2\n8 /1/1 N3\n9 /1 ]\n10  ]\n");
}

static void test_byte_order_mark(void **state)
{
	expect_values("\xef\xbb\xbf[1]", "3  [\n4 /0 N1\n5  ]\n");
}

static void test_bodies_that_are_not_json(void **state)
{
	expect_error("", 0, ERR_PARSE, "byte 0, at /: parse error: premature EOF");
	expect_error(" \n", 2, ERR_PARSE, "byte 2, at /: parse error: premature EOF");
	expect_error("\n<!DOCTYPE html>", 16, ERR_PARSE, "byte 2, at /: lexical error: invalid char in json text");
	expect_error("{\"a\":[1,2", 9, ERR_PARSE, "byte 9, at /a/1: parse error: premature EOF");
	expect_error("{\"a\":1} x", 9, ERR_PARSE, "byte 9, at /: parse error: trailing garbage");
	expect_error("{\"a\":NaN}", 9, ERR_PARSE, "byte 6, at /a: lexical error: invalid char in json text");
	expect_error("[1\0]", 4, ERR_PARSE, "byte 3, at /0: lexical error: invalid char in json text");
}

static void test_limits(void **state)
{
	char *deep = xmalloc(100000), *wide = xmalloc(1000000);

	memset(deep, '[', 100000);
	memset(wide, 'x', 1000000);
	wide[0] = '"';
	expect_error(deep, 100000, ERR_LIMIT, "byte 6, at /0/0/0/0/0: nested deeper than the limit depth = 5");
	expect_error(wide, 1000000, ERR_LIMIT, "byte 0, at /: a value is over the limit field = 1000");
	wide[1200] = '"';
	expect_error(wide, 1201, ERR_LIMIT, "byte 1201, at /: a value of 1199 bytes is over the limit field = 1000");
	memcpy(wide, "{\"", 2);
	expect_error(wide, 1300, ERR_LIMIT, "byte 1201, at /: keys of 1198 bytes are over the limit field = 1000");
	free(deep);
	free(wide);
}

struct sum {
	long long values;
	size_t last;
};

static int add_up(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	struct sum *s = arg;

	if (v->type != JSON_STRING)
		return 0;
	assert_int_equal(v->n, 37);
	assert_int_equal(json_index(js, 1), s->values);
	assert_int_equal(json_offset(js), 1 + 40 * s->values);
	s->values++;
	return 0;
}

/* Values that lie across the pieces in which yajl gets the document keep text and place. */
static void test_documents_of_many_pieces(void **state)
{
	enum { N = 20011 };
	struct err e = { 0 };
	struct sum s = { 0 };
	struct buf body;

	buf_init(&body, 1 << 20);
	for (int i = 0; i < N; i++)
		(void)buf_printf(&body, "%c\"%037d\"", i ? ',' : '[', i);
	(void)buf_addc(&body, ']');
	assert_int_equal(json_stream(body.data, body.len, &limits_default, add_up, &s, &e), 0);
	assert_int_equal(s.values, N);
	buf_release(&body);
}

static int stop_at_number(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	return v->type == JSON_NUMBER ? err_set(e, ERR_PARSE, "no numbers here") : 0;
}

static void test_a_reader_can_stop(void **state)
{
	struct err e = { 0 };

	assert_int_equal(json_stream("{\"a\":{\"b\":7}}", 13, &small, stop_at_number, NULL, &e), -1);
	assert_string_equal(e.text, "byte 11, at /a/b: no numbers here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_with_their_places),
		cmocka_unit_test(test_scalars_can_be_the_root),
		cmocka_unit_test(test_keys_are_escaped_in_pointers),
		cmocka_unit_test(test_arrays_in_arrays_count_their_own),
		cmocka_unit_test(test_byte_order_mark),
		cmocka_unit_test(test_bodies_that_are_not_json),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_documents_of_many_pieces),
		cmocka_unit_test(test_a_reader_can_stop),
	};

	return cmocka_run_group_tests_name("jsonstream", tests, NULL, NULL);
}
