#!/bin/sh
# `create` is killed while a hook runs: `delete --force` succeeds and leaves the cgroups.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

HOOKS="\"createRuntime\": [$(hook "echo > $STAGE/hook-runs; sleep 60")]"
bundle c1
"$RUNTIME" --root "$ROOT" create --bundle "$STAGE/bundles/c1" c1 </dev/null >"$STAGE/out" 2>&1 &
creator=$!
within 5 test -e "$STAGE/hook-runs" || could_not_run "the hook does not run"
kill -KILL "$creator"
within 5 dead "$creator" || could_not_run "create lives"
rt delete --force c1
[ "$code" = 0 ] && [ -n "$(dirs c1)" ] &&
  shown "exit 0, and $(count_of_dirs c1) cgroups are left"
not_shown
