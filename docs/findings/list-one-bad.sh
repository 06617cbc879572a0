#!/bin/sh
# One record that can not be read: `list` fails for all containers.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

bundle good
run good
bundle c1
run c1
: >"$(record c1)"
rt list
[ "$code" != 0 ] && shown "exit $code"
not_shown
