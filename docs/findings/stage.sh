# The stage of a reproduction: sourced by every script here, NAME.sh [RUNTIME [LAYOUT]].
#
# The script is started again in mount and pid namespaces of its own, where every file system of the
# host is read-only, the cgroups are laid out as LAYOUT (v1 or v2) says, and $STAGE is an empty
# tmpfs. What it starts can therefore change nothing but $STAGE and the cgroups named after it, and
# sees no process of the host. When it ends, those cgroups are thawed, emptied and removed.
# Exit codes of a script: 0 the fault is shown, 1 it is not shown, 2 it could not run.

here=$(cd "$(dirname "$0")" && pwd)
limit=90  # seconds for one script; the slowest waits for two bounds of 10 s

could_not_run() { echo "could not run: $*" >&2; exit 2; }

# --- Outside: start again where it is safe ---

# The first pair RUNTIME:LAYOUT of the script's line "# on:".
first_place() { sed -n 's/^# on: *\([^ ]*\).*/\1/p' "$0"; }

start_again() {
  [ "$(id -u)" = 0 ] || could_not_run "it starts containers and needs root"
  place=$(first_place)
  RUNTIME=${1:-${place%:*}} LAYOUT=${2:-${place#*:}}
  command -v "$RUNTIME" >/dev/null || could_not_run "$RUNTIME is not installed"
  PAYLOAD=$here/../../bazel-bin/conformance/payload/payload
  [ -x "$PAYLOAD" ] || could_not_run "no $PAYLOAD: bazel build //conformance/payload"
  STAGE=$(mktemp -d /tmp/finding.XXXXXX) || exit 2
  TAG=${STAGE#/tmp/}
  export RUNTIME LAYOUT PAYLOAD STAGE TAG STAGED=inside
  timeout -k 5 "$limit" unshare --mount --propagation private --pid --fork --kill-child \
    --mount-proc sh "$0"
  code=$?
  # Frozen processes of a script that was cut off die only now.
  [ "$code" -le 2 ] || STAGED=sweep unshare --mount --propagation private sh "$0"
  rmdir "$STAGE"
  [ "$code" -le 2 ] || could_not_run "it was cut off (exit $code)"
  exit "$code"
}

# --- Inside: lay out, run the script's own lines, sweep ---

mount_v1() {
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup || return 1
  grep -v '^0:' "/proc/self/cgroup" | cut -d: -f2 | while read -r name; do
    point=/sys/fs/cgroup/${name#name=}
    mkdir -p "$point" && mount -t cgroup -o "$name" cgroup "$point" || return 1
  done
}

lay_out_cgroups() {
  while umount -l /sys/fs/cgroup 2>/dev/null; do :; done
  case $LAYOUT in
    v1) mount_v1 ;;
    v2) mount -t cgroup2 cgroup2 /sys/fs/cgroup ;;
    *) could_not_run "the layout is v1 or v2, not $LAYOUT" ;;
  esac || could_not_run "this machine does not offer cgroup $LAYOUT"
}

make_host_read_only() {
  cut -d' ' -f5 /proc/self/mountinfo | while read -r point; do
    case $point in /proc* | /sys* | /dev* | "$STAGE") continue ;; esac
    mount -o remount,bind,ro "$point" 2>/dev/null
  done
  if touch /finding-is-not-read-only 2>/dev/null; then
    rm /finding-is-not-read-only
    could_not_run "the host's files can not be made read-only"
  fi
}

own_cgroups() { find /sys/fs/cgroup -depth -type d -path "*/$TAG*" 2>/dev/null; }

sweep() {
  for round in 1 2 3 4 5 6 7 8 9 10; do
    for dir in $(own_cgroups); do
      echo THAWED 2>/dev/null >"$dir/freezer.state"
      echo 0 2>/dev/null >"$dir/cgroup.freeze"
      for pid in $(cat "$dir/cgroup.procs" 2>/dev/null); do
        [ "$pid" -gt 1 ] && kill -KILL "$pid"
      done
      rmdir "$dir"
    done 2>/dev/null
    [ -z "$(own_cgroups)" ] && return
    sleep 0.2
  done
  echo "left: $(own_cgroups)" >&2
}

set_the_stage() {
  mount -t tmpfs -o mode=755 stage "$STAGE" || could_not_run "no tmpfs"
  cp "$PAYLOAD" "$STAGE/payload" || could_not_run "no payload"
  lay_out_cgroups
  make_host_read_only
  STAGED=script timeout -k 5 $((limit - 10)) sh "$0"
  code=$?
  sweep
  exit "$code"
}

