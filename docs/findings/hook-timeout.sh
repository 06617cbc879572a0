#!/bin/sh
# A hook with a timeout of 1 s and a child: runc waits for the child, crun leaves it running.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

HOOKS="\"createRuntime\": [$(hook "sleep 8 & echo \$! > $STAGE/child; wait" ', "timeout": 1')]"
bundle c1
began=$(date +%s)
create c1
took=$(($(date +%s) - began))
[ "$took" -ge 6 ] && shown "create failed after $took s: it waited for the child"
alive "$(cat "$STAGE/child")" && shown "create failed after $took s, and the child lives"
not_shown
