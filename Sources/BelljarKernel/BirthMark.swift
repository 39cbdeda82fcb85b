internal import CLinux
internal import Glibc

/// A number that a process hands on to those that it forks, and keeps when it becomes another program, without knowing of
/// it: its soft limit of file locks.
///
/// The kernel copies limits with each fork and leaves them alone in execve(2), and it has not looked at this one since 2.4.25.
/// Nothing else that a process inherits can be set from outside, holds 64 bits, and has no effect.
package enum BirthMark {
    /// Of processes that nobody marked.
    package static let none = UInt64.max

    private static let resource = LimitedResource.fileLocks.rawValue

    /// - Returns: nil if there is no such process any more.
    package static func of(_ process: Int32) -> UInt64? {
        var limit = rlimit()
        guard unsafe bj_get_limit_of(process, resource, &limit) == 0 else { return nil }
        return UInt64(limit.rlim_cur)
    }

    /// Gives a process the mark that its next children will have.
    package static func set(_ mark: UInt64, of process: Int32) throws(KernelError) {
        var limit = rlimit(rlim_cur: rlim_t(mark), rlim_max: rlim_t.max)
        _ = try checked("prlimit64", "\(process) \(LimitedResource.fileLocks.name)") {
            unsafe bj_set_limit_of(process, resource, &limit)
        }
    }
}
