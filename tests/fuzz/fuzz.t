#!/bin/bash
# A short run of every fuzz target: the inputs of the feed cases and the seeds, then FUZZ_RUNS (2,000) changed ones each.
. "$(dirname "$0")/../lib.sh"

mapfile -t targets < <(find "$BUILD/fuzz" -name 'fuzz_*' -executable -type f 2>/dev/null | sort)
[ ${#targets[@]} -gt 0 ] || skip_all "no fuzz targets in $BUILD/fuzz (make fuzzers)"
cd "$WORK" || exit 1
for target in "${targets[@]}"; do
	name=${target##*/fuzz_}
	mapfile -t inputs < <(find "$ROOT/tests/feeds" "$ROOT/tests/fuzz/seeds" \( -path "*$name*/input*" -o -path "*${name//_/-}*/input*" -o -path "*/seeds/$name/*" \) -type f 2>/dev/null | sort)
	ok "$name: ${#inputs[@]} inputs and changes of them" "$target" -runs="${FUZZ_RUNS:-2000}" "${inputs[@]}"
	[ ! -e crash-input ] || mv crash-input "$BUILD/fuzz/crash-$name"
done
done_testing
