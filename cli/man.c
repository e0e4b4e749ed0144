/* aimarket man: the manual pages as roff, from the same tables as the help. `make install` writes them to files. */
#include "aimarket/cmd.h"

#include "aimarket/conf.h"
#include "aimarket/daemon_options.h"
#include "aimarket/feed.h"
#include "aimarket/record.h"
#include "aimarket/resource.h"

/* ---- roff */

/* Text of a table, with what roff would take for itself escaped; a line end begins a paragraph. */
static void text(const char *s, FILE *out)
{
	bool fresh = true;

	for (; *s; s++) {
		if (*s == '\n') {
			fputs("\n.PP\n", out);
			fresh = true;
			continue;
		}
		if (fresh && (*s == '.' || *s == '\''))
			fputs("\\&", out);
		fresh = false;
		if (*s == '\\')
			fputs("\\e", out);
		else if (*s == '-')
			fputs("\\-", out);
		else
			fputc(*s, out);
	}
}

static void line(const char *s, FILE *out)
{
	text(s, out);
	fputc('\n', out);
}

static void title(const char *page, const char *section, const char *book, FILE *out)
{
	fprintf(out, ".TH %s %s \"\" \"aimarket " AIMARKET_VERSION "\" \"%s\"\n", page, section, book);
}

static void heading(const char *name, FILE *out)
{
	fprintf(out, ".SH %s\n", name);
}

static void subheading(const char *name, const char *arg, FILE *out)
{
	fputs(".SS \"", out);
	text(name, out);
	if (arg) {
		fputc(' ', out);
		text(arg, out);
	}
	fputs("\"\n", out);
}

static void paragraph(const char *s, FILE *out)
{
	fputs(".PP\n", out);
	line(s, out);
}

/* What is typed, what follows it, what it does. */
static void item(const char *prefix, const char *name, const char *arg, const char *help, FILE *out)
{
	fputs(".TP\n\\fB", out);
	text(prefix, out);
	text(name, out);
	fputs("\\fR", out);
	if (arg) {
		fputs(" \\fI", out);
		text(arg, out);
		fputs("\\fR", out);
	}
	fputc('\n', out);
	line(help, out);
}

static void example(const char *s, FILE *out)
{
	fputs(".PP\n.nf\n", out);
	for (bool fresh = true; *s; s++) {
		if (fresh && (*s == '.' || *s == '\''))
			fputs("\\&", out);
		fresh = *s == '\n';
		if (*s == '\\')
			fputs("\\e", out);
		else if (*s == '-')
			fputs("\\-", out);
		else
			fputc(*s, out);
	}
	fputs("\n.fi\n", out);
}

/* ---- aimarket(1) */

static void options(const struct option_row *rows, FILE *out)
{
	for (; rows && rows->name; rows++)
		item(rows->letter ? (char[]){ '-', rows->letter, ',', ' ', '-', '-', 0 } : "--", rows->name, rows->arg, rows->help, out);
}

static void also(const struct command *at, FILE *out)
{
	if (!at->shared)
		return;
	fputs(".PP\nAlso takes", out);
	for (const struct option_row *const *set = at->shared; *set; set++) {
		fputs(set == at->shared ? " the " : set[1] ? ", " : " and ", out);
		text(help_set_name(*set), out);
	}
	fputs(" options below.\n", out);
}

static void command(const struct command *at, const char *prefix, FILE *out)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", prefix, at->name);
	if (at->run || !at->children) {
		subheading(name, at->args, out);
		fputs(at->summary, out);
		fputs(".\n", out);
		if (at->text)
			paragraph(at->text, out);
		options(at->options, out);
		also(at, out);
	}
	snprintf(name, sizeof(name), "%s%s ", prefix, at->name);
	for (const struct command *const *p = at->children; p && *p; p++) {
		if (!(*p)->hidden)
			command(*p, name, out);
	}
}

static void commands(FILE *out)
{
	heading("COMMANDS", out);
	for (const struct command *const *p = cmd_root.children; *p; p++) {
		if (!(*p)->hidden)
			command(*p, "", out);
	}
}

static void shared_options(FILE *out)
{
	static const struct option_row *const sets[] = { list_options, time_options, format_options, NULL };

	heading("OPTIONS", out);
	options(global_options, out);
	for (const struct option_row *const *set = sets; *set; set++) {
		subheading(help_set_name(*set), "options", out);
		options(*set, out);
	}
}

