/* option: what can be said to a command, or in the body of a request: rows, from which parsing and help are made. */
#ifndef AIMARKET_OPTION_H
#define AIMARKET_OPTION_H

enum opt_type { OPT_FLAG, OPT_TEXT, OPT_INT, OPT_MANY /* text, may come again */ };

struct option_row {
	const char *name;	/* "limit" for --limit */
	char letter;		/* 'n' for -n, or 0 */
	enum opt_type type;
	const char *arg;	/* "N" in the help, "A|B" when it is one of these words (completion offers them); NULL for flags */
	const char *help;
};

#endif
