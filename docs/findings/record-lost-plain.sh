#!/bin/sh
# Plain `delete` of a running container whose record is lost forgets it: nothing can find it again.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
rm "$(record c1)"
rt delete c1
alive "$(pid_of c1)" && [ ! -e "$ROOT/c1" ] &&
  shown "exit $code, the directory is gone, and init and $(count_of_dirs c1) cgroups are left"
not_shown