static void resource_list(FILE *out)
{
	heading("RESOURCES", out);
	for (const struct resource *r = resources; r->name; r++) {
		if (r->hidden)
			continue;
		subheading(r->name, NULL, out);
		fprintf(out, "%s.\n", r->help);
		for (const struct param *p = r->params; p->name; p++) {
			item("--", p->name, param_args[p->type], p->help, out);
			if (p->values) {
				fputs(".br\nWords: ", out);
				line(p->values, out);
			}
		}
	}
}

static void exit_codes(FILE *out)
{
	static const struct option_row codes[] = {
		{ "0", .help = "fine, also when the answer is empty" },
		{ "1", .help = "failed" },
		{ "2", .help = "wrong usage" },
		{ "3", .help = "not found" },
		{ "4", .help = "the database is out of reach" },
		{ "5", .help = "something else on the network" },
		{ "6", .help = "done, but some rows were rejected" },
		{ "7", .help = "a shown figure is disputed (only with --strict)" },
		{ "8", .help = "the answer is stale (only with --max-age)" },
		{ 0 },
	};

	heading("EXIT STATUS", out);
	for (const struct option_row *c = codes; c->name; c++)
		item("", c->name, NULL, c->help, out);
}

static void environment(FILE *out)
{
	heading("ENVIRONMENT", out);
	item("", "AIMARKET_CONFIG", NULL, "The configuration file.", out);
	for (const struct conf_row *r = conf_rows; r->key; r++) {
		if (r->env)
			item("", r->env, NULL, r->help, out);
	}
	item("", "NO_COLOR", NULL, "When set, tables have no colour.", out);
}

static void examples(FILE *out)
{
	heading("EXAMPLES", out);
	paragraph("All acqui-hires since 2023, each with the parts of its amount:", out);
	example("aimarket query deals --type acquihire --since 2023 --parts", out);
	paragraph("What the public could know of a deal by the end of August 2024:", out);
	example("aimarket show characterai-google-2024 --as-of 2024-08", out);
	paragraph("NVIDIA's revenue by quarter, as CSV:", out);
	example("aimarket query observations --entity NVDA --metric revenue --period quarter --format csv", out);
	paragraph("The same question for psql:", out);
	example("aimarket query deals --disputed --sql", out);
	paragraph("What deals came to, quarter by quarter, drawn; and how many times as much one model cost as another:", out);
	example("aimarket trend deals --by quarter --measure sum:amount_usd --split family --chart", out);
	example("aimarket compare o1-preview gpt-4o --metric api_price --ratio --on 2024-09-15", out);
}

static void print_aimarket(FILE *out)
{
	title("AIMARKET", "1", "User Commands", out);
	heading("NAME", out);
	fputs("aimarket \\- ", out);
	line(cmd_root.summary, out);
	heading("SYNOPSIS", out);
	fputs("\\fBaimarket\\fR \\fICOMMAND\\fR [\\fIargument\\fR ...] [\\fIoption\\fR ...]\n", out);
	heading("DESCRIPTION", out);
	line(cmd_root.text, out);
	paragraph(
		"Results go to standard output, messages to standard error. Without a database named by --db, AIMARKET_DB or the configuration "
		"a private PostgreSQL is made in the state folder and started when it is needed.",
		out);
	commands(out);
	shared_options(out);
	resource_list(out);
	exit_codes(out);
	environment(out);
	examples(out);
	heading("SEE ALSO", out);
	fputs("\\fBaimarket\\-feeds\\fR(5), \\fBaimarket\\-checks\\fR(5), \\fBpsql\\fR(1)\n", out);
}

/* ---- aimarket-feeds(5) */

static const char *const field_types[] = {
	[FIELD_TEXT] = "text",
	[FIELD_NAME] = "name",
	[FIELD_REF] = "entity",
	[FIELD_CODE] = "word",
	[FIELD_DATE] = "date",
	[FIELD_DATE_FROM] = "date",
	[FIELD_NUMBER] = "number",
	[FIELD_INT] = "integer",
	[FIELD_DIMS] = "k=v;k=v",
	[FIELD_LIST] = "a;b;c",
};

static void topic(enum mapping_topic which, FILE *out)
{
	const struct mapping_word *w;

	for (size_t i = 0; (w = mapping_word(which, i)); i++)
		item("", w->word, w->arg, w->help, out);
}

