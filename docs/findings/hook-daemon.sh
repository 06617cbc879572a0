#!/bin/sh
# A hook that leaves a process in the background: `create` of runc waits for that process.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

# It waits for the end of the pipe that is the stderr of the hook and of its child.
HOOKS="\"createRuntime\": [$(hook "sleep 8 &")]"
bundle c1
began=$(date +%s)
create c1
took=$(($(date +%s) - began))
[ "$took" -ge 6 ] && shown "create exits $code after $took s: when the process of 8 s was gone"
not_shown "$took s"
