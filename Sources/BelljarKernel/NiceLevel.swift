internal import CLinux
internal import Glibc

/// Nice levels, from -20 to 19 (setpriority(2)).
package enum NiceLevel {
    /// PRIO_PROCESS, which is about a single thread; PRIO_PGRP
    package static let process: Int32 = 0
    package static let group: Int32 = 1
    /// PRIO_USER
    package static let user: Int32 = 2

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

    /// Sets the level of all threads in `/proc` but those of PID 1.
    ///
    /// - Returns: the error that the kernel has for somebody who may do that to all but PID 1.
    package static func setForAllOthers(_ level: Int32) -> Errno {
        var answer = Errno.EPERM
        for process in numbers(in: "/proc") where process != 1 {
            for thread in numbers(in: "/proc/\(process)/task") {
                do throws(KernelError) { try set(level, kind: Self.process, who: thread) } catch {
                    if error.errno != .ESRCH { answer = error.errno }
                }
            }
        }
        return answer
    }

    private static func numbers(in folder: String) -> [Int32] {
        guard let folder = try? Descriptor.workingDirectory.open(folder, .directory),
            let entries = try? folder.entries()
        else { return [] }
        return entries.compactMap { Int32(String(decoding: $0.name, as: UTF8.self)) }
    }
}
