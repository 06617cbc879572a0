#!/bin/sh
# `state` that can not write its answer exits 0.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
"$RUNTIME" --root "$ROOT" state c1 >/dev/full 2>"$STAGE/out"
code=$?
[ "$code" = 0 ] && shown "state >/dev/full exits 0"
not_shown "exit $code"
