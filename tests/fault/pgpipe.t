#!/bin/bash
# Statements from an event loop, while backends are killed, the server restarts and has no connection left:
# tests/unit/test_pgpipe.c with a server to talk to and a pipe through which it has that server stopped and started.
. "$(dirname "$0")/../lib.sh"
[ -x "$BUILD/unit/test_pgpipe" ] || skip_all "$BUILD/unit/test_pgpipe is not built (make unit)"
cluster_start max_connections=12 superuser_reserved_connections=3
sql "CREATE ROLE reader LOGIN; CREATE TABLE stale (a int); INSERT INTO stale VALUES (1); GRANT SELECT ON stale TO reader"
sql "CREATE TABLE written (n int); GRANT SELECT, INSERT ON written TO reader"

mkfifo "$WORK/commands" "$WORK/replies"
AIMARKET_TEST_DB=$CONNINFO AIMARKET_TEST_CONTROL=$WORK CMOCKA_MESSAGE_OUTPUT=TAP "$BUILD/unit/test_pgpipe" &
exec 3<"$WORK/commands" 4>"$WORK/replies"
while read -r command <&3; do
	case $command in
	stop) cluster_stop fast ;;
	crash) cluster_stop immediate ;;
	start) cluster_start max_connections=12 superuser_reserved_connections=3 ;;
	esac
	echo "$command" >&4
done
wait
