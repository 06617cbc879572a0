#!/bin/sh
# `delete --force` of a running container whose record is lost succeeds and leaves it alive.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
rm "$(record c1)"
rt delete --force c1
[ "$code" = 0 ] && alive "$(pid_of c1)" && [ ! -e "$ROOT/c1" ] &&
  shown "exit 0, the id is unknown, and init and $(count_of_dirs c1) cgroups are left"
not_shown
