/* weburl: http addresses taken apart and put together; libcurl's parser does it, so that fetching and planning agree. */
#ifndef AIMARKET_WEBURL_H
#define AIMARKET_WEBURL_H

#include "aimarket/arena.h"

/* All results live in mem. Parameters are those of the query, name=value; names and values are plain here and escaped in the URL. */

/* The first value of a parameter; NULL when it is not there. ERR_CONFIG when url is none. */
int weburl_get(const char *url, const char *name, struct arena *mem, const char **value, struct err *e) must_check;
/* url with this parameter set to value (in its old place, else at the end), or without it for NULL. */
int weburl_set(const char *url, const char *name, const char *value, struct arena *mem, const char **out, struct err *e) must_check;
/* The host, in lower case and without its port; NULL when url is none. */
const char *weburl_host(const char *url, struct arena *mem);
/* What to, which may be relative, means on the page at url. ERR_PARSE: it is no address, or leads to another scheme, host or port. */
int weburl_join(const char *url, const char *to, struct arena *mem, const char **out, struct err *e) must_check;

#endif
