#include "unit.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "aimarket/file.h"

static char folder[] = "/tmp/aimarket-test-file.XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/body", folder);
	return 0;
}

static int remove_folder(void **state)
{
	unlink(path);
	return rmdir(folder);
}

static void put(const char *name, const void *data, size_t n)
{
	FILE *f = fopen(name, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

/* One gzip member of n bytes c, appended to out. */
static void add_member(struct buf *out, int c, size_t n)
{
	size_t size = compressBound(n) + 64;
	unsigned char *plain = xmalloc(n), *packed = xmalloc(size);
	z_stream z = { .next_in = plain, .avail_in = (uInt)n, .next_out = packed, .avail_out = (uInt)size };

	memset(plain, c, n);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(buf_add(out, packed, z.total_out), 0);
	deflateEnd(&z);
	free(plain);
	free(packed);
}

static void reads_a_body(void **state)
{
	struct err e = { 0 };
	struct buf b;

	put(path, "a\0b\n", 4);
	buf_init(&b, 4);
	assert_int_equal(file_read(path, true, &b, &e), 0);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0b\n", 5);
	put(path, "", 0);
	buf_reset(&b);
	assert_int_equal(file_read(path, true, &b, &e), 0);
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static void says_why_it_could_not(void **state)
{
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, 3);
	assert_int_equal(file_read("/nonexistent/x", true, &b, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_string_equal(e.text, "could not open file \"/nonexistent/x\": No such file or directory");
	err_clear(&e);
	assert_int_equal(file_read(folder, true, &b, &e), -1);
	assert_int_equal(e.kind, ERR_FAIL);
	assert_non_null(strstr(e.text, "Is a directory"));
	err_clear(&e);
	put(path, "four", 4);
	assert_int_equal(file_read(path, true, &b, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_non_null(strstr(e.text, "is larger than 3 bytes (limit body)"));
	buf_release(&b);
}

static void reads_standard_input(void **state)
{
	struct err e = { 0 };
	struct buf b;
	int fds[2], saved = dup(STDIN_FILENO);

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "piped", 5), 5);
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	buf_init(&b, 100);
	assert_int_equal(file_read("-", true, &b, &e), 0);
	assert_string_equal(buf_str(&b), "piped");
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(fds[0]);
	buf_release(&b);
}

static void inflates_all_members(void **state)
{
	struct err e = { 0 };
	struct buf packed, b;

	buf_init(&packed, 1 << 20);
	buf_init(&b, 1 << 20);
	add_member(&packed, 'a', 200000);
	add_member(&packed, 'b', 1);
	add_member(&packed, 'c', 65536);
	buf_add(&packed, "\0\0\0", 3);
	put(path, packed.data, packed.len);
	assert_int_equal(file_read(path, true, &b, &e), 0);
	assert_int_equal(b.len, 265537);
	assert_int_equal(b.data[199999], 'a');
	assert_int_equal(b.data[200000], 'b');
	assert_int_equal(b.data[265536], 'c');
	buf_reset(&b);
	assert_int_equal(file_read(path, false, &b, &e), 0);
	assert_int_equal(b.len, packed.len);
	buf_release(&packed);
	buf_release(&b);
}

static void many_members_over_chunk_ends(void **state)
{
	struct err e = { 0 };
	struct buf packed, b;

	buf_init(&packed, 1 << 20);
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 8000; i++)
		add_member(&packed, 'a' + i % 26, 3);
	put(path, packed.data, packed.len);
	assert_true(packed.len > 2 * 65536);
	assert_int_equal(file_read(path, true, &b, &e), 0);
	assert_int_equal(b.len, 24000);
	for (int i = 0; i < 8000; i++)
		assert_int_equal(b.data[3 * i + 1], 'a' + i % 26);
	buf_release(&packed);
	buf_release(&b);
}

static void refuses_broken_gzip(void **state)
{
	struct err e = { 0 };
	struct buf packed, b;

	buf_init(&packed, 1 << 20);
	buf_init(&b, 1 << 20);
	add_member(&packed, 'a', 100000);
	for (size_t n = 2; n < packed.len; n++) {
		put(path, packed.data, n);
		err_clear(&e);
		buf_reset(&b);
		assert_int_equal(file_read(path, true, &b, &e), -1);
		assert_int_equal(e.kind, ERR_PARSE);
	}
	assert_non_null(strstr(e.text, "the file ends too early"));
	buf_adds(&packed, "garbage");
	put(path, packed.data, packed.len);
	err_clear(&e);
	assert_int_equal(file_read(path, true, &b, &e), -1);
	assert_non_null(strstr(e.text, "incorrect header check"));
	packed.data[packed.len - 7 - 8] ^= 1;
	put(path, packed.data, packed.len - 7);
	err_clear(&e);
	assert_int_equal(file_read(path, true, &b, &e), -1);
	assert_non_null(strstr(e.text, "incorrect data check"));
	buf_release(&packed);
	buf_release(&b);
}

/* 200 MB in 200 kB; reading it must cost about the 1 MiB it may become. */
static void a_bomb_stops_at_the_limit(void **state)
{
	struct err e = { 0 };
	struct buf packed, b;
	struct rusage before, after;

	buf_init(&packed, 1 << 20);
	for (int i = 0; i < 20; i++)
		add_member(&packed, 0, 10000000);
	put(path, packed.data, packed.len);
	buf_release(&packed);
	buf_init(&b, 1 << 20);
	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(file_read(path, true, &b, &e), -1);
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_non_null(strstr(e.text, "when unpacked (limit body)"));
	assert_true(b.cap <= (1 << 20) + 1);
	assert_true(after.ru_maxrss - before.ru_maxrss < 8 * 1024);
	buf_release(&b);
}

static void lists_files(void **state)
{
	struct arena *mem = arena_new();
	struct err e = { 0 };
	char **names;
	size_t n;
	static const char *const made[] = { "b.csv", "a-1.csv", ".hidden", "c.txt", "sub", "a.csv" };

	for (size_t i = 0; i < COUNT(made); i++) {
		const char *name = arena_printf(mem, "%s/%s", folder, made[i]);

		if (i == 4)
			assert_int_equal(mkdir(name, 0700), 0);
		else
			put(name, "", 0);
	}
	put(path, "", 0);
	assert_int_equal(file_list(folder, mem, &names, &n, &e), 0);
	assert_int_equal(n, 5);
	assert_string_equal(names[0], arena_printf(mem, "%s/a.csv", folder));
	assert_string_equal(names[1], arena_printf(mem, "%s/a-1.csv", folder));
	assert_string_equal(names[4], arena_printf(mem, "%s/c.txt", folder));
	assert_int_equal(file_list(arena_printf(mem, "%s/*.csv", folder), mem, &names, &n, &e), 0);
	assert_int_equal(n, 3);
	assert_string_equal(names[2], arena_printf(mem, "%s/b.csv", folder));
	assert_int_equal(file_list("-", mem, &names, &n, &e), 0);
	assert_string_equal(names[0], "-");
	assert_int_equal(file_list(path, mem, &names, &n, &e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(file_list(arena_printf(mem, "%s/*.zip", folder), mem, &names, &n, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	err_clear(&e);
	assert_int_equal(file_list(arena_printf(mem, "%s/sub/", folder), mem, &names, &n, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	for (size_t i = 0; i < COUNT(made); i++)
		remove(arena_printf(mem, "%s/%s", folder, made[i]));
	arena_free(mem);
}

static void hashes(void **state)
{
	unsigned char hash[32];
	char hex[65];

	file_sha256("abc", 3, hash);
	file_hex(hash, sizeof hash, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	file_sha256(NULL, 0, hash);
	file_hex(hash, sizeof hash, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_body),
		cmocka_unit_test(says_why_it_could_not),
		cmocka_unit_test(reads_standard_input),
		cmocka_unit_test(inflates_all_members),
		cmocka_unit_test(many_members_over_chunk_ends),
		cmocka_unit_test(refuses_broken_gzip),
		cmocka_unit_test(a_bomb_stops_at_the_limit),
		cmocka_unit_test(lists_files),
		cmocka_unit_test(hashes),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
