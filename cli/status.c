/* aimarket status: how the store and what feeds it are doing, for people and for Prometheus. */
#include "aimarket/cmd.h"
#include "aimarket/metrics.h"
#include "aimarket/pg.h"

static int print_metrics(struct pg *db, struct err *e)
{
	struct buf text;
	PGresult *res;
	int rc;

	if (pg_exec(db, METRICS_SQL, 0, NULL, &res, e))
		return -1;
	buf_init(&text, METRICS_MAX);
	metrics_text(res, &text);
	rc = text.overflow ? err_set(e, ERR_LIMIT, "the metrics are longer than %d bytes", METRICS_MAX) : 0;
	if (!rc)
		fputs(buf_str(&text), stdout);
	buf_release(&text);
	PQclear(res);
	return rc;
}

static int run_status(struct cmd *c, struct err *e)
{
	struct pg *db;
	PGresult *res;

	if (cmd_store(c, &db, e))
		return -1;
	if (cmd_flag(c, "metrics"))
		return print_metrics(db, e);
	if (pg_exec(db, "SELECT what, value FROM api.status ORDER BY place", 0, NULL, &res, e))
		return -1;
	int rc = cmd_print(c, res, e);
	PQclear(res);
	return rc;
}

static const struct option_row options[] = {
	{ "metrics", 0, OPT_FLAG, NULL, "all of it as Prometheus reads it" },
	{ 0 },
};

extern const struct command cmd_status;
const struct command cmd_status = {
	.name = "status",
	.summary = "how the store and what feeds it are doing",
	.options = options,
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = run_status,
};
