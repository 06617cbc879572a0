#!/bin/sh
# runc runs poststart hooks in `create`, before the program exists.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

HOOKS="\"poststart\": [$(hook "echo > $STAGE/ran")]"
bundle c1
create c1
[ "$code" = 0 ] && [ -e "$STAGE/ran" ] && shown "create ran it; status: $(status_of c1)"
not_shown
