/* pgpipe, and the server's ways to go: tests/fault/pgpipe.t brings the server, and stops and starts it when told through a pipe. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "aimarket/pg.h"
#include "aimarket/pgpipe.h"

enum { PATIENCE_MS = 20000, ASKED_MAX = 2000 };

static struct event_base *base;
static struct pgpipe *pool;
static struct pg *beside; /* the superuser, by a connection of its own */
static const char *conninfo;
static int n_notified, n_connected;
static char notified[100];

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void on_notified(void *arg, const char *channel, const char *payload)
{
	n_connected += channel == NULL;
	n_notified += channel != NULL;
	if (channel)
		snprintf(notified, sizeof notified, "%s: %s", channel, payload);
}

/* The user is one who is refused when only the places of superusers are left. */
static struct pgpipe_options options(void)
{
	static const char *const channels[] = { "news", "Other \"news\"", NULL };
	struct pgpipe_options o = pgpipe_options;

	o.conninfo = conninfo;
	o.channels = channels;
	o.notified = on_notified;
	o.slow_conns = 1;
	o.setup = "SET TimeZone = 'UTC'";
	return o;
}

static void turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
	usleep(200);
}

#define turn_until(condition)                                                                                                              \
	do {                                                                                                                               \
		for (long long end_ = now_ms() + PATIENCE_MS; !(condition);) {                                                             \
			turn();                                                                                                            \
			if (now_ms() > end_)                                                                                               \
				fail_msg("never came true: %s", #condition);                                                               \
		}                                                                                                                          \
	} while (0)

static bool is_up(void)
{
	return pgpipe_ready(pool, PGPIPE_FAST) && pgpipe_ready(pool, PGPIPE_SLOW);
}

static void start(const struct pgpipe_options *o)
{
	base = event_base_new();
	pool = pgpipe_new(base, o);
	n_notified = n_connected = 0;
}

static void start_up(const struct pgpipe_options *o)
{
	start(o);
	turn_until(is_up());
}

static void stop(void)
{
	pgpipe_free(pool);
	event_base_free(base);
}

/* ---- what was asked, and what became of it */

struct asked {
	struct pgpipe_query *q;
	bool done;
	char value[64]; /* of the first column of the first row */
	int rows, columns;
	long long sum; /* of the first column of streamed rows */
	int pause_at; /* rows; 0: never */
	struct err e;
	int order; /* the how manieth to be done */
};

static int n_done;

static void on_done(void *arg, const PGresult *res, const struct err *e)
{
	struct asked *a = arg;

	assert_false(a->done);
	assert_true((res == NULL) != (e == NULL));
	a->done = true;
	a->order = n_done++;
	a->q = NULL;
	if (e) {
		a->e = *e;
		return;
	}
	a->columns = PQnfields(res);
	if (PQntuples(res) > 0 && a->columns > 0)
		snprintf(a->value, sizeof a->value, "%s", PQgetisnull(res, 0, 0) ? "NULL" : PQgetvalue(res, 0, 0));
}

static void on_row(void *arg, const PGresult *res)
{
	struct asked *a = arg;

	assert_int_equal(PQntuples(res), 1);
	a->rows++;
	a->sum += strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	if (a->rows == a->pause_at)
		pgpipe_pause(a->q);
}

static int ask_with(struct asked *a, struct pgpipe_ask ask, const char *param, struct err *e)
{
	ask.params = &param;
	ask.n = param != NULL;
	ask.done = on_done;
	ask.arg = a;
	return pgpipe_ask(pool, &ask, &a->q, e);
}

static struct asked *ask(struct asked *a, enum pgpipe_lane lane, const char *sql, const char *param)
{
	struct err e = { 0 };

	*a = (struct asked){ 0 };
	if (ask_with(a, (struct pgpipe_ask){ .lane = lane, .sql = sql }, param, &e))
		fail_msg("%s", e.text);
	return a;
}

/* Asks and waits. */
static struct asked fast(const char *sql, const char *param)
{
	struct asked a;

	ask(&a, PGPIPE_FAST, sql, param);
	turn_until(a.done);
	return a;
}

/* The answer of one statement beside the pool. */
static const char *look(const char *sql)
{
	static char value[100];
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, sizeof value - 1);
	if (pg_value(beside, sql, 0, NULL, &out, &e) && e.kind != ERR_NOT_FOUND)
		fail_msg("%s", e.text);
	snprintf(value, sizeof value, "%s", buf_str(&out));
	buf_release(&out);
	return value;
}

