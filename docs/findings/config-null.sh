#!/bin/sh
# A config.json `null` makes runc panic.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

bundle c1
echo null >"$STAGE/bundles/c1/config.json"
rt create --bundle "$STAGE/bundles/c1" c1
[ "$code" = 2 ] && grep -q '^goroutine ' "$STAGE/out" && shown "a panic (exit 2)"
not_shown
