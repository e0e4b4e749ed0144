#!/bin/bash
# The demo, without captured documents: loads, answers, answers the same again, and goes without a trace.
. "$(dirname "$0")/../lib.sh"
export DEMO_STATE=$WORK/demo BUILD AIMARKET_SHARED=$WORK/none

exits "from nothing to answers" 0 "$ROOT/etc/demo.sh"
first=$out
is "without a word of trouble" "$err" ""
like "each answer under its command" "$out" '\$ aimarket query deals --type acquihire'
like "the acqui-hires" "$out" 'inflection-microsoft-2024 +licence_and_hire +2024-03-19 +650000000'
like "an offering that came twice" "$out" 'cerebras-ipo +withdrawn +2025-10-03'
like "whose two billion it is" "$out" 'GitHub +revenue_run_rate +2024-06-30 += +2000000000 +USD +3 +false +issuer'
like "NVIDIA's market value" "$out" '3335000000000 +USD +5 +false'
like "a deal and who disagrees" "$out" 'total +2500000000 .* differs '
exits "again" 0 "$ROOT/etc/demo.sh"
is "answers the same" "$out" "$first"
exits "clean" 0 "$ROOT/etc/demo.sh" clean
ok "leaves nothing" test ! -e "$DEMO_STATE"
exits "and cleans twice" 0 "$ROOT/etc/demo.sh" clean
done_testing
