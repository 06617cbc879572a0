#!/bin/sh
# A record that is a fifo: `state` and `delete --force` hang.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
rm "$(record c1)"
mkfifo "$(record c1)"
rt state c1
[ "$code" = 124 ] || not_shown "at state"
rt delete --force c1
[ "$code" = 124 ] && shown "neither answers in 15 s"
not_shown
