/* The one table of rules, put together from the files that implement them. */
#include "json.h"
#include "aimarket/text.h"

static const struct score_rule *const parts[] = { score_prob_rules, score_crps_rules, score_quantile_rules, score_metaculus_rules,
	score_skill_rules, score_gjp_rules, score_panel_rules, score_test_rules };
enum { PARTS = sizeof parts / sizeof parts[0] };

const struct score_rule *score_find(const char *name)
{
	for (int i = 0; i < PARTS; i++)
		for (const struct score_rule *r = parts[i]; r->name; r++)
			if (!strcmp(r->name, name))
				return r;
	return NULL;
}

void score_each(void (*fn)(void *arg, const struct score_rule *rule), void *arg)
{
	for (int i = 0; i < PARTS; i++)
		for (const struct score_rule *r = parts[i]; r->name; r++)
			fn(arg, r);
}

struct names { const char *v[128]; size_t n; };

static void add_name(void *arg, const struct score_rule *rule)
{
	struct names *names = arg;

	if (names->n < sizeof names->v / sizeof names->v[0])
		names->v[names->n++] = rule->name;
}

static int unknown(const char *name, struct err *e)
{
	struct names names = { 0 };
	const char *near;

	score_each(add_name, &names);
	near = text_nearest(name, names.v, names.n);
	err_set(e, ERR_NOT_FOUND, "unknown scoring rule \"%s\"%s%s%s", name, near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	return err_hint(e, "Run `aimarket predict score --list` for all rules.");
}

int score_run(const char *name, const json_t *in, json_t **out, struct err *e)
{
	const struct score_rule *rule = score_find(name);

	*out = NULL;
	if (!rule)
		return unknown(name, e);
	if (!json_is_object(in))
		return in_bad(e, "the input of rule %s must be a JSON object", name);
	if (rule->run(in, out, e))
		return err_prefix(e, "rule %s", name);
	return 0;
}
