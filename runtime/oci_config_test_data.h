// Configurations as other programs wrote them, laid out anew and otherwise as they are.
// Test data: constants only.
#ifndef REAPCHECK_RUNTIME_OCI_CONFIG_TEST_DATA_H_
#define REAPCHECK_RUNTIME_OCI_CONFIG_TEST_DATA_H_

#include <string_view>

namespace reapcheck {

// `runc spec`, runc 1.1.5.
inline constexpr std::string_view kRuncSpec = R"json({
 "ociVersion": "1.0.2-dev",
 "process": {
  "terminal": true,
  "user": {"uid": 0, "gid": 0},
  "args": ["sh"],
  "env": [
   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"
  ],
  "cwd": "/",
  "capabilities": {
   "bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
   "effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
   "permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
   "ambient": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
  },
  "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
  "noNewPrivileges": true
 },
 "root": {"path": "rootfs", "readonly": true},
 "hostname": "runc",
 "mounts": [
  {"destination": "/proc", "type": "proc", "source": "proc"},
  {
   "destination": "/dev",
   "type": "tmpfs",
   "source": "tmpfs",
   "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]
  },
  {
   "destination": "/dev/pts",
   "type": "devpts",
   "source": "devpts",
   "options": [
    "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"
   ]
  },
  {
   "destination": "/dev/shm",
   "type": "tmpfs",
   "source": "shm",
   "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]
  },
  {
   "destination": "/dev/mqueue",
   "type": "mqueue",
   "source": "mqueue",
   "options": ["nosuid", "noexec", "nodev"]
  },
  {
   "destination": "/sys",
   "type": "sysfs",
   "source": "sysfs",
   "options": ["nosuid", "noexec", "nodev", "ro"]
  },
  {
   "destination": "/sys/fs/cgroup",
   "type": "cgroup",
   "source": "cgroup",
   "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]
  }
 ],
 "linux": {
  "resources": {"devices": [{"allow": false, "access": "rwm"}]},
  "namespaces": [
   {"type": "pid"},
   {"type": "network"},
   {"type": "ipc"},
   {"type": "uts"},
   {"type": "mount"}
  ],
  "maskedPaths": [
   "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
   "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"
  ],
  "readonlyPaths": [
   "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"
  ]
 }
})json";

// `runc spec --rootless`, runc 1.1.5.
inline constexpr std::string_view kRuncRootlessSpec = R"json({
 "ociVersion": "1.0.2-dev",
 "process": {
  "terminal": true,
  "user": {"uid": 0, "gid": 0},
  "args": ["sh"],
  "env": [
   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"
  ],
  "cwd": "/",
  "capabilities": {
   "bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
   "effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
   "permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
   "ambient": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
  },
  "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
  "noNewPrivileges": true
 },
 "root": {"path": "rootfs", "readonly": true},
 "hostname": "runc",
 "mounts": [
  {"destination": "/proc", "type": "proc", "source": "proc"},
  {
   "destination": "/dev",
   "type": "tmpfs",
   "source": "tmpfs",
   "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]
  },
  {
   "destination": "/dev/pts",
   "type": "devpts",
   "source": "devpts",
   "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
  },
  {
   "destination": "/dev/shm",
   "type": "tmpfs",
   "source": "shm",
   "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]
  },
  {
   "destination": "/dev/mqueue",
   "type": "mqueue",
   "source": "mqueue",
   "options": ["nosuid", "noexec", "nodev"]
  },
  {
   "destination": "/sys",
   "type": "none",
   "source": "/sys",
   "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]
  },
  {
   "destination": "/sys/fs/cgroup",
   "type": "cgroup",
   "source": "cgroup",
   "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]
  }
 ],
 "linux": {
  "uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}],
  "gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}],
  "namespaces": [
   {"type": "pid"},
   {"type": "ipc"},
   {"type": "uts"},
   {"type": "mount"},
   {"type": "user"}
  ],
  "maskedPaths": [
   "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
   "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"
  ],
  "readonlyPaths": [
   "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"
  ]
 }
})json";

