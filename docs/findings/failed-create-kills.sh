#!/bin/sh
# A `create` that fails kills the container that already has its cgroupsPath.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

CGROUP=/$TAG-both
bundle a
run a
HOOKS="\"createRuntime\": [$(hook "exit 1")]"
bundle b
create b
[ "$code" != 0 ] || could_not_run "create of b was to fail"
within 2 dead "$(pid_of a)" && shown "the failed create of b killed a"
not_shown
