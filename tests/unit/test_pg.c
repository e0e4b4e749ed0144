/* pg; against a real server when AIMARKET_TEST_DB names one: tests/sql/pg.t brings it. */
#include "unit.h"

#include "aimarket/pg.h"

static struct pg *db;

static int set_up(void **state)
{
	struct err e = { 0 };

	if (pg_open(getenv("AIMARKET_TEST_DB"), "test_pg", &db, &e) ||
		pg_script(db, "CREATE TEMP TABLE t (n int PRIMARY KEY, s text)", &e)) {
		print_error("%s\n", e.text);
		return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	pg_close(db);
	return 0;
}

static long count(const char *table)
{
	struct buf out;
	struct err e = { 0 };
	char sql[64];

	buf_init(&out, 32);
	snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	assert_int_equal(pg_value(db, sql, 0, NULL, &out, &e), 0);
	long n = strtol(buf_str(&out), NULL, 10);
	buf_release(&out);
	return n;
}

static void password_is_taken_out(void **state)
{
	struct arena *mem = arena_new();
	const char *shown, *password;
	struct err e = { 0 };

	assert_int_equal(pg_conninfo_public("host=db password='a\\'b c' dbname='x y'", mem, &shown, &password, &e), 0);
	assert_string_equal(password, "a'b c");
	assert_string_equal(shown, "dbname='x y' host='db'");
	assert_int_equal(pg_conninfo_public("postgresql://me:hush@db/x", mem, &shown, &password, &e), 0);
	assert_string_equal(password, "hush");
	assert_null(strstr(shown, "hush"));
	assert_int_equal(pg_conninfo_public("mydb", mem, &shown, &password, &e), 0);
	assert_null(password);
	assert_string_equal(shown, "dbname='mydb'");
	arena_free(mem);
}

static void malformed_conninfo_is_not_quoted(void **state)
{
	struct err e = { 0 };
	struct pg *none;

	assert_int_equal(pg_open("host=x password=top secret", "test", &none, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_null(strstr(e.text, "secret"));
}

static void no_server_is_down(void **state)
{
	struct err e = { 0 };
	struct pg *none;

	assert_int_equal(pg_open("host=/nonexistent dbname=x user=x", "test", &none, &e), -1);
	assert_int_equal(e.kind, ERR_DB_DOWN);
}

static void values_are_parameters(void **state)
{
	const char *params[] = { "1", "'; DROP TABLE t; --" };
	struct err e = { 0 };
	struct buf out;

	assert_int_equal(pg_exec(db, "INSERT INTO t VALUES ($1, $2), (2, NULL)", 2, params, NULL, &e), 0);
	buf_init(&out, 100);
	assert_int_equal(pg_value(db, "SELECT s FROM t WHERE n = $1", 1, params, &out, &e), 0);
	assert_string_equal(buf_str(&out), params[1]);
	buf_reset(&out);
	assert_int_equal(pg_value(db, "SELECT s FROM t WHERE n = 2", 0, NULL, &out, &e), 0);
	assert_string_equal(buf_str(&out), "");
	assert_int_equal(pg_value(db, "SELECT s FROM t WHERE n = 3", 0, NULL, &out, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	buf_release(&out);
}

static void errors_carry_what_the_server_said(void **state)
{
	struct err e = { 0 };

	assert_int_equal(pg_script(db, "INSERT INTO t VALUES (1, 'a'), (1, 'b')", &e), -1);
	assert_int_equal(e.kind, ERR_DB);
	assert_string_equal(e.sqlstate, "23505");
	assert_non_null(strstr(e.text, "Key (n)=(1) already exists"));
	e = (struct err){ 0 };
	assert_int_equal(pg_script(db, "DO $$ BEGIN RAISE 'no' USING HINT = 'Try yes.'; END $$", &e), -1);
	assert_string_equal(e.hint, "Try yes.");
}

static void commit_of_a_failed_transaction_fails(void **state)
{
	struct err e = { 0 }, ignored = { 0 };

	assert_int_equal(pg_begin(db, &e), 0);
	assert_int_equal(pg_script(db, "INSERT INTO t VALUES (1, 'a')", &e), 0);
	assert_int_equal(pg_script(db, "SELECT nonsense", &ignored), -1);
	assert_int_equal(pg_commit(db, &e), -1);
	assert_int_equal(e.kind, ERR_DB);
	assert_int_equal(count("t"), 0);
}

static void commit_of_nothing_fails(void **state)
{
	struct err e = { 0 };

	assert_int_equal(pg_commit(db, &e), -1);
}

/* The trap: after a reset COMMIT would succeed with a mere warning, and the rows be gone. */
static void lost_connection_is_never_resumed(void **state)
{
	struct err e = { 0 };
	struct pg *other;
	char pid[16];

	assert_int_equal(pg_open(getenv("AIMARKET_TEST_DB"), "test_pg", &other, &e), 0);
	assert_int_equal(pg_begin(db, &e), 0);
	assert_int_equal(pg_script(db, "INSERT INTO t VALUES (1, 'a')", &e), 0);
	snprintf(pid, sizeof pid, "%d", PQbackendPID(pg_conn(db)));
	assert_int_equal(pg_exec(other, "SELECT pg_terminate_backend($1, 5000)", 1, (const char *const[]){ pid }, NULL, &e), 0);
	assert_int_equal(pg_script(db, "INSERT INTO t VALUES (2, 'b')", &e), -1);
	assert_int_equal(e.kind, ERR_DB_DOWN);
	assert_true(err_table[e.kind].retry);
	e = (struct err){ 0 };
	assert_int_equal(pg_commit(db, &e), -1);
	assert_int_equal(e.kind, ERR_DB_DOWN);
	pg_rollback(db);
	pg_close(other);
}

static void copy_takes_rows(void **state)
{
	struct err e = { 0 };
	long long rows = 0;

	assert_int_equal(pg_copy_in(db, "COPY t FROM STDIN", &e), 0);
	for (int i = 0; i < 1000; i++) {
		char row[32];

		snprintf(row, sizeof row, "%d\ttext %d\n", i, i);
		assert_int_equal(pg_copy_data(db, row, strlen(row), &e), 0);
	}
	assert_int_equal(pg_copy_end(db, &rows, &e), 0);
	assert_int_equal(rows, 1000);
	assert_int_equal(count("t"), 1000);
}

static void copy_that_fails_leaves_a_good_connection(void **state)
{
	static const char bad[] = "1\ta\nx\tb\n";
	struct err e = { 0 };
	long long rows = 0;

	assert_int_equal(pg_copy_in(db, "COPY t FROM STDIN", &e), 0);
	assert_int_equal(pg_copy_data(db, bad, strlen(bad), &e), 0);
	assert_int_equal(pg_copy_end(db, &rows, &e), -1);
	assert_string_equal(e.sqlstate, "22P02");
	e = (struct err){ 0 };
	assert_int_equal(pg_copy_in(db, "COPY t FROM STDIN", &e), 0);
	assert_int_equal(pg_copy_data(db, "1\ta\n", 4, &e), 0);
	pg_copy_abort(db);
	assert_int_equal(count("t"), 0);
	assert_int_equal(pg_script(db, "COPY t FROM STDIN", &e), -1);
	assert_int_equal(count("t"), 0);
}

static void rollback_ends_an_open_copy(void **state)
{
	struct err e = { 0 };

	assert_int_equal(pg_begin(db, &e), 0);
	assert_int_equal(pg_copy_in(db, "COPY t FROM STDIN", &e), 0);
	assert_int_equal(pg_copy_data(db, "1\ta\n", 4, &e), 0);
	pg_rollback(db);
	assert_int_equal(PQtransactionStatus(pg_conn(db)), PQTRANS_IDLE);
	assert_int_equal(count("t"), 0);
}

static void what_was_sent_ahead_is_waited_for(void **state)
{
	struct err e = { 0 };

	pg_send(db, "INSERT INTO t SELECT n, 'ahead' FROM (SELECT 1 AS n, pg_sleep(0.1)) s");
	assert_int_equal(count("t"), 1);
	pg_send(db, "SELECT pg_sleep(0.1)");
	assert_false(pg_in_transaction(db));
	pg_send(db, "SELECT pg_sleep(0.1)");
	assert_int_equal(pg_begin(db, &e), 0);
	assert_true(pg_in_transaction(db));
	assert_int_equal(pg_script(db, "DELETE FROM t", &e), 0);
	assert_int_equal(pg_commit(db, &e), 0);
	assert_int_equal(count("t"), 0);
}

static void failure_of_what_was_sent_ahead_is_forgotten(void **state)
{
	struct err e = { 0 };

	pg_send(db, "SELECT 1 / 0");
	assert_int_equal(count("t"), 0);
	pg_send(db, "SELECT 1 / 0");
	assert_int_equal(pg_begin(db, &e), 0);
	pg_send(db, "SELECT 1 / 0");
	assert_int_equal(pg_commit(db, &e), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest alone[] = {
		cmocka_unit_test(password_is_taken_out),
		cmocka_unit_test(malformed_conninfo_is_not_quoted),
		cmocka_unit_test(no_server_is_down),
	};
	const struct CMUnitTest with_server[] = {
		TEST(values_are_parameters),
		TEST(errors_carry_what_the_server_said),
		TEST(commit_of_a_failed_transaction_fails),
		TEST(commit_of_nothing_fails),
		TEST(lost_connection_is_never_resumed),
		TEST(copy_takes_rows),
		TEST(copy_that_fails_leaves_a_good_connection),
		TEST(rollback_ends_an_open_copy),
		TEST(what_was_sent_ahead_is_waited_for),
		TEST(failure_of_what_was_sent_ahead_is_forgotten),
	};

	return getenv("AIMARKET_TEST_DB") ? cmocka_run_group_tests(with_server, NULL, NULL) : cmocka_run_group_tests(alone, NULL, NULL);
}
