internal import CLinux
internal import Glibc

/// The memory of another process of the sandbox, by the number of one of its threads (process_vm_readv(2)).
///
/// What a process maps for reading only cannot be written to. Nothing here depends on whether it calls itself dumpable,
/// because PID 1 has CAP_SYS_PTRACE over the namespace.
package enum ProcessMemory {
    package enum Failure: Error, Hashable, Sendable {
        /// The address is not mapped, or not for this.
        case fault
        /// There is no such process any more.
        case gone
        /// The kernel does not let this process at that one.
        case refused
    }

    /// Makes sure that this process may do to a child of its own, forked from it and still waiting, what it will do to all that
    /// come after: read its memory and write to it, and take its descriptors. A host can forbid each of them, and so can
    /// whoever started belljar; it is better to know before a program of the build runs.
    package static func requireReach(to child: Int32) throws(KernelError) {
        _ = try checked("process_vm_readv", "\(child)") { bj_read_spare_word(child) }
        _ = try checked("process_vm_writev", "\(child)") { bj_write_spare_word(child) }
        _ = try Host.openProcess(child).copyOfDescriptor(0)
    }

    /// Reads from an address on.
    ///
    /// - Returns: the bytes that could be read, at least one unless `buffer` is empty.
    package static func read(
        _ thread: Int32, at address: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Failure) -> Int {
        guard unsafe !buffer.isEmpty else { return 0 }
        return try answer(unsafe bj_process_read(thread, buffer.baseAddress, address, buffer.count))
    }

    /// Writes all of it.
    package static func write(
        _ thread: Int32, at address: UInt64, from buffer: UnsafeRawBufferPointer
    ) throws(Failure) {
        guard unsafe !buffer.isEmpty else { return }
        let count = try answer(unsafe bj_process_write(thread, address, buffer.baseAddress, buffer.count))
        guard count == buffer.count else { throw .fault }
    }

    /// Writes as much as can be written, from the beginning.
    ///
    /// - Returns: how many bytes that was, at least one unless `buffer` is empty.
    package static func writeSome(
        _ thread: Int32, at address: UInt64, from buffer: UnsafeRawBufferPointer
    ) throws(Failure) -> Int {
        guard unsafe !buffer.isEmpty else { return 0 }
        return try answer(unsafe bj_process_write(thread, address, buffer.baseAddress, buffer.count))
    }

    /// Writes words of 8 bytes, each to an address of its own; at most 16.
    package static func write(_ thread: Int32, words: [UInt64], at addresses: [UInt64]) throws(Failure) {
        precondition(words.count == addresses.count && words.count <= 16)
        guard !words.isEmpty else { return }
        let count = try answer(
            unsafe bj_process_write_words(thread, addresses, words, Int32(words.count)))
        guard count == 8 * words.count else { throw .fault }
    }

    /// How the memory of one process comes before or after that of another one, in an order that only the kernel knows.
    ///
    /// - Returns: zero if they have one memory together, as after vfork; nil if that cannot be said: one of them is gone, or
    ///   this kernel does not compare processes (kcmp(2)).
    package static func compare(_ one: Int32, _ other: Int32) -> Int? {
        switch bj_compare_memory(one, other) {
        case 0: 0
        case 1: -1
        case 2: 1
        default: nil
        }
    }

    private static func answer(_ count: Int) throws(Failure) -> Int {
        guard count < 0 else { return count }
        switch errno {
        case ESRCH: throw .gone
        // ENOSYS: by somebody's filter, because every kernel has these calls.
        case EPERM, ENOSYS: throw .refused
        default: throw .fault
        }
    }
}

package enum Memory {
    /// Compares bytes as memcmp(3) does.
    ///
    /// - Returns: below, equal to or above 0, as the left bytes come before the right ones, equal them or come after them.
    package static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, count: Int) -> Int32 {
        guard count > 0, let left = left.baseAddress, let right = right.baseAddress else { return 0 }
        return unsafe memcmp(left, right, count)
    }
}

extension Descriptor {
    /// A copy of another process's descriptor, which shares its position and flags. `self` stands for the process.
    package func copyOfDescriptor(_ number: Int32) throws(KernelError) -> Descriptor {
        let process = self.number
        return Descriptor(owning: try checked("pidfd_getfd", "\(number)") { bj_pidfd_getfd(process, number) })
    }

    /// As `copyOfDescriptor`, with a process that somebody else keeps the descriptor of.
    package static func copy(of number: Int32, in process: Int32) throws(KernelError) -> Descriptor {
        Descriptor(owning: try checked("pidfd_getfd", "\(number)") { bj_pidfd_getfd(process, number) })
    }

    /// Whether the process that a descriptor stands for (pidfd) is dead.
    package static func isDead(_ process: Int32) -> Bool {
        !Descriptor.found(process, .readable).isEmpty
    }
}

