#!/bin/sh
# runc stops at the first poststop hook that fails: the others never run.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

HOOKS="\"poststop\": [$(hook "exit 1"), $(hook "echo > $STAGE/second")]"
bundle c1
run c1
rt delete --force c1
[ ! -e "$STAGE/second" ] && [ ! -e "$ROOT/c1" ] &&
  shown "exit $code, the second hook did not run, and the container is gone"
not_shown
