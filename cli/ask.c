/* ask: from options to a question, for the commands that ask a resource. */
#include "aimarket/cmd.h"

#include "aimarket/date.h"
#include "aimarket/pg.h"
#include "aimarket/query.h"

int cmd_open_filter(const char *name)
{
	int found = -1;

	if (strncmp(name, "not-", 4) == 0)
		name += 4;
	for (const struct resource *r = resources; r->name && found < 0; r++) {
		const struct param *p = resource_param(r, name);

		if (p)
			found = p->type != PARAM_FLAG && p->type != PARAM_VIEW;
	}
	return found;
}

int cmd_filters(struct cmd *c, struct ask *a, struct err *e)
{
	const char *name, *value;

	for (int i = 0; cmd_extra(c, i, &name, &value) == 0; i++) {
		if (ask_filter(a, name, value, date_today(), cmd_mem(c), e))
			return -1;
	}
	return 0;
}

int cmd_resolve(struct cmd *c, struct ask *a, struct err *e)
{
	PGresult *res = NULL;
	struct query q;
	struct pg *db;
	int n = ask_resolve(a, cmd_mem(c), &q);

	if (n == 0)
		return 0;
	if (cmd_store(c, &db, e) || pg_exec(db, q.sql, q.n, q.params, &res, e))
		return -1;
	for (int i = 0; i < n; i++)
		ask_resolved(a, i, arena_strdup(cmd_mem(c), PQgetvalue(res, 0, i)));
	PQclear(res);
	return 0;
}