// `crun spec`, crun 1.8.1.
inline constexpr std::string_view kCrunSpec = R"json({
 "ociVersion": "1.0.0",
 "process": {
  "terminal": true,
  "user": {"uid": 0, "gid": 0},
  "args": ["sh"],
  "env": [
   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"
  ],
  "cwd": "/",
  "capabilities": {
   "bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
   "effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
   "inheritable": [],
   "permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
   "ambient": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
  },
  "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
  "noNewPrivileges": true
 },
 "root": {"path": "rootfs", "readonly": true},
 "hostname": "crun",
 "mounts": [
  {"destination": "/proc", "type": "proc", "source": "proc"},
  {
   "destination": "/dev",
   "type": "tmpfs",
   "source": "tmpfs",
   "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]
  },
  {
   "destination": "/dev/pts",
   "type": "devpts",
   "source": "devpts",
   "options": [
    "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"
   ]
  },
  {
   "destination": "/dev/shm",
   "type": "tmpfs",
   "source": "shm",
   "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]
  },
  {
   "destination": "/dev/mqueue",
   "type": "mqueue",
   "source": "mqueue",
   "options": ["nosuid", "noexec", "nodev"]
  },
  {
   "destination": "/sys",
   "type": "sysfs",
   "source": "sysfs",
   "options": ["nosuid", "noexec", "nodev", "ro"]
  },
  {
   "destination": "/sys/fs/cgroup",
   "type": "cgroup",
   "source": "cgroup",
   "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]
  }
 ],
 "linux": {
  "resources": {"devices": [{"allow": false, "access": "rwm"}]},
  "namespaces": [
   {"type": "pid"},
   {"type": "network"},
   {"type": "ipc"},
   {"type": "uts"},
   {"type": "mount"}
  ],
  "maskedPaths": [
   "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
   "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"
  ],
  "readonlyPaths": [
   "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"
  ]
 }
})json";

