#!/bin/sh
# A poststart hook fails: `start` of crun exits 0.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

HOOKS="\"poststart\": [$(hook "echo > $STAGE/ran; exit 1")]"
bundle c1
create c1
rt start c1
[ "$code" = 0 ] && within 2 test -e "$STAGE/ran" && shown "exit 0 after the hook exited 1"
not_shown
