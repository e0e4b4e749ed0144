/*
 * inifile: [section] and key = value files, read by inih. Comments begin with # or ; at the start of a line; an indented
 * line goes on with the value above it, after a blank. Lines are at most 64 KiB.
 */
#ifndef AIMARKET_INIFILE_H
#define AIMARKET_INIFILE_H

#include "aimarket/err.h"

/* One key; section is "" above the first. Fills e and returns -1 to stop there. */
typedef int inifile_key(void *arg, const char *section, const char *key, const char *value, struct err *e);

/* Calls key for every key of the file in turn. ERR_CONFIG as file:line: reason; the line is the one where the key stands. */
int inifile_read(const char *path, inifile_key *key, void *arg, struct err *e) must_check;

#endif
