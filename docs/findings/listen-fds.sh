#!/bin/sh
# LISTEN_FDS=1: crun passes descriptor 3 and LISTEN_PID on, but not LISTEN_FDS.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

PROGRAM='"report", "report.json", "sleep"'
bundle c1
exec 3</dev/null
export LISTEN_FDS=1
create c1
rt start c1
within 5 is_ready c1 || could_not_run "c1 does not run"
grep -q LISTEN_PID=1 "$SHARE/report.json" || not_shown
grep -q LISTEN_FDS= "$SHARE/report.json" || shown "the environment has LISTEN_PID=1 and no LISTEN_FDS"
not_shown
