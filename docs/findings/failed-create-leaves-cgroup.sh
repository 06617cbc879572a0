#!/bin/sh
# A `create` of crun that fails leaves its cgroup on v2.
# on: crun:v2
. "$(dirname "$0")/stage.sh"

PROCESS=', "rlimits": [{"type": "RLIMIT_NONSENSE", "soft": 1, "hard": 1}]'
bundle c1
create c1
[ "$code" != 0 ] && [ -n "$(dirs c1)" ] && [ ! -e "$ROOT/c1" ] &&
  shown "exit $code, the id is unknown, and $(dirs c1) is left"
not_shown
