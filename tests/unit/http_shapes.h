/*
 * http_shapes: requests as they come over the wire, and what a server must make of them. The test of the parser and
 * the test of the server go through these tables; the fuzzer's seeds are the good ones.
 */
#ifndef AIMARKET_TESTS_HTTP_SHAPES_H
#define AIMARKET_TESTS_HTTP_SHAPES_H

#include <stddef.h>

enum {
	/* what the tables below are written for */
	SHAPE_HEAD_MAX = 8192,
	SHAPE_URI_MAX = 4096,
	SHAPE_HEADERS_MAX = 64,
	SHAPE_PARAMS_MAX = 100,
	SHAPE_BODY_MAX = 65536,
};

struct http_shape {
	const char *name;
	const char *bytes;
	size_t n;
	int status; /* of the answer; of a good shape: of its last answer */
	int answers; /* how many there are: a refused shape has one, whatever follows */
};

#define WIRE(s) (s), sizeof(s) - 1
#define HOST "Host: localhost\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define SMUGGLED "GET /smuggled HTTP/1.1\r\n" HOST "\r\n"
#define X16(s) s s s s s s s s s s s s s s s s
#define X256(s) X16(X16(s))
#define BAD(name, status, bytes)                                                                                                           \
	{                                                                                                                                  \
		name, WIRE(bytes), status, 1                                                                                               \
	}
#define GOOD(name, status, answers, bytes)                                                                                                 \
	{                                                                                                                                  \
		name, WIRE(bytes), status, answers                                                                                         \
	}

