internal import BelljarControls
internal import BelljarKernel

/// One thread that answers calls, with the buffers that it needs for that.
///
/// The handlers are extensions of it, one file for each control. They run concurrently with those of other workers;
/// what they share is in `Shared`.
@safe
final class Worker {
    let shared: Shared
    let listener: NotificationListener
    let timekeeper: Timekeeper
    private let number: Int
    private var tally = Gate.Tally()
    /// The call that is being answered.
    private(set) var call = Notification()
    /// For paths: of the caller, and as this process reaches them.
    let callerPath: UnsafeMutableRawBufferPointer
    let place: UnsafeMutableRawBufferPointer
    let placeStart: UnsafeRawPointer
    let pathNumbers = PathNumberCache()
    /// For whatever a handler reads or writes.
    let room: UnsafeMutableRawBufferPointer

    /// Bytes of the longest path with its zero (PATH_MAX).
    static let pathSize = 4096
    private static let roomSize = 64 << 10

    /// - Parameter number: among the workers, from 0.
    init(_ shared: Shared, _ listener: NotificationListener, _ timekeeper: Timekeeper, number: Int) {
        self.shared = shared
        self.timekeeper = timekeeper
        self.listener = listener
        self.number = number
        unsafe callerPath = .allocate(byteCount: Self.pathSize, alignment: 16)
        let start = UnsafeMutableRawPointer.allocate(byteCount: 2 * Self.pathSize, alignment: 16)
        unsafe place = UnsafeMutableRawBufferPointer(start: start, count: 2 * Self.pathSize)
        unsafe placeStart = UnsafeRawPointer(start)
        unsafe room = .allocate(byteCount: Self.roomSize, alignment: 16)
    }

    deinit {
        unsafe callerPath.deallocate()
        unsafe place.deallocate()
        unsafe room.deallocate()
    }

    /// Answers until there is nobody left to call, or the supervisor ends.
    func run() {
        while !shared.isEnding {
            do throws(KernelError) {
                try shared.gate.pass(number)
                guard let next = try listener.receive() else {
                    if listener.isDeserted { return }
                    continue
                }
                call = next
                shared.gate.count(number, &tally, listener)
                conclude()
            } catch {
                shared.fail(error)
                return
            }
        }
    }

    private func conclude() {
        do throws(Refusal) {
            let reply = try answer()
            if isRefused() { return }
            switch reply {
            case .proceed: listener.proceed(call.id)
            case .value(let value): listener.answer(call.id, value: value)
            case .held: break
            }
        } catch {
            if isRefused() { return }
            switch error {
            case .errno(let error): listener.answer(call.id, error: error)
            case .proceed: listener.proceed(call.id)
            case .gone: break
            case .violation(let reason):
                // The caller stays where it is until it is killed.
                if listener.isWaiting(call.id) { shared.violation(of: call.thread, reason) }
            }
        }
    }

    /// Whether somebody's filter refused a look at a file. What was made of that is nobody's to see: least of all the kernel's
    /// answer in the world's place. The caller stays where it is until it is killed.
    private func isRefused() -> Bool {
        guard let error = FileFacts.refusal else { return false }
        shared.fail(error)
        return true
    }

    /// For the ledger. Apart, so that a build without one pays for a comparison only.
    func takeDown(_ name: NotifiedCall) { shared.ledger?.note(name, of: call.caller) }

    /// Hands the call to the control it belongs to.
    private func answer() throws(Refusal) -> Reply {
        // The filter and this table come from one declaration; another call can only be a mistake of ours.
        guard let name = NotifiedCall(rawValue: call.call) else { throw .violation("an unexpected system call") }
        if shared.ledger != nil { takeDown(name) }
        if let trace = shared.trace { return try answer(name, in: trace) }
        return try answer(name)
    }

