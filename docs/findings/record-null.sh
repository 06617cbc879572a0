#!/bin/sh
# A record `null` makes every command of runc panic, `list` for all containers.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

bundle good
run good
bundle c1
run c1
echo null >"$(record c1)"
for command in "state c1" "delete --force c1" "list"; do
  rt $command  # word by word
  [ "$code" = 2 ] && grep -q '^goroutine ' "$STAGE/out" || not_shown "at $command"
done
shown "state, delete --force and list panic (exit 2); init of c1 lives"
