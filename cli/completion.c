/* aimarket completion: scripts for the shells, from the tree of commands and the registry. They run nothing and ask no database. */
#include "aimarket/cmd.h"

#include "aimarket/resource.h"
#include "aimarket/text.h"

enum { ENTRIES_MAX = 4096 };

/* What may be typed at a place. A place is the words that led there: "query deals", "query deals --type". */
struct entry {
	const char *place, *word, *help;
};

struct entries {
	struct arena *mem;
	struct entry list[ENTRIES_MAX];
	int n;
	const char *valued[ENTRIES_MAX]; /* options that take a value, each once */
	int n_valued;
};

/* ---- collecting */

static void add(struct entries *t, const char *place, const char *word, const char *help)
{
	if (t->n < ENTRIES_MAX)
		t->list[t->n++] = (struct entry){ place, word, help };
}

static void add_valued(struct entries *t, const char *option)
{
	for (int i = 0; i < t->n_valued; i++) {
		if (strcmp(t->valued[i], option) == 0)
			return;
	}
	if (t->n_valued < ENTRIES_MAX)
		t->valued[t->n_valued++] = option;
}

/* Each word of a list with one separator. */
static void add_words(struct entries *t, const char *place, const char *words, char separator)
{
	const char stop[] = { separator, 0 };

	while (*words) {
		size_t n = strcspn(words, stop);

		add(t, place, arena_strndup(t->mem, words, n), "");
		words += n + (words[n] == separator);
	}
}

static const char *join(struct entries *t, const char *place, const char *word)
{
	return *place ? arena_printf(t->mem, "%s %s", place, word) : word;
}

static void add_options(struct entries *t, const char *place, const struct option_row *rows)
{
	for (; rows && rows->name; rows++) {
		const char *option = arena_printf(t->mem, "--%s", rows->name);

		add(t, place, option, rows->help);
		if (rows->type == OPT_FLAG)
			continue;
		add_valued(t, option);
	}
}

/* The words an option takes stand at a place of their own, behind all of this place's. */
static void add_option_values(struct entries *t, const char *place, const struct option_row *rows)
{
	for (; rows && rows->name; rows++) {
		if (rows->arg && strchr(rows->arg, '|'))
			add_words(t, join(t, place, arena_printf(t->mem, "--%s", rows->name)), rows->arg, '|');
	}
}

static void each_options(struct entries *t, const char *place, const struct command *at,
	void (*fn)(struct entries *, const char *, const struct option_row *))
{
	fn(t, place, at->options);
	for (const struct option_row *const *set = at->shared; set && *set; set++)
		fn(t, place, *set);
	fn(t, place, global_options);
}

static void add_filters(struct entries *t, const char *place, const struct resource *r)
{
	for (const struct param *p = r->params; p->name; p++) {
		const char *option = arena_printf(t->mem, "--%s", p->name);

		add(t, place, option, p->help);
		if (param_args[p->type])
			add_valued(t, option);
	}
}

static void add_filter_values(struct entries *t, const char *place, const struct resource *r)
{
	for (const struct param *p = r->params; p->name; p++) {
		if (p->values)
			add_words(t, join(t, place, arena_printf(t->mem, "--%s", p->name)), p->values, ' ');
	}
}

/* A command whose first argument is a resource: the resources, then a place for each. */
static void add_resources(struct entries *t, const char *place, const struct command *at)
{
	for (const struct resource *r = resources; r->name; r++) {
		if (!r->hidden)
			add(t, place, r->name, r->help);
	}
	each_options(t, place, at, add_options);
	each_options(t, place, at, add_option_values);
	for (const struct resource *r = resources; r->name; r++) {
		const char *below = join(t, place, r->name);

		if (r->hidden)
			continue;
		add_filters(t, below, r);
		each_options(t, below, at, add_options);
		add_filter_values(t, below, r);
		each_options(t, below, at, add_option_values);
	}
}

