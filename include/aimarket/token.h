/*
 * token: what lets a program write through the API: "aim_", ten digits that name it (hexadecimal, as are all), "_", and sixty-four
 * that nobody can guess. The store keeps the name and the SHA-256 of the whole, so that a stolen store opens nothing.
 */
#ifndef AIMARKET_TOKEN_H
#define AIMARKET_TOKEN_H

#include <stdbool.h>

#include "aimarket/err.h"

enum { TOKEN_HANDLE = 10, TOKEN_SECRET = 64, TOKEN_SIZE = 4 + TOKEN_HANDLE + 1 + TOKEN_SECRET };

struct token {
	char text[TOKEN_SIZE + 1];
	char handle[TOKEN_HANDLE + 1];
	char digest[65];	/* SHA-256 of text, in hexadecimal digits */
};

int token_make(struct token *out, struct err *e) must_check;
/* Whether text has the form of one; then handle and digest are those of it. Whether it is good, the store knows (api.token). */
bool token_read(const char *text, struct token *out);

#endif