/* The keys of a section that no mapping has. */
static void section_keys(const struct mapping_word *(*word)(size_t i), FILE *out)
{
	const struct mapping_word *w;

	for (size_t i = 0; (w = word(i)); i++)
		item("", w->word, w->arg, w->help, out);
}

static void format_list(FILE *out)
{
	heading("FORMATS", out);
	for (size_t i = 0; formats[i]; i++)
		item("", formats[i]->name, NULL, formats[i]->help, out);
}

static void field_list(const struct record_info *r, FILE *out)
{
	for (const struct record_field *f = r->fields; f->name; f++) {
		item("", f->name, field_types[f->type], f->help, out);
		if (f->required)
			fputs("Required.\n", out);
		if (!f->codes)
			continue;
		fputs("Words:", out);
		for (const struct record_code *c = f->codes; c->word; c++) {
			fputc(' ', out);
			text(c->word, out);
		}
		fputs(".\n", out);
	}
}

static void record_list(FILE *out)
{
	heading("RECORDS", out);
	line("A section named after a kind of record makes one record of each row. Its keys are the fields of the kind; a field without a value is left out.",
		out);
	topic(TOPIC_RECORD, out);
	for (int i = 0; i < REC_KINDS; i++) {
		char name[40];

		snprintf(name, sizeof(name), "[%s]", record_infos[i].name);
		subheading(name, NULL, out);
		fprintf(out, "%s.\n", record_infos[i].help);
		field_list(&record_infos[i], out);
	}
}

static void limit_list(FILE *out)
{
	heading("LIMITS", out);
	line("Named settings in the section [limits] of aimarket.conf; a document that passes one is refused with its name.", out);
	for (const struct conf_row *r = conf_rows; r->key; r++) {
		if (strcmp(r->section, "limits") == 0)
			item("", r->key, NULL, r->help, out);
	}
}

static const char feed_example[] =
	"[feed]\n"
	"title = Deals of the year, by the Example Gazette\n"
	"format = csv\n"
	"path = gazette.csv\n"
	"publisher = example-gazette\n"
	"tier = press\n"
	"\n"
	"[csv]\n"
	"dates = mdy\n"
	"missing = N/A | Undisclosed\n"
	"\n"
	"[source row]\n"
	"ref = {Link}\n"
	"kind = article\n"
	"date = {Published}\n"
	"\n"
	"[deal]\n"
	"ref = {Target|slug}-{Buyer|slug}-{Date|year}\n"
	"type = acquisition\n"
	"target = {Target}\n"
	"acquirer = {Buyer}\n"
	"date = {Date}\n"
	"amount = {Price, $m|scale:6}\n"
	"currency = USD";

static void print_feeds(FILE *out)
{
	title("AIMARKET-FEEDS", "5", "File Formats", out);
	heading("NAME", out);
	fputs("aimarket\\-feeds \\- definitions of what is taken in, and how its rows become records\n", out);
	heading("DESCRIPTION", out);
	line("A feed is a file of the folder feeds.d whose name ends in .conf; the name without it is the feed's. It says where a source is, in which "
	     "format, and, for the formats csv, json, ndjson, xml and html, by sections of its own which column or pointer feeds which field of which record. "
	     "A new feed of a known format needs such a file and nothing else.",
		out);
	paragraph("Lines are key = value; a line that begins with a blank continues the one before; ; and # begin a comment.", out);
	heading("FEED", out);
	line("The keys of the section [feed].", out);
	section_keys(feed_word, out);
	heading("FETCH", out);
	line("The keys of the section [fetch]: how an address is asked.", out);
	section_keys(feed_fetch_word, out);
	heading("PAGING", out);
	line("The keys of the section [paging], for sources that hand out their records page by page. A run that is broken off goes on at the page where it was.",
		out);
	section_keys(paging_word, out);
	heading("ARCHIVE", out);
	line("The keys of the section [archive]: what is read of a ZIP archive. An archive is opened where a feed has this section, whatever its file is called; the "
	     "archive itself is not kept, its members are. Its limits are settings: archive, members, unpacked, ratio.",
		out);
	section_keys(feed_archive_word, out);
	format_list(out);
	heading("CSV", out);
	line("The keys of the section [csv].", out);
	topic(TOPIC_CSV, out);
	heading("JSON", out);
	line("The keys of the section [json], also for ndjson; the section [xml] of the formats xml and html has the same. Names of elements and attributes "
	     "are told without their namespaces.",
		out);
	paragraph("Of XML a record may also stand anywhere (records = //item), and a reference that begins with a point is an XPath expression from "
		  "the record on, of several nodes the first: {./link[@rel='alternate']/@href}, {./category[2]}. A | in it stands behind a backslash.",
		out);
	topic(TOPIC_JSON, out);
	record_list(out);
	heading("VALUES", out);
	line("A value is text with references {column} or {/json/pointer}, each with modifiers behind bars: {column|modifier|modifier:argument}. "
	     "When all references of a value are blank, the field is left out. A backslash takes the next character as it is.",
		out);
	subheading("Modifiers", NULL, out);
	topic(TOPIC_MODIFIER, out);
	subheading("Variables", NULL, out);
	topic(TOPIC_VARIABLE, out);
	subheading("Conditions", NULL, out);
	topic(TOPIC_CONDITION, out);
	heading("TABLES", out);
	line("A section [map NAME] has a line for each word we want, with the words of the source behind it: completed = Closed | Completed. "
	     "The modifier map:NAME goes through it; * stands for all other words.",
		out);
	heading("NAMED VALUES", out);
	line("A section [let], before those that use it, names values: symbol = {$file|before:.|upper} is {$symbol} from its line on. Each is "
	     "worked out once a row.",
		out);
	limit_list(out);
	heading("EXAMPLE", out);
	example(feed_example, out);
	heading("SEE ALSO", out);
	fputs("\\fBaimarket\\fR(1)\n", out);
}

