/* aimarket help: what --help prints, from the tree alone; no database is asked. */
#include "aimarket/cmd.h"

#include "aimarket/text.h"

enum { HELP_COLUMN = 30, WORD_COLUMN = 16, HELP_WIDTH = 80, DEPTH_MAX = 8 };

void help_fill(const char *text, int indent, int at, FILE *out)
{
	while (*text) {
		size_t n = strcspn(text, " \n");
		int width = text_width(text, n);

		if (at > indent && at + 1 + width > HELP_WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		}
		fprintf(out, "%s%.*s", at > indent ? " " : "", (int)n, text);
		at += width + (at > indent);
		text += n + (text[n] == ' ');
		if (*text == '\n') {
			fprintf(out, "\n%*s", *++text ? indent : 0, "");
			at = indent;
		}
	}
	fputc('\n', out);
}

void help_row(const char *left, const char *text, FILE *out)
{
	int width = text_width(left, strlen(left));

	if (width > HELP_COLUMN - 2)
		fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
	else
		fprintf(out, "%s%*s", left, HELP_COLUMN - width, "");
	help_fill(text, HELP_COLUMN, HELP_COLUMN, out);
}

void help_word(const char *word, const char *text, FILE *out)
{
	fprintf(out, "  %-14s", word);
	help_fill(text, WORD_COLUMN, WORD_COLUMN, out);
}

static void print_option(const struct option_row *o, FILE *out)
{
	char left[96];

	snprintf(left, sizeof(left), "  %c%c%c --%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ', o->letter ? ',' : ' ',
		o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	help_row(left, o->help, out);
}

static void print_options(const char *title, const struct option_row *rows, FILE *out)
{
	if (!rows || !rows->name)
		return;
	fprintf(out, "\n%s\n", title);
	for (; rows->name; rows++)
		print_option(rows, out);
}

const char *help_set_name(const struct option_row *set)
{
	return set == format_options ? "output" : set == time_options ? "time" : "listing";
}

static void print_set(const struct option_row *set, FILE *out)
{
	char title[40];

	snprintf(title, sizeof(title), "%s options:", help_set_name(set));
	print_options(title, set, out);
}

static void print_usage(const struct command *const *path, int depth, FILE *out)
{
	const struct command *at = path[depth];

	fputs("usage:", out);
	for (int i = 0; i <= depth; i++)
		fprintf(out, " %s", path[i]->name);
	fprintf(out, "%s%s%s [options]\n", at->children ? " COMMAND" : "", at->args ? " " : "", at->args ? at->args : "");
}

static void print_children(const struct command *at, FILE *out)
{
	fputs("\ncommands:\n", out);
	for (const struct command *const *p = at->children; *p; p++) {
		if (!(*p)->hidden)
			help_word((*p)->name, (*p)->summary, out);
	}
	if (at == &cmd_root)
		fputs("\n`aimarket help COMMAND` or `aimarket COMMAND --help` tells more.\n", out);
}

void help_show(const struct command *const *path, int depth, const char *topic, FILE *out)
{
	const struct command *at = path[depth];

	print_usage(path, depth, out);
	fprintf(out, "%s\n", at->summary);
	if (at->text) {
		fputc('\n', out);
		help_fill(at->text, 0, 0, out);
	}
	if (at->children)
		print_children(at, out);
	print_options("options:", at->options, out);
	if (at->more_help)
		at->more_help(topic, out);
	for (const struct option_row *const *set = at->shared; set && *set; set++)
		print_set(*set, out);
	print_options("options of every command:", global_options, out);
}

static const struct command *child_named(const struct command *at, const char *name)
{
	for (const struct command *const *p = at->children; p && *p; p++) {
		if (strcmp((*p)->name, name) == 0)
			return *p;
	}
	return NULL;
}

static int unknown_topic(const struct command *at, const char *name, struct err *e)
{
	const char *names[64], *near;
	size_t n = 0;

	for (const struct command *const *p = at->children; *p && n < 64; p++)
		names[n++] = (*p)->name;
	near = text_nearest(name, names, n);
	err_set(e, ERR_USAGE, "no help on \"%s\"", name);
	return near ? err_hint(e, "Did you mean \"%s\"?", near) : -1;
}

static int help_run(struct cmd *c, struct err *e)
{
	const struct command *path[DEPTH_MAX] = { &cmd_root };
	int depth = 0, i;

	for (i = 0; i < cmd_n_args(c) && path[depth]->children && depth + 1 < DEPTH_MAX; i++) {
		const struct command *child = child_named(path[depth], cmd_arg(c, i));

		if (!child)
			return unknown_topic(path[depth], cmd_arg(c, i), e);
		path[++depth] = child;
	}
	help_show(path, depth, cmd_arg(c, i), stdout);
	return 0;
}

const struct command cmd_help = {
	.name = "help",
	.args = "[COMMAND …]",
	.summary = "what a command does and takes",
	.max_args = -1,
	.run = help_run,
};
