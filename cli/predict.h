/* predict: what the files of `aimarket predict` share. */
#ifndef CLI_PREDICT_H
#define CLI_PREDICT_H

#include <jansson.h>

#include "aimarket/cmd.h"

/* The JSON an option gives: in place, @FILE, or - for standard input. *out is yours. ERR_USAGE when it is none. */
int predict_json(const char *given, const char *option, json_t **out, struct err *e) must_check;

int predict_rule_run(struct cmd *c, struct err *e) must_check;	/* score --rule NAME --input JSON */
int predict_rule_list(struct cmd *c, struct err *e) must_check;	/* score --list */

#endif
