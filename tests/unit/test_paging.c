#include "unit.h"

#include "aimarket/date.h"
#include "aimarket/paging.h"

static struct arena *mem;
static const char base[] = "https://a.example/v1/items?q=ai";

static int begin(void **state)
{
	mem = arena_new();
	return 0;
}

static int end(void **state)
{
	arena_free(mem);
	return 0;
}

static void make(struct paging *p, const char *const *pairs)
{
	struct err e = { 0 };

	paging_init(p);
	for (; *pairs; pairs += 2)
		if (paging_set(p, pairs[0], pairs[1], &e))
			fail_msg("%s", e.text);
	if (paging_check(p, &e))
		fail_msg("%s", e.text);
}
#define MAKE(p, ...) make(p, (const char *const[]){ __VA_ARGS__, NULL })

static const char *first(const struct paging *p)
{
	const char *url;
	struct err e = { 0 };

	if (paging_first(p, base, date_make(2026, 11, 23), mem, &url, &e))
		fail_msg("%s", e.text);
	return url;
}

/* The page after url when this came; NULL at the end, which must be as expected. */
static const char *next(const struct paging *p, const char *url, const char *body, const char *link, enum paging_end want)
{
	const struct paging_page page = { .url = url, .n = 1, .data = body, .len = strlen(body), .link = link, .added = -1 };
	const char *out;
	enum paging_end why;
	struct err e = { 0 };

	if (paging_next(p, &page, mem, &out, &why, &e))
		fail_msg("%s", e.text);
	assert_int_equal(why, want);
	assert_int_equal(out != NULL, want == PAGING_MORE);
	return out;
}

static void bad(const struct paging *p, const char *url, const char *body, const char *link, const char *words)
{
	const struct paging_page page = { .url = url, .n = 1, .data = body, .len = strlen(body), .link = link, .added = -1 };
	const char *out;
	enum paging_end why;
	struct err e = { 0 };

	assert_int_equal(paging_next(p, &page, mem, &out, &why, &e), -1);
	if (!strstr(e.text, words))
		fail_msg("\"%s\" does not say \"%s\"", e.text, words);
}

static void one_page(void **state)
{
	struct paging p;

	MAKE(&p, "kind", "none");
	assert_string_equal(first(&p), base);
	next(&p, base, "anything at all", NULL, PAGING_DONE);
	paging_release(&p);
}

static void by_cursor(void **state)
{
	struct paging p;

	MAKE(&p, "kind", "cursor", "param", "after", "pointer", "/meta/next");
	assert_string_equal(first(&p), base);
	const char *url = next(&p, base, "{\"data\": [1, {\"next\": 5}], \"meta\": {\"next\": \"a b\"}}", NULL, PAGING_MORE);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&after=a%20b");
	url = next(&p, url, "{\"meta\": {\"next\": 12345678901234567890}}", NULL, PAGING_MORE);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&after=12345678901234567890");
	next(&p, url, "{\"meta\": {\"next\": null}}", NULL, PAGING_DONE);
	next(&p, url, "{\"meta\": {\"next\": \"\"}}", NULL, PAGING_DONE);
	next(&p, url, "{\"meta\": {\"next\": false}}", NULL, PAGING_DONE);
	next(&p, url, "{\"meta\": {}}", NULL, PAGING_DONE);
	bad(&p, url, "{\"meta\": {\"next\": 12345678901234567890}}", NULL, "is itself");
	bad(&p, url, "<html>", NULL, "");
	paging_release(&p);
}

static void by_an_address_in_the_body(void **state)
{
	struct paging p;

	MAKE(&p, "kind", "next", "pointer", "/links/next/0");
	assert_string_equal(
	        next(&p, base, "{\"links\": {\"next\": [\"/v1/items?page=2\"]}}", NULL, PAGING_MORE), "https://a.example/v1/items?page=2");
	next(&p, base, "{}", NULL, PAGING_DONE);
	bad(&p, base, "{\"links\": {\"next\": [\"http://169.254.169.254/\"]}}", NULL, "another place");
	bad(&p, base, "{\"links\": {\"next\": [\"https://a.example/v1/items?q=ai\"]}}", NULL, "is itself");
	paging_release(&p);
}

