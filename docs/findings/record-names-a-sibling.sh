#!/bin/sh
# A record with the cgroup paths of another container: `delete --force` kills that one.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

PIDNS=host
bundle a
bundle b
run a
run b
sed "s/$TAG-b/$TAG-a/g" "$(record b)" >"$STAGE/new"
cp "$STAGE/new" "$(record b)"
rt delete --force b
within 2 dead "$(pid_of a)" && shown "delete --force b (exit $code) killed a"
not_shown
