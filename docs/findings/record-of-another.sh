#!/bin/sh
# runc obeys a record that belongs to another container, and kills that one.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

bundle a
bundle b
run a
run b
cp "$(record a)" "$(record b)"
rt delete --force b
within 2 dead "$(pid_of a)" && shown "delete --force b (exit $code) killed a; b lives: $(alive "$(pid_of b)" && echo yes)"
not_shown