static void add_command(struct entries *t, const char *place, const struct command *at)
{
	const struct resource *of = at->of ? resource_find(at->of) : NULL;

	if (at->open_option && !of) {
		add_resources(t, place, at);
		return;
	}
	for (const struct command *const *p = at->children; p && *p; p++) {
		if (!(*p)->hidden)
			add(t, place, (*p)->name, (*p)->summary);
	}
	if (!at->children && at->args && strchr(at->args, '|'))
		add_words(t, place, at->args, '|');
	if (of)
		add_filters(t, place, of);
	each_options(t, place, at, add_options);
	if (of)
		add_filter_values(t, place, of);
	each_options(t, place, at, add_option_values);
	for (const struct command *const *p = at->children; p && *p; p++) {
		if (!(*p)->hidden)
			add_command(t, join(t, place, (*p)->name), *p);
	}
}

/* ---- printing */

/* In single quotes; what ends them is written so the shell takes it. */
static void print_quoted(const char *s, const char *quote)
{
	putchar('\'');
	for (; *s; s++) {
		if (*s == '\'')
			fputs(quote, stdout);
		else
			putchar(*s);
	}
	putchar('\'');
}

static bool new_place(const struct entries *t, int i)
{
	return i == 0 || strcmp(t->list[i].place, t->list[i - 1].place) != 0;
}

static void print_valued(const struct entries *t, const char *separator)
{
	for (int i = 0; i < t->n_valued; i++)
		printf("%s%s", i ? separator : "", t->valued[i]);
}

static void print_bash(const struct entries *t)
{
	puts("# bash completion of aimarket; made by `aimarket completion bash`\n"
	     "_aimarket_words() {\n\tcase $1 in");
	for (int i = 0; i < t->n; i++) {
		if (new_place(t, i))
			printf("%s\t'%s') echo '", i ? "' ;;\n" : "", t->list[i].place);
		printf("%s ", t->list[i].word);
	}
	fputs("' ;;\n\t*) return 1 ;;\n\tesac\n}\n"
	      "_aimarket() {\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at='' i words\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n\t\t",
		stdout);
	print_valued(t, "|");
	fputs(") i=$((i + 1)) ;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) _aimarket_words \"${at:+$at }${COMP_WORDS[i]}\" >/dev/null && at=\"${at:+$at }${COMP_WORDS[i]}\" ;;\n"
	      "\t\tesac\n"
	      "\tdone\n"
	      "\tif words=$(_aimarket_words \"${at:+$at }$prev\") && [[ $prev == -* ]]; then\n\t\t:\n"
	      "\telse\n"
	      "\t\tcase $prev in\n\t\t",
		stdout);
	print_valued(t, "|");
	puts(") return ;;\n"
	     "\t\tesac\n"
	     "\t\twords=$(_aimarket_words \"$at\")\n"
	     "\tfi\n"
	     "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	     "}\n"
	     "complete -o default -F _aimarket aimarket");
}