    func answer(_ name: NotifiedCall) throws(Refusal) -> Reply {
        if shared.world.allowsNesting, name.isAboutFiles, shared.nesting.isElsewhere(call.thread) {
            if makesDevice(name) { throw .errno(.EPERM) }
            return .proceed
        }
        switch name {
        case .brk: return try programBegins(withHeap: true)
        case .arch_prctl: return try programBegins(withHeap: false)
        case .set_robust_list, .set_tid_address: return try tellsOfFork()
        case .getrlimit, .setrlimit, .prlimit64: return try limitOfLocks(name)
        case .clock_gettime: return try clockTime()
        case .gettimeofday: return try timeOfDay()
        case .time: return try time()
        case .times: return try times()
        case .clock_nanosleep, .nanosleep, .poll, .ppoll, .select, .pselect6, .epoll_wait, .epoll_pwait, .epoll_pwait2,
            .rt_sigtimedwait, .semtimedop, .alarm, .setitimer, .timer_settime, .timerfd_settime, .futex, .futex_waitv:
            return try waiting(name)
        case .timer_gettime: return try timeOfTimer()
        case .mq_timedsend: return try waitForQueue(isReceiving: false)
        case .mq_timedreceive: return try waitForQueue(isReceiving: true)
        case .shmctl: return try sharedMemoryTimes()
        case .msgctl: return try messageQueueTimes()
        case .semctl: return try semaphoreTimes()
        // When a packet came: as from a kernel that does not know.
        case .setsockopt: throw .errno(.ENOPROTOOPT)
        case .ioctl: return try entropyCount()
        case .open where isPlainRead(1):
            return try openForReading(Self.workingDirectory, call.argument(0), call.argument(1))
        case .openat where isPlainRead(2):
            return try openForReading(call.int(0), call.argument(1), call.argument(2))
        case .stat: return try fileStatus(AskedFile(path: call.argument(0), answer: call.argument(1)))
        case .lstat:
            return try fileStatus(AskedFile(path: call.argument(0), flags: .noFollow, answer: call.argument(1)))
        case .fstat: return try fileStatus(AskedFile(descriptor: call.int(0), answer: call.argument(1)))
        case .newfstatat: return try fileStatusAt()
        case .statx: return try extendedFileStatus()
        case .utime, .utimes, .futimesat, .utimensat, .chmod, .fchmod, .fchmodat, .open, .creat, .openat, .openat2,
            .truncate, .ftruncate, .mkdir,
            .mkdirat, .symlink, .symlinkat, .link, .linkat, .unlink, .unlinkat, .rmdir, .rename,
            .renameat, .renameat2:
            return try changing(name)
        case .getrandom: return try randomBytes()
        case .getdents: return try directoryEntries(.old)
        case .getdents64: return try directoryEntries(.new)
        case .uname: return try systemNames()
        case .clock_getres: return try coarseResolution()
        case .membarrier: return try barriers()
        case .landlock_create_ruleset: return try landlockVersion()
        case .getpriority: return try niceLevel()
        case .setpriority: return try setNiceLevel()
        case .sched_rr_get_interval: return try timeSlice()
        case .sched_getaffinity: return try processorsOfThread()
        case .sched_setaffinity: return try setProcessorsOfThread()
        case .getcpu: return try currentProcessor()
        case .sysinfo: return try systemInformation()
        case .statfs: return try fileSystemOfPath()
        case .fstatfs: return try fileSystemOfDescriptor()
        case .lseek: return try seekDataOrHole()
        case .mknod, .mknodat: return try makingNode(name)
        case .chown, .lchown, .fchown, .fchownat:
            let reply = try changingOwner(name)
            // What the kernel does changes the file's times.
            if case .proceed = reply { return try changing(name) }
            return reply
        case .access, .faccessat, .faccessat2, .readlink, .readlinkat: return .proceed
        }
    }

    private func makingNode(_ name: NotifiedCall) throws(Refusal) -> Reply {
        let first = name == .mknodat ? 1 : 0
        let mode = UInt32(truncatingIfNeeded: call.argument(first + 1))
        return try makeNode(
            name, name == .mknodat ? call.int(0) : Self.workingDirectory, call.argument(first), mode,
            call.argument(first + 2))
    }

    private func changingOwner(_ name: NotifiedCall) throws(Refusal) -> Reply {
        switch name {
        case .fchown:
            return try changeOwner(AskedFile(descriptor: call.int(0), answer: 0), uid: call.int(1), gid: call.int(2))
        case .fchownat:
            let flags = AskedFile.Flags(rawValue: UInt32(bitPattern: call.int(4)))
            let asked = AskedFile(descriptor: call.int(0), path: call.argument(1), flags: flags, answer: 0)
            return try changeOwner(asked, uid: call.int(2), gid: call.int(3))
        default:
            let flags: AskedFile.Flags = name == .lchown ? .noFollow : []
            let asked = AskedFile(path: call.argument(0), flags: flags, answer: 0)
            return try changeOwner(asked, uid: call.int(1), gid: call.int(2))
        }
    }
}
