/* daemon_options: what aimarketd is told on its command line: its parser, its help and its manual page are made of it. */
#ifndef AIMARKET_DAEMON_OPTIONS_H
#define AIMARKET_DAEMON_OPTIONS_H

#include "aimarket/option.h"

extern const struct option_row daemon_options[];	/* ends with NULL name; every one has a letter */
extern const char daemon_usage[], daemon_text[], daemon_signals[];

#endif
