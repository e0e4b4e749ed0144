/* aimarket predict forecast, withdraw, seal, open: what forecasters say. */
#include "predict.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "aimarket/pg.h"
#include "change.h"

static const struct option_row say_options[] = {
	{ "p", 0, OPT_MANY, "P|OPTION=P", "probability of yes; of a choice: of each option" },
	{ "quantile", 0, OPT_MANY, "LEVEL=VALUE", "numeric, date: a quantile, of a date question a day; give several" },
	{ "interval", 0, OPT_TEXT, "LOW,HIGH[,LEVEL]", "numeric: a central interval, of level 0.8 unless given" },
	{ "input", 0, OPT_TEXT, "JSON|@FILE|-", "the whole forecast: {\"p\": 0.7}, {\"quantiles\": {…}}, {\"sample\": […]}, {\"cdf\": […]}" },
	{ "by", 0, OPT_TEXT, "NAME", "who forecasts; the user of this system unless given" },
	{ "kind", 0, OPT_TEXT, "person|model|crowd|market|report", "what the forecaster is, when new; a person unless given" },
	{ "at", 0, OPT_TEXT, "DATE", "when it was made, if not now (a date: its beginning, in UTC); such forecasts are marked as backfilled" },
	{ "expires", 0, OPT_TEXT, "DATE", "it does not stand after that (a date: its end)" },
	{ "why", 0, OPT_TEXT, "TEXT", "the reason" },
	{ 0 },
};

