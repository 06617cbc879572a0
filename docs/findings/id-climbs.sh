#!/bin/sh
# Ids are not checked after create: crun deletes what lies outside of --root.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

bundle c1
outer=${ROOT%/root}
timeout 15 "$RUNTIME" --root "$outer" create --bundle "$STAGE/bundles/c1" \
  --pid-file "$STAGE/c1.pid" c1 </dev/null >"$STAGE/out" 2>&1 || could_not_run "create failed"
mkdir "$outer/precious"
touch "$outer/precious/file"
rt delete --force ../c1
within 2 dead "$(pid_of c1)" || not_shown
rt delete ../precious
[ ! -e "$outer/precious" ] || not_shown "at ../precious"
touch "$outer/file"
rt delete --force ..
[ -z "$(ls -A "$outer")" ] &&
  shown "killed a container of another root, removed ../precious, emptied the directory above --root"
not_shown
