#!/bin/sh
# A record that is a symlink to its text: `delete --force` of runc succeeds, init lives.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
mv "$(record c1)" "$STAGE/elsewhere"
ln -s "$STAGE/elsewhere" "$(record c1)"
rt delete --force c1
[ "$code" = 0 ] && alive "$(pid_of c1)" && shown "exit 0, and init lives"
not_shown
