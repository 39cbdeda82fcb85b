internal import CLinux
internal import Glibc

/// Loading of compiled system call filters, and what the kernel says about its own support for them.
package enum Seccomp {
    /// Bytes of one instruction (`struct sock_filter`).
    package static let instructionSize = 8
    /// The kernel's limit on one filter (BPF_MAXINSNS).
    package static let maximumInstructions = 4096

    /// Gives up for good that an exec can add privileges. The kernel wants this before an unprivileged process loads
    /// a filter; else a filter could trick a set-user-id program.
    package static func setNoNewPrivileges() throws(KernelError) {
        _ = try checked("prctl", "PR_SET_NO_NEW_PRIVS") { bj_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }
    }

    /// Loads one filter for the calling thread and everything it will start. Filters stack: all are asked, the
    /// strictest answer counts, and among equally strict ones that of the filter loaded last.
    ///
    /// - Parameter filter: an array of `struct sock_filter` as bytes, 8 for each instruction.
    package static func load(_ filter: [UInt8]) throws(KernelError) {
        let count = try instructionCount(filter)
        _ = try checked("seccomp", "SECCOMP_SET_MODE_FILTER") {
            unsafe filter.withUnsafeBytes { unsafe bj_seccomp_load($0.baseAddress, count, 0) }
        }
    }

    /// Loads a filter as `load` does, and gives the descriptor that its notifications arrive at.
    ///
    /// - Parameter killable: once a notification is read, only a fatal signal interrupts the call that waits for the
    ///   answer (kernel 5.19).
    package static func listen(_ filter: [UInt8], killable: Bool) throws(KernelError) -> Descriptor {
        let count = try instructionCount(filter)
        let made = try checked("seccomp", "SECCOMP_FILTER_FLAG_NEW_LISTENER") {
            unsafe filter.withUnsafeBytes { unsafe bj_seccomp_listen($0.baseAddress, count, killable ? 1 : 0) }
        }
        return Descriptor(owning: made)
    }

    /// Lets the caller and the one who answers change places on one CPU, which makes notifications quicker (kernel
    /// 6.6).
    package static func wakeSynchronously(_ listener: borrowing Descriptor) throws(KernelError) {
        let number = listener.number
        _ = try checked("ioctl", "SECCOMP_IOCTL_NOTIF_SET_FLAGS") { bj_seccomp_wake_synchronously(number) }
    }

    private static func instructionCount(_ filter: [UInt8]) throws(KernelError) -> UInt16 {
        let (count, rest) = filter.count.quotientAndRemainder(dividingBy: instructionSize)
        guard rest == 0, 1...maximumInstructions ~= count else {
            throw KernelError(call: "seccomp", subject: "filter of \(filter.count) bytes", number: EINVAL)
        }
        return UInt16(count)
    }

    /// Asks whether the kernel knows this action (`SECCOMP_RET_KILL_PROCESS`, ...).
    package static func requireAction(_ action: UInt32) throws(KernelError) {
        _ = try checked("seccomp", "SECCOMP_GET_ACTION_AVAIL") { bj_seccomp_action_available(action) }
    }

    /// The kernel's sizes of the structures that user notification uses, in bytes.
    package static func notificationSizes() throws(KernelError) -> (request: Int, response: Int, data: Int) {
        var sizes = seccomp_notif_sizes()
        _ = try checked("seccomp", "SECCOMP_GET_NOTIF_SIZES") { unsafe bj_seccomp_notification_sizes(&sizes) }
        return (Int(sizes.seccomp_notif), Int(sizes.seccomp_notif_resp), Int(sizes.seccomp_data))
    }
}
