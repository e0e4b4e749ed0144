/*
 * jsonstream: the values of a JSON text one after the other, each with where it stands. yajl reads; numbers stay text;
 * memory is O(depth + largest string), whatever the size of the document.
 */
#ifndef AIMARKET_JSONSTREAM_H
#define AIMARKET_JSONSTREAM_H

#include "aimarket/buf.h"
#include "aimarket/sink.h"

enum json_type { JSON_OBJECT, JSON_OBJECT_END, JSON_ARRAY, JSON_ARRAY_END, JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING };

/*
 * One value, or one end of a container. depth is the number of steps (member of an object or element of an array) that
 * lead to it from the root: 0 is the root itself, and a container's two ends have the same depth.
 */
struct json_value {
	enum json_type type;
	int depth;
	const char *text; /* of a number as written, of a string unescaped; not NUL-terminated; gone after the call. Else NULL */
	size_t n;
};

struct json_stream; /* where the reading is; valid during the call */

/* Called for every value in document order; keys are no values, see json_key. Returns 0, or -1 with e set to stop. */
typedef int json_fn(void *arg, struct json_stream *js, const struct json_value *v, struct err *e);

/*
 * Reads the one JSON value of data[0..n) (a byte order mark before it is skipped). Limits: depth, and field for strings,
 * keys and numbers. Strings are not checked for UTF-8: the sink does that, row by row. ERR_PARSE when the text is not
 * JSON or is cut short, ERR_LIMIT, or what fn set; each with the byte and the JSON Pointer that was reached.
 */
int json_stream(const char *data, size_t n, const struct limits *limits, json_fn *fn, void *arg, struct err *e) must_check;

/* Name of the member taken at step 1 … depth, NUL-terminated, borrowed until fn returns; NULL when that step is an array element. */
const char *json_key(const struct json_stream *js, int step);
/* Place of the element taken at step 1 … depth, from 0; -1 when that step is a member of an object. */
long long json_index(const struct json_stream *js, int step);
/* Byte at which the current value begins; at an end, of the closing bracket. */
size_t json_offset(const struct json_stream *js);
/* Appends the JSON Pointer (RFC 6901) of the current value, without its first steps steps: 0 = from the root. */
void json_pointer(const struct json_stream *js, int steps, struct buf *out);

#endif
