#!/bin/sh
# A poststop hook that does not read its stdin kills `delete` of crun by SIGPIPE.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

HOOKS="\"poststop\": [{\"path\": \"/bin/true\"}]"
bundle c1
config=$STAGE/bundles/c1/config.json
{
  printf '{"annotations": {"large": "'
  head -c 200000 /dev/zero | tr '\0' x
  printf '"},'
  tail -c +2 "$config"
} >"$STAGE/new"
cp "$STAGE/new" "$config"
run c1
rt delete --force c1
[ "$code" = 141 ] || not_shown
rt delete --force c1
[ "$code" = 141 ] && [ -e "$ROOT/c1" ] && shown "killed by signal 13, each time; the record stays"
not_shown
