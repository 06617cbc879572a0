#!/bin/sh
# Runs each reproduction on each place of its line "# on:"; run_all.sh [GLOB] only those whose name
# fits. Prints "N shown, N not shown, N not run"; exit 0 when all were shown.
here=$(cd "$(dirname "$0")" && pwd)
shown=0 not_shown=0 not_run=0
for script in "$here"/${1:-*}.sh; do
  case ${script##*/} in stage.sh | run_all.sh) continue ;; esac
  for place in $(sed -n 's/^# on: *//p' "$script"); do
    last=$(sh "$script" "${place%:*}" "${place#*:}" 2>&1)
    code=$?
    printf '%-32s %s\n' "$(basename "$script" .sh)" "$(printf '%s\n' "$last" | tail -1)"
    case $code in
      0) shown=$((shown + 1)) ;;
      1) not_shown=$((not_shown + 1)) ;;
      *) not_run=$((not_run + 1)) ;;
    esac
  done
done
echo "$shown shown, $not_shown not shown, $not_run not run"
[ "$((not_shown + not_run))" = 0 ]
