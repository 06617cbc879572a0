#!/bin/sh
# Two containers with one cgroupsPath: `delete --force` of the one kills the other.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

CGROUP=/$TAG-both
bundle a
bundle b
run a
run b
rt delete --force b
within 2 dead "$(pid_of a)" && shown "delete --force b (exit $code) killed a"
not_shown
