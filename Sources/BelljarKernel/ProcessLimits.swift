internal import CLinux
internal import Glibc

/// The resources that setrlimit(2) limits, by the kernel's numbers (the same on every architecture supported here).
package enum LimitedResource: UInt32, Hashable, Sendable, CaseIterable {
    case cpuSeconds = 0
    case fileBytes = 1
    case dataBytes = 2
    case stackBytes = 3
    case coreBytes = 4
    case residentBytes = 5
    case processes = 6
    case openFiles = 7
    case lockedBytes = 8
    case addressSpaceBytes = 9
    case fileLocks = 10
    case pendingSignals = 11
    case messageQueueBytes = 12
    case nicePriority = 13
    case realTimePriority = 14
    case realTimeMicroseconds = 15

    /// As setrlimit(2) has it: `RLIMIT_NOFILE`.
    package var name: String { "RLIMIT_" + Self.names[Int(rawValue)] }

    private static let names = [
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING",
        "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
    ]
}

package enum ProcessLimits {
    /// Sets soft and hard limit of the calling process. A hard limit of the host that is lower already stays, because
    /// nobody but root could raise it.
    package static func lower(_ resource: LimitedResource, soft: UInt64, hard: UInt64) throws(KernelError) {
        let allowed = try current(resource).hard
        var limit = rlimit(rlim_cur: rlim_t(min(soft, allowed)), rlim_max: rlim_t(min(hard, allowed)))
        _ = try checked("setrlimit", "\(resource.name) \(limit.rlim_cur) \(limit.rlim_max)") {
            unsafe bj_set_limit(resource.rawValue, &limit)
        }
    }

    /// Raises the soft limit of the calling process to its hard limit.
    package static func raise(_ resource: LimitedResource) throws(KernelError) {
        let allowed = try current(resource).hard
        try lower(resource, soft: allowed, hard: allowed)
    }

    /// Raises the soft limit of the calling process to its hard limit, and that as far as it may; only root may.
    ///
    /// - Returns: the hard limit that there is now.
    package static func raise(_ resource: LimitedResource, toAtLeast wanted: UInt64) throws(KernelError) -> UInt64 {
        let (soft, hard) = try current(resource)
        if hard < wanted {
            var limit = rlimit(rlim_cur: rlim_t(wanted), rlim_max: rlim_t(wanted))
            do throws(KernelError) {
                _ = try checked("setrlimit", "\(resource.name) \(wanted) \(wanted)") {
                    unsafe bj_set_limit(resource.rawValue, &limit)
                }
                return wanted
            } catch  where error.number == EPERM {}
        }
        if soft < hard { try raise(resource) }
        return hard
    }

    /// The limits of the calling process.
    package static func current(_ resource: LimitedResource) throws(KernelError) -> (soft: UInt64, hard: UInt64) {
        var limit = rlimit()
        _ = try checked("getrlimit", resource.name) { unsafe bj_get_limit(resource.rawValue, &limit) }
        return (UInt64(limit.rlim_cur), UInt64(limit.rlim_max))
    }
}