static void by_page_number(void **state)
{
	struct paging p;

	MAKE(&p, "kind", "page", "param", "page", "items", "/data", "size", "2");
	const char *url = first(&p);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&page=1");
	url = next(&p, url, "{\"data\": [{\"x\": [1, 2, 3]}, [4, 5]]}", NULL, PAGING_MORE);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&page=2");
	next(&p, url, "{\"data\": [{\"x\": [1, 2, 3]}]}", NULL, PAGING_DONE);
	next(&p, url, "{\"data\": []}", NULL, PAGING_DONE);
	bad(&p, url, "{\"date\": []}", NULL, "no array at /data");
	bad(&p, "https://a.example/v1/items?page=99999999999", "{\"data\": [1, 2]}", NULL, "no count");
	paging_release(&p);
	MAKE(&p, "kind", "page", "param", "p", "first", "0", "total", "/n", "size", "10");
	url = first(&p);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&p=0");
	url = next(&p, url, "{\"n\": 11}", NULL, PAGING_MORE);
	next(&p, url, "{\"n\": 11}", NULL, PAGING_DONE);
	bad(&p, url, "{\"n\": null}", NULL, "no number at /n");
	paging_release(&p);
}

static void by_offset(void **state)
{
	struct paging p;

	MAKE(&p, "kind", "offset", "param", "start", "items", "/hits");
	const char *url = first(&p);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&start=0");
	url = next(&p, url, "{\"hits\": [1, 2, 3]}", NULL, PAGING_MORE);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&start=3");
	next(&p, url, "{\"hits\": []}", NULL, PAGING_DONE);
	paging_release(&p);
	MAKE(&p, "kind", "offset", "param", "start", "size", "100", "total", "/hits/total/value");
	url = next(&p, first(&p), "{\"hits\": {\"total\": {\"value\": 101}}}", NULL, PAGING_MORE);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&start=100");
	next(&p, url, "{\"hits\": {\"total\": {\"value\": 101}}}", NULL, PAGING_DONE);
	paging_release(&p);
}

static void by_link_header(void **state)
{
	static const char *const last[] = { "", "</p1>; rel=prev", "</p2>", "<", "</p2>; rel=\"nextish\"", "</p2>; title=\"rel=next\"",
		"</p2>; rel=; next", ";;;<>;=,", "</a>;rel", "</a>; rel=\"next" };
	static const char *const more[] = { "</p2>; rel=next", "</p1>; rel=\"prev\", </p2>; rel=\"next\"",
		"</p2>;title=\"a, b; c\" ; REL = \"last Next\"", "</p1>; rel=first; x=y, </p2>; a; rel=next" };
	struct paging p;

	MAKE(&p, "kind", "link");
	for (size_t i = 0; i < COUNT(more); i++)
		assert_string_equal(next(&p, base, "", more[i], PAGING_MORE), "https://a.example/p2");
	for (size_t i = 0; i < COUNT(last) - 1; i++)
		next(&p, base, "", last[i], PAGING_DONE);
	next(&p, base, "", NULL, PAGING_DONE);
	bad(&p, base, "", "<https://b.example/>; rel=next", "another place");
	paging_release(&p);
}

/* What a list names, as "address tells" lines. */
static const char *listed(const struct paging *p, const char *body, bool capped)
{
	const struct paging_page page = { .url = base, .n = 1, .data = body, .len = strlen(body), .added = -1 };
	const char *text = "";
	struct paging_list list;
	struct err e = { 0 };

	if (paging_list(p, &page, mem, &list, &e))
		return arena_strdup(mem, e.text);
	assert_int_equal(list.capped, capped);
	for (size_t i = 0; i < list.n; i++)
		text = arena_printf(mem, "%s%s %s\n", text, list.entries[i].url + strlen("https://a.example/"),
		        list.entries[i].tells ? list.entries[i].tells : "-");
	return text;
}

