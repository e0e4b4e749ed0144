/*
 * httpd: a scripted HTTP/1.1 server for tests. It listens on 127.0.0.1, prints the port it got, and answers by rules:
 *
 *     httpd [-r RULE]… [-s FILE] [-l LOG] [-a ADDRESS] [-p PORT] [-t CERT]
 *
 *     -r, -s   a rule; a file with one rule a line (# begins a comment)
 *     -l       one line a request: seconds.microseconds connection method target status user-agent
 *     -t       speak TLS with a certificate made on the spot for localhost and 127.0.0.1, and write it to CERT
 *
 * A rule is a path (a * at its end stands for anything) and words; the first rule that fits and has times left is taken.
 * Values may be quoted, with \n \r \t \" \\ \xNN inside. In body, header and location {port}, {n} (requests of this rule
 * so far) and {path} are replaced.
 *
 *     /feed  status=200 body="n={n}\n" header="Content-Type: text/plain" etag="\"v1\"" modified="Mon, 02 Nov 2026 10:00:00 GMT"
 *     /feed  times=1 body=one          the content changes between two requests:
 *     /feed  body=two
 *     /big   size=20000                so many bytes;  file=PATH: those of a file;  echo: the head of the request
 *     /gz    size=9000 gzip            bomb=N: N zero bytes, packed; hollow=N: a gzip stream of N bytes with nothing in it
 *     /slow  delay=500 drip=10         milliseconds before the answer, between two bytes of it
 *     /cut   size=100 cut=40           closes after 40 bytes of the body
 *     /lie   size=100 length=90        Content-Length says 90;  length=none: leaves it out and closes at the end
 *     /chunk size=100 chunked
 *     /busy  status=429 retry=120      Retry-After in seconds;  retry-date=-30: as a date that lies so many seconds ahead
 *     /go    status=301 location=http://127.0.0.1:{port}/x
 *     /gone  drop                      closes without an answer;  reset: with a reset
 *     /bad   raw="HTTP/1.1 twohundred\r\n\r\n"
 *
 * It ends at SIGTERM, and by itself after 15 minutes.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <zlib.h>

#include "aimarket/arena.h"
#include "aimarket/buf.h"

enum { HEAD_MAX = 64 * 1024, BODY_MAX = 512 * 1024 * 1024, LIFE = 15 * 60, NOT_GIVEN = -1, LENGTH_NONE = -2 };

struct rule {
	char *path;
	bool prefix;
	long status, times, size, bomb, hollow, delay, drip, cut, length, retry, retry_date;
	bool gzip, chunked, echo, drop, reset;
	char *body, *file, *etag, *modified, *location, *raw;
	struct buf headers;
	size_t raw_len;
	long seen; /* requests answered so far */
	struct rule *next;
};

struct conn {
	int fd, id;
	SSL *ssl; /* NULL: plain */
	struct buf in; /* bytes that were read and not yet used */
};

static struct rule *rules, **rules_end = &rules;
static pthread_mutex_t rules_lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1, port;
static SSL_CTX *tls;

/* ---- rules */

enum key_type { KEY_NUMBER, KEY_FLAG, KEY_TEXT, KEY_HEADER, KEY_RAW };
static const struct key {
	const char *name;
	enum key_type type;
	size_t field;
} keys[] = {
	{ "status", KEY_NUMBER, offsetof(struct rule, status) },
	{ "times", KEY_NUMBER, offsetof(struct rule, times) },
	{ "size", KEY_NUMBER, offsetof(struct rule, size) },
	{ "bomb", KEY_NUMBER, offsetof(struct rule, bomb) },
	{ "hollow", KEY_NUMBER, offsetof(struct rule, hollow) },
	{ "delay", KEY_NUMBER, offsetof(struct rule, delay) },
	{ "drip", KEY_NUMBER, offsetof(struct rule, drip) },
	{ "cut", KEY_NUMBER, offsetof(struct rule, cut) },
	{ "length", KEY_NUMBER, offsetof(struct rule, length) },
	{ "retry", KEY_NUMBER, offsetof(struct rule, retry) },
	{ "retry-date", KEY_NUMBER, offsetof(struct rule, retry_date) },
	{ "gzip", KEY_FLAG, offsetof(struct rule, gzip) },
	{ "chunked", KEY_FLAG, offsetof(struct rule, chunked) },
	{ "echo", KEY_FLAG, offsetof(struct rule, echo) },
	{ "drop", KEY_FLAG, offsetof(struct rule, drop) },
	{ "reset", KEY_FLAG, offsetof(struct rule, reset) },
	{ "body", KEY_TEXT, offsetof(struct rule, body) },
	{ "file", KEY_TEXT, offsetof(struct rule, file) },
	{ "etag", KEY_TEXT, offsetof(struct rule, etag) },
	{ "modified", KEY_TEXT, offsetof(struct rule, modified) },
	{ "location", KEY_TEXT, offsetof(struct rule, location) },
	{ "header", KEY_HEADER, 0 },
	{ "raw", KEY_RAW, 0 },
};

