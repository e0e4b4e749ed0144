/* aimarket predict rule: one scoring rule on an input given as JSON. Needs no store. */
#include "predict.h"

#include "aimarket/file.h"
#include "aimarket/score.h"

enum { INPUT_MAX = 64 * 1024 * 1024 };

/* ERR_PARSE of what a user typed is wrong usage: exit code 2, as for any other word that is off. */
static int refuse(struct err *e)
{
	if (e->kind == ERR_PARSE)
		e->kind = ERR_USAGE;
	return -1;
}

int predict_json(const char *given, const char *option, json_t **out, struct err *e)
{
	struct buf text;
	json_error_t error;
	int rc = 0;

	buf_init(&text, INPUT_MAX);
	if (given[0] == '@' || strcmp(given, "-") == 0)
		rc = file_read(given[0] == '@' ? given + 1 : given, true, &text, e);
	else
		rc = buf_adds(&text, given) ? err_set(e, ERR_LIMIT, "--%s is longer than %d bytes", option, INPUT_MAX) : 0;
	*out = rc ? NULL : json_loadb(buf_str(&text), text.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
	if (!rc && !*out)
		rc = err_set(e, ERR_USAGE, "--%s is no JSON: %s (line %d, column %d)", option, error.text, error.line, error.column);
	buf_release(&text);
	return rc;
}

/* To 15 digits, as many as are sure. A number alone is printed as one, "inf" without its quotes: for shells. */
static void print_value(const json_t *value)
{
	char *text;

	if (json_is_string(value)) {
		puts(json_string_value(value));
		return;
	}
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	puts(text);
	free(text);
}

int predict_rule_run(struct cmd *c, struct err *e)
{
	const char *given = cmd_opt(c, "input"), *rule = cmd_opt(c, "rule");
	json_t *in, *out = NULL;
	int rc;

	if (!rule)
		return err_set(e, ERR_USAGE, "--input needs a rule: --rule NAME");
	if (predict_json(given, "input", &in, e))
		return -1;
	rc = score_run(rule, in, &out, e);
	if (!rc)
		print_value(out);
	json_decref(in);
	json_decref(out);
	return rc ? refuse(e) : 0;
}

struct listing { struct writer *w; int gone; };

static void list_rule(void *arg, const struct score_rule *rule)
{
	struct listing *l = arg;
	char version[12];
	const char *values[] = { rule->name, version, rule->formula, rule->source };
	int lengths[4];

	snprintf(version, sizeof version, "%d", rule->version);
	for (int i = 0; i < 4; i++)
		lengths[i] = (int)strlen(values[i]);
	if (!l->gone)
		l->gone = writer_row(l->w, values, lengths);
}

int predict_rule_list(struct cmd *c, struct err *e)
{
	static const struct column cols[] = { { "rule", COL_TEXT }, { "version", COL_NUMBER }, { "formula", COL_TEXT }, { "from", COL_TEXT } };
	struct listing l = { 0 };

	if (cmd_writer(c, cols, 4, &l.w, e))
		return -1;
	score_each(list_rule, &l);
	if (!l.gone)
		l.gone = writer_end(l.w);
	writer_free(l.w);
	return l.gone ? err_set(e, ERR_FAIL, "could not write to standard output") : 0;
}
