/* change: what every command that changes the ledger by hand has in common: who did it, and why. */
#ifndef AIMARKET_CHANGE_H
#define AIMARKET_CHANGE_H

#include "aimarket/cmd.h"

#define CHANGE_TOOL "aimarket " AIMARKET_VERSION

extern const struct option_row change_options[];	/* --why --by */

/* The reason, borrowed; ERR_USAGE when it is missing. */
int change_why(struct cmd *c, const char **why, struct err *e) must_check;
/* Who decides: --by, else the user of this system. */
const char *change_author(struct cmd *c);
/* A day as people write it, as ISO in the command's arena; of a partial date its first or last day. NULL stays NULL. */
int change_day(struct cmd *c, const char *option, bool last, const char **day, struct err *e) must_check;

#endif
