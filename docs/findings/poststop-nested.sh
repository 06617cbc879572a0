#!/bin/sh
# A poststop hook that calls `delete` of its own container runs again.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

cat >"$STAGE/again" <<HOOK
echo ran >>$STAGE/ran
[ \$(wc -l <$STAGE/ran) -lt 5 ] && $(command -v "$RUNTIME") --root $ROOT delete c1
HOOK
HOOKS="\"poststop\": [$(hook "sh $STAGE/again")]"
bundle c1
run c1
rt kill c1 KILL
within 5 dead "$(pid_of c1)" || could_not_run "init lives"
rt delete c1
[ "$(wc -l <"$STAGE/ran")" -gt 1 ] && shown "delete exits $code, the hook ran $(wc -l <"$STAGE/ran") times"
not_shown