/* Refused with this status, once, and the connection closed. */
static const struct http_shape bad_shapes[] = {
	/* the length of the body told twice or badly */
	BAD("both lengths", 400, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
	BAD("both lengths, other order", 400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" SMUGGLED),
	BAD("two lengths that differ", 400, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" SMUGGLED),
	BAD("two lengths that agree", 400, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello" SMUGGLED),
	BAD("a list of lengths", 400, POST "Content-Length: 5, 5\r\n\r\nhello" SMUGGLED),
	BAD("length with plus", 400, POST "Content-Length: +5\r\n\r\nhello"),
	BAD("negative length", 400, POST "Content-Length: -5\r\n\r\nhello"),
	BAD("length in hex", 400, POST "Content-Length: 0x5\r\n\r\nhello"),
	BAD("length with a fraction", 400, POST "Content-Length: 5.0\r\n\r\nhello"),
	BAD("length with an exponent", 400, POST "Content-Length: 5e0\r\n\r\nhello"),
	BAD("length and junk", 400, POST "Content-Length: 5 junk\r\n\r\nhello"),
	BAD("two numbers as length", 400, POST "Content-Length: 5 5\r\n\r\nhello"),
	BAD("empty length", 400, POST "Content-Length:\r\n\r\nhello"),
	BAD("blank length", 400, POST "Content-Length:  \r\n\r\nhello"),
	BAD("length beyond 64 bits", 413, POST "Content-Length: 18446744073709551621\r\n\r\nhello"),
	BAD("length of a thousand digits", 413, POST "Content-Length: " X256("99") X256("99") "\r\n\r\nhello"),
	BAD("length over the limit", 413, POST "Content-Length: 65537\r\n\r\nhello"),
	BAD("length in other digits", 400, POST "Content-Length: \xd9\xa5\r\n\r\nhello"),
	BAD("length with a vertical tab", 400,
	        POST "Content-Length: \x0b"
	             "5\r\n\r\nhello"),
	BAD("length with space before the colon", 400, POST "Content-Length : 29\r\n\r\n" SMUGGLED),
	BAD("length with tab before the colon", 400, POST "Content-Length\t: 29\r\n\r\n" SMUGGLED),
	BAD("body on GET", 400, GET HOST "Content-Length: 5\r\n\r\nhello"),
	BAD("chunked body on GET", 400, GET HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	BAD("body on HEAD", 400, "HEAD / HTTP/1.1\r\n" HOST "Content-Length: 46\r\n\r\n" SMUGGLED),
	BAD("body on OPTIONS", 400, "OPTIONS / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx"),
	BAD("body on TRACE", 400, "TRACE / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx"),

	/* transfer codings */
	BAD("identity", 501, POST "Transfer-Encoding: identity\r\n\r\n" SMUGGLED),
	BAD("xchunked", 501, POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
	BAD("gzip, chunked", 501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
	BAD("chunked, identity", 501, POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
	BAD("chunked twice in one line", 501, POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
	BAD("chunked twice in two lines", 400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	BAD("gzip and chunked in two lines", 400, POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	BAD("empty coding", 501, POST "Transfer-Encoding:\r\n\r\n" SMUGGLED),
	BAD("chunked with a parameter", 501, POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
	BAD("chunked in quotes", 501, POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
	BAD("chunked after a vertical tab", 400,
	        POST "Transfer-Encoding: \x0b"
	             "chunked\r\n\r\n0\r\n\r\n"),
	BAD("coding with space before the colon", 400, POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
	BAD("coding folded", 400, POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
	BAD("chunked in HTTP/1.0", 400, "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),

	/* chunks */
	BAD("chunk size with 0x", 400, CHUNKED "0x3\r\nabc\r\n0\r\n\r\n"),
	BAD("chunk size with plus", 400, CHUNKED "+3\r\nabc\r\n0\r\n\r\n"),
	BAD("negative chunk size", 400, CHUNKED "-3\r\nabc\r\n0\r\n\r\n"),
	BAD("blank before the chunk size", 400, CHUNKED " 3\r\nabc\r\n0\r\n\r\n"),
	BAD("blank after the chunk size", 400, CHUNKED "3 \r\nabc\r\n0\r\n\r\n"),
	BAD("junk after the chunk size", 400, CHUNKED "3 junk\r\nabc\r\n0\r\n\r\n"),
	BAD("no chunk size", 400, CHUNKED "\r\nabc\r\n0\r\n\r\n"),
	BAD("chunk size that is no number", 400, CHUNKED "xyz\r\nabc\r\n0\r\n\r\n"),
	BAD("underscore in the chunk size", 400, CHUNKED "1_0\r\n" X16("a") "\r\n0\r\n\r\n"),
	BAD("chunk size beyond 64 bits", 413, CHUNKED "10000000000000003\r\nabc\r\n0\r\n\r\n"),
	BAD("chunk size of all ones", 413, CHUNKED "ffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
	BAD("chunk size of many zeros", 400, CHUNKED X256("0") "3\r\nabc\r\n0\r\n\r\n"),
	BAD("chunk over the limit", 413, CHUNKED "10001\r\nabc"),
	BAD("no line end after the data", 400, CHUNKED "3\r\nabc0\r\n\r\n"),
	BAD("bare LF after the data", 400, CHUNKED "3\r\nabc\n0\r\n\r\n"),
	BAD("data longer than told", 400, CHUNKED "3\r\nabcd\r\n0\r\n\r\n"),
	BAD("bare LF after the size", 400, CHUNKED "3\nabc\r\n0\r\n\r\n"),
	BAD("bare CR after the size", 400, CHUNKED "3\rabc\r\n0\r\n\r\n"),
	BAD("two CR after the size", 400, CHUNKED "3\r\r\nabc\r\n0\r\n\r\n"),
	BAD("bare LF in an extension", 400, CHUNKED "3;a\nabc\r\n0\r\n\r\n"),
	BAD("extension without a name", 400, CHUNKED "3;\r\nabc\r\n0\r\n\r\n"),
	BAD("extension with blanks", 400, CHUNKED "3; a=b\r\nabc\r\n0\r\n\r\n"),
	BAD("extension with NUL", 400, CHUNKED "3;a=\0\r\nabc\r\n0\r\n\r\n"),
	BAD("extension of many bytes", 400, CHUNKED "3;" X256("abcd") "\r\nabc\r\n0\r\n\r\n"),
	BAD("quoted extension left open", 400, CHUNKED "3;a=\"b\r\nabc\r\n0\r\n\r\n"),
	BAD("bare LF after the last chunk", 400, CHUNKED "3\r\nabc\r\n0\n\n"),
	BAD("bare LF after the trailers", 400, CHUNKED "3\r\nabc\r\n0\r\n\n"),
	BAD("trailer without a colon", 400, CHUNKED "3\r\nabc\r\n0\r\njunk\r\n\r\n"),
	BAD("trailer with space before the colon", 400, CHUNKED "3\r\nabc\r\n0\r\nX : y\r\n\r\n"),
	BAD("folded trailer", 400, CHUNKED "3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n"),
	BAD("trailer with NUL", 400, CHUNKED "3\r\nabc\r\n0\r\nX: \0\r\n\r\n"),
	BAD("trailers of many bytes", 431,
	        CHUNKED "3\r\nabc\r\n0\r\nX: " X256("0123456789abcdef") X256("0123456789abcdef") X256("0") "\r\n\r\n"),

	/* line ends, blanks and control characters in the head */
	BAD("bare LF after the request line", 400, "GET / HTTP/1.1\n" HOST "\r\n"),
	BAD("bare LF after a header", 400, GET "Host: localhost\nX: y\r\n\r\n"),
	BAD("bare LF at the end", 400, GET HOST "\n"),
	BAD("all bare LF", 400, "GET / HTTP/1.1\nHost: localhost\n\n"),
	BAD("bare CR after the request line", 400, "GET / HTTP/1.1\rHost: localhost\r\n\r\n"),
	BAD("bare CR between headers", 400, GET "Host: localhost\rX: y\r\n\r\n"),
	BAD("bare CR in a value", 400, GET HOST "X: a\rb\r\n\r\n"),
	BAD("bare CR at the end", 400, GET HOST "\rX: y\r\n\r\n"),
	BAD("two CR at a line end", 400, GET "Host: localhost\r\r\n\r\n"),
	BAD("obs-fold with a blank", 400, GET HOST "X: y\r\n z\r\n\r\n"),
	BAD("obs-fold with a tab", 400, GET HOST "X: y\r\n\tz\r\n\r\n"),
	BAD("obs-fold before the first header", 400, GET " X: y\r\n" HOST "\r\n"),
	BAD("obs-fold of the host", 400, GET "Host:\r\n localhost\r\n\r\n"),
	BAD("a line of blanks", 400, GET HOST "  \r\n\r\n"),
	BAD("space before the colon", 400, GET HOST "X : y\r\n\r\n"),
	BAD("tab before the colon", 400, GET HOST "X\t: y\r\n\r\n"),
	BAD("header without a name", 400, GET HOST ": y\r\n\r\n"),
	BAD("header without a colon", 400, GET HOST "junk\r\n\r\n"),
	BAD("space in a header name", 400, GET HOST "X Y: z\r\n\r\n"),
	BAD("NUL in a header name", 400, GET HOST "X\0Y: z\r\n\r\n"),
	BAD("brackets in a header name", 400, GET HOST "X(Y): z\r\n\r\n"),
	BAD("slash in a header name", 400, GET HOST "X/Y: z\r\n\r\n"),
	BAD("a header name that is not ASCII", 400, GET HOST "\xc3\xbc: z\r\n\r\n"),
	BAD("NUL in a value", 400, GET HOST "X: a\0b\r\n\r\n"),
	BAD("escape in a value", 400, GET HOST "X: a\x1b[31m\r\n\r\n"),
	BAD("delete in a value", 400, GET HOST "X: a\x7f\r\n\r\n"),
	BAD("form feed in a value", 400,
	        GET HOST "X: a\x0c"
	                 "b\r\n\r\n"),

	/* the request line */
	BAD("no request line", 400, ":\r\n\r\n"),
	BAD("two empty lines first", 400, "\r\n\r\n" GET HOST "\r\n"),
	BAD("bare LF first", 400, "\n" GET HOST "\r\n"),
	BAD("blank first", 400, " GET / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("no target", 400, "GET HTTP/1.1\r\n" HOST "\r\n"),
	BAD("no version", 400, "GET /\r\n" HOST "\r\n"),
	BAD("HTTP/0.9", 400, "GET /\r\n"),
	BAD("a method alone", 400, "GET\r\n\r\n"),
	BAD("two blanks before the target", 400, "GET  / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("two blanks before the version", 400, "GET /  HTTP/1.1\r\n" HOST "\r\n"),
	BAD("tab before the target", 400, "GET\t/ HTTP/1.1\r\n" HOST "\r\n"),
	BAD("tab before the version", 400, "GET /\tHTTP/1.1\r\n" HOST "\r\n"),
	BAD("blank after the version", 400, "GET / HTTP/1.1 \r\n" HOST "\r\n"),
	BAD("space in the target", 400, "GET /a b HTTP/1.1\r\n" HOST "\r\n"),
	BAD("unknown method", 501, "BREW / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("method in small letters", 501, "get / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("method with a colon", 400, "GE:T / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("method with NUL", 400, "GET\0 / HTTP/1.1\r\n" HOST "\r\n"),
	BAD("CONNECT", 501, "CONNECT localhost:80 HTTP/1.1\r\n" HOST "\r\n"),
	BAD("version 1.9", 505, "GET / HTTP/1.9\r\n" HOST "\r\n"),
	BAD("version 1.2", 505, "GET / HTTP/1.2\r\n" HOST "\r\n"),
	BAD("version 2.0", 505, "GET / HTTP/2.0\r\n" HOST "\r\n"),
	BAD("version 0.9", 505, "GET / HTTP/0.9\r\n" HOST "\r\n"),
	BAD("version 1.256", 400, "GET / HTTP/1.256\r\n" HOST "\r\n"),
	BAD("version 1.01", 400, "GET / HTTP/1.01\r\n" HOST "\r\n"),
	BAD("version 01.1", 400, "GET / HTTP/01.1\r\n" HOST "\r\n"),
	BAD("version 1", 400, "GET / HTTP/1\r\n" HOST "\r\n"),
	BAD("version 1.", 400, "GET / HTTP/1.\r\n" HOST "\r\n"),
	BAD("version 1,1", 400, "GET / HTTP/1,1\r\n" HOST "\r\n"),
	BAD("version +1.1", 400, "GET / HTTP/+1.1\r\n" HOST "\r\n"),
	BAD("protocol in small letters", 400, "GET / http/1.1\r\n" HOST "\r\n"),
	BAD("another protocol", 400, "GET / ICAP/1.0\r\n" HOST "\r\n"),
	BAD("HTTP/2 preface", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	BAD("TLS", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
	BAD("an answer", 400, "HTTP/1.1 200 OK\r\n\r\n"),

	/* the target */
	BAD("no leading slash", 400, "GET deals HTTP/1.1\r\n" HOST "\r\n"),
	BAD("backslashes", 400, "GET \\deals HTTP/1.1\r\n" HOST "\r\n"),
	BAD("a fragment", 400, "GET /#a HTTP/1.1\r\n" HOST "\r\n"),
	BAD("a quote in the path", 400, "GET /\"a\" HTTP/1.1\r\n" HOST "\r\n"),
	BAD("angle brackets in the query", 400, "GET /?a=<b> HTTP/1.1\r\n" HOST "\r\n"),
	BAD("bytes that are not ASCII", 400, "GET /\xc3\xbc HTTP/1.1\r\n" HOST "\r\n"),
	BAD("NUL in the target", 400, "GET /a\0b HTTP/1.1\r\n" HOST "\r\n"),
	BAD("delete in the target", 400, "GET /a\x7f HTTP/1.1\r\n" HOST "\r\n"),
	BAD("%00 in the path", 400, "GET /a%00b HTTP/1.1\r\n" HOST "\r\n"),
	BAD("%00 in the query", 400, "GET /?a=%00 HTTP/1.1\r\n" HOST "\r\n"),
	BAD("%0d%0a in the path", 400, "GET /a%0d%0aX:y HTTP/1.1\r\n" HOST "\r\n"),
	BAD("a percent sign alone", 400, "GET /100% HTTP/1.1\r\n" HOST "\r\n"),
	BAD("half an escape", 400, "GET /%4 HTTP/1.1\r\n" HOST "\r\n"),
	BAD("an escape that is not hex", 400, "GET /%zz HTTP/1.1\r\n" HOST "\r\n"),
	BAD("%u escape", 400, "GET /?a=%u0041 HTTP/1.1\r\n" HOST "\r\n"),
	BAD("path that is not UTF-8", 400, "GET /%ff HTTP/1.1\r\n" HOST "\r\n"),
	BAD("overlong UTF-8", 400, "GET /%c0%af HTTP/1.1\r\n" HOST "\r\n"),
	BAD("query that is not UTF-8", 400, "GET /?a=%ed%a0%80 HTTP/1.1\r\n" HOST "\r\n"),
	BAD("dots in the path", 400, "GET /../etc/passwd HTTP/1.1\r\n" HOST "\r\n"),
	BAD("dots at the end", 400, "GET /a/.. HTTP/1.1\r\n" HOST "\r\n"),
	BAD("escaped dots", 400, "GET /%2e%2E/etc/passwd HTTP/1.1\r\n" HOST "\r\n"),
	BAD("an asterisk for GET", 400, "GET * HTTP/1.1\r\n" HOST "\r\n"),
	BAD("another scheme", 400, "GET ftp://localhost/ HTTP/1.1\r\n" HOST "\r\n"),
	BAD("a host without a scheme", 400, "GET localhost/ HTTP/1.1\r\n" HOST "\r\n"),
	BAD("a target with another host", 400, "GET http://127.0.0.1/ HTTP/1.1\r\n" HOST "\r\n"),
	BAD("a target with a user", 400, "GET http://u:p@localhost/ HTTP/1.1\r\n" HOST "\r\n"),
	BAD("long target", 414, "GET /" X256("0123456789abcdef") " HTTP/1.1\r\n" HOST "\r\n"),
	BAD("long target without end", 414, "GET /" X256("0123456789abcdef") X256("0")),
	BAD("too many parameters", 400, "GET /?" X256("a=b&") X16("a=b&") " HTTP/1.1\r\n" HOST "\r\n"),

	/* Host */
	BAD("no host", 400, GET "\r\n"),
	BAD("two hosts that differ", 400, GET HOST "Host: 127.0.0.1\r\n\r\n"),
	BAD("two hosts that agree", 400, GET HOST HOST "\r\n"),
	BAD("two hosts in HTTP/1.0", 400, "GET / HTTP/1.0\r\n" HOST HOST "\r\n"),
	BAD("empty host", 400, GET "Host:\r\n\r\n"),
	BAD("host with a blank", 400, GET "Host: local host\r\n\r\n"),
	BAD("host with a user", 400, GET "Host: me@localhost\r\n\r\n"),
	BAD("host with a path", 400, GET "Host: localhost/a\r\n\r\n"),
	BAD("host with a scheme", 400, GET "Host: http://localhost\r\n\r\n"),
	BAD("host with a bad port", 400, GET "Host: localhost:a\r\n\r\n"),
	BAD("host with a large port", 400, GET "Host: localhost:65536\r\n\r\n"),
	BAD("host with two ports", 400, GET "Host: localhost:80:80\r\n\r\n"),
	BAD("a list of hosts", 400, GET "Host: localhost, 127.0.0.1\r\n\r\n"),
	BAD("an address left open", 400, GET "Host: [::1\r\n\r\n"),
	BAD("an address that is none", 400, GET "Host: [::1::2]\r\n\r\n"),
	BAD("another host", 421, GET "Host: evil.example\r\n\r\n"),
	BAD("another host in HTTP/1.0", 421, "GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n"),
	BAD("a host that ends like ours", 421, GET "Host: notlocalhost\r\n\r\n"),
	BAD("a host that begins like ours", 421, GET "Host: localhost.evil.example\r\n\r\n"),
	BAD("a number as host", 421, GET "Host: 2130706433\r\n\r\n"),

	/* too much */
	BAD("long header", 431, GET HOST "X: " X256("0123456789abcdef") X256("0123456789abcdef") "\r\n\r\n"),
	BAD("long header without end", 431, GET HOST "X: " X256("0123456789abcdef") X256("0123456789abcdef") X256("0")),
	BAD("long header name without end", 431, GET HOST X256("0123456789abcdef") X256("0123456789abcdef") X256("0")),
	BAD("too many headers", 431, GET HOST X256("a:\r\n") "\r\n"),
	BAD("too many headers without end", 431, GET HOST X256("a:\r\n") "a:"),

	/* what is not known */
	BAD("another expectation", 417, POST "Expect: 200-ok\r\nContent-Length: 5\r\n\r\nhello"),

	/* cut short: answered when the time is over */
	BAD("method without end", 408, X256("GET")),
	BAD("half a request line", 408, "GET / HT"),
	BAD("half a header", 408, GET "Host: loc"),
	BAD("no end of the head", 408, GET HOST),
	BAD("half the end of the head", 408, GET HOST "\r"),
	BAD("half a body", 408, POST "Content-Length: 5\r\n\r\nhel"),
	BAD("half a chunk", 408, CHUNKED "3\r\nab"),
	BAD("no last chunk", 408, CHUNKED "3\r\nabc\r\n"),
	BAD("half the last chunk", 408, CHUNKED "3\r\nabc\r\n0\r\n"),
};

/* Served; "/" answers 200 to anything, with the body it got. */
static const struct http_shape good_shapes[] = {
	GOOD("plain", 200, 1, GET HOST "\r\n"),
	GOOD("HTTP/1.0", 200, 1, "GET / HTTP/1.0\r\n\r\n"),
	GOOD("HTTP/1.0 with a host", 200, 1, "GET / HTTP/1.0\r\n" HOST "\r\n"),
	GOOD("one empty line first", 200, 1, "\r\n" GET HOST "\r\n"),
	GOOD("two in one go", 200, 2, GET HOST "\r\n" GET HOST "\r\n"),
	GOOD("three in one go, the last closes", 200, 3, GET HOST "\r\n" GET HOST "\r\n" GET HOST "Connection: close\r\n\r\n"),
	GOOD("nothing after close", 200, 1, GET HOST "Connection: close\r\n\r\n" SMUGGLED),
	GOOD("close among others", 200, 1, GET HOST "Connection: X, Close\r\n\r\n" SMUGGLED),
	GOOD("kept open in HTTP/1.0", 200, 2, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
	GOOD("HEAD", 200, 1, "HEAD / HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("OPTIONS of all", 200, 1, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("OPTIONS", 200, 1, "OPTIONS / HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("DELETE", 200, 1, "DELETE / HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("TRACE is not served but known", 200, 1, "TRACE / HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("GET with a body of nothing", 200, 2, GET HOST "Content-Length: 0\r\n\r\n" GET HOST "\r\n"),
	GOOD("POST", 200, 2, POST "Content-Length: 5\r\n\r\nhello" GET HOST "\r\n"),
	GOOD("POST of nothing", 200, 2, POST "Content-Length: 0\r\n\r\n" GET HOST "\r\n"),
	GOOD("POST without a length has no body", 200, 2, POST "\r\n" GET HOST "\r\n"),
	GOOD("length with zeros", 200, 2, POST "Content-Length: 0005\r\n\r\nhello" GET HOST "\r\n"),
	GOOD("tab before a value", 200, 2, POST "Content-Length:\t5\r\n\r\nhello" GET HOST "\r\n"),
	GOOD("blanks around a value", 200, 2, POST "Content-Length: \t 5 \t\r\n\r\nhello" GET HOST "\r\n"),
	GOOD("no blank before a value", 200, 2, POST "Content-Length:5\r\n\r\nhello" GET HOST "\r\n"),
	GOOD("names in any case", 200, 2, "POST / HTTP/1.1\r\nhOST: LocalHost\r\ncONTENT-lENGTH: 5\r\n\r\nhello" GET HOST "\r\n"),
	GOOD("PUT", 200, 1, "PUT / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"),
	GOOD("PATCH", 200, 1, "PATCH / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"),
	GOOD("chunked", 200, 2, CHUNKED "3\r\nabc\r\n5\r\n12345\r\n0\r\n\r\n" GET HOST "\r\n"),
	GOOD("chunked in any case", 200, 2, POST "Transfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n" GET HOST "\r\n"),
	GOOD("chunked of nothing", 200, 2, CHUNKED "0\r\n\r\n" GET HOST "\r\n"),
	GOOD("chunk size with zeros", 200, 2, CHUNKED "0003\r\nabc\r\n000\r\n\r\n" GET HOST "\r\n"),
	GOOD("chunk extension", 200, 2, CHUNKED "3;a=b\r\nabc\r\n0;c;d=\"e \\\" f\"\r\n\r\n" GET HOST "\r\n"),
	GOOD("trailers are thrown away", 200, 2, CHUNKED "3\r\nabc\r\n0\r\nContent-Length: 5\r\nX: y\r\n\r\n" GET HOST "\r\n"),
	GOOD("line ends in the data", 200, 2, CHUNKED "4\r\n\r\n\r\n\r\n0\r\n\r\n" GET HOST "\r\n"),
	GOOD("100-continue with the body", 200, 1, POST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"),
	GOOD("expectation in HTTP/1.0 is ignored", 200, 1, "POST / HTTP/1.0\r\nExpect: x\r\nContent-Length: 5\r\n\r\nhello"),
	GOOD("empty value", 200, 1, GET HOST "X:\r\n\r\n"),
	GOOD("a value that is not ASCII", 200, 1,
	        GET HOST "User-Agent: M\xc3\xb6"
	                 "bius/1\r\n\r\n"),
	GOOD("all marks a name may have", 200, 1, GET HOST "!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n"),
	GOOD("header twice", 200, 1, GET HOST "Accept: a\r\nAccept: b\r\n\r\n"),
	GOOD("upgrade is ignored", 200, 1, GET HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"),
	GOOD("whole address as target", 200, 1, "GET http://localhost/a?b=c HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("whole address without a path", 200, 1, "GET HTTP://LOCALHOST?b=c HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("whole address with a port", 200, 1, "GET http://localhost:8377/ HTTP/1.1\r\nHost: localhost:8377\r\n\r\n"),
	GOOD("query", 200, 1, "GET /a?b=c&d=e%20f+g&h HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("empty query", 200, 1, "GET /a? HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("what browsers leave in a query", 200, 1, "GET /?a=[b]{c}|d^e`f\\g'h HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("all marks a path may have", 200, 1, "GET /-._~!$&'()*+,;=:@ HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("escapes", 200, 1, "GET /%41%c3%bc%2F?%3d=%26%C3%BC%0A HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("empty segments", 200, 1, "GET //a// HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("dots in names", 200, 1, "GET /a..b/.c/...d HTTP/1.1\r\n" HOST "\r\n"),
	GOOD("host with a port", 200, 1, GET "Host: localhost:8377\r\n\r\n"),
	GOOD("host with an empty port", 200, 1, GET "Host: localhost:\r\n\r\n"),
	GOOD("address as host", 200, 1, GET "Host: 127.0.0.1:80\r\n\r\n"),
	GOOD("address of six as host", 200, 1, GET "Host: [::1]:80\r\n\r\n"),
	GOOD("a configured host", 200, 1, GET "Host: data.example.org\r\n\r\n"),
};

#endif
