#!/bin/bash
# The functions trends are made of: buckets, short figures, growth.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
is "buckets begin on their first day" "$(sql "SELECT api.bucket('2024-08-31', 'month'), api.bucket('2024-08-31', 'quarter'), api.bucket('2024-08-31', 'year')")" "2024-08-01|2024-07-01|2024-01-01"
is "and read as people write" "$(sql "SELECT api.bucket_text('2024-07-01', 'month'), api.bucket_text('2024-07-01', 'quarter'), api.bucket_text('2024-01-01', 'year')")" "2024-07|2024-Q3|2024"
is "what is known to the half year is of no quarter, but of a year" "$(sql "SELECT api.bucket_fits('half', 'quarter'), api.bucket_fits('half', 'year'), api.bucket_fits('month', 'month')")" "f|t|t"
is "what is not known fits nowhere" "$(sql "SELECT api.bucket_fits('unknown', 'year') IS TRUE")" f
is "nine digits, but whole ones always" "$(sql "SELECT api.short(1/3.0), api.short(123456789012.7), api.short(0.15), api.short(0), api.short(-2/3.0)")" "0.333333333|123456789013|0.15|0|-0.666666667"
is "nothing by nothing" "$(sql "SELECT api.quotient(1, 0) IS NULL, api.quotient(15, 5)")" "t|3"
is "growth at one rate" "$(sql "SELECT api.growth_rate(100, 121, 2), api.growth_rate(-1, 5, 1) IS NULL, api.growth_rate(1, 5, 0) IS NULL")" "10|t|t"
done_testing
