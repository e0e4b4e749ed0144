#!/bin/bash
# The configuration file: found, read, overruled by the environment, wrong words named; secrets not shown.
. "$(dirname "$0")/../lib.sh"

value() { "$AIMARKET" "$@" config show --format csv 2>&1 | sed -n "s/^$setting,\([^,]*\),.*/\1/p"; }

mkdir -p "$WORK/config/aimarket"
setting=limits.field
is "without a file the defaults hold" "$(value)" 1M
"$AIMARKET" config sample >"$WORK/config/aimarket/aimarket.conf"
is "the sample changes nothing" "$(value)" 1M
sed -i 's/^#field = .*/field = 3M/' "$WORK/config/aimarket/aimarket.conf"
is "a setting of the user's file counts" "$(value)" 3M
printf '[limits]\nfield = 5M\n' >"$WORK/other.conf"
is "--config names another" "$(value --config "$WORK/other.conf")" 5M
is "so does AIMARKET_CONFIG" "$(AIMARKET_CONFIG=$WORK/other.conf value)" 5M
printf 'state = %s/elsewhere\npgbin = /nowhere\n' "$WORK" >"$WORK/other.conf"
unset AIMARKET_STATE
exits "folders of the file count" 1 "$AIMARKET" db init --config "$WORK/other.conf"
like "also where they are wrong" "$err" 'not installed \(found: none\)'
exits "the environment beats the file" 0 env AIMARKET_STATE="$WORK/env" "$AIMARKET" db status --config "$WORK/other.conf"
like "for each setting" "$out" "$WORK/env"

printf 'database = host=db password=hush\n' >"$WORK/other.conf"
unlike "a secret is not shown" "$("$AIMARKET" config show --config "$WORK/other.conf")" hush
printf '\n[limits]\nfeild = 1\n' >"$WORK/other.conf"
exits "a wrong word" 1 "$AIMARKET" config show --config "$WORK/other.conf"
like "is named with its line" "$err" 'other.conf:3: unknown setting "feild"'
like "and the right one" "$err" 'hint: Did you mean "field"\?'
exits "a file that is not there" 3 "$AIMARKET" config show --config "$WORK/none.conf"

done_testing
