#!/bin/sh
# What is bind-mounted in ROOT/ID is emptied by `delete` of runc, which exits 0.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
mkdir "$STAGE/precious" "$ROOT/c1/mounted"
touch "$STAGE/precious/file"
mount --bind "$STAGE/precious" "$ROOT/c1/mounted"
rt delete --force c1
[ "$code" = 0 ] && [ -z "$(ls -A "$STAGE/precious")" ] &&
  shown "exit 0, the directory is empty, $ROOT/c1 $([ -e "$ROOT/c1" ] && echo stays || echo is gone)"
not_shown