static char unescape(const char **p)
{
	static const char from[] = "nrt", to[] = "\n\r\t";
	char c = *(*p)++;
	const char *at = c ? strchr(from, c) : NULL;

	if (c != 'x')
		return at ? to[at - from] : c;
	char hex[3] = { (*p)[0], (*p)[0] ? (*p)[1] : '\0' };
	*p += strlen(hex);
	return (char)strtol(hex, NULL, 16);
}

/* The next word of a rule, unquoted, into out; false at the end. A word that is only quoted in part is fine: body="x y". */
static bool next_word(const char **p, struct buf *out)
{
	bool quoted = false;

	buf_reset(out);
	*p += strspn(*p, " \t");
	if (!**p || **p == '\n' || **p == '#')
		return false;
	while (**p && **p != '\n' && (quoted || !strchr(" \t", **p))) {
		char c = *(*p)++;

		if (c == '"')
			quoted = !quoted;
		else
			(void)buf_addc(out, c == '\\' && quoted ? unescape(p) : c);
	}
	return true;
}

static void set_key(struct rule *r, const char *word, size_t len)
{
	const char *value = strchrnul(word, '=');
	size_t n = (size_t)(value - word);
	const struct key *k = keys;

	while (k < keys + sizeof keys / sizeof *keys && (strlen(k->name) != n || strncmp(k->name, word, n) != 0))
		k++;
	if (k == keys + sizeof keys / sizeof *keys)
		errx(2, "unknown word \"%s\" in the rule of %s", word, r->path);
	value += *value == '=';
	switch (k->type) {
	case KEY_NUMBER:
		*(long *)((char *)r + k->field) = strcmp(value, "none") == 0 ? LENGTH_NONE : strtol(value, NULL, 10);
		break;
	case KEY_FLAG:
		*(bool *)((char *)r + k->field) = true;
		break;
	case KEY_TEXT:
		*(char **)((char *)r + k->field) = xstrdup(value);
		break;
	case KEY_HEADER:
		(void)buf_printf(&r->headers, "%s\r\n", value);
		break;
	case KEY_RAW:
		r->raw_len = len - (size_t)(value - word);
		r->raw = xmalloc(r->raw_len + 1);
		memcpy(r->raw, value, r->raw_len + 1);
		break;
	}
}

static void add_rule(const char *line)
{
	struct buf word;

	buf_init(&word, HEAD_MAX);
	if (next_word(&line, &word)) {
		struct rule *r = xzalloc(sizeof *r);

		r->path = xstrdup(buf_str(&word));
		r->prefix = r->path[strlen(r->path) - 1] == '*';
		r->status = 200;
		r->times = r->cut = r->length = r->retry_date = NOT_GIVEN;
		buf_init(&r->headers, HEAD_MAX);
		while (next_word(&line, &word))
			set_key(r, buf_str(&word), word.len);
		*rules_end = r;
		rules_end = &r->next;
	}
	buf_release(&word);
}

static void add_script(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;

	if (!f)
		err(2, "could not open \"%s\"", path);
	while (getline(&line, &cap, f) > 0)
		add_rule(line);
	free(line);
	fclose(f);
}

static bool fits(const struct rule *r, const char *target)
{
	return r->prefix ? strncmp(target, r->path, strlen(r->path) - 1) == 0 : strcmp(target, r->path) == 0;
}

/* Takes the rule and the number of this request under it. */
static const struct rule *find_rule(const char *target, long *n)
{
	struct rule *r;

	pthread_mutex_lock(&rules_lock);
	for (r = rules; r && !(fits(r, target) && (r->times == NOT_GIVEN || r->seen < r->times)); r = r->next)
		;
	*n = r ? ++r->seen : 0;
	pthread_mutex_unlock(&rules_lock);
	return r;
}

/* ---- connections */