static void open_beside(void)
{
	struct err e = { 0 };

	if (pg_open(getenv("AIMARKET_TEST_DB"), "beside", &beside, &e))
		fail_msg("%s", e.text);
}

/* ---- plain asking */

static void values_go_and_come(void **state)
{
	struct pgpipe_options o = options();

	start_up(&o);
	assert_string_equal(fast("SELECT $1::text", "it's; DROP").value, "it's; DROP");
	assert_string_equal(fast("SELECT NULL::int", NULL).value, "NULL");
	assert_string_equal(fast("SHOW TimeZone", NULL).value, "UTC");
	assert_string_equal(fast("SHOW statement_timeout", NULL).value, "5s");
	assert_string_equal(fast("SELECT current_setting('application_name')", NULL).value, "aimarketd");
	stop();
}

static struct asked many[ASKED_MAX];

static void ask_many(int n, enum pgpipe_lane lane, const char *sql)
{
	char number[12];

	for (int i = 0; i < n; i++) {
		snprintf(number, sizeof number, "%d", i);
		ask(&many[i], lane, sql, number);
	}
}

static bool all_done(int n)
{
	for (int i = 0; i < n; i++)
		if (!many[i].done)
			return false;
	return true;
}

static void check_many(int n)
{
	char number[12];

	for (int i = 0; i < n; i++) {
		snprintf(number, sizeof number, "%d", i);
		assert_string_equal(many[i].value, number);
		assert_true(i == 0 || many[i].order > many[i - 1].order);
	}
}

static void many_at_once_are_answered_in_order(void **state)
{
	struct pgpipe_options o = options();

	o.queue = ASKED_MAX;
	start_up(&o);
	ask_many(ASKED_MAX, PGPIPE_FAST, "SELECT $1::int");
	assert_int_equal(pgpipe_stats(pool)->under_way, o.depth_here);
	turn_until(all_done(ASKED_MAX));
	check_many(ASKED_MAX);
	assert_int_equal(pgpipe_stats(pool)->under_way + pgpipe_stats(pool)->waiting, 0);
	ask_many(50, PGPIPE_SLOW, "SELECT $1::int");
	turn_until(all_done(50));
	check_many(50);
	stop();
}

static void what_is_asked_before_the_connection_waits_for_it(void **state)
{
	struct pgpipe_options o = options();

	start(&o);
	ask_many(10, PGPIPE_FAST, "SELECT $1::int");
	turn_until(all_done(10));
	check_many(10);
	stop();
}

static void a_failure_does_not_touch_its_neighbours(void **state)
{
	static const char *const sqls[] = { "SELECT $1::int", "SELECT 1 / ($1::int - $1::int)", "SELEKT $1::int" };
	static const char *const states[] = { "", "22012", "42601" };
	struct pgpipe_options o = options();
	char number[12];

	start_up(&o);
	for (int i = 0; i < 300; i++) {
		snprintf(number, sizeof number, "%d", i);
		ask(&many[i], PGPIPE_FAST, sqls[i % 3], number);
	}
	turn_until(all_done(300));
	for (int i = 0; i < 300; i++) {
		snprintf(number, sizeof number, "%d", i);
		assert_string_equal(many[i].e.sqlstate, states[i % 3]);
		assert_string_equal(many[i].value, i % 3 ? "" : number);
		assert_int_equal(many[i].e.kind, i % 3 ? ERR_DB : ERR_NONE);
	}
	assert_int_equal(pgpipe_stats(pool)->losses, 0);
	stop();
}

/* ---- prepared statements */

static void statements_stay_prepared_within_bounds(void **state)
{
	struct pgpipe_options o = options();
	char sql[64], number[12];

	o.prepared = 4;
	start_up(&o);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 20; i++) {
			snprintf(sql, sizeof sql, "SELECT %d + $1::int", i * 1000);
			snprintf(number, sizeof number, "%d", i * 1000 + round);
			assert_string_equal(fast(sql, (const char *[]){ "0", "1", "2" }[round]).value, number);
		}
	}
	assert_string_equal(fast("SELECT count(*) FROM pg_prepared_statements", NULL).value, "4");
	assert_int_equal(pgpipe_stats(pool)->reused, 0);
	for (int i = 0; i < 10; i++)
		fast("SELECT 'again'", NULL);
	assert_int_equal(pgpipe_stats(pool)->reused, 9);
	stop();
}