/// How a process fared, of which nobody here is the parent.
package enum ProcessFate {
    /// The processor time that a process has used, in microseconds; nil for one that is gone.
    package static func microseconds(of process: Int32) -> UInt64? { UInt64(exactly: bj_process_time(process)) }

    /// How a process ended that was waited for, as from wait(2): nil as long as it was not, and from kernels that do not know
    /// (6.14 and older).
    ///
    /// - Parameter handle: stands for it (pidfd).
    package static func status(_ handle: Int32) -> Int32? {
        let status = bj_pidfd_exit_status(handle)
        return status < 0 ? nil : status
    }
}

extension Host {
    /// Whether a thread of that number lives in a process.
    package static func isThread(_ thread: Int32, of process: Int32) -> Bool { bj_is_thread(process, thread) != 0 }
}

/// Threads of belljar-init. They are started after everything that needs a single thread is done.
package struct WorkerThread: Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs `body` once. Its stack has 256 KiB, of which as little is used as it needs.
    package init(_ body: @escaping @Sendable () -> Void) throws(KernelError) {
        var attributes = pthread_attr_t()
        _ = unsafe pthread_attr_init(&attributes)
        defer { _ = unsafe pthread_attr_destroy(&attributes) }
        _ = unsafe pthread_attr_setstacksize(&attributes, 256 << 10)
        let box = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
        var made = pthread_t()
        let number = unsafe pthread_create(
            &made, &attributes,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                }
                return nil
            }, box)
        guard number == 0 else {
            unsafe Unmanaged<Box>.fromOpaque(box).release()
            throw KernelError(call: "pthread_create", subject: "", number: number)
        }
        handle = made
    }

    /// Waits for its end.
    package func join() { _ = pthread_join(handle, nil) }

    /// Waits for the ends of threads, and interrupts what they wait in until then, by a signal that does nothing else. (One
    /// signal could come right before a thread begins to wait.)
    ///
    /// The signal has a handler for as long as this takes, and at no other time: to PID 1 of a namespace the kernel
    /// hands on what its own processes send only if there is a handler. Nobody else may be alive in there.
    ///
    /// - Parameter lifeline: becomes readable once nobody wants the end any more.
    /// - Throws: if they do not end, for which the process has to.
    package static func end(_ threads: [WorkerThread], while lifeline: Int32) throws(KernelError) {
        _ = try checked("sigaction", "SIGUSR1") { bj_harmless_interrupts() }
        var attempts = 0
        for thread in threads {
            while bj_thread_join_if_ended(thread.handle) != 0 {
                let number = pthread_kill(thread.handle, SIGUSR1)
                // ESRCH: it has ended just now.
                guard number == 0 || number == ESRCH else {
                    throw KernelError(call: "tgkill", subject: "SIGUSR1", number: number)
                }
                attempts += 1
                guard attempts < mostAttempts, Descriptor.found(lifeline, .readable).isEmpty else {
                    throw .timedOut("pthread_tryjoin_np", "a thread that does not end")
                }
                pause(until: .after(nanoseconds: 100_000))
            }
        }
        try takeNoSignals()
    }

    /// Counted and not timed: a machine may stand still meanwhile. At least 20 seconds of what it does not.
    private static let mostAttempts = 200_000

    /// Takes the handlers of all signals away, the C library's own among them, which it sets up with the first thread. To
    /// PID 1 of a namespace this means that nothing in there can interrupt it.
    package static func takeNoSignals() throws(KernelError) {
        _ = try checked("rt_sigaction", "SIG_DFL") { bj_no_handlers() }
    }

    /// Leaves the calling thread no capability but the right to look into other processes, so that what it looks up by
    /// name is found or refused as the build itself would find it.
    package static func keepOnlyTracing() throws(KernelError) {
        _ = try checked("capset", "CAP_SYS_PTRACE") { bj_keep_only_tracing() }
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

extension Descriptor {
    /// A counter that another thread can raise to wake who polls it.
    package static func eventCounter() throws(KernelError) -> Descriptor {
        Descriptor(owning: try checked("eventfd") { bj_event_counter() })
    }

    /// Sets the counter back, so that it is no longer readable.
    package func lower() {
        var count: UInt64 = 0
        _ = unsafe Glibc.read(number, &count, 8)
    }

    /// Raises the counter, which makes it readable.
    package func raise() {
        var one: UInt64 = 1
        _ = unsafe Glibc.write(number, &one, 8)
    }
}

/// The answer of statfs(2) as the kernel gives it, for those who pass it on.
package enum FileSystemFacts {
    /// Bytes of struct statfs on x86_64.
    package static let size = 120

    /// - Parameters:
    ///   - path: ended by a zero; links are followed.
    ///   - buffer: of at least `size` bytes.
    /// - Returns: 0, or the number of the error.
    package static func read(
        _ path: UnsafeMutableRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int32 {
        unsafe bj_statfs(path.baseAddress, buffer.baseAddress) == 0 ? 0 : errno
    }
}
