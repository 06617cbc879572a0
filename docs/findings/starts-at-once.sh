#!/bin/sh
# Several `start` of one container at once: one of them of runc never returns.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

for round in 1 2 3 4 5 6 7 8 9 10; do
  bundle "c$round"
  create "c$round"
  jobs=
  for n in 1 2 3 4 5 6; do
    (timeout 5 "$RUNTIME" --root "$ROOT" start "c$round" </dev/null >/dev/null 2>&1
     [ $? = 124 ] && touch "$STAGE/hung") &
  done
  wait
  [ -e "$STAGE/hung" ] && shown "no answer in 5 s (round $round)"
done
not_shown