static ssize_t conn_read(struct conn *c, void *p, size_t n)
{
	return c->ssl ? SSL_read(c->ssl, p, (int)n) : recv(c->fd, p, n, 0);
}

static int conn_write(struct conn *c, const char *p, size_t n)
{
	while (n > 0) {
		size_t some = n < 65536 ? n : 65536;
		ssize_t done = c->ssl ? SSL_write(c->ssl, p, (int)some) : send(c->fd, p, some, MSG_NOSIGNAL);

		if (done <= 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static void nap(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (ms > 0)
		nanosleep(&t, NULL);
}

static int conn_drip(struct conn *c, const char *p, size_t n, long ms)
{
	if (ms <= 0)
		return conn_write(c, p, n);
	for (; n > 0; p++, n--) {
		if (conn_write(c, p, 1))
			return -1;
		nap(ms);
	}
	return 0;
}

/* The head of the next request, blank line included, into out. */
static int read_head(struct conn *c, struct buf *out)
{
	char piece[8192], *end;

	while (!(end = c->in.len ? memmem(c->in.data, c->in.len, "\r\n\r\n", 4) : NULL)) {
		ssize_t n = conn_read(c, piece, sizeof piece);

		if (n <= 0 || buf_add(&c->in, piece, (size_t)n))
			return -1;
	}
	size_t n = (size_t)(end + 4 - c->in.data);
	buf_reset(out);
	if (buf_add(out, c->in.data, n))
		return -1;
	memmove(c->in.data, c->in.data + n, c->in.len - n);
	c->in.len -= n;
	return 0;
}

/* Value of a header of the request, into out; "" when it is not there. */
static const char *header(const char *head, const char *name, struct buf *out)
{
	size_t n = strlen(name);

	buf_reset(out);
	for (const char *p = strchr(head, '\n'); p; p = strchr(p + 1, '\n')) {
		if (strncasecmp(p + 1, name, n) != 0 || p[1 + n] != ':')
			continue;
		const char *value = p + 2 + n + strspn(p + 2 + n, " ");
		(void)buf_add(out, value, strcspn(value, "\r\n"));
		break;
	}
	return buf_str(out);
}

/* ---- answers */

struct answer {
	const struct rule *rule;
	const char *target, *head; /* of the request */
	long n;
	struct buf body;
};

static void add_filled(struct buf *out, const char *text, const struct answer *a)
{
	for (; *text; text++) {
		if (strncmp(text, "{port}", 6) == 0)
			(void)buf_printf(out, "%d", port), text += 5;
		else if (strncmp(text, "{n}", 3) == 0)
			(void)buf_printf(out, "%ld", a->n), text += 2;
		else if (strncmp(text, "{path}", 6) == 0)
			(void)buf_adds(out, a->target), text += 5;
		else
			(void)buf_addc(out, *text);
	}
}

static void add_file(struct buf *out, const char *path)
{
	char piece[65536];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		err(2, "could not open \"%s\"", path);
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		(void)buf_add(out, piece, n);
	fclose(f);
}

static void add_bytes(struct buf *out, long n)
{
	static const char line[] = "The quick brown fox jumps over the lazy dog and comes home.....\n";

	for (; n > 0; n -= (long)sizeof line - 1)
		(void)buf_add(out, line, n < (long)sizeof line - 1 ? (size_t)n : sizeof line - 1);
}

/* Packs data, then so many zero bytes. */
static void pack(struct buf *data, long zeros)
{
	static unsigned char nothing[65536];
	unsigned char out[65536];
	struct buf packed;
	z_stream z = { .next_in = (unsigned char *)data->data, .avail_in = (unsigned)data->len };
	int rc = deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);

	buf_init(&packed, BODY_MAX);
	while (rc == Z_OK) {
		if (z.avail_in == 0 && zeros > 0) {
			z.avail_in = zeros < (long)sizeof nothing ? (unsigned)zeros : sizeof nothing;
			z.next_in = nothing;
			zeros -= z.avail_in;
		}
		z.next_out = out;
		z.avail_out = sizeof out;
		rc = deflate(&z, zeros > 0 ? Z_NO_FLUSH : Z_FINISH);
		(void)buf_add(&packed, out, sizeof out - z.avail_out);
	}
	deflateEnd(&z);
	buf_release(data);
	*data = packed;
}

/* A gzip stream that goes on and on and holds nothing: empty stored blocks. */
static void add_hollow(struct buf *out, long n)
{
	(void)buf_add(out, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
	for (; n > 0; n -= 5)
		(void)buf_add(out, "\0\0\0\xff\xff", 5);
}

static void make_body(struct answer *a)
{
	const struct rule *r = a->rule;

	if (r->file)
		add_file(&a->body, r->file);
	if (r->body)
		add_filled(&a->body, r->body, a);
	if (r->echo)
		(void)buf_adds(&a->body, a->head);
	add_bytes(&a->body, r->size);
	if (r->gzip || r->bomb)
		pack(&a->body, r->bomb);
	if (r->hollow)
		add_hollow(&a->body, r->hollow);
}

static bool not_modified(const struct rule *r, const char *head)
{
	struct buf value;
	bool same = false;

	buf_init(&value, HEAD_MAX);
	if (*header(head, "If-None-Match", &value))
		same = r->etag && strcmp(buf_str(&value), r->etag) == 0;
	else if (*header(head, "If-Modified-Since", &value))
		same = r->modified && strcmp(buf_str(&value), r->modified) == 0;
	buf_release(&value);
	return same;
}

static void add_date(struct buf *out, const char *name, time_t at)
{
	char text[64];
	struct tm tm;

	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &tm));
	(void)buf_printf(out, "%s: %s\r\n", name, text);
}

/* What the rule says goes in; the length, or the way to do without. */
static void make_head(const struct answer *a, long status, struct buf *out)
{
	const struct rule *r = a->rule;

	(void)buf_printf(out, "HTTP/1.1 %ld %s\r\n", status, status == 200 ? "OK" : "As scripted");
	add_date(out, "Date", time(NULL));
	add_filled(out, buf_str(&r->headers), a);
	if (r->etag)
		(void)buf_printf(out, "ETag: %s\r\n", r->etag);
	if (r->modified)
		(void)buf_printf(out, "Last-Modified: %s\r\n", r->modified);
	if (r->location) {
		(void)buf_adds(out, "Location: ");
		add_filled(out, r->location, a);
		(void)buf_adds(out, "\r\n");
	}
	if (r->retry)
		(void)buf_printf(out, "Retry-After: %ld\r\n", r->retry);
	if (r->retry_date != NOT_GIVEN)
		add_date(out, "Retry-After", time(NULL) + r->retry_date);
	if (r->gzip || r->bomb || r->hollow)
		(void)buf_adds(out, "Content-Encoding: gzip\r\n");
	if (r->chunked)
		(void)buf_adds(out, "Transfer-Encoding: chunked\r\n");
	else if (r->length == LENGTH_NONE)
		(void)buf_adds(out, "Connection: close\r\n");
	else if (status != 304)
		(void)buf_printf(out, "Content-Length: %zu\r\n", r->length == NOT_GIVEN ? a->body.len : (size_t)r->length);
	(void)buf_adds(out, "\r\n");
}

static int send_chunks(struct conn *c, const struct answer *a, size_t n)
{
	enum { CHUNK = 1000 };
	char size[32];

	for (size_t at = 0; at < n; at += CHUNK) {
		size_t some = n - at < CHUNK ? n - at : CHUNK;

		snprintf(size, sizeof size, "%zx\r\n", some);
		if (conn_write(c, size, strlen(size)) || conn_drip(c, a->body.data + at, some, a->rule->drip) || conn_write(c, "\r\n", 2))
			return -1;
	}
	return n < a->body.len ? -1 : conn_write(c, "0\r\n\r\n", 5);
}

/* Returns 0 when the connection can go on. */
static int send_answer(struct conn *c, struct answer *a, long status)
{
	const struct rule *r = a->rule;
	struct buf head;
	int rc;

	if (status != 304)
		make_body(a);
	size_t n = r->cut != NOT_GIVEN && (size_t)r->cut < a->body.len ? (size_t)r->cut : a->body.len;

	buf_init(&head, HEAD_MAX);
	make_head(a, status, &head);
	rc = conn_drip(c, head.data, head.len, r->drip);
	if (rc == 0)
		rc = r->chunked ? send_chunks(c, a, n) : conn_drip(c, buf_str(&a->body), n, r->drip);
	buf_release(&head);
	return rc || n < a->body.len || r->length != NOT_GIVEN ? -1 : 0;
}

static void write_log(const struct conn *c, const char *method, const char *target, long status, const char *head)
{
	struct timespec now;
	struct buf agent;
	char line[2048];

	if (log_fd < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	buf_init(&agent, HEAD_MAX);
	header(head, "User-Agent", &agent);
	int n = snprintf(line, sizeof line, "%lld.%06ld %d %s %.512s %ld %.512s\n", (long long)now.tv_sec, now.tv_nsec / 1000, c->id,
	        method, target, status, buf_str(&agent));
	if (write(log_fd, line, (size_t)n) < 0)
		err(2, "could not write the log");
	buf_release(&agent);
}

static void hang_up(struct conn *c, bool reset)
{
	struct linger now = { .l_onoff = 1 };

	if (reset)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static int answer(struct conn *c, const char *head)
{
	static const struct rule unknown = { .status = 404, .cut = NOT_GIVEN, .length = NOT_GIVEN, .retry_date = NOT_GIVEN };
	char method[16] = "", target[4096] = "";
	struct answer a = { .target = target, .head = head };
	int rc = -1;

	sscanf(head, "%15s %4095s", method, target);
	const struct rule *r = find_rule(target, &a.n);
	a.rule = r ? r : &unknown;
	long status = not_modified(a.rule, head) ? 304 : a.rule->status;

	write_log(c, method, target, status, head);
	nap(a.rule->delay);
	if (a.rule->drop || a.rule->reset) {
		hang_up(c, a.rule->reset);
	} else if (a.rule->raw) {
		(void)conn_drip(c, a.rule->raw, a.rule->raw_len, a.rule->drip);
	} else {
		buf_init(&a.body, BODY_MAX);
		rc = send_answer(c, &a, status);
		buf_release(&a.body);
	}
	return rc;
}

static void *serve(void *arg)
{
	struct conn *c = arg;
	struct buf head;

	buf_init(&head, HEAD_MAX);
	buf_init(&c->in, HEAD_MAX);
	if (tls) {
		c->ssl = SSL_new(tls);
		SSL_set_fd(c->ssl, c->fd);
	}
	if (!c->ssl || SSL_accept(c->ssl) == 1)
		while (read_head(c, &head) == 0 && answer(c, buf_str(&head)) == 0)
			;
	if (c->ssl && SSL_get_shutdown(c->ssl) == 0)
		SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	close(c->fd);
	buf_release(&c->in);
	buf_release(&head);
	free(c);
	return NULL;
}

/* ---- beginning */

/* Signs itself; valid for a day. */
static void make_tls(const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
	FILE *f = fopen(path, "w");

	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_set_version(cert, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_add_ext(cert, names, -1);
	tls = SSL_CTX_new(TLS_server_method());
	if (!f || !X509_sign(cert, key, EVP_sha256()) || !PEM_write_X509(f, cert) || SSL_CTX_use_certificate(tls, cert) != 1 ||
	        SSL_CTX_use_PrivateKey(tls, key) != 1)
		errx(2, "could not make the certificate \"%s\"", path);
	fclose(f);
	X509_EXTENSION_free(names);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static int listen_on(const char *address, int wanted)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)wanted) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
		errx(2, "\"%s\" is no address", address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 1024) || getsockname(fd, (struct sockaddr *)&a, &len))
		err(2, "could not listen");
	port = ntohs(a.sin_port);
	return fd;
}

static void __attribute__((noreturn)) accept_all(int fd)
{
	pthread_attr_t detached;
	int on = 1;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&detached, (size_t)512 * 1024);
	for (int id = 1;; id++) {
		int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		struct conn *c = xzalloc(sizeof *c);
		pthread_t thread;

		*c = (struct conn){ .fd = one, .id = id };
		setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		if (one < 0 || pthread_create(&thread, &detached, serve, c))
			err(2, "could not take a connection");
	}
}

int main(int argc, char **argv)
{
	const char *address = "127.0.0.1";
	int wanted = 0, letter;

	signal(SIGPIPE, SIG_IGN);
	alarm(LIFE);
	while ((letter = getopt(argc, argv, "r:s:l:a:p:t:")) != -1) {
		switch (letter) {
		case 'r':
			add_rule(optarg);
			break;
		case 's':
			add_script(optarg);
			break;
		case 'l':
			log_fd = open(optarg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
			break;
		case 'a':
			address = optarg;
			break;
		case 'p':
			wanted = (int)strtol(optarg, NULL, 10);
			break;
		case 't':
			make_tls(optarg);
			break;
		default:
			errx(2, "usage: httpd [-r RULE]... [-s FILE] [-l LOG] [-a ADDRESS] [-p PORT] [-t CERT]");
		}
	}
	int fd = listen_on(address, wanted);
	printf("%d\n", port);
	fflush(stdout);
	accept_all(fd);
}
