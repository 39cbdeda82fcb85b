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
        switch SeenCall("/proc/\(thread)") {
        case .running: return ThreadTime(thread).map { .runs($0.cpu) } ?? .elsewhere
        case .inside(SeenCall.restart, _): return .there
        case .inside(call.call, (0..<6).map { call.argument($0) }): return .there
        default: return .elsewhere
        }
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
        tasks.allSatisfy { isInside("/proc/\(thread)/task/\($0)", forEachOther) }
    }

    private static func allWait() -> Bool {
        guard let processes = numbers(in: "/proc", limit: maximumThreads + others) else { return false }
        var count = 0
        // PID 1 is this one.
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
        return state == "S" && isInside(folder, forEachOther.union(forAnything))
    }

    /// The letter for a thread's state, from /proc/PID/stat; nil if there is no such thread.
    private static func state(of folder: String) -> String? {
        guard let words = procWords(folder + "/stat"), let end = words.lastIndex(where: { $0.hasSuffix(")") }) else {
            return nil
        }
        return end + 1 < words.count ? words[end + 1] : nil
    }

    private static func isInside(_ folder: String, _ calls: Set<UInt32>) -> Bool {
        if case .inside(let call, _) = SeenCall(folder) { calls.contains(call) } else { false }
    }

    /// The processes or threads that a folder has; nil if there is no such folder, or too much in it.
    static func numbers(in folder: String, limit: Int) -> [Int32]? {
        guard let entries = try? Descriptor.workingDirectory.open(folder, .directory).entries(limit: limit) else {
            return nil
        }
        return entries.compactMap { Int32(String(decoding: $0.name, as: UTF8.self)) }
    }

    /// Calls in which threads wait for each other or for the time.
    private static let forEachOther = Set(
        [NotifiedCall.futex, .futex_waitv, .clock_nanosleep, .nanosleep].map(\.rawValue))

    /// Calls in which threads wait for whatever else, beside those that PID 1 is asked about, with their numbers on x86_64.
    enum Waiting: UInt32, CaseIterable {
        case read = 0
        case write = 1
        case readv = 19
        case writev = 20
        case pause = 34
        case connect = 42
        case accept = 43
        case sendto = 44
        case recvfrom = 45
        case sendmsg = 46
        case recvmsg = 47
        case wait4 = 61
        case semop = 65
        case msgrcv = 70
        case fcntl = 72
        case flock = 73
        case rt_sigsuspend = 130
        case io_getevents = 208
        case restart_syscall = 219
        case waitid = 247
        case splice = 275
        case accept4 = 288
        case recvmmsg = 299
        case io_uring_enter = 426
    }

    static let forAnything = Set(
        Waiting.allCases.map(\.rawValue)
            + [
                NotifiedCall.poll, .ppoll, .select, .pselect6, .epoll_wait, .epoll_pwait, .epoll_pwait2,
                .rt_sigtimedwait, .semtimedop, .mq_timedsend, .mq_timedreceive,
            ].map(\.rawValue))
}

/// What `/proc/PID/syscall` says of a thread.
enum SeenCall {
    /// It has or wants a processor.
    case running
    case inside(UInt32, [UInt64])

    static let read = ThreadCall.Waiting.read.rawValue
    static let pause = ThreadCall.Waiting.pause.rawValue
    static let suspend = ThreadCall.Waiting.rt_sigsuspend.rawValue
    static let restart = ThreadCall.Waiting.restart_syscall.rawValue

    /// - Parameter folder: of a process or a thread.
    /// - Returns: nil if it is gone, shows nobody what it does, or is outside of any call.
    init?(_ folder: String) {
        guard let words = procWords(folder + "/syscall"), let first = words.first else { return nil }
        if first == "running" {
            self = .running
        } else if let number = UInt32(first), words.count > 6 {
            self = .inside(number, words[1...6].map { UInt64($0.dropFirst(2), radix: 16) ?? .max })
        } else {
            return nil
        }
    }
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
