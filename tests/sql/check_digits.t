#!/bin/bash
# Identifiers with a check of their own: LEI, ISIN, FIGI.
. "$(dirname "$0")/../lib.sh"
cluster_start
sql 'CREATE SCHEMA load'
sql '' -f "$ROOT/sql/load/12_check_digits.sql"

holds() { # SCHEME KEY YES|NO
	is "$1 $2: $3" "$(sql "SELECT load.key_holds('$1', '$2')")" "$([ "$3" = yes ] && echo t || echo f)"
}
holds lei 5493001KJTIIGC8Y1R12 yes	# the standard's own example
holds lei 5493001KJTIIGC8Y1R13 no
holds isin US67066G1040 yes	# NVIDIA
holds isin US67066G1041 no
holds isin US67066G0140 no	# two neighbours swapped
holds isin DE0007164600 yes	# SAP
holds figi BBG000BBJQV0 yes	# NVIDIA
holds figi BBG000BBJQV1 no
holds cik 1045810 yes		# has no check
done_testing
