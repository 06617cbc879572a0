#!/bin/sh
# A cgroupsPath with `..` makes directories outside of the cgroup file system.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

CGROUP=/../../../../..$STAGE/escaped
bundle c1
create c1
[ -e "$STAGE/escaped" ] && shown "create exits $code and made $STAGE/escaped"
not_shown
