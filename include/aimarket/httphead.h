/*
 * httphead: the head of an HTTP/1.x request, read strictly (RFC 9110, 9112, 3986). Pure: bytes in, a request out.
 *
 * Where the standards let a server choose between mending and refusing, this refuses: what we would mend, somebody between
 * us and the client may have understood otherwise. Line ends are CRLF, blanks are where the grammar has them, everything
 * that says where the request ends is there once and in one form.
 */
#ifndef AIMARKET_HTTPHEAD_H
#define AIMARKET_HTTPHEAD_H

#include "aimarket/arena.h"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS, HTTP_TRACE, HTTP_METHODS };
struct http_method_row {
	const char *name;
	bool body; /* may bring one */
};
extern const struct http_method_row http_methods[HTTP_METHODS];

struct http_head_limits {
	size_t bytes; /* of the whole head, line ends included */
	size_t target; /* bytes of the target */
	size_t fields; /* lines of the header */
	size_t params; /* of the query */
};

struct http_field {
	const char *name; /* of a header: in small letters */
	const char *value; /* never NULL */
};

/* What the head said. All strings are text that ends in NUL and lie in the reader's arena; none holds a control character
   but those that a query's values bring as escapes. */
struct http_head {
	enum http_method method;
	int minor; /* HTTP/1.minor: 0 or 1 */
	const char *target; /* "/v1/deals?type=ipo", as it came, scheme and host cut off; "*" only with OPTIONS */
	const char *path; /* the target up to its query, as it came */
	const char *query; /* behind the question mark, as it came; "" when there is none */
	const char *const *segments; /* of the path, decoded: "/v1/a%2Fb" has "v1" and "a/b", "/" has one that is empty */
	size_t n_segments;
	const struct http_field *params; /* of the query, decoded, in order; "a" alone has the value "" */
	size_t n_params;
	const struct http_field *fields; /* the header, in order */
	size_t n_fields;
	const char *authority; /* "Data.example.org:8377", as it came; NULL: HTTP/1.0 without Host */
	const char *host; /* of it, in small letters, without port and brackets; NULL likewise */
	bool host_is_address; /* 127.0.0.1 or [::1], not a name */
	bool chunked; /* the body comes in chunks; length is 0 then */
	unsigned long long length; /* of the body */
	bool keep; /* the connection stays open for another request, as far as the client is concerned */
	bool continues; /* the client waits for 100 Continue before it sends the body */
};

enum { HTTP_MORE = 0, HTTP_DONE = 1 }; /* beside these, readers return the status that refuses the request */

struct http_head_reader {
	struct http_head head; /* whole once http_head_read said HTTP_DONE */
	const char *why; /* what was wrong; a literal, for people */

	/* the reader's own */
	const struct http_head_limits *limits;
	struct arena *mem;
	struct http_field *fields;
	const char *target_authority; /* of http://AUTHORITY/…; NULL: the target had none */
	size_t bytes; /* taken so far */
	size_t scanned; /* bytes of the line that is still to end that were looked at */
};

/* limits must outlive the reader; what is read lives in mem. */
void http_head_begin(struct http_head_reader *r, const struct http_head_limits *limits, struct arena *mem);
/*
 * Takes the whole lines that data begins with; *used says how many bytes that was. HTTP_MORE: come again with the bytes that
 * were left and at least one more. HTTP_DONE: the head is whole, the body begins behind *used. Else a status from 400 on.
 */
int http_head_read(struct http_head_reader *r, const char *data, size_t n, size_t *used);

/* The value of a header (name in small letters), several lines of it joined by ", " in mem; NULL when there is none. */
const char *http_head_field(const struct http_head *head, const char *name, struct arena *mem);
/* Whether a comma separated list like "gzip, Close" holds the word; case does not count. */
bool http_list_has(const char *list, const char *word);

#endif
