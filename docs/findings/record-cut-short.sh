#!/bin/sh
# A record that was cut short: crun drops a live container, runc can never delete it.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
head -c 40 "$(record c1)" >"$STAGE/half"
cp "$STAGE/half" "$(record c1)"
rt delete c1
[ "$code" = 0 ] && alive "$(pid_of c1)" && shown "plain delete: exit 0, and init lives"
rt delete --force c1
[ "$code" != 0 ] && alive "$(pid_of c1)" && [ -e "$ROOT/c1" ] &&
  shown "not even delete --force gets rid of it: exit $code, and init lives"
not_shown
