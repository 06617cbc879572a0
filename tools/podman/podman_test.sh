#!/usr/bin/env bash
# A real engine drives reaprun: podman, with its own default configuration of containers, runs,
# executes into, pauses, stops, kills and removes containers from a plain root file system, on
# cgroup v1 and on v2. Each layout is laid out in a private mount namespace; afterwards nothing of
# the containers may be left.
#
# podman_test.sh REAPRUN PAYLOAD [LAYOUT]
set -u

reaprun=$(realpath "$1")
payload=$(realpath "$2")
layout=${3:-}
bound=60 # seconds that one command of podman may take

if [ -z "$layout" ]; then
  skip() { echo "[  SKIPPED ] Podman.DrivesReaprun: $1"; exit 0; }
  [ "$(id -u)" -eq 0 ] || skip "needs root"
  command -v podman >/dev/null || skip "podman is not installed"
  command -v conmon >/dev/null || skip "conmon is not installed"
  unshare --mount true 2>/dev/null || skip "no mount namespace can be made here"
  status=0
  for each in v1 v2; do
    unshare --mount --propagation private bash "$0" "$reaprun" "$payload" "$each" || status=1
  done
  exit "$status"
fi

# --- The world of one layout. ---

lay_out_cgroups() {
  while umount -l /sys/fs/cgroup 2>/dev/null; do :; done
  if [ "$layout" = v2 ]; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    return
  fi
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup || return
  local name directory
  for name in $(cut -d: -f2 /proc/self/cgroup | grep -v '^$'); do
    directory=/sys/fs/cgroup/${name#name=}
    mkdir -p "$directory" && mount -t cgroup -o "$name" cgroup "$directory" || return
  done
}

tag=reapcheck-podman-$$-$layout
world=$(mktemp -d)
mount -t tmpfs -o mode=755 tmpfs "$world" || exit 1
lay_out_cgroups || { echo "[  SKIPPED ] Podman.$layout: the layout is not to be had here"; exit 0; }
mkdir -p "$world/rootfs/tmp" "$world/home"
cp "$payload" "$world/rootfs/payload"
cat >"$world/containers.conf" <<CONF
[containers]
default_ulimits = []
pids_limit = 0
[engine]
events_logger = "file"
CONF
echo "$world/" >"$world/path"
export HOME=$world/home XDG_RUNTIME_DIR=$world/run CONTAINERS_CONF=$world/containers.conf

podman() {
  timeout "$bound" podman --root "$world/root" --runroot "$world/runroot" --tmpdir "$world/tmp" \
    --storage-driver vfs --cgroup-manager cgroupfs --runtime "$reaprun" "$@" 2>>"$world/stderr"
}

# Options of podman first, then -- and the program's words.
start() {
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  podman run --network none --cgroup-parent "/$tag" "${options[@]}" --rootfs "$world/rootfs" \
    /payload "$@"
}

# The same, detached, as c; returns when the program has come to its last word, sleep.
start_ready() {
  rm -f "$world/rootfs/tmp/c.ready"
  start --detach --name c -- as c lab /tmp "$@" >/dev/null
  await "the program is ready" test -e "$world/rootfs/tmp/c.ready"
}

processes() { podman inspect --format '{{.State.Pid}}' "$1"; }
status_of() { podman inspect --format '{{.State.Status}}' "$1"; }
exit_code_of() { podman inspect --format '{{.State.ExitCode}}' "$1"; }
cgroups_of() { find /sys/fs/cgroup -depth -type d -path "*/$tag/libpod-*"; }

# --- What is expected. ---

failed=0
problem=

# expect WHAT EXPECTED ACTUAL
expect() {
  [ "$2" = "$3" ] || problem+="$1: expected '$2', got '$3'"$'\n'
}

# Looks every 10 ms, for 5 s: await WHAT COMMAND...
await() {
  local what=$1 i
  shift
  for ((i = 0; i < 500; ++i)); do
    "$@" && return
    sleep 0.01
  done
  problem+="$what: not within 5 s"$'\n'
}

dead() { [ ! -e "/proc/$1/stat" ] || grep -q ') [ZX] ' "/proc/$1/stat"; }
no_cgroups() { [ -z "$(cgroups_of)" ]; }
no_processes() {
  # conmon and podman name files of this world on their command lines. grep reads the pattern from
  # a file, so as not to find itself.
  ! (cd "$world" && grep -lsaF --file=path /proc/[0-9]*/cmdline) >/dev/null
}

check() {
  local name=$1 begin=$EPOCHREALTIME
  problem=
  : >"$world/stderr"
  "$name"
  podman rm --force --all --time 0 >/dev/null
  await "cgroups of containers are gone" no_cgroups
  await "processes of podman and containers are gone" no_processes
  expect "records left" "" "$(ls -A /run/reaprun 2>/dev/null; ls -A "$world/run/reaprun" 2>/dev/null)"
  local took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
  if [ -z "$problem" ]; then
    echo "[       OK ] Podman/$layout.$name ($took ms)"
    return
  fi
  failed=1
  printf '%s' "$problem"
  sed 's/^/  podman: /' "$world/stderr"
  echo "[  FAILED  ] Podman/$layout.$name ($took ms)"
}

# --- The cases. ---

RunInTheForegroundReturnsTheExitCode() {
  local output
  output=$(start --rm -- print 5 exit 7)
  expect "exit code" 7 $?
  expect "output" xxxxx "$output"
}

RunWithATerminal() {
  local output
  output=$(start --rm --tty -- print 4 exit 3)
  expect "exit code" 3 $?
  expect "output" xxxx "$output"
}

RunOnTheHostsNetworkAndPids() {
  local output
  output=$(podman run --rm --network host --pid host --cgroup-parent "/$tag" \
    --rootfs "$world/rootfs" /payload print 2)
  expect "exit code" 0 $?
  expect "output" xx "$output"
}

DetachedIsListedAndItsLogsAreKept() {
  start --detach --name c -- print 3 fork 2 sleep >/dev/null
  expect "exit code" 0 $?
  expect "status" running "$(status_of c)"
  expect "ps" "c Up" "$(podman ps --format '{{.Names}} {{.Status}}' | cut -d' ' -f1,2)"
  await "logs" logs_are xxx
  await "processes" top_shows 3
}
logs_are() { [ "$(podman logs c)" = "$1" ]; }
top_shows() { [ "$(podman top c pid | tail -n +2 | wc -l)" -eq "$1" ]; }

EndsByItself() {
  start --detach --name c -- lab /tmp wait go exit 9 >/dev/null
  expect "status" running "$(status_of c)"
  local init
  init=$(processes c)
  touch "$world/rootfs/tmp/go"
  expect "podman wait" 9 "$(podman wait c)"
  rm "$world/rootfs/tmp/go"
  expect "status" exited "$(status_of c)"
  await "init is dead" dead "$init"
  podman rm c >/dev/null
  expect "rm" 0 $?
}

ExecReturnsTheExitCode() {
  start --detach --name c -- sleep >/dev/null
  local output
  output=$(podman exec c /payload print 5 exit 6)
  expect "exit code" 6 $?
  expect "output" xxxxx "$output"
  output=$(podman exec --tty c /payload print 2)
  expect "output with a terminal" xx "$output"
  podman exec --detach c /payload sleep >/dev/null
  expect "detached" 0 $?
  await "its process" top_shows 2
  podman exec c /none >/dev/null
  expect "exit code of a program that is not there" 127 $?
}

PauseAndUnpause() {
  start --detach --name c -- fork 1 sleep >/dev/null
  podman pause c >/dev/null
  expect "pause" 0 $?
  expect "status" paused "$(status_of c)"
  podman unpause c >/dev/null
  expect "unpause" 0 $?
  expect "status" running "$(status_of c)"
}

StopOfAProgramThatIgnoresTermIsKill() {
  start_ready ignore TERM fork 2 sleep
  local init
  init=$(processes c)
  podman stop --time 1 c >/dev/null
  expect "stop" 0 $?
  expect "status" exited "$(status_of c)"
  expect "exit code" 137 "$(exit_code_of c)"
  await "init is dead" dead "$init"
  await "cgroups are gone" no_cgroups
}

StopOfAProgramThatEndsAtTerm() {
  start_ready quit-on TERM sleep
  podman stop --time 20 c >/dev/null
  expect "stop" 0 $?
  expect "exit code" 0 "$(exit_code_of c)"
}

KillSendsTheSignal() {
  start_ready quit-on USR1 sleep
  podman kill --signal WINCH c >/dev/null
  expect "kill with WINCH" 0 $?
  expect "status" running "$(status_of c)"
  podman kill --signal USR1 c >/dev/null
  expect "kill with USR1" 0 $?
  expect "podman wait" 0 "$(podman wait c)"
  podman kill c >/dev/null
  [ $? -ne 0 ] || problem+="kill of a stopped container succeeded"$'\n'
}

KillEndsAllInAPidNamespaceThatIsShared() {
  start --detach --name c --pid host -- fork 3 sleep >/dev/null
  local init
  init=$(processes c)
  podman kill c >/dev/null
  expect "kill" 0 $?
  expect "podman wait" 137 "$(podman wait c)"
  await "init is dead" dead "$init"
  await "cgroups are gone" no_cgroups
}

RemoveByForceWhileItRuns() {
  start_ready ignore TERM fork 3 sleep
  local init
  init=$(processes c)
  podman rm --force --time 0 c >/dev/null
  expect "rm" 0 $?
  await "init is dead" dead "$init"
  expect "ps" "" "$(podman ps --all --quiet)"
}

RemoveByForceWhilePaused() {
  start --detach --name c -- fork 1 sleep >/dev/null
  local init
  init=$(processes c)
  podman pause c >/dev/null
  podman rm --force --time 0 c >/dev/null
  expect "rm" 0 $?
  await "init is dead" dead "$init"
}

RestartAndStartAgain() {
  start --detach --name c -- sleep >/dev/null
  local init
  init=$(processes c)
  podman restart --time 0 c >/dev/null
  expect "restart" 0 $?
  expect "status" running "$(status_of c)"
  await "the first init is dead" dead "$init"
  podman stop --time 0 c >/dev/null
  podman start c >/dev/null
  expect "start" 0 $?
  expect "status" running "$(status_of c)"
}

AProgramThatIsNotThereIsReported() {
  podman run --rm --network none --cgroup-parent "/$tag" --rootfs "$world/rootfs" /none >/dev/null
  expect "exit code" 127 $?
}

ErrorsInTheLogAreJsonLines() {
  local log=$world/log.json arguments
  for arguments in "state none" "delete none" "kill none KILL" "create --bundle /a\"b\\c none"; do
    # shellcheck disable=SC2086
    "$reaprun" --root "$world/records" --log "$log" --log-format json $arguments 2>/dev/null
    expect "$arguments" 1 $?
  done
  local object='^\{"level":"error","msg":"([^"\\]|\\.)+","time":"[0-9T:.-]+Z"\}$'
  expect "lines" 4 "$(grep -cE "$object" "$log")"
  expect "other lines" 0 "$(grep -cvE "$object" "$log")"
}

for name in RunInTheForegroundReturnsTheExitCode RunWithATerminal RunOnTheHostsNetworkAndPids \
  DetachedIsListedAndItsLogsAreKept EndsByItself ExecReturnsTheExitCode PauseAndUnpause \
  StopOfAProgramThatIgnoresTermIsKill StopOfAProgramThatEndsAtTerm KillSendsTheSignal \
  KillEndsAllInAPidNamespaceThatIsShared RemoveByForceWhileItRuns RemoveByForceWhilePaused \
  RestartAndStartAgain AProgramThatIsNotThereIsReported ErrorsInTheLogAreJsonLines; do
  check "$name"
done

# podman's own: the parent of the cgroups, and conmon's. That they are empty is shown by rmdir.
find /sys/fs/cgroup -depth -type d -path "*/$tag*" -exec rmdir {} + || failed=1
left=$(grep -F " $world" /proc/self/mountinfo | grep -v " $world rw")
[ -z "$left" ] || { echo "mounts left: $left"; failed=1; }
umount -l "$world" && rmdir "$world"
exit "$failed"
