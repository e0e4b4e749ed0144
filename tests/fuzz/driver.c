/*
 * driver: the main of a fuzz target where libFuzzer is not at hand.
 *
 *	fuzz_csv [-runs=N] [-seed=N] [-max_len=N] [FILE|FOLDER]...
 *
 * Runs the target over every file, then N times over changed ones (0 unless given). The same seed gives the same runs.
 * An input that ends the program, or takes ten seconds, is left in ./crash-input.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "aimarket/file.h"

enum { SECONDS_MAX = 10, CHANGES_MAX = 8 };

struct options {
	long runs, seed, max_len;
};

struct input {
	unsigned char *data;
	size_t n;
};

static struct input current; /* for the handlers */
static uint64_t state;

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static uint64_t dice(uint64_t sides)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return sides ? state % sides : 0;
}

static void keep_input(void)
{
	int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd >= 0 && write(fd, current.data, current.n) == (ssize_t)current.n)
		fprintf(stderr, "the input is in crash-input, %zu bytes\n", current.n);
}

static void on_signal(int number)
{
	if (number == SIGALRM)
		fprintf(stderr, "no end after %d seconds\n", SECONDS_MAX);
	keep_input();
	signal(number, SIG_DFL);
	raise(number);
}

/* A copy of exactly n bytes, so that reading past the end is seen. */
static void run_one(const unsigned char *data, size_t n)
{
	current = (struct input){ .data = xmalloc(n), .n = n };
	if (n)
		memcpy(current.data, data, n);
	alarm(SECONDS_MAX);
	LLVMFuzzerTestOneInput(current.data, n);
	alarm(0);
	free(current.data);
}

static unsigned char odd_byte(void)
{
	static const unsigned char odd[] = "\0\n\r\t ,.;:\"'\\{}[]<>/&-+0123456789eEtT\x7f\x80\xbf\xc3\xef\xff";

	return dice(2) ? odd[dice(sizeof odd)] : (unsigned char)dice(256);
}

/* Puts n bytes in the place of cut bytes at at. */
static void replace(struct buf *b, size_t at, size_t cut, const void *bytes, size_t n)
{
	struct buf made;

	buf_init(&made, b->max);
	buf_add(&made, buf_str(b), at);
	buf_add(&made, bytes, n);
	buf_add(&made, buf_str(b) + at + cut, b->len - at - cut);
	buf_release(b);
	*b = made;
}

static void change(struct buf *b, const struct input *other)
{
	size_t at = dice(b->len + 1), span = dice(b->len - at + 1);
	unsigned char c = odd_byte();

	switch (dice(5)) {
	case 0:
		replace(b, at, span ? 1 : 0, &c, 1);
		break;
	case 1:
		replace(b, at, 0, &c, 1);
		break;
	case 2:
		replace(b, at, dice(4) ? span % 8 : span, NULL, 0);
		break;
	case 3: {
		size_t from = dice(other->n + 1);

		replace(b, at, span % 64, other->data + from, dice(other->n - from + 1) % 256);
		break;
	}
	default:
		for (uint64_t i = dice(64); i > 0; i--)
			replace(b, at, 0, &c, 1);
	}
}

static void run_changed(const struct input *inputs, size_t n, const struct options *o)
{
	for (long run = 0; run < o->runs; run++) {
		const struct input *base = &inputs[dice(n)], *other = &inputs[dice(n)];
		struct buf b;

		buf_init(&b, (size_t)o->max_len);
		buf_add(&b, base->data, base->n < b.max ? base->n : b.max);
		for (uint64_t i = 1 + dice(CHANGES_MAX); i > 0; i--)
			change(&b, other);
		run_one((const unsigned char *)buf_str(&b), b.len);
		buf_release(&b);
	}
}

static bool read_option(const char *arg, struct options *o)
{
	return sscanf(arg, "-runs=%ld", &o->runs) == 1 || sscanf(arg, "-seed=%ld", &o->seed) == 1 ||
	       sscanf(arg, "-max_len=%ld", &o->max_len) == 1;
}

static int load(const char *path, struct arena *mem, struct input **inputs, size_t *n, struct err *e)
{
	char **names;
	size_t n_names;

	if (file_list(path, mem, &names, &n_names, e))
		return -1;
	*inputs = xrealloc(*inputs, (*n + n_names) * sizeof **inputs);
	for (size_t i = 0; i < n_names; i++) {
		struct buf b;

		buf_init(&b, 64 << 20);
		if (file_read(names[i], false, &b, e)) {
			buf_release(&b);
			return -1;
		}
		size_t len = b.len;
		(*inputs)[(*n)++] = (struct input){ .data = (unsigned char *)buf_take(&b), .n = len };
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .seed = 1, .max_len = 4096 };
	struct arena *mem = arena_new();
	struct input *inputs = xzalloc(sizeof *inputs); /* the first is the empty one */
	size_t n = 1;
	struct err e = { 0 };

	for (int i = 1; i < argc; i++) {
		if (!read_option(argv[i], &o) && load(argv[i], mem, &inputs, &n, &e)) {
			fprintf(stderr, "%s\n", e.text);
			return 2;
		}
	}
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(keep_input);
	signal(SIGABRT, on_signal);
	signal(SIGALRM, on_signal);
	state = (uint64_t)o.seed * 0x9e3779b97f4a7c15 + 1;
	for (size_t i = 0; i < n; i++)
		run_one(inputs[i].data, inputs[i].n);
	run_changed(inputs, n, &o);
	fprintf(stderr, "%zu inputs, %ld changed ones, nothing found\n", n, o.runs);
	for (size_t i = 0; i < n; i++)
		free(inputs[i].data);
	free(inputs);
	arena_free(mem);
	return 0;
}