/* Digits as typed, so that 0.1 stays 0.1. */
static int number_of(const char *text, json_t **out, struct err *e)
{
	struct buf canon;
	int rc;

	*out = NULL;
	buf_init(&canon, 2 * DECIMAL_DIGITS_MAX);
	rc = decimal_read_human(text, &canon, e) ? err_prefix(e, "forecast-form") : 0;
	if (!rc)
		*out = json_loads(buf_str(&canon), JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
	buf_release(&canon);
	return rc;
}

/* A figure, or a day as it is typed: the ledger knows which of them the question is about. */
static int figure_of(const char *text, json_t **out, struct err *e)
{
	struct date_span span;
	struct err ignored = { 0 };
	char iso[11];

	if (strlen(text) != strlen("2026-01-01") || date_read_human(text, date_today(), &span, &ignored))
		return number_of(text, out, e);
	date_iso(span.first, iso);
	*out = json_string(iso);
	return 0;
}

/* NAME=NUMBER pairs into an object. */
static int pairs_of(struct cmd *c, const char *option, json_t *into, struct err *e)
{
	const char *const *values;
	int n = cmd_many(c, option, &values);

	for (int i = 0; i < n; i++) {
		const char *eq = strrchr(values[i], '=');
		json_t *v;

		if (!eq)
			return err_set(e, ERR_USAGE, "forecast-form: --%s takes NAME=NUMBER, not \"%s\"", option, values[i]);
		if (figure_of(eq + 1, &v, e))
			return -1;
		json_object_set_new(into, arena_strndup(cmd_mem(c), values[i], (size_t)(eq - values[i])), v);
	}
	return 0;
}

static int interval_of(struct cmd *c, const char *text, json_t *into, struct err *e)
{
	json_t *list = json_array(), *v;
	char *at, *copy = arena_strdup(cmd_mem(c), text);

	json_object_set_new(into, "interval", list);
	for (char *part = strtok_r(copy, ",", &at); part; part = strtok_r(NULL, ",", &at)) {
		if (figure_of(part, &v, e))
			return -1;
		json_array_append_new(list, v);
	}
	if (json_array_size(list) == 2)
		json_array_append_new(list, json_real(0.8));
	return json_array_size(list) == 3 ? 0 : err_set(e, ERR_USAGE, "forecast-form: --interval takes LOW,HIGH or LOW,HIGH,LEVEL, not \"%s\"", text);
}

/* What is said, as load.pmf takes it. *out is yours. */
static int said(struct cmd *c, json_t **out, struct err *e)
{
	const char *p = cmd_opt(c, "p");
	json_t *part = json_object(), *v = NULL;
	int rc = 0;

	if (cmd_opt(c, "input")) {
		json_decref(part);
		return predict_json(cmd_opt(c, "input"), "input", out, e);
	}
	*out = json_object();
	if (p && !strchr(p, '='))
		rc = number_of(p, &v, e) ? -1 : json_object_set_new(*out, "p", v);
	else if (p)
		rc = pairs_of(c, "p", part, e) ? -1 : json_object_set(*out, "p", part);
	else if (cmd_opt(c, "quantile"))
		rc = pairs_of(c, "quantile", part, e) ? -1 : json_object_set(*out, "quantiles", part);
	else if (cmd_opt(c, "interval"))
		rc = interval_of(c, cmd_opt(c, "interval"), *out, e);
	else
		rc = err_set(e, ERR_USAGE, "forecast-form: nothing is forecast") + err_hint(e, "Give --p 0.7, --quantile 0.5=100, --interval 80,120 or --input JSON.");
	json_decref(part);
	if (rc)
		json_decref(*out);
	return rc;
}

/* Records what is said (JSON text, or NULL) or its seal (hex, or NULL). */
static int record(struct cmd *c, const char *text, const char *seal, const char *done, struct err *e)
{
	const char *at, *expires;

	if (predict_time(c, "at", true, &at, e) || predict_time(c, "expires", false, &expires, e))
		return -1;
	const char *by = change_author(c);
	const char *params[] = { cmd_arg(c, 0), by, cmd_opt(c, "kind"), text, seal, at, expires, cmd_opt(c, "why"), by, CHANGE_TOOL, predict_now(c) };
	return predict_change(c, "SELECT forecast AS value, tx FROM load.forecast($1, $2, $3, $4, decode($5, 'hex'), $6, $7, $8, $9, $10, $11)", 11, params, done, e);
}

static int forecast_run(struct cmd *c, struct err *e)
{
	json_t *what;
	char *text;
	int rc;

	if (said(c, &what, e))
		return -1;
	text = json_dumps(what, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	rc = record(c, text, NULL, "forecast", e);
	free(text);
	json_decref(what);
	return rc;
}

static int withdraw_run(struct cmd *c, struct err *e)
{
	return record(c, NULL, NULL, "withdrawn, as forecast", e);
}

static void hex_of(const unsigned char *bytes, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* The text that is hashed: what is said and sixteen random bytes, so that nobody finds it by trying. */
static int seal_run(struct cmd *c, struct err *e)
{
	unsigned char salt[16], hash[32];
	char salt_hex[33], hash_hex[65];
	json_t *what;
	char *text;
	int rc;

	if (said(c, &what, e))
		return -1;
	if (RAND_bytes(salt, sizeof salt) != 1) {
		json_decref(what);
		return err_set(e, ERR_FAIL, "no random bytes to be had");
	}
	hex_of(salt, sizeof salt, salt_hex);
	json_object_set_new(what, "salt", json_string(salt_hex));
	text = json_dumps(what, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
	EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL);
	hex_of(hash, sizeof hash, hash_hex);
	rc = record(c, NULL, hash_hex, "sealed forecast", e);
	if (!rc)
		printf("keep this, it opens the seal: %s\n", text);
	free(text);
	json_decref(what);
	return rc;
}

static int open_run(struct cmd *c, struct err *e)
{
	const char *text = cmd_opt(c, "text");

	if (!text)
		return err_set(e, ERR_USAGE, "the sealed text is missing: --text");
	const char *params[] = { cmd_arg(c, 0), text, change_author(c), CHANGE_TOOL, predict_now(c) };
	return predict_change(c, "SELECT load.unseal($1, $2, $3, $4, $5) AS tx", 5, params, "the hash fits: opened", e);
}

static const struct option_row open_options[] = {
	{ "text", 0, OPT_TEXT, "JSON", "what `aimarket predict seal` printed" },
	{ "by", 0, OPT_TEXT, "NAME", "who opens it" },
	{ 0 },
};

const struct command predict_forecast = {
	.name = "forecast",
	.args = "ID",
	.summary = "say what will come out",
	.text = "It stands until the same forecaster's next one, its expiry or the close. Probabilities lie between 0 and 1, both excluded; those of a "
		"choice sum to 1 within 0.000001.",
	.options = say_options,
	.min_args = 1,
	.max_args = 1,
	.run = forecast_run,
};
const struct command predict_withdraw = {
	.name = "withdraw",
	.args = "ID",
	.summary = "take one's forecast back from now on; it counts for the time it stood",
	.options = say_options,
	.min_args = 1,
	.max_args = 1,
	.run = withdraw_run,
};
const struct command predict_seal = {
	.name = "seal",
	.args = "ID",
	.summary = "forecast now, tell later: only a hash is kept",
	.options = say_options,
	.min_args = 1,
	.max_args = 1,
	.run = seal_run,
};
const struct command predict_open = {
	.name = "open",
	.args = "FORECAST",
	.summary = "tell what was sealed; its hash is checked",
	.options = open_options,
	.min_args = 1,
	.max_args = 1,
	.run = open_run,
};
