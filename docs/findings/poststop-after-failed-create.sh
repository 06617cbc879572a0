#!/bin/sh
# create fails in a hook: crun does not run the poststop hooks.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

HOOKS="\"createRuntime\": [$(hook "exit 1")], \"poststop\": [$(hook "echo > $STAGE/ran")]"
bundle c1
create c1
[ "$code" != 0 ] && [ ! -e "$STAGE/ran" ] && shown "create exits $code, and the poststop hook did not run"
not_shown