static void print_zsh(const struct entries *t)
{
	puts("#compdef aimarket\n# zsh completion of aimarket; made by `aimarket completion zsh`\n"
	     "_aimarket_words() {\n\tcase $1 in");
	for (int i = 0; i < t->n; i++) {
		if (new_place(t, i))
			printf("%s\t'%s') words_here=(", i ? ") ;;\n" : "", t->list[i].place);
		print_quoted(*t->list[i].help ? arena_printf(t->mem, "%s:%s", t->list[i].word, t->list[i].help) : t->list[i].word, "'\\''");
		putchar(' ');
	}
	fputs(") ;;\n\t*) return 1 ;;\n\tesac\n}\n"
	      "_aimarket() {\n"
	      "\tlocal at='' i prev=$words[CURRENT-1]\n\tlocal -a words_here valued\n"
	      "\tvalued=(",
		stdout);
	print_valued(t, " ");
	puts(")\n"
	     "\tfor ((i = 2; i < CURRENT; i++)); do\n"
	     "\t\tif (( $valued[(Ie)$words[i]] )); then\n\t\t\t((i++))\n"
	     "\t\telif [[ $words[i] != -* ]] && _aimarket_words \"${at:+$at }$words[i]\"; then\n\t\t\tat=\"${at:+$at }$words[i]\"\n"
	     "\t\tfi\n"
	     "\tdone\n"
	     "\twords_here=()\n"
	     "\tif [[ $prev == -* ]] && _aimarket_words \"${at:+$at }$prev\"; then\n\t\t_describe value words_here\n"
	     "\telif (( $valued[(Ie)$prev] )); then\n\t\t_files\n"
	     "\telse\n\t\t_aimarket_words \"$at\" && _describe word words_here || _files\n"
	     "\tfi\n"
	     "}\n"
	     "if [ \"$funcstack[1]\" = _aimarket ]; then _aimarket \"$@\"; else compdef _aimarket aimarket; fi");
}

static void print_fish(const struct entries *t)
{
	puts("# fish completion of aimarket; made by `aimarket completion fish`\n"
	     "function __aimarket_words\n\tswitch \"$argv[1]\"");
	for (int i = 0; i < t->n; i++) {
		if (new_place(t, i))
			printf("\tcase '%s'\n\t\tprintf '%%s\\t%%s\\n'", t->list[i].place);
		printf(" %s ", t->list[i].word);
		print_quoted(t->list[i].help, "\\'");
		if (i + 1 == t->n || new_place(t, i + 1))
			putchar('\n');
	}
	fputs("\tcase '*'\n\t\treturn 1\n\tend\nend\n"
	      "function __aimarket_complete\n"
	      "\tset -l at ''\n\tset -l skip 0\n\tset -l prev ''\n\tset -l valued ",
		stdout);
	print_valued(t, " ");
	puts("\n"
	     "\tfor w in (commandline -opc)[2..-1]\n"
	     "\t\tset prev $w\n"
	     "\t\tif test $skip = 1\n\t\t\tset skip 0\n"
	     "\t\telse if contains -- $w $valued\n\t\t\tset skip 1\n"
	     "\t\telse if not string match -q -- '-*' $w; and __aimarket_words (string trim \"$at $w\") >/dev/null\n\t\t\tset at (string trim \"$at $w\")\n"
	     "\t\tend\n"
	     "\tend\n"
	     "\tif test $skip = 1\n\t\t__aimarket_words (string trim \"$at $prev\"); or __fish_complete_path (commandline -ct)\n"
	     "\telse\n\t\t__aimarket_words \"$at\"; or __fish_complete_path (commandline -ct)\n"
	     "\tend\n"
	     "end\n"
	     "complete -c aimarket -f -a '(__aimarket_complete)'");
}

static const struct shell {
	const char *name;
	void (*print)(const struct entries *t);
} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

static int completion_run(struct cmd *c, struct err *e)
{
	const char *names[3];
	struct entries *t;

	for (int i = 0; i < 3; i++) {
		names[i] = shells[i].name;
		if (strcmp(cmd_arg(c, 0), names[i]) != 0)
			continue;
		t = arena_zalloc(cmd_mem(c), sizeof(*t));
		t->mem = cmd_mem(c);
		add_command(t, "", &cmd_root);
		shells[i].print(t);
		return 0;
	}
	err_set(e, ERR_USAGE, "no completion for shell \"%s\"", cmd_arg(c, 0));
	return err_hint(e, "There is one for bash, zsh and fish.");
}

const struct command cmd_completion = {
	.name = "completion",
	.args = "bash|zsh|fish",
	.summary = "print a completion script for a shell",
	.text = "For bash: source <(aimarket completion bash), or put it into /usr/share/bash-completion/completions/aimarket as `make install` does.",
	.min_args = 1,
	.max_args = 1,
	.run = completion_run,
};