static void by_list(void **state)
{
	struct paging p;

	MAKE(&p, "kind", "list", "pointer", "/filings/files/*/name", "pages", "4");
	next(&p, base, "{}", NULL, PAGING_DONE);
	assert_string_equal(listed(&p, "{\"filings\": {\"recent\": {\"name\": [\"x\"]}, \"files\": [{\"name\": \"a.json\", \"n\": 2000, \"to\": \"2019\"},"
	                               "{\"n\": 7, \"of\": {\"name\": \"inner\"}, \"name\": \"/b.json\"}, {\"name\": \"c\"}]}}",
	                            false),
	        "v1/a.json n 2000 to 2019 \nb.json n 7 of/name inner \nv1/c -\n");
	assert_string_equal(listed(&p, "{\"filings\": {\"files\": []}}", false), "");
	assert_string_equal(listed(&p, "{\"filings\": {\"files\": [{\"n\": 1}, null, 3, {\"name\": \"\"}, {\"name\": null}]}}", false), "");
	assert_string_equal(listed(&p, "{\"filings\": {\"filesystem\": [{\"name\": \"x\"}], \"file\": {\"s\": {\"name\": \"y\"}}}}", false), "");
	assert_string_equal(listed(&p, "{\"filings\": {\"files\": [{\"name\": \"a\"}, {\"name\": \"b\"}, {\"name\": \"c\"}, {\"name\": \"d\"}]}}", true),
	        "v1/a -\nv1/b -\nv1/c -\n");
	assert_non_null(strstr(listed(&p, "{\"filings\": {\"files\": [{\"name\": \"http://169.254.169.254/\"}]}}", false), "another place"));
	assert_string_equal(listed(&p, "{\"filings\": {\"files\": [{\"name\": \"/v1/items?q=ai\"}]}}", false), "");
	assert_non_null(strstr(listed(&p, "<html>", false), "lexical error"));
	paging_release(&p);
	MAKE(&p, "kind", "list", "pointer", "/*");
	assert_string_equal(listed(&p, "[\"a\", \"b\"]", false), "v1/a -\nv1/b -\n");
	paging_release(&p);
}

static void until_known(void **state)
{
	struct paging p;
	struct paging_page page = { .n = 1, .data = "", .added = 3 };
	const char *out;
	enum paging_end why;
	struct err e = { 0 };

	MAKE(&p, "kind", "offset", "param", "start", "size", "40", "until", "known");
	page.url = first(&p);
	assert_int_equal(paging_next(&p, &page, mem, &out, &why, &e), 0);
	assert_int_equal(why, PAGING_MORE);
	page.url = out;
	page.added = 0;
	assert_int_equal(paging_next(&p, &page, mem, &out, &why, &e), 0);
	assert_int_equal(why, PAGING_KNOWN);
	assert_null(out);
	paging_release(&p);
}

static void largest_page_count(void **state)
{
	struct paging p;
	struct paging_page page = { .data = "", .link = "</again>; rel=next", .added = -1, .url = base };
	const char *out;
	enum paging_end why;
	struct err e = { 0 };

	MAKE(&p, "kind", "link", "pages", "3");
	for (page.n = 1; page.n <= 3; page.n++)
		assert_int_equal(paging_next(&p, &page, mem, &out, &why, &e), 0);
	assert_int_equal(why, PAGING_CAPPED);
	assert_null(out);
	paging_release(&p);
}

static void windows_of_dates(void **state)
{
	static const char *const want[] = { "from=2026-10-25&to=2026-11-23", "from=2026-09-25&to=2026-10-24",
		"from=2026-09-01&to=2026-09-24" };
	struct paging p;
	const char *url;

	MAKE(&p, "from", "from", "to", "to", "window", "30", "since", "2026-09-01");
	url = first(&p);
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_string_equal(url, arena_printf(mem, "%s&%s", base, want[i]));
		url = next(&p, url, "", NULL, i + 1 < COUNT(want) ? PAGING_MORE : PAGING_DONE);
	}
	paging_release(&p);
}

static void pages_within_windows(void **state)
{
	struct paging p;
	const char *url;

	MAKE(&p, "kind", "offset", "param", "at", "items", "/d", "from", "a", "to", "b", "window", "10", "since", "2026-11-10");
	url = first(&p);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&a=2026-11-14&b=2026-11-23&at=0");
	url = next(&p, url, "{\"d\": [1, 2]}", NULL, PAGING_MORE);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&a=2026-11-14&b=2026-11-23&at=2");
	url = next(&p, url, "{\"d\": []}", NULL, PAGING_MORE);
	assert_string_equal(url, "https://a.example/v1/items?q=ai&a=2026-11-10&b=2026-11-13&at=0");
	next(&p, url, "{\"d\": []}", NULL, PAGING_DONE);
	bad(&p, "https://a.example/v1/items?at=0", "{\"d\": []}", NULL, "no day in a");
	paging_release(&p);
}

