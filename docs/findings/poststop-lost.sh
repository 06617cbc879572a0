#!/bin/sh
# The bundle is gone before `delete`: crun does not run the poststop hooks, and exits 0.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

HOOKS="\"poststop\": [$(hook "echo > $STAGE/ran")]"
bundle c1
run c1
rt kill c1 KILL
within 5 dead "$(pid_of c1)" || could_not_run "init lives"
rm -r "$STAGE/bundles/c1"
rt delete c1
[ "$code" = 0 ] && [ ! -e "$ROOT/c1" ] && [ ! -e "$STAGE/ran" ] && shown "exit 0, and the hook did not run"
not_shown