static void one_that_is_being_prepared_is_not_relied_upon(void **state)
{
	struct pgpipe_options o = options();

	start_up(&o);
	ask_many(60, PGPIPE_FAST, "SELECT 1 / ($1::int - 30), nonsense");
	turn_until(all_done(60));
	for (int i = 0; i < 60; i++)
		assert_string_equal(many[i].e.sqlstate, "42703");
	assert_string_equal(fast("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%nonsense, '", NULL).value, "0");
	stop();
}

static void a_changed_table_is_read_anew(void **state)
{
	struct pgpipe_options o = options();

	start_up(&o);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fast("SELECT * FROM stale", NULL).columns, 1);
	look("ALTER TABLE stale ADD COLUMN b int");
	assert_int_equal(fast("SELECT * FROM stale", NULL).columns, 2);
	look("ALTER TABLE stale DROP COLUMN b");
	for (int i = 0; i < 5; i++)
		ask(&many[i], PGPIPE_FAST, "SELECT * FROM stale", NULL);
	turn_until(all_done(5));
	for (int i = 0; i < 5; i++)
		assert_int_equal(many[i].columns, 1);
	assert_int_equal(fast("DEALLOCATE ALL", NULL).e.kind, ERR_NONE);
	assert_int_equal(fast("SELECT * FROM stale", NULL).columns, 1);
	assert_int_equal(fast("SELECT * FROM stale", NULL).columns, 1);
	stop();
}

/* ---- the slow lane */

static void the_slow_do_not_hold_up_the_fast(void **state)
{
	struct pgpipe_options o = options();
	struct asked slow;

	start_up(&o);
	ask(&slow, PGPIPE_SLOW, "SELECT pg_sleep(1)", NULL);
	assert_string_equal(fast("SELECT 1", NULL).value, "1");
	assert_false(slow.done);
	turn_until(slow.done);
	assert_int_equal(slow.e.kind, ERR_NONE);
	stop();
}

static struct asked *stream(struct asked *a, const char *sql, int pause_at)
{
	struct err e = { 0 };

	*a = (struct asked){ .pause_at = pause_at };
	assert_int_equal(ask_with(a, (struct pgpipe_ask){ .lane = PGPIPE_SLOW, .sql = sql, .row = on_row }, NULL, &e), 0);
	return a;
}

static void rows_come_one_by_one(void **state)
{
	struct pgpipe_options o = options();
	struct asked a, b;

	start_up(&o);
	for (int i = 0; i < 3; i++) { /* prepared, then used as prepared */
		stream(&a, "SELECT generate_series(1, 100000)", 0);
		turn_until(a.done);
		assert_int_equal(a.rows, 100000);
		assert_true(a.sum == 5000050000LL);
		assert_int_equal(a.columns, 1);
	}
	stream(&a, "SELECT 1 WHERE false", 0);
	stream(&b, "SELECT 1 / (3 - n) FROM generate_series(1, 5) n", 0);
	turn_until(a.done && b.done);
	assert_int_equal(a.rows, 0);
	assert_int_equal(a.e.kind, ERR_NONE);
	assert_string_equal(b.e.sqlstate, "22012");
	stop();
}

/* Rows that do not fit into what the server holds back before it sends them. */
#define LARGE_ROWS(seconds, n) "SELECT n, repeat('x', 10000), pg_sleep(" #seconds ") FROM generate_series(1, " #n ") n"