// What podman 4.3 hands to `create` for `podman run -d --network=none --rootfs /srv/rootfs ...`
// with its default seccomp profile; the container's id and the directories are shortened.
inline constexpr std::string_view kPodmanConfig = R"json({
 "ociVersion": "1.0.2-dev",
 "process": {
  "user": {"uid": 0, "gid": 0, "umask": 18},
  "args": ["/bin/busybox", "sleep", "10"],
  "env": [
   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
   "HOSTNAME=web"
  ],
  "cwd": "/",
  "capabilities": {
   "bounding": [
    "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
    "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID",
    "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"
   ],
   "effective": [
    "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
    "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID",
    "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"
   ],
   "permitted": [
    "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
    "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID",
    "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"
   ]
  }
 },
 "root": {"path": "/srv/rootfs"},
 "hostname": "web",
 "mounts": [
  {
   "destination": "/proc",
   "type": "proc",
   "source": "proc",
   "options": ["nosuid", "noexec", "nodev"]
  },
  {
   "destination": "/dev",
   "type": "tmpfs",
   "source": "tmpfs",
   "options": ["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"]
  },
  {
   "destination": "/sys",
   "type": "sysfs",
   "source": "sysfs",
   "options": ["nosuid", "noexec", "nodev", "ro"]
  },
  {
   "destination": "/dev/pts",
   "type": "devpts",
   "source": "devpts",
   "options": [
    "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"
   ]
  },
  {
   "destination": "/dev/mqueue",
   "type": "mqueue",
   "source": "mqueue",
   "options": ["nosuid", "noexec", "nodev"]
  },
  {
   "destination": "/etc/hosts",
   "type": "bind",
   "source": "/run/containers/storage/overlay-containers/ID/userdata/hosts",
   "options": ["bind", "rprivate"]
  },
  {
   "destination": "/dev/shm",
   "type": "bind",
   "source": "/var/lib/containers/storage/overlay-containers/ID/userdata/shm",
   "options": ["bind", "rprivate", "nosuid", "noexec", "nodev"]
  },
  {
   "destination": "/run/.containerenv",
   "type": "bind",
   "source": "/run/containers/storage/overlay-containers/ID/userdata/.containerenv",
   "options": ["bind", "rprivate"]
  },
  {
   "destination": "/etc/hostname",
   "type": "bind",
   "source": "/run/containers/storage/overlay-containers/ID/userdata/hostname",
   "options": ["bind", "rprivate"]
  },
  {
   "destination": "/sys/fs/cgroup",
   "type": "cgroup",
   "source": "cgroup",
   "options": ["rprivate", "nosuid", "noexec", "nodev", "relatime", "ro"]
  }
 ],
 "annotations": {
  "io.container.manager": "libpod",
  "io.kubernetes.cri-o.Created": "2026-11-23T12:10:07.774235346Z",
  "io.kubernetes.cri-o.TTY": "false",
  "io.podman.annotations.autoremove": "FALSE",
  "io.podman.annotations.init": "FALSE",
  "io.podman.annotations.privileged": "FALSE",
  "io.podman.annotations.publish-all": "FALSE",
  "org.opencontainers.image.stopSignal": "15"
 },
 "linux": {
  "resources": {"devices": [{"allow": false, "access": "rwm"}]},
  "cgroupsPath": "/libpod_parent/libpod-ID",
  "namespaces": [
   {"type": "pid"},
   {"type": "network"},
   {"type": "ipc"},
   {"type": "uts"},
   {"type": "mount"}
  ],
  "seccomp": {
   "defaultAction": "SCMP_ACT_ERRNO",
   "defaultErrnoRet": 38,
   "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
   "syscalls": [
    {
     "names": [
      "bdflush", "io_pgetevents", "kexec_file_load", "kexec_load", "migrate_pages", "move_pages",
      "nfsservctl", "nice", "oldfstat", "oldlstat", "oldolduname", "oldstat", "olduname",
      "pciconfig_iobase", "pciconfig_read", "pciconfig_write", "sgetmask", "ssetmask",
      "swapcontext", "swapoff", "swapon", "sysfs", "uselib", "userfaultfd", "ustat", "vm86",
      "vm86old", "vmsplice"
     ],
     "action": "SCMP_ACT_ERRNO",
     "errnoRet": 1
    },
    {
     "names": [
      "_llseek", "_newselect", "accept", "accept4", "access", "adjtimex", "alarm", "bind", "brk",
      "capget", "capset", "chdir", "chmod", "chown", "chown32", "clock_adjtime",
      "clock_adjtime64", "clock_getres", "clock_getres_time64", "clock_gettime",
      "clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "clone", "clone3", "close",
      "close_range", "connect", "copy_file_range", "creat", "dup", "dup2", "dup3",
      "epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_pwait",
      "epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd", "eventfd2", "execve",
      "execveat", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64", "fadvise64_64",
      "fallocate", "fanotify_mark", "fchdir", "fchmod", "fchmodat", "fchown", "fchown32",
      "fchownat", "fcntl", "fcntl64", "fdatasync", "fgetxattr", "flistxattr", "flock", "fork",
      "fremovexattr", "fsconfig", "fsetxattr", "fsmount", "fsopen", "fspick", "fstat", "fstat64",
      "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate", "ftruncate64", "futex",
      "futex_time64", "futimesat", "get_mempolicy", "get_robust_list", "get_thread_area",
      "getcpu", "getcwd", "getdents", "getdents64", "getegid", "getegid32", "geteuid",
      "geteuid32", "getgid", "getgid32", "getgroups", "getgroups32", "getitimer", "getpeername",
      "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid",
      "getresgid32", "getresuid", "getresuid32", "getrlimit", "getrusage", "getsid",
      "getsockname", "getsockopt", "gettid", "gettimeofday", "getuid", "getuid32", "getxattr",
      "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "io_cancel",
      "io_destroy", "io_getevents", "io_setup", "io_submit", "ioctl", "ioprio_get", "ioprio_set",
      "ipc", "keyctl", "kill", "landlock_add_rule", "landlock_create_ruleset",
      "landlock_restrict_self", "lchown", "lchown32", "lgetxattr", "link", "linkat", "listen",
      "listxattr", "llistxattr", "lremovexattr", "lseek", "lsetxattr", "lstat", "lstat64",
      "madvise", "mbind", "membarrier", "memfd_create", "memfd_secret", "mincore", "mkdir",
      "mkdirat", "mknod", "mknodat", "mlock", "mlock2", "mlockall", "mmap", "mmap2", "mount",
      "mount_setattr", "move_mount", "mprotect", "mq_getsetattr", "mq_notify", "mq_open",
      "mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend", "mq_timedsend_time64",
      "mq_unlink", "mremap", "msgctl", "msgget", "msgrcv", "msgsnd", "msync", "munlock",
      "munlockall", "munmap", "name_to_handle_at", "nanosleep", "newfstatat", "open",
      "open_tree", "openat", "openat2", "pause", "pidfd_getfd", "pidfd_open",
      "pidfd_send_signal", "pipe", "pipe2", "pivot_root", "pkey_alloc", "pkey_free",
      "pkey_mprotect", "poll", "ppoll", "ppoll_time64", "prctl", "pread64", "preadv", "preadv2",
      "prlimit64", "process_mrelease", "process_vm_readv", "process_vm_writev", "pselect6",
      "pselect6_time64", "ptrace", "pwrite64", "pwritev", "pwritev2", "read", "readahead",
      "readdir", "readlink", "readlinkat", "readv", "reboot", "recv", "recvfrom", "recvmmsg",
      "recvmmsg_time64", "recvmsg", "remap_file_pages", "removexattr", "rename", "renameat",
      "renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigpending",
      "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
      "rt_sigtimedwait_time64", "rt_tgsigqueueinfo", "sched_get_priority_max",
      "sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
      "sched_getscheduler", "sched_rr_get_interval", "sched_rr_get_interval_time64",
      "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler",
      "sched_yield", "seccomp", "select", "semctl", "semget", "semop", "semtimedop",
      "semtimedop_time64", "send", "sendfile", "sendfile64", "sendmmsg", "sendmsg", "sendto",
      "set_mempolicy", "set_robust_list", "set_thread_area", "set_tid_address", "setfsgid",
      "setfsgid32", "setfsuid", "setfsuid32", "setgid", "setgid32", "setgroups", "setgroups32",
      "setitimer", "setns", "setpgid", "setpriority", "setregid", "setregid32", "setresgid",
      "setresgid32", "setresuid", "setresuid32", "setreuid", "setreuid32", "setrlimit", "setsid",
      "setsockopt", "setuid", "setuid32", "setxattr", "shmat", "shmctl", "shmdt", "shmget",
      "shutdown", "sigaction", "sigaltstack", "signal", "signalfd", "signalfd4", "sigpending",
      "sigprocmask", "sigreturn", "sigsuspend", "socketcall", "socketpair", "splice", "stat",
      "stat64", "statfs", "statfs64", "statx", "symlink", "symlinkat", "sync", "sync_file_range",
      "syncfs", "syscall", "sysinfo", "syslog", "tee", "tgkill", "time", "timer_create",
      "timer_delete", "timer_getoverrun", "timer_gettime", "timer_gettime64", "timer_settime",
      "timer_settime64", "timerfd", "timerfd_create", "timerfd_gettime", "timerfd_gettime64",
      "timerfd_settime", "timerfd_settime64", "times", "tkill", "truncate", "truncate64",
      "ugetrlimit", "umask", "umount", "umount2", "uname", "unlink", "unlinkat", "unshare",
      "utime", "utimensat", "utimensat_time64", "utimes", "vfork", "wait4", "waitid", "waitpid",
      "write", "writev"
     ],
     "action": "SCMP_ACT_ALLOW"
    },
    {
     "names": ["personality"],
     "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]
    },
    {
     "names": ["personality"],
     "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]
    },
    {
     "names": ["personality"],
     "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 131072, "op": "SCMP_CMP_EQ"}]
    },
    {
     "names": ["personality"],
     "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 131080, "op": "SCMP_CMP_EQ"}]
    },
    {
     "names": ["personality"],
     "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ"}]
    },
    {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["modify_ldt"], "action": "SCMP_ACT_ALLOW"},
    {
     "names": ["open_by_handle_at"],
     "action": "SCMP_ACT_ERRNO",
     "errnoRet": 1
    },
    {
     "names": [
      "bpf", "fanotify_init", "lookup_dcookie", "perf_event_open", "quotactl", "setdomainname",
      "sethostname", "setns"
     ],
     "action": "SCMP_ACT_ERRNO",
     "errnoRet": 1
    },
    {"names": ["chroot"], "action": "SCMP_ACT_ALLOW"},
    {
     "names": ["delete_module", "finit_module", "init_module", "query_module"],
     "action": "SCMP_ACT_ERRNO",
     "errnoRet": 1
    },
    {"names": ["acct"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
    {
     "names": ["kcmp", "process_madvise"],
     "action": "SCMP_ACT_ERRNO",
     "errnoRet": 1
    },
    {
     "names": ["ioperm", "iopl"],
     "action": "SCMP_ACT_ERRNO",
     "errnoRet": 1
    },
    {
     "names": ["clock_settime", "clock_settime64", "settimeofday", "stime"],
     "action": "SCMP_ACT_ERRNO",
     "errnoRet": 1
    },
    {"names": ["vhangup"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW"}
   ]
  },
  "maskedPaths": [
   "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
   "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/fs/selinux",
   "/sys/dev/block"
  ],
  "readonlyPaths": [
   "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"
  ]
 }
})json";

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_OCI_CONFIG_TEST_DATA_H_