/* A source with so many records a day, of which it shows the first reach of any window: every record must come by. */
static void windows_beyond_reach_are_halved(void **state)
{
	enum { DAYS = 100, REACH = 50, SIZE = 10, REQUESTS = 1000 };
	int day0 = date_make(2026, 11, 23) - DAYS + 1, requests = 0;
	bool seen[DAYS][REACH] = { { false } };
	struct paging p;
	const char *url;

	MAKE(&p, "kind", "offset", "param", "at", "size", "10", "total", "/n", "from", "a", "to", "b", "window", "30", "since",
	        "2026-08-16", "reach", "50", "pages", "1000");
	for (url = first(&p); url; requests++) {
		int y, m, d, y2, m2, d2, at, total = 0, k = 0;

		assert_int_equal(
		        sscanf(url, "https://a.example/v1/items?q=ai&a=%d-%d-%d&b=%d-%d-%d&at=%d", &y, &m, &d, &y2, &m2, &d2, &at), 7);
		assert_true(at < REACH && requests < REQUESTS);
		for (int day = date_make(y, m, d); day <= date_make(y2, m2, d2); day++) {
			int n = (day - day0) % 7 == 0 ? 50 : (day - day0) % 5;

			total += n;
			for (int i = 0; i < n; i++, k++)
				if (k >= at && k < at + SIZE)
					seen[day - day0][i] = true;
		}
		const char *body = arena_printf(mem, "{\"n\": %d}", total);
		const struct paging_page page = { .url = url, .n = 1, .data = body, .len = strlen(body), .added = -1 };
		enum paging_end why;
		struct err e = { 0 };
		if (paging_next(&p, &page, mem, &url, &why, &e))
			fail_msg("%s", e.text);
	}
	for (int day = 0; day < DAYS; day++)
		for (int i = 0; i < (day % 7 == 0 ? 50 : day % 5); i++)
			assert_true(seen[day][i]);
	print_message("# %d requests\n", requests);
	bad(&p, "https://a.example/v1/items?a=2026-11-01&b=2026-11-01&at=40", "{\"n\": 51}", NULL, "reach = 50");
	paging_release(&p);
}

static void what_is_no_paging(void **state)
{
	static const char *const sets[][13] = {
		{ "kind", "magic" },
		{ "pages", "many" },
		{ "pages", "0" },
		{ "size", "-1" },
		{ "pointer", "next" },
		{ "param", "" },
		{ "until", "tomorrow" },
		{ "since", "soon" },
		{ "what", "ever" },
		{ "kind", "cursor", "param", "x" },
		{ "kind", "cursor", "pointer", "/x" },
		{ "kind", "next" },
		{ "kind", "list" },
		{ "kind", "list", "pointer", "/a/0/b" },
		{ "kind", "list", "pointer", "/a/*/b/*" },
		{ "kind", "list", "pointer", "/a/*b" },
		{ "kind", "list", "pointer", "/a/*", "until", "known" },
		{ "kind", "page", "items", "/d" },
		{ "kind", "page", "param", "p" },
		{ "kind", "page", "param", "p", "total", "/n" },
		{ "kind", "offset", "param", "p", "total", "/n" },
		{ "kind", "offset", "param", "p", "until", "known" },
		{ "from", "a" },
		{ "from", "a", "to", "b", "window", "3" },
		{ "from", "a", "to", "b", "since", "2026-01-01" },
		{ "reach", "100" },
		{ "from", "a", "to", "b", "window", "3", "since", "2026-01-01", "reach", "100" },
	};

	for (size_t i = 0; i < COUNT(sets); i++) {
		struct paging p;
		struct err e = { 0 };
		int rc = 0;

		paging_init(&p);
		for (const char *const *s = sets[i]; !rc && *s; s += 2)
			rc = paging_set(&p, s[0], s[1], &e);
		if (rc == 0 && paging_check(&p, &e) == 0)
			fail_msg("set %zu was taken", i);
		assert_true(e.text[0]);
		paging_release(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_page),
		cmocka_unit_test(by_cursor),
		cmocka_unit_test(by_an_address_in_the_body),
		cmocka_unit_test(by_page_number),
		cmocka_unit_test(by_offset),
		cmocka_unit_test(by_link_header),
		cmocka_unit_test(by_list),
		cmocka_unit_test(until_known),
		cmocka_unit_test(largest_page_count),
		cmocka_unit_test(windows_of_dates),
		cmocka_unit_test(pages_within_windows),
		cmocka_unit_test(windows_beyond_reach_are_halved),
		cmocka_unit_test(what_is_no_paging),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
