#!/bin/bash
# The loading functions, case by case: each sql/load/NAME.sql runs in a store of its own and prints what NAME.out has.
# UPDATE=1 writes the .out files anew: read the difference before you commit it.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
cd "$ROOT/tests/sql/load" || exit 1
for case in *.sql; do
	name=${case%.sql}
	psql -Xqd postgres -c "CREATE DATABASE \"$name\" TEMPLATE aimarket"
	psql -XAtqd "$name" -c 'SET client_min_messages = warning' -c 'CREATE TEMP TABLE said (n int, entity text, metric text, dims text, unit text, period_kind text)' \
		-c 'CREATE TEMP TABLE claim (at int, n int, cite int, start date, finish date, asserted date,
		value numeric, high numeric, decimals smallint, comparator "char" DEFAULT $$=$$, state "char" DEFAULT $$v$$, nature "char" DEFAULT $$r$$)' \
		-f "$case" >"$WORK/$name.out" 2>&1
	[ -z "${UPDATE:-}" ] || cp "$WORK/$name.out" "$name.out"
	same_file "$name" "$WORK/$name.out" "$name.out"
done
done_testing