case ${STAGED:-} in
  '') start_again "$@" ;;
  inside) set_the_stage ;;
  sweep) lay_out_cgroups; sweep; exit 0 ;;
esac

# --- What a script says ---

ROOT=$STAGE/deep/er/root  # three levels: what climbs out of it stays in $STAGE
SHARE=$STAGE/share
mkdir -p "$ROOT" "$SHARE" "$STAGE/bundles"

shown() { echo "SHOWN ($RUNTIME, $LAYOUT): $*"; exit 0; }
not_shown() { echo "not shown ($RUNTIME, $LAYOUT) $*"; exit 1; }

# bundle NAME: a bundle whose program is the payload. Optional JSON in variables: PROGRAM (words),
# HOOKS, MOUNTS (each after a comma), PROCESS and LINUX (more properties, each after a comma);
# PIDNS=host leaves the pid namespace out; CGROUP is its cgroupsPath.
bundle() {
  dir=$STAGE/bundles/$1
  mkdir -p "$dir/rootfs/dev" "$dir/rootfs/proc" "$dir/rootfs/lab"
  ln "$STAGE/payload" "$dir/rootfs/payload"
  pid_namespace='{"type":"pid"},'
  [ "${PIDNS:-private}" = private ] || pid_namespace=
  cat >"$dir/config.json" <<CONFIG
{"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "hostname": "$1",
 "process": {"user": {"uid": 0, "gid": 0}, "env": ["PATH=/"], "cwd": "${CWD:-/}",
   "args": ["/payload", "as", "$1", "lab", "/lab", ${PROGRAM:-\"sleep\"}]${PROCESS:-}},
 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
   {"destination": "/lab", "type": "bind", "source": "$SHARE", "options": ["bind", "rw"]}${MOUNTS:-}],
 "hooks": {${HOOKS:-}},
 "linux": {"namespaces": [$pid_namespace {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}],
   "cgroupsPath": "${CGROUP:-/$TAG-$1}"${LINUX:-}}}
CONFIG
}

# hook SHELL-TEXT [MORE]: one hook as JSON that reads its stdin, then does the text (without double
# quotes); MORE is further properties, after a comma.
hook() {
  printf '{"path": "/bin/sh", "args": ["sh", "-c", "cat >/dev/null; %s"]%s}' "$1" "${2:-}"
}

# rt ARGUMENTS: the runtime, cut off after 15 s (then $code is 124). Output in $STAGE/out.
rt() {
  timeout -k 1 15 "$RUNTIME" --root "$ROOT" "$@" </dev/null >"$STAGE/out" 2>&1
  code=$?
  [ "$code" != 137 ] || code=124  # it ignored TERM, too
  echo "\$ $RUNTIME --root $ROOT $*   -> exit $code"
  head -3 "$STAGE/out" | cut -c1-200
}

create() { rt create --bundle "$STAGE/bundles/$1" --pid-file "$STAGE/$1.pid" "$1"; }
pid_of() { cat "$STAGE/$1.pid"; }
is_ready() { [ -e "$SHARE/$1.ready" ]; }
status_of() { "$RUNTIME" --root "$ROOT" state "$1" 2>/dev/null | sed -n 's/.*"status": "\(.*\)".*/\1/p'; }

# run NAME: a container from its bundle that is running for sure.
run() {
  create "$1"
  [ "$code" = 0 ] || could_not_run "create failed"
  rt start "$1"
  within 5 is_ready "$1" || could_not_run "$1 does not run"
}

# record NAME: where the runtime keeps what it knows of the container.
record() {
  case $RUNTIME in
    *crun) echo "$ROOT/$1/status" ;;
    *) echo "$ROOT/$1/state.json" ;;
  esac
}

alive() {
  state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1)
  [ -n "$state" ] && [ "$state" != Z ] && [ "$state" != X ]
}
dead() { ! alive "$1"; }

# within SECONDS COMMAND: true when the command is true within the time.
within() {
  tries=$(($1 * 20)); shift
  while ! "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.05
  done
}

# dirs NAME: the cgroup directories of the container.
dirs() { find /sys/fs/cgroup -type d -path "*/$TAG-$1*" 2>/dev/null; }
count_of_dirs() { dirs "$1" | wc -l; }
# One directory of it that can be frozen.
freezer_of() { dirs "$1" | grep -v "$TAG-$1/." | grep -e /freezer/ -e "^/sys/fs/cgroup/$TAG" | head -1; }
freeze() { echo FROZEN >"$1/freezer.state" 2>/dev/null || echo 1 >"$1/cgroup.freeze"; }