/* ---- aimarket-checks(5) */

static const char rule_example[] =
	"-- name: score-above-hundred\n"
	"-- severity: error\n"
	"-- text: a score in percent is not above 100\n"
	"SELECT subject, format('%s of %s', value, dimensions ->> 'benchmark'), ARRAY[claim]\n"
	"  FROM api.claims\n"
	" WHERE metric = 'score' AND unit = 'percent' AND low > 100";

static void print_checks(FILE *out)
{
	title("AIMARKET-CHECKS", "5", "File Formats", out);
	heading("NAME", out);
	fputs("aimarket\\-checks \\- plausibility rules\n", out);
	heading("DESCRIPTION", out);
	line("A rule is a file of the folder checks.d (or of the one AIMARKET_CHECKS names, or given with `aimarket check --rules`) whose name ends in .sql: "
	     "a header of comment lines, then one query.", out);
	item("", "name", "WORD", "what the rule is called; the name of its file unless given", out);
	item("", "severity", "error|warning|info", "error: `aimarket check` exits with 1 when something breaks the rule; error unless given", out);
	item("", "text", "SENTENCE", "what holds where all is well", out);
	paragraph("The query returns a row for each thing that breaks the rule, in three columns: the subject (text), the detail (text) and the claims that "
		  "cannot all be right (an array of texts, as o:ID or s:ID). It runs in a read-only transaction and for a limited time; one that fails is "
		  "reported, and does not keep others from running.", out);
	paragraph("Rules mostly ask the view api.claims: figures as claimed, one a row, with low and high, the ends of the interval that rounding and "
		  "comparator leave. Claims deprecated by a person are not in it; those only a rule has deprecated are, and judged says so.", out);
	heading("RULES THAT JUDGE", out);
	line("The rules same-number-on-owner, and of filing-slips amended-same-day, part-for-whole and scale-slip, deprecate: at the end of each load for what it "
	     "touched, and for the whole store with `aimarket check --judge`. Their judgements bear the rule's name, end when what they rest on ends, and yield to a "
	     "person: a claim that anybody has judged is never judged by a rule.", out);
	heading("EXAMPLE", out);
	example(rule_example, out);
	heading("SEE ALSO", out);
	fputs("\\fBaimarket\\fR(1)\n", out);
}

/* ---- aimarket.conf(5) */

static void setting(const struct conf_row *r, struct arena *mem, FILE *out)
{
	const char *fallback = conf_fallback(r, mem);

	item("", r->key, conf_takes(r), r->help, out);
	if (fallback)
		fprintf(out, ".br\nUnless set: %s.", fallback);
	if (r->env)
		fprintf(out, "%sIn the environment: %s.", fallback ? "\n" : ".br\n", r->env);
	if (!r->reloadable)
		fprintf(out, "%sTaken over by a daemon at its start only.", fallback || r->env ? "\n" : ".br\n");
	fputc('\n', out);
}

