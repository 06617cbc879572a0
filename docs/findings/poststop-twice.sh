#!/bin/sh
# Several deletes at once: the poststop hook runs more than once.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

HOOKS="\"poststop\": [$(hook "echo ran >> $STAGE/ran")]"
for round in 1 2 3 4 5; do
  rm -f "$STAGE/ran"
  bundle "c$round"
  run "c$round"
  for n in 1 2 3 4 5 6 7 8; do
    timeout 15 "$RUNTIME" --root "$ROOT" delete --force "c$round" </dev/null >/dev/null 2>&1 &
  done
  wait
  times=$(wc -l <"$STAGE/ran")
  [ "$times" -gt 1 ] && shown "of 8 deletes at once $times ran it (round $round)"
done
not_shown
