/* predict: what the files of `aimarket predict` share. */
#ifndef CLI_PREDICT_H
#define CLI_PREDICT_H

#include <jansson.h>

#include "aimarket/cmd.h"

/* The JSON an option gives: in place, @FILE, or - for standard input. *out is yours. ERR_USAGE when it is none. */
int predict_json(const char *given, const char *option, json_t **out, struct err *e) must_check;
/* The time it is to be taken for: NULL for now, noon of AIMARKET_TODAY when that is set (tests). Borrowed from the arena. */
const char *predict_now(struct cmd *c);
/*
 * A time as typed in an option (date_read_time). *out is NULL when the option is not given.
 */
int predict_time(struct cmd *c, const char *option, bool begin, const char **out, struct err *e) must_check;
/* Runs a statement of the ledger and prints its only row: "TEXT VALUE, transaction TX" for columns value and tx. */
int predict_change(struct cmd *c, const char *sql, int n, const char *const *params, const char *text, struct err *e) must_check;
/* Prints what a statement gives. */
int predict_rows(struct cmd *c, const char *sql, int n, const char *const *params, struct err *e) must_check;

int predict_rule_run(struct cmd *c, struct err *e) must_check;	/* score --rule NAME --input JSON */
int predict_rule_list(struct cmd *c, struct err *e) must_check;	/* score --list */

/* Scores whatever came out and has no scores under its standing resolution; backfilled: also forecasts recorded later than claimed. */
int predict_tally(struct cmd *c, bool backfilled, long long *forecasts, long long *scores, struct err *e) must_check;
int predict_scores_run(struct cmd *c, struct err *e) must_check;	/* score, without a rule's input */

extern const struct command predict_leaderboard, predict_compare, predict_calibration;	/* predict_board.c */
extern const struct command predict_import, predict_export;	/* predict_import.c */
extern const struct command predict_add, predict_edit, predict_link, predict_list, predict_show;	/* predict_ask.c */
extern const struct command predict_forecast, predict_withdraw, predict_seal, predict_open;	/* predict_say.c */
extern const struct command predict_resolve, predict_dispute, predict_due;	/* predict_settle.c */

#endif
