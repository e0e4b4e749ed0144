#!/bin/bash
# Help, version, completion and man pages: all from the same tables, none asks a database.
. "$(dirname "$0")/../lib.sh"
export AIMARKET_DB="host=$WORK/nowhere"

exits "alone it shows what there is" 0 "$AIMARKET"
like "the commands" "$out" $'\n  query +ask for'
is "nothing on standard error" "$err" ""
exits "--version" 0 "$AIMARKET" --version
like "is one line" "$out" '^aimarket [0-9]+\.[0-9]+\.[0-9]+$'
for words in "" query show db "db init" completion help; do
	exits "$words --help" 0 "$AIMARKET" $words --help
	like "begins with the usage" "$out" "^usage: aimarket${words:+ $words}"
	help=$out
	exits "help $words" 0 "$AIMARKET" help $words
	is "is the same" "$out" "$help"
done
exits "help on a resource" 0 "$AIMARKET" help query deals
like "lists its filters" "$out" $'\n +--min-amount AMOUNT '
like "and their words" "$out" 'acquihire licence_and_hire'
is "the same as behind it" "$("$AIMARKET" query deals --help)" "$out"
exits "help wins over what is wrong" 0 "$AIMARKET" query dael --nonsense --help
exits "no help on what is not there" 2 "$AIMARKET" help qurey
like "names the nearest" "$err" 'Did you mean "query"\?'
for words in "" query "query deals" show; do
	ok "no line of help $words is wider than a terminal" test "$("$AIMARKET" help $words | wc -L)" -le 80
done

for shell in bash zsh fish; do
	exits "completion $shell" 0 "$AIMARKET" completion $shell
	command -v $shell >/dev/null && ok "$shell reads it" $shell -n "$WORK/out"
done
exits "no completion for other shells" 2 "$AIMARKET" completion tcsh

complete() { # WORD…: what bash offers for the last one
	bash -c '. "$1"; shift; COMP_WORDS=(aimarket "$@"); COMP_CWORD=$#; _aimarket; echo "${COMPREPLY[*]}"' - "$WORK/bash" "$@"
}
"$AIMARKET" completion bash >"$WORK/bash"
is "completes a command" "$(complete que)" "query"
is "a resource" "$(complete query de)" "deals"
is "a filter of the resource" "$(complete query deals --tar)" "--target"
is "a filter of trends" "$(complete trend deals --tar)" "--target"
is "a word of a trend's option" "$(complete trend deals --by q)" "quarter"
is "a filter of a command that has but one resource" "$(complete compare --metr)" "--metric"
is "a word of the filter" "$(complete query deals --type acq)" "acquihire acquisition"
is "a word of an option" "$(complete query deals --type ipo --format ma)" "markdown"
is "a command below a command" "$(complete db mig)" "migrate"

for page in aimarket aimarket-feeds aimarket-checks aimarket.conf aimarketd; do
	exits "manual page $page" 0 "$AIMARKET" man $page
	like "has its parts" "$out" $'\n\\.SH NAME\n'
	if command -v groff >/dev/null; then
		exits "groff reads it" 0 groff -man -Tutf8 -ww -z "$WORK/out"
		is "without a warning" "$out$err" ""
	fi
done
for word in $("$AIMARKET" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	like "the page tells of $word" "$("$AIMARKET" man)" $'\n\\.SS "'"$word"'[ "]'
done

# the example of the page is one that works
mkdir "$WORK/feeds.d"
"$AIMARKET" man aimarket-feeds | sed -n '/^\.SH EXAMPLE/,/^\.fi/{/^\./d;s/\\-/-/g;s/^\\&//;s/\\e/\\/g;p}' >"$WORK/feeds.d/gazette.conf"
printf '%s\n' 'Target,Buyer,Date,"Price, $m",Link,Published' 'Adept,Amazon,06/28/2024,430,https://gazette.example/1,07/01/2024' >"$WORK/gazette.csv"
exits "the page's example is a feed" 0 env AIMARKET_FEEDS="$WORK/feeds.d" "$AIMARKET" ingest --dry-run --feed gazette --file "$WORK/gazette.csv"
like "that says what it should" "$out" '430000000'
exits "no other page" 2 "$AIMARKET" man aimarket-nothing
unlike "it is not listed" "$("$AIMARKET" help)" $'\n  man '
done_testing
