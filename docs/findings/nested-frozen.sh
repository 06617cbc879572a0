#!/bin/sh
# Init in a frozen sub-cgroup: `delete --force` does not get it killed.
# on: runc:v1 crun:v1
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
freezer=$(freezer_of c1)
mkdir "$freezer/inner"
pid_of c1 >"$freezer/inner/cgroup.procs"
freeze "$freezer/inner"
began=$(date +%s)
rt delete --force c1
alive "$(pid_of c1)" && shown "exit $code after $(($(date +%s) - began)) s, and init lives; the record $([ -e "$ROOT/c1" ] && echo stays || echo is gone)"
not_shown