static void print_conf(FILE *out)
{
	struct arena *mem = arena_new();
	const char *section = "";

	title("AIMARKET.CONF", "5", "File Formats", out);
	heading("NAME", out);
	fputs("aimarket.conf \\- settings of aimarket and aimarketd\n", out);
	heading("DESCRIPTION", out);
	line("Read from the file --config names, else AIMARKET_CONFIG, ${XDG_CONFIG_HOME:-~/.config}/aimarket/aimarket.conf or " AIMARKET_SYSCONFDIR
	     "/aimarket/aimarket.conf, the first that is there; none is fine. Where a setting has a variable in the environment, that beats the file.", out);
	paragraph("Lines are key = value, below the line [section] of their section; ; and # begin a comment. What is unknown or out of range is refused with file and line. "
		  "`aimarket config sample` prints a file with every setting, `aimarket config show` those in force, `aimarket config check` says what is wrong.", out);
	heading("SETTINGS", out);
	line("These stand above the first section.", out);
	for (const struct conf_row *r = conf_rows; r->key; r++) {
		if (strcmp(section, r->section) != 0)
			subheading(arena_printf(mem, "[%s]", section = r->section), NULL, out);
		setting(r, mem, out);
	}
	heading("SEE ALSO", out);
	fputs("\\fBaimarket\\fR(1), \\fBaimarketd\\fR(8), \\fBaimarket\\-feeds\\fR(5)\n", out);
	arena_free(mem);
}

/* ---- aimarketd(8) */

static void print_daemon(FILE *out)
{
	title("AIMARKETD", "8", "System Administration", out);
	heading("NAME", out);
	fputs("aimarketd \\- takes feeds in on schedule, and answers over HTTP\n", out);
	heading("SYNOPSIS", out);
	line(daemon_usage, out);
	heading("DESCRIPTION", out);
	line(daemon_text, out);
	paragraph("A master starts and watches workers: some take documents in, some answer. One that dies is started again with growing waits, one that has not moved for run_timeout is killed; "
		  "its feeds are taken over. Any number of daemons, on any number of machines, share the work of one store: each feed is leased to one of them at a time, and hosts are asked no faster by all "
		  "together than by one.", out);
	paragraph("When the database is away, full, or a standby, it says so once, waits, and goes on. With workers = 0 in [daemon] it only answers, with workers = 0 in [api] it only takes in.", out);
	heading("OPTIONS", out);
	options(daemon_options, out);
	heading("SIGNALS", out);
	line(daemon_signals, out);
	heading("SYSTEMD", out);
	line("aimarketd.service runs all of it; aimarketd.socket hands it its socket. aimarketd-api.service with aimarketd-api.socket only answers, without a network of its own: for a machine where the "
	     "database is reached by a Unix socket. aimarket-ingest@FEED.timer takes one feed in and needs no daemon. The daemon tells systemd when it is ready, what it is doing, and that it is alive.", out);
	heading("EXIT STATUS", out);
	line("As of aimarket(1): 0 when it was told to stop, 1 when it could not go on, 2 for wrong usage, 4 when the database could not be reached (--once), 5 for the network, 6 when records were rejected "
	     "(--once).", out);
	heading("SEE ALSO", out);
	fputs("\\fBaimarket\\fR(1), \\fBaimarket.conf\\fR(5), \\fBaimarket\\-feeds\\fR(5)\n", out);
}

static const struct page {
	const char *name;
	void (*print)(FILE *out);
} pages[] = { { "aimarket", print_aimarket }, { "aimarket-feeds", print_feeds }, { "aimarket-checks", print_checks }, { "aimarket.conf", print_conf },
	{ "aimarketd", print_daemon } };

static int man_run(struct cmd *c, struct err *e)
{
	const char *name = cmd_arg(c, 0) ? cmd_arg(c, 0) : "aimarket";

	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		if (strcmp(pages[i].name, name) == 0) {
			pages[i].print(stdout);
			return 0;
		}
	}
	err_set(e, ERR_USAGE, "no manual page \"%s\"", name);
	return err_hint(e, "There are aimarket, aimarketd, aimarket.conf, aimarket-feeds and aimarket-checks.");
}

const struct command cmd_man = {
	.name = "man",
	.args = "[aimarket|aimarketd|aimarket.conf|aimarket-feeds|aimarket-checks]",
	.summary = "print a manual page as roff",
	.max_args = 1,
	.hidden = true,
	.run = man_run,
};
