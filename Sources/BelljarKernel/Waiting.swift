internal import CLinux
internal import Glibc

/// Timers that are descriptors (timerfd_create(2)).
package enum TimerDescriptor {
    /// `struct itimerspec`: an interval and a time, in seconds and nanoseconds each.
    package typealias Setting = InlineArray<4, Int64>

    /// Sets a timer to a time from now.
    ///
    /// - Returns: what was left of it before.
    /// - Throws: EINVAL for a time or an interval that is none.
    package static func set(
        _ descriptor: borrowing Descriptor, to setting: Setting
    ) throws(KernelError) -> Setting {
        var (new, old) = (setting, Setting(repeating: 0))
        let number = descriptor.number
        _ = try checked("timerfd_settime", "\(number)") { unsafe bj_timer_descriptor_set(number, &new, &old) }
        return old
    }
}

/// A signal as a timer of the receiver's own sends it (SI_TIMER), by whoever carries such a timer out in the kernel's place.
package struct TimerSignal: Sendable {
    private let signal: Int32
    private let timer: Int32
    private let value: UInt64

    package init(signal: Int32, timer: Int32, value: UInt64) {
        (self.signal, self.timer, self.value) = (signal, timer, value)
    }

    /// Lost if the process is dead, or has as many signals pending as it may have.
    ///
    /// - Parameter process: stands for it (pidfd).
    package func send(toProcess process: Int32) { _ = bj_timer_signal(process, signal, timer, value) }

    /// The same for one thread of a process.
    package func send(to thread: Int32, of process: Int32) {
        _ = bj_timer_signal_thread(process, thread, signal, timer, value)
    }

    /// Tries both out on this process, with no signal.
    static func tryOut(_ process: borrowing Descriptor, _ own: Int32) throws(KernelError) {
        _ = try checked("pidfd_send_signal", "\(own)") { bj_timer_signal(process.number, 0, 0, 0) }
        _ = try checked("rt_tgsigqueueinfo", "\(own)") { bj_timer_signal_thread(own, own, 0, 0, 0) }
    }
}

/// Message queues (mq_overview(7)), as one who never waits for them.
package enum MessageQueue {
    /// What an attempt came to.
    package enum Answer: Hashable, Sendable {
        /// The bytes of the message that was taken; 0 for one that was left.
        case done(Int)
        /// The queue is empty or full.
        case later
        case failed(Errno)
    }

    /// Takes the first message.
    ///
    /// - Parameter priority: is set to the message's.
    package static func receive(
        _ descriptor: borrowing Descriptor, into buffer: UnsafeMutableRawBufferPointer, length: UInt64,
        priority: inout UInt32
    ) -> Answer {
        guard length <= UInt64(buffer.count) else { return .failed(.EMSGSIZE) }
        return answer(unsafe bj_queue_receive(descriptor.number, buffer.baseAddress, length, &priority))
    }

    /// Leaves a message.
    package static func send(
        _ descriptor: borrowing Descriptor, _ message: UnsafeRawBufferPointer, priority: UInt32
    ) -> Answer {
        answer(unsafe bj_queue_send(descriptor.number, message.baseAddress, UInt64(message.count), priority))
    }

    private static func answer(_ count: Int) -> Answer {
        guard count < 0 else { return .done(count) }
        // The time until which to wait was over before the call.
        return errno == ETIMEDOUT || errno == EINTR ? .later : .failed(Errno(rawValue: errno))
    }
}
