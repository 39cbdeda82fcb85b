internal import BelljarControls

/// `/proc/sys` of the world: the settings that programs ask for, with the values that a kernel of the release has on a
/// machine like the world's before anybody changes them (Documentation/admin-guide/sysctl of that release).
///
/// The real ones are the host's, and hundreds of them: what is not here does not exist in a build.
enum KernelSettings {
    static let folder = "proc/sys"
    static let controls: [Control] = [.identity, .memory, .random]

    static let files: [WorldFiles.File] =
        identity.map { .init(.identity, folder + "/" + $0.key, $0.value + "\n") }
        + limits.map { .init(.memory, folder + "/" + $0.key, $0.value + "\n") }
        + random.map { .init(.random, folder + "/kernel/random/" + $0.key, $0.value + "\n") }

    /// Who the kernel is and what it lets an ordinary user do.
    private static let identity: KeyValuePairs = [
        "kernel/ostype": Machine.systemName,
        "kernel/osrelease": Machine.kernelRelease,
        "kernel/version": Machine.kernelVersion,
        "kernel/hostname": Machine.hostName,
        "kernel/domainname": Machine.domainName,
        "kernel/arch": Machine.architecture,
        // CAP_CHECKPOINT_RESTORE, the last one of that release.
        "kernel/cap_last_cap": "40",
        "kernel/core_pattern": "core",
        "kernel/core_uses_pid": "0",
        "kernel/dmesg_restrict": "1",
        "kernel/kptr_restrict": "1",
        "kernel/ngroups_max": "65536",
        "kernel/overflowgid": "65534",
        "kernel/overflowuid": "65534",
        "kernel/perf_event_paranoid": "2",
        "kernel/printk": "4\t4\t1\t7",
        "kernel/randomize_va_space": "2",
        "kernel/seccomp/actions_avail": "kill_process kill_thread trap errno user_notif trace log allow",
        "kernel/tainted": "0",
        "kernel/unprivileged_bpf_disabled": "2",
        "fs/overflowgid": "65534",
        "fs/overflowuid": "65534",
        "fs/protected_fifos": "1",
        "fs/protected_hardlinks": "1",
        "fs/protected_regular": "2",
        "fs/protected_symlinks": "1",
        "fs/suid_dumpable": "0",
        "net/core/somaxconn": "4096",
        "net/ipv4/ip_forward": "0",
        "net/ipv4/ip_local_port_range": "32768\t60999",
        "net/ipv4/ping_group_range": "1\t0",
        // The filters of a build refuse to make any.
        "user/max_user_namespaces": "0",
    ]

    /// Limits that kernels choose by the size of their memory, and what is used of them.
    private static let limits: KeyValuePairs = [
        "kernel/msgmax": "8192",
        "kernel/msgmnb": "16384",
        "kernel/msgmni": "32000",
        "kernel/pid_max": "32768",
        "kernel/pty/max": "4096",
        "kernel/pty/nr": "0",
        "kernel/sem": "32000\t1024000000\t500\t32000",
        "kernel/shmall": "18446744073692774399",
        "kernel/shmmax": "18446744073692774399",
        "kernel/shmmni": "4096",
        "kernel/threads-max": "63704",
        "fs/file-max": "9223372036854775807",
        "fs/file-nr": "0\t0\t9223372036854775807",
        "fs/inotify/max_queued_events": "16384",
        "fs/inotify/max_user_instances": "128",
        "fs/inotify/max_user_watches": "65536",
        "fs/lease-break-time": "45",
        "fs/mqueue/msg_default": "10",
        "fs/mqueue/msg_max": "10",
        "fs/mqueue/msgsize_default": "8192",
        "fs/mqueue/msgsize_max": "8192",
        "fs/mqueue/queues_max": "256",
        "fs/nr_open": "1048576",
        "fs/pipe-max-size": "1048576",
        "fs/pipe-user-pages-hard": "0",
        "fs/pipe-user-pages-soft": "16384",
        "net/core/rmem_default": "212992",
        "net/core/rmem_max": "212992",
        "net/core/wmem_default": "212992",
        "net/core/wmem_max": "212992",
        "vm/max_map_count": "65530",
        "vm/mmap_min_addr": "65536",
        "vm/nr_hugepages": "0",
        "vm/overcommit_memory": "0",
        "vm/overcommit_ratio": "50",
        "vm/swappiness": "60",
    ]

    /// Numbers that real kernels make up: version 4 of RFC 9562, all zero but for version and variant and a one or a
    /// two, so that nobody takes them for anything that names something.
    private static let random: KeyValuePairs = [
        "boot_id": "00000000-0000-4000-8000-000000000001",
        "entropy_avail": "256",
        "poolsize": "256",
        "urandom_min_reseed_secs": "60",
        "uuid": "00000000-0000-4000-8000-000000000002",
        "write_wakeup_threshold": "256",
    ]
}
