internal import CLinux
internal import Glibc

/// Nice levels, from -20 to 19 (setpriority(2)).
package enum NiceLevel {
    /// PRIO_PROCESS, which is about a single thread; PRIO_PGRP
    package static let process: Int32 = 0
    package static let group: Int32 = 1

    /// The lowest level among those that are meant.
    package static func read(kind: Int32, who: Int32) throws(KernelError) -> Int32 {
        20 - (try checked("getpriority", "\(kind) \(who)") { bj_nice_level(kind, who) })
    }

    package static func set(_ level: Int32, kind: Int32, who: Int32) throws(KernelError) {
        _ = try checked("setpriority", "\(kind) \(who) \(level)") { bj_set_nice_level(kind, who, level) }
    }

    /// The process group of a thread.
    package static func group(of thread: Int32) throws(KernelError) -> Int32 {
        try checked("getpgid", "\(thread)") { getpgid(thread) }
    }
}
