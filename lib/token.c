#include "aimarket/token.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

static const char prefix[] = "aim_", digits[] = "0123456789abcdef";

static void add_hex(char *out, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

bool token_read(const char *text, struct token *out)
{
	unsigned char hash[32];
	const char *handle = text + strlen(prefix);

	if (strlen(text) != TOKEN_SIZE || strncmp(text, prefix, strlen(prefix)) != 0)
		return false;
	if (strspn(handle, digits) != TOKEN_HANDLE || handle[TOKEN_HANDLE] != '_' ||
		strspn(handle + TOKEN_HANDLE + 1, digits) != TOKEN_SECRET)
		return false;
	memcpy(out->text, text, TOKEN_SIZE + 1);
	memcpy(out->handle, handle, TOKEN_HANDLE);
	out->handle[TOKEN_HANDLE] = '\0';
	if (EVP_Digest(text, TOKEN_SIZE, hash, NULL, EVP_sha256(), NULL) != 1)
		return false;
	add_hex(out->digest, hash, sizeof hash);
	return true;
}

int token_make(struct token *out, struct err *e)
{
	unsigned char handle[TOKEN_HANDLE / 2], secret[TOKEN_SECRET / 2];
	char text[TOKEN_SIZE + 1], *at = text;

	if (RAND_bytes(handle, sizeof handle) != 1 || RAND_bytes(secret, sizeof secret) != 1)
		return err_set(e, ERR_FAIL, "no random bytes to be had");
	memcpy(at, prefix, strlen(prefix));
	add_hex(at += strlen(prefix), handle, sizeof handle);
	at[TOKEN_HANDLE] = '_';
	add_hex(at + TOKEN_HANDLE + 1, secret, sizeof secret);
	return token_read(text, out) ? 0 : err_set(e, ERR_FAIL, "no SHA-256 to be had");
}
