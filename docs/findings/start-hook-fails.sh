#!/bin/sh
# A startContainer hook fails: `start` exits 0, and the container is neither run nor cleaned.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

HOOKS='"startContainer": [{"path": "/payload", "args": ["payload", "exit", "1"]}]'
bundle c1
create c1
rt start c1
[ "$code" = 0 ] || not_shown
within 5 dead "$(pid_of c1)" || not_shown "init lives"
is_ready c1 && not_shown "the program ran"
[ -e "$ROOT/c1" ] && shown "exit 0, the program did not run, $(count_of_dirs c1) cgroups and the record are left"
not_shown
