#!/bin/sh
# ROOT/ID that is a symlink: `delete --force` of crun empties the directory it leads to.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

mkdir -p "$STAGE/precious/inner"
touch "$STAGE/precious/file" "$STAGE/precious/inner/file"
ln -s "$STAGE/precious" "$ROOT/x"
rt delete --force x
[ -d "$STAGE/precious" ] && [ -z "$(ls -A "$STAGE/precious")" ] && shown "exit $code, and it is empty"
not_shown
