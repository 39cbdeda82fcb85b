internal import CLinux
internal import Glibc

/// The system calls that PID 1 answers a build with, and holds its limits with, tried out before a build begins.
///
/// Whoever starts belljar may have a filter that refuses some of them (a container's, a service's). In the middle of a build
/// a refused look at a file is like one that finds nothing, so that the kernel's own answer would be given in the place of the
/// world's; refused memory looks like a program's mistake; and threads that no signal reaches are waited for. None of these
/// calls is one that a kernel refuses here.
package enum NeededCalls {
    /// - Throws: the first refusal.
    package static func tryOut() throws(KernelError) {
        let root = try Descriptor.workingDirectory.open("/", .directory)
        try tryFiles(root)
        try tryMemory()
        try tryProcesses()
        try tryWaiting()
        try tryFeeding()
    }

    /// Looks at places, with and without a path, holds them, and reads where they lead.
    private static func tryFiles(_ root: borrowing Descriptor) throws(KernelError) {
        var facts = FileFacts()
        var name: (UInt8, UInt8) = (UInt8(ascii: "/"), 0)
        for followsLink in [true, false] {
            try settle("statx", "/", unsafe facts.look(&name, followsLink: followsLink))
        }
        try settle("statx", "", facts.look(descriptor: root.number))
        guard facts.isDirectory else { throw .invalid("statx", "/: not a directory") }
        for (call, held) in [
            ("openat", unsafe HeldPlace.hold(&name, followsLink: true)),
            ("openat2", unsafe HeldPlace.holdOnRoot(&name, followsLink: true)),
        ] {
            try settle(call, "/", held < 0 ? -held : 0)
            HeldPlace.release(held)
        }
        var room = InlineArray<4096, UInt8>(repeating: 0)
        try unsafe withUnsafeMutableBytes(of: &room) { (room) throws(KernelError) in
            unsafe try settle(
                "readlinkat", "/proc/self/fd", Int32(clamping: -HeldPlace.path(of: root.number, into: room)))
            unsafe try settle("statfs", "/", readFileSystem(of: &name, into: room))
        }
        _ = try root.fileSystem()
        _ = try root.entries()
        let file = try Descriptor.memoryFile("tried")
        try file.writeAll([0])
        try file.seek(to: 0)
        try settle("fchownat", "", HeldPlace.touchOwner(file.number))
    }

    private static func readFileSystem(
        of name: UnsafeMutableRawPointer, into room: UnsafeMutableRawBufferPointer
    ) -> Int32 {
        unsafe FileSystemFacts.read(UnsafeMutableRawBufferPointer(start: name, count: 2), into: room)
    }

    /// Reads and writes memory as if it were another's.
    private static func tryMemory() throws(KernelError) {
        let own = Host.processId
        let pattern: UInt64 = 0x0123_4567_89ab_cdef
        let word = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
        defer { unsafe word.deallocate() }
        unsafe word.initialize(to: pattern)
        var (copy, value) = (UInt64(0), ~pattern)
        let address = UInt64(UInt(bitPattern: word))
        _ = try checked("process_vm_readv", "\(own)") { unsafe bj_process_read(own, &copy, address, 8) }
        _ = try checked("process_vm_writev", "\(own)") { unsafe bj_process_write(own, address, &value, 8) }
        guard copy == pattern, unsafe word.pointee == value else {
            throw .invalid("process_vm_writev", "\(own): it succeeded without an effect")
        }
    }

    /// Holds a process and a thread, takes a descriptor out of one, compares two, and asks to signal.
    private static func tryProcesses() throws(KernelError) {
        let own = Host.processId
        let process = try Host.openProcess(own)
        do throws(KernelError) { _ = try Host.openThread(own) } catch {
            // Kernels up to 6.8 do without.
            guard error.number == EINVAL else { throw error }
        }
        _ = try process.copyOfDescriptor(process.number)
        try TimerSignal.tryOut(process, own)
        _ = try checked("tgkill", "\(own)") { bj_is_thread(own, own) != 0 ? 0 : -1 }
        do throws(KernelError) { _ = try checked("kcmp", "\(own)") { bj_compare_memory(own, own) } } catch {
            // Not in every kernel; without it shared memory counts more than once.
            guard error.number == ENOSYS else { throw error }
        }
        try CurrentProcess.signalAll(0)
    }

    /// Raises and sets back what wakes a thread, and looks whether it is readable.
    private static func tryWaiting() throws(KernelError) {
        let counter = try Descriptor.eventCounter()
        counter.raise()
        let raised = try poll([(counter.number, .readable)], until: .passed)
        counter.lower()
        let lowered = try poll([(counter.number, .readable)], until: .passed)
        guard raised == [.readable], lowered == [[]] else { throw .invalid("ppoll", "what a counter says") }
    }

    /// Fills what is read as a device, waits for room in it, and marks a process.
    private static func tryFeeding() throws(KernelError) {
        let source = try ByteSource(takesInput: false)
        let bytes: [UInt8] = [1, 2, 3]
        let count = unsafe bytes.withUnsafeBytes { unsafe ByteSource.fill(source.filled.number, $0) }
        guard count == bytes.count else {
            throw KernelError(call: "sendto", subject: "a stream", number: count == 0 ? EAGAIN : errno)
        }
        let set = try WaitSet()
        try set.add(source.filled.number, .writable)
        var found: WaitSet.Events = []
        set.wait { _, events in found = events }
        guard found == .writable else { throw .invalid("epoll_pwait", "what a stream says") }
        let own = Host.processId
        guard let mark = BirthMark.of(own) else {
            throw KernelError(call: "prlimit64", subject: "\(own)", number: errno)
        }
        try BirthMark.set(mark, of: own)
    }

    private static func settle(_ call: String, _ subject: String, _ number: Int32) throws(KernelError) {
        guard number <= 0 else { throw KernelError(call: call, subject: subject, number: number) }
    }
}

extension NotificationListener {
    /// Tries the calls out that answer a notification, with one that is not there: ENOENT is what the kernel has to say.
    package func tryOut() throws(KernelError) {
        let number = number
        try expectMissing("SECCOMP_IOCTL_NOTIF_ID_VALID", bj_notification_is_valid(number, 0) == 0 ? errno : 0)
        try expectMissing("SECCOMP_IOCTL_NOTIF_SEND", bj_notification_answer(number, 0, 0, 0, 0) == 0 ? 0 : errno)
        try expectMissing(
            "SECCOMP_IOCTL_NOTIF_ADDFD", bj_notification_answer_descriptor(number, 0, number, 1) >= 0 ? 0 : errno)
    }

    private func expectMissing(_ call: String, _ found: Int32) throws(KernelError) {
        guard found == ENOENT else {
            throw KernelError(call: "ioctl", subject: call, number: found == 0 ? EINVAL : found)
        }
    }
}
