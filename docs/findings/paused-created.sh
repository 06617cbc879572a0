#!/bin/sh
# `pause` of a created container exits 0, and `state` does not say that it is paused.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

bundle c1
create c1
rt pause c1
[ "$code" = 0 ] && [ "$(status_of c1)" = created ] && shown "exit 0, status created"
not_shown "status: $(status_of c1)"
