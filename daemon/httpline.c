#include "httpline.h"

#include "aimarket/httphead.h"

static const bool in_token[256] = {
	['0' ... '9'] = true,
	['A' ... 'Z'] = true,
	['a' ... 'z'] = true,
	['!'] = true,
	['#'] = true,
	['$'] = true,
	['%'] = true,
	['&'] = true,
	['\''] = true,
	['*'] = true,
	['+'] = true,
	['-'] = true,
	['.'] = true,
	['^'] = true,
	['_'] = true,
	['`'] = true,
	['|'] = true,
	['~'] = true,
};

size_t http_token_span(const char *s)
{
	size_t n = 0;

	while (in_token[(unsigned char)s[n]])
		n++;
	return n;
}

size_t http_field_name(const char *s)
{
	size_t n = http_token_span(s);

	return s[n] == ':' ? n : 0;
}

int http_line_find(const char *data, size_t n, size_t *scanned, size_t *size)
{
	size_t i = *scanned;

	while (i < n && (((unsigned char)data[i] >= ' ' && data[i] != 0x7f) || data[i] == '\t'))
		i++;
	*scanned = i;
	*size = n;
	if (i == n || (data[i] == '\r' && i + 1 == n))
		return HTTP_MORE;
	if (data[i] == '\r' && data[i + 1] == '\n') {
		*size = i + 2;
		return HTTP_DONE;
	}
	*size = data[i] == '\r' ? i + 1 : i;
	return 400;
}
