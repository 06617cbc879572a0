#!/bin/sh
# process.cwd /proc/self/fd/N: crun starts the program in a directory of the host.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

# The descriptor comes from whoever calls the runtime.
mkdir "$STAGE/precious"
touch "$STAGE/precious/of-the-host"
exec 9<"$STAGE/precious"
CWD=/proc/self/fd/9
bundle c1
create c1
[ "$code" = 0 ] || not_shown
rt start c1
within 5 is_ready c1 || could_not_run "c1 does not run"
[ -e "/proc/$(pid_of c1)/cwd/of-the-host" ] && shown "its working directory has a file of the host"
not_shown
