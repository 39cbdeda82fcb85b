internal import CLinux
internal import Glibc

/// A system call whose caller waits for an answer (seccomp_unotify(2)).
package struct Notification: Sendable {
    package var id: UInt64
    /// Number of the calling thread in the pid namespace of the listener.
    package var thread: Int32
    /// Number of the call.
    package var call: UInt32
    private var data: seccomp_data

    package init() {
        (id, thread, call) = (0, 0, 0)
        data = seccomp_data()
    }

    fileprivate init(_ raw: borrowing seccomp_notif) {
        id = raw.id
        thread = Int32(bitPattern: raw.pid)
        call = UInt32(bitPattern: raw.data.nr)
        data = raw.data
    }

    /// Argument 0...5 as the register holds it.
    package func argument(_ index: Int) -> UInt64 {
        switch index {
        case 0: data.args.0
        case 1: data.args.1
        case 2: data.args.2
        case 3: data.args.3
        case 4: data.args.4
        default: data.args.5
        }
    }

    /// An argument whose type in the kernel is `int` or `unsigned int`: the register's upper half does not count.
    package func int(_ index: Int) -> Int32 { Int32(truncatingIfNeeded: argument(index)) }
}

/// Where the notifications of one filter arrive. Several threads may use it at the same time.
///
/// Answers to a caller that is dead by now are lost, which is all that can be done with them.
package struct NotificationListener: Sendable {
    /// Borrowed: whoever made the listener keeps it open.
    let number: Int32

    package init(_ descriptor: borrowing Descriptor) { number = descriptor.number }

    /// Waits for the next one.
    ///
    /// - Returns: nil if a signal came, or the caller is dead already, or there is nobody left to call.
    package func receive() throws(KernelError) -> Notification? {
        var raw = seccomp_notif()
        guard unsafe bj_notification_receive(number, &raw) != 0 else { return Notification(raw) }
        let error = errno
        guard error == EINTR || error == ENOENT else {
            throw KernelError(call: "ioctl", subject: "SECCOMP_IOCTL_NOTIF_RECV", number: error)
        }
        return nil
    }

    /// Lets the kernel carry the call out.
    package func proceed(_ id: UInt64) {
        _ = bj_notification_answer(number, id, 0, 0, UInt32(SECCOMP_USER_NOTIF_FLAG_CONTINUE))
    }

    /// Answers in the kernel's place.
    package func answer(_ id: UInt64, value: Int64) { _ = bj_notification_answer(number, id, value, 0, 0) }

    /// Answers with an error.
    package func answer(_ id: UInt64, error: Errno) { _ = bj_notification_answer(number, id, 0, error.rawValue, 0) }

    /// Answers with a copy of a descriptor of this process.
    ///
    /// - Returns: false if the caller can have no more descriptors, or is dead.
    package func answer(_ id: UInt64, descriptor: borrowing Descriptor, closesOnExec: Bool) -> Bool {
        bj_notification_answer_descriptor(number, id, descriptor.number, closesOnExec ? 1 : 0) >= 0
    }

    /// Whether the caller still waits. Its number may belong to another process once it does not.
    package func isWaiting(_ id: UInt64) -> Bool { bj_notification_is_valid(number, id) != 0 }

    /// Whether a further call is there.
    package var hasNext: Bool {
        Descriptor.found(number, .readable).contains(.readable)
    }

    /// Whether every process that could call is dead.
    package var isDeserted: Bool {
        Descriptor.found(number, .readable).contains(.hungUp)
    }
}
