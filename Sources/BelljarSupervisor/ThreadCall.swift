internal import BelljarControls
internal import BelljarKernel

/// What threads wait in.
enum ThreadCall {
    /// Where a thread is that was to wait.
    enum Place {
        case there
        case elsewhere
        /// It has or wants a processor: it computes, or has not come to its wait yet because the host is busy. With the nanoseconds that
        /// it has had one.
        case runs(UInt64)
    }

    /// Where a thread is: whether it waits in this call, with these arguments. One that was stopped and goes on is in restart_syscall(2).
    static func place(of thread: Int32, in call: Notification) -> Place {
        guard let words = procWords("/proc/\(thread)/syscall"), let first = words.first else { return .elsewhere }
        if first == "running" { return ThreadTime(thread).map { .runs($0.cpu) } ?? .elsewhere }
        if first == "219" { return .there }
        guard first == "\(call.call)", words.count >= 7 else { return .elsewhere }
        let isSame = (0..<6).allSatisfy { UInt64(words[$0 + 1].dropFirst(2), radix: 16) == call.argument($0) }
        return isSame ? .there : .elsewhere
    }

    /// What goes on besides a thread that waits.
    static func activity(besides thread: Int32) -> Activity {
        // More of them than are looked at.
        guard let tasks = numbers(in: "/proc/\(thread)/task", limit: maximumThreads) else { return .other }
        if tasks.count > 1, allWait(tasks, of: thread) { return .process }
        if allWait() { return .none }
        return tasks.count > 1 ? .other : .unknown
    }

    /// Threads of a process, and of a build, beyond which it is taken to be busy.
    private static let maximumThreads = 64
    /// What else there is in /proc, at most.
    private static let others = 192

    private static func allWait(_ tasks: [Int32], of thread: Int32) -> Bool {
        tasks.count <= maximumThreads
            && tasks.allSatisfy { call(of: "/proc/\(thread)/task/\($0)").map(forEachOther.contains) ?? false }
    }

    private static func allWait() -> Bool {
        guard let processes = numbers(in: "/proc", limit: maximumThreads + others) else { return false }
        var count = 0
        // Process 1 is this one.
        for process in processes where process != 1 {
            guard let tasks = numbers(in: "/proc/\(process)/task", limit: maximumThreads) else {
                if state(of: "/proc/\(process)") == nil { continue }
                return false
            }
            count += tasks.count
            guard count <= maximumThreads else { return false }
            for task in tasks where !waits("/proc/\(process)/task/\(task)") { return false }
        }
        return true
    }

    /// Whether a thread waits for others, or is dead.
    private static func waits(_ folder: String) -> Bool {
        guard let state = state(of: folder), state != "Z", state != "X" else { return true }
        return state == "S" && call(of: folder).map { forEachOther.contains($0) || forAnything.contains($0) } ?? false
    }

    /// The letter for a thread's state, from /proc/PID/stat; nil if there is no such thread.
    private static func state(of folder: String) -> String? {
        guard let words = procWords(folder + "/stat"), let end = words.lastIndex(where: { $0.hasSuffix(")") }) else {
            return nil
        }
        return end + 1 < words.count ? words[end + 1] : nil
    }

    private static func call(of folder: String) -> String? { procWords(folder + "/syscall")?.first }

    /// nil if there is no such folder, or too much in it.
    private static func numbers(in folder: String, limit: Int) -> [Int32]? {
        guard let entries = try? Descriptor.workingDirectory.open(folder, .directory).entries(limit: limit) else {
            return nil
        }
        return entries.compactMap { Int32(String(decoding: $0.name, as: UTF8.self)) }
    }

    /// Calls in which threads wait for each other or for the time.
    private static let forEachOther: Set<String> = Set(
        [NotifiedCall.futex, .futex_waitv, .clock_nanosleep, .nanosleep].map { "\($0.rawValue)" })

    /// Calls in which threads wait for whatever else.
    private static let forAnything: Set<String> = Set(
        [
            // read, write, readv, writev, pause
            0, 1, 19, 20, 34,
            // connect, accept, sendto, recvfrom, sendmsg, recvmsg, accept4, recvmmsg
            42, 43, 44, 45, 46, 47, 288, 299,
            // wait4, waitid, semop, msgrcv, fcntl, flock
            61, 247, 65, 70, 72, 73,
            // rt_sigsuspend, io_getevents, restart_syscall, splice, io_uring_enter
            130, 208, 219, 275, 426,
        ].map { "\($0)" }
            + [
                NotifiedCall.poll, .ppoll, .select, .pselect6, .epoll_wait, .epoll_pwait, .epoll_pwait2,
                .rt_sigtimedwait,
                .semtimedop, .mq_timedsend, .mq_timedreceive,
            ].map { "\($0.rawValue)" })
}

/// Processor time that a thread has had.
struct ThreadTime {
    /// Nanoseconds, up to the last time that it stopped or the kernel's clock ticked.
    let cpu: UInt64

    /// nil if there is no such thread.
    init?(_ thread: Int32) {
        guard let time = procWords("/proc/\(thread)/schedstat")?.first.flatMap({ UInt64($0) }) else { return nil }
        cpu = time
    }
}
