#!/bin/sh
# A cgroup that was there before the container, and a process in it, do not survive `delete`.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

PIDNS=host
[ "$LAYOUT" = v2 ] && parents=/sys/fs/cgroup || parents=$(ls -d /sys/fs/cgroup/*/)
for parent in $parents; do mkdir "$parent/$TAG-before"; done
CGROUP=/$TAG-before
sleep 60 &
bystander=$!
bundle c1
run c1
for dir in $(dirs before); do echo $bystander >"$dir/cgroup.procs"; done 2>/dev/null
rt delete --force c1
left=$(count_of_dirs before)
fate=lives
within 2 dead $bystander && fate=died
[ "$left" = 0 ] || [ "$fate" = died ] && shown "of the cgroups $left are left; the process in it $fate"
not_shown "left: $left"
