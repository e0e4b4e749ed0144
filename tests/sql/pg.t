#!/bin/bash
# The door to PostgreSQL against a real server: tests/unit/test_pg.c with one to talk to.
. "$(dirname "$0")/../lib.sh"
[ -x "$BUILD/unit/test_pg" ] || skip_all "$BUILD/unit/test_pg is not built (make unit)"
cluster_start
AIMARKET_TEST_DB=$CONNINFO CMOCKA_MESSAGE_OUTPUT=TAP "$BUILD/unit/test_pg"