static void a_stream_may_take_long_while_its_rows_come(void **state)
{
	struct pgpipe_options o = options();
	struct asked a;

	o.timeout_ms[PGPIPE_SLOW] = 1000;
	o.stream_ms = 3000;
	start_up(&o);
	stream(&a, LARGE_ROWS(0.3, 6), 0);
	turn_until(a.done);
	assert_int_equal(a.e.kind, ERR_NONE);
	assert_int_equal(a.rows, 6);
	stream(&a, "SELECT pg_sleep(600)", 0);
	turn_until(a.done); /* nothing comes */
	assert_string_equal(a.e.sqlstate, "57014");
	stream(&a, LARGE_ROWS(0.3, 100), 0);
	turn_until(a.done); /* too long as a whole */
	assert_string_equal(a.e.sqlstate, "57014");
	assert_true(a.rows > 6 && a.rows < 50);
	ask(&a, PGPIPE_SLOW, "SELECT pg_sleep(600)", NULL);
	turn_until(a.done); /* and what does not stream is still cut off */
	assert_string_equal(a.e.sqlstate, "57014");
	stop();
}

static long resident_kb(void)
{
	long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%ld %ld", &pages, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void a_paused_stream_waits_in_the_server(void **state)
{
	struct pgpipe_options o = options();
	struct asked a;

	start_up(&o);
	long before = resident_kb();
	stream(&a, "SELECT n, repeat('x', 1000) FROM generate_series(1, 100000) n", 10);
	turn_until(a.rows == 10);
	turn_until(!strcmp(look("SELECT wait_event FROM pg_stat_activity WHERE query LIKE 'SELECT n, repeat%'"), "ClientWrite"));
	for (long long end = now_ms() + 300; now_ms() < end;)
		turn();
	assert_int_equal(a.rows, 10);
	pgpipe_resume(a.q);
	turn_until(a.done);
	assert_int_equal(a.rows, 100000);
	assert_true(a.sum == 5000050000LL);
	assert_true(resident_kb() - before < 20000);
	stop();
}

/* ---- giving up */

static void what_nobody_wants_is_dropped(void **state)
{
	struct pgpipe_options o = options();

	o.depth_here = 10;
	start_up(&o);
	ask_many(40, PGPIPE_FAST, "SELECT $1::int");
	for (int i = 0; i < 40; i += 4) {
		pgpipe_cancel(many[i].q);
		many[i] = (struct asked){ .value = "dropped" };
	}
	turn_until(pgpipe_stats(pool)->under_way + pgpipe_stats(pool)->waiting == 0);
	for (int i = 0; i < 40; i++) {
		char number[12];

		snprintf(number, sizeof number, "%d", i);
		assert_string_equal(many[i].value, i % 4 ? number : "dropped");
		assert_int_equal(many[i].done, i % 4 != 0);
	}
	stop();
}

static void a_slow_one_is_cancelled_in_the_server(void **state)
{
	struct pgpipe_options o = options();
	struct asked a, next[5];
	char number[12];

	start_up(&o);
	for (int i = 0; i < 20; i++) {
		ask(&a, PGPIPE_SLOW, "SELECT pg_sleep(600)", NULL);
		for (int k = 0; k < 5; k++) {
			snprintf(number, sizeof number, "%d", k);
			ask(&next[k], PGPIPE_SLOW, "SELECT $1::int", number);
		}
		turn();
		pgpipe_cancel(a.q);
		for (int k = 0; k < 5; k++) {
			snprintf(number, sizeof number, "%d", k);
			turn_until(next[k].done);
			assert_string_equal(next[k].value, number);
		}
		assert_false(a.done);
	}
	assert_string_equal(look("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%sleep(600)%' AND pid <> "
				 "pg_backend_pid()"),
		"0");
	assert_int_equal(pgpipe_stats(pool)->losses, 0);
	stop();
}

static void a_paused_stream_is_cancelled(void **state)
{
	struct pgpipe_options o = options();
	struct asked a, b;

	start_up(&o);
	stream(&a, "SELECT generate_series(1, 100000000), repeat('x', 1000)", 10);
	turn_until(a.rows == 10);
	pgpipe_cancel(a.q);
	ask(&b, PGPIPE_SLOW, "SELECT 7", NULL);
	turn_until(b.done);
	assert_string_equal(b.value, "7");
	assert_int_equal(a.rows, 10);
	assert_false(a.done);
	stop();
}

static void what_takes_too_long_fails(void **state)
{
	struct pgpipe_options o = options();

	o.timeout_ms[PGPIPE_FAST] = 100;
	start_up(&o);
	struct asked a = fast("SELECT pg_sleep(10)", NULL);
	assert_int_equal(a.e.kind, ERR_DB);
	assert_string_equal(a.e.sqlstate, "57014");
	assert_string_equal(fast("SELECT 1", NULL).value, "1");
	stop();
}

static void too_many_are_refused(void **state)
{
	struct pgpipe_options o = options();
	struct err e = { 0 };
	struct asked a;

	o.depth_here = 5;
	o.queue = 10;
	start_up(&o);
	ask_many(15, PGPIPE_FAST, "SELECT $1::int");
	assert_int_equal(ask_with(&a, (struct pgpipe_ask){ .lane = PGPIPE_FAST, .sql = "SELECT 1" }, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_DB_DOWN);
	assert_int_equal(pgpipe_stats(pool)->refused, 1);
	turn_until(all_done(15));
	check_many(15);
	stop();
}

static void nobody_is_called_after_the_end(void **state)
{
	struct pgpipe_options o = options();
	struct asked slow;

	o.depth_here = 5;
	start_up(&o);
	ask_many(20, PGPIPE_FAST, "SELECT $1::int");
	ask(&slow, PGPIPE_SLOW, "SELECT pg_sleep(600)", NULL);
	stop();
	assert_false(slow.done || many[0].done || many[19].done);
	for (long long end = now_ms() + 5000;
		strcmp(look("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'"), "0");)
		assert_true(now_ms() < end);
}

/* ---- notifications */

static void notifications_are_delivered(void **state)
{
	struct pgpipe_options o = options();

	start_up(&o);
	assert_int_equal(n_connected, 1);
	look("SELECT pg_notify('news', 'one')");
	turn_until(n_notified == 1);
	assert_string_equal(notified, "news: one");
	look("SELECT pg_notify('Other \"news\"', '')");
	turn_until(n_notified == 2);
	assert_string_equal(notified, "Other \"news\": ");
	look("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'aimarketd'");
	turn_until(n_connected == 2);
	look("SELECT pg_notify('news', 'two')");
	turn_until(n_notified == 3);
	assert_string_equal(notified, "news: two");
	stop();
}

/* ---- losing the server */

static void settle(void)
{
	for (long long end = now_ms() + 1500; now_ms() < end;)
		turn();
}

static void a_killed_backend_takes_only_what_was_sent(void **state)
{
	struct pgpipe_options o = options();
	struct err e = { 0 };
	struct asked a;

	o.depth_here = 10;
	start_up(&o);
	settle();
	ask(&a, PGPIPE_FAST, "SELECT pg_sleep(4)", NULL);
	ask_many(20, PGPIPE_FAST, "SELECT $1::int"); /* nine are sent behind it */
	many[20] = (struct asked){ 0 };
	assert_int_equal(ask_with(&many[20],
				 (struct pgpipe_ask){ .lane = PGPIPE_FAST, .sql = "INSERT INTO written VALUES (1)", .writes = true }, NULL,
				 &e),
		0);
	turn_until(!strcmp(look("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(4)' AND state = 'active'"), "1"));
	look("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(4)'");
	turn_until(a.done && all_done(21));
	assert_int_equal(a.e.kind, ERR_DB_DOWN);
	for (int i = 0; i < 20; i++) {
		char number[12];

		snprintf(number, sizeof number, "%d", i);
		assert_int_equal(many[i].e.kind, i < 9 ? ERR_DB_DOWN : ERR_NONE);
		assert_string_equal(many[i].value, i < 9 ? "" : number);
	}
	assert_int_equal(many[20].e.kind, ERR_DB_DOWN);
	assert_string_equal(look("SELECT count(*) FROM written"), "0");
	assert_int_equal(pgpipe_stats(pool)->losses, 1);
	assert_string_equal(fast("SELECT 1", NULL).value, "1");
	stop();
}

/* Clients that ask on and on, each a number that no other asks. */
struct client {
	int number;
	long asked, answered, refused;
	char expected[24];
};

static bool clients_stop;
static void client_ask(struct client *c);

static void on_answer(void *arg, const PGresult *res, const struct err *e)
{
	struct client *c = arg;

	if (res) {
		assert_int_equal(PQntuples(res), 1);
		assert_string_equal(PQgetvalue(res, 0, 0), c->expected);
		c->answered++;
	} else {
		assert_int_equal(e->kind, ERR_DB_DOWN);
		c->refused++;
	}
	c->expected[0] = '\0';
}

static void client_ask(struct client *c)
{
	const char *params[] = { c->expected };
	struct pgpipe_ask ask = { .sql = "SELECT $1::text", .n = 1, .params = params, .done = on_answer, .arg = c };
	struct err e = { 0 };

	if (clients_stop || c->expected[0])
		return;
	snprintf(c->expected, sizeof c->expected, "%d/%ld", c->number, c->asked++);
	ask.lane = c->number % 8 ? PGPIPE_FAST : PGPIPE_SLOW;
	if (pgpipe_ask(pool, &ask, NULL, &e)) {
		assert_int_equal(e.kind, ERR_DB_DOWN);
		c->expected[0] = '\0';
		c->refused++;
	}
}

static struct client clients[32];

static void clients_turn(void)
{
	turn();
	for (size_t i = 0; i < COUNT(clients); i++)
		client_ask(&clients[i]);
}

static void clients_begin(void)
{
	clients_stop = false;
	for (size_t i = 0; i < COUNT(clients); i++)
		clients[i] = (struct client){ .number = (int)i };
}

static long clients_answered(void)
{
	long n = 0;

	for (size_t i = 0; i < COUNT(clients); i++)
		n += clients[i].answered;
	return n;
}

static bool clients_quiet(void)
{
	for (size_t i = 0; i < COUNT(clients); i++)
		if (clients[i].expected[0])
			return false;
	return true;
}

/* Has the server stopped or started, while the clients go on. */
static void control(const char *command)
{
	static int to = -1, from = -1;
	char path[300], reply[20];

	if (to < 0) {
		snprintf(path, sizeof path, "%s/commands", getenv("AIMARKET_TEST_CONTROL"));
		to = open(path, O_WRONLY | O_CLOEXEC);
		snprintf(path, sizeof path, "%s/replies", getenv("AIMARKET_TEST_CONTROL"));
		from = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	}
	assert_true(dprintf(to, "%s\n", command) > 0);
	while (read(from, reply, sizeof reply) <= 0)
		clients_turn();
}

static void clients_until_answered(long more)
{
	long from = clients_answered();

	for (long long end = now_ms() + PATIENCE_MS; clients_answered() < from + more;) {
		clients_turn();
		assert_true(now_ms() < end);
	}
}

static void clients_end(void)
{
	clients_stop = true;
	turn_until(clients_quiet());
}

static void restarts(const char *how)
{
	struct pgpipe_options o = options();

	start_up(&o);
	settle();
	clients_begin();
	for (int i = 0; i < 2; i++) {
		clients_until_answered(2000);
		control(how);
		for (long long end = now_ms() + 300; now_ms() < end;)
			clients_turn();
		control("start");
		clients_until_answered(2000);
	}
	clients_end();
	assert_true(pgpipe_stats(pool)->losses >= 3);
	stop();
	pg_close(beside);
	open_beside();
}

static void a_restart_mixes_nothing_up(void **state)
{
	restarts("stop");
}

static void a_crash_mixes_nothing_up(void **state)
{
	restarts("crash");
}

static void killed_backends_mix_nothing_up(void **state)
{
	struct pgpipe_options o = options();

	start_up(&o);
	clients_begin();
	for (int i = 0; i < 6; i++) {
		for (long long end = now_ms() + 1100; now_ms() < end;)
			clients_turn();
		look("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aimarketd'");
		clients_until_answered(500);
	}
	clients_end();
	assert_true(pgpipe_stats(pool)->losses >= 12);
	stop();
}

static void without_a_place_in_the_server_it_waits_for_one(void **state)
{
	struct pgpipe_options o = options();
	PGconn *hogs[12];
	int n = 0;

	do
		hogs[n] = PQconnectdb(conninfo);
	while (PQstatus(hogs[n]) == CONNECTION_OK && ++n < 12);
	PQfinish(hogs[n]);
	start(&o);
	struct asked a;
	ask(&a, PGPIPE_FAST, "SELECT 1", NULL);
	turn_until(a.done);
	assert_int_equal(a.e.kind, ERR_DB_DOWN);
	struct err e = { 0 };
	assert_int_equal(ask_with(&a, (struct pgpipe_ask){ .lane = PGPIPE_FAST, .sql = "SELECT 1" }, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_DB_DOWN);
	assert_false(pgpipe_ready(pool, PGPIPE_FAST));
	while (n > 0)
		PQfinish(hogs[--n]);
	turn_until(is_up());
	assert_string_equal(fast("SELECT 1", NULL).value, "1");
	stop();
}

/* ---- servers that are none */

static void nobody_there(void **state)
{
	struct pgpipe_options o = options();
	struct asked a;

	o.conninfo = "host=/nowhere dbname=x";
	start(&o);
	ask(&a, PGPIPE_FAST, "SELECT 1", NULL);
	turn_until(a.done);
	assert_int_equal(a.e.kind, ERR_DB_DOWN);
	stop();
}

static void a_setup_that_fails(void **state)
{
	struct pgpipe_options o = options();
	struct asked a;

	o.setup = "SET nonsense = 1";
	start(&o);
	ask(&a, PGPIPE_SLOW, "SELECT 1", NULL);
	turn_until(a.done);
	assert_int_equal(a.e.kind, ERR_DB_DOWN);
	assert_null(strstr(a.e.text, "nonsense"));
	stop();
}

static void one_who_never_answers(void **state)
{
	struct pgpipe_options o = options();
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char folder[] = "/tmp/aimarket-test-pgpipe.XXXXXX", where[100];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct asked a;

	assert_non_null(mkdtemp(folder));
	snprintf(at.sun_path, sizeof at.sun_path, "%s/.s.PGSQL.5432", folder);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(fd, 10), 0);
	snprintf(where, sizeof where, "host=%s dbname=x", folder);
	o.conninfo = where;
	o.connect_ms = 200;
	start(&o);
	ask(&a, PGPIPE_FAST, "SELECT 1", NULL);
	turn_until(a.done);
	assert_int_equal(a.e.kind, ERR_DB_DOWN);
	stop();
	close(fd);
	unlink(at.sun_path);
	rmdir(folder);
}

int main(void)
{
	static const struct CMUnitTest alone[] = {
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(one_who_never_answers),
	};
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(one_who_never_answers),
		cmocka_unit_test(values_go_and_come),
		cmocka_unit_test(many_at_once_are_answered_in_order),
		cmocka_unit_test(what_is_asked_before_the_connection_waits_for_it),
		cmocka_unit_test(a_failure_does_not_touch_its_neighbours),
		cmocka_unit_test(statements_stay_prepared_within_bounds),
		cmocka_unit_test(one_that_is_being_prepared_is_not_relied_upon),
		cmocka_unit_test(a_changed_table_is_read_anew),
		cmocka_unit_test(the_slow_do_not_hold_up_the_fast),
		cmocka_unit_test(rows_come_one_by_one),
		cmocka_unit_test(a_stream_may_take_long_while_its_rows_come),
		cmocka_unit_test(a_paused_stream_waits_in_the_server),
		cmocka_unit_test(what_nobody_wants_is_dropped),
		cmocka_unit_test(a_slow_one_is_cancelled_in_the_server),
		cmocka_unit_test(a_paused_stream_is_cancelled),
		cmocka_unit_test(what_takes_too_long_fails),
		cmocka_unit_test(too_many_are_refused),
		cmocka_unit_test(nobody_is_called_after_the_end),
		cmocka_unit_test(notifications_are_delivered),
		cmocka_unit_test(a_setup_that_fails),
		cmocka_unit_test(a_killed_backend_takes_only_what_was_sent),
		cmocka_unit_test(killed_backends_mix_nothing_up),
		cmocka_unit_test(without_a_place_in_the_server_it_waits_for_one),
		cmocka_unit_test(a_restart_mixes_nothing_up),
		cmocka_unit_test(a_crash_mixes_nothing_up),
	};
	const char *db = getenv("AIMARKET_TEST_DB");
	char text[300];

	signal(SIGPIPE, SIG_IGN);
	conninfo = "host=/nowhere";
	if (!db)
		return cmocka_run_group_tests_name("pgpipe", alone, NULL, NULL);
	snprintf(text, sizeof text, "%s user=reader", db);
	conninfo = text;
	open_beside();
	int failed = cmocka_run_group_tests_name("pgpipe", tests, NULL, NULL);
	pg_close(beside);
	return failed;
}
