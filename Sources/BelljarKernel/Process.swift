internal import CLinux
internal import Glibc

/// How a process ended, and what it used together with the descendants it had waited for.
package struct ProcessEnd: Hashable, Sendable {
    package enum Exit: Hashable, Sendable {
        /// Exit status 0...255.
        case status(Int32)
        /// Ended by this signal.
        case signal(Int32)
    }

    package var exit: Exit
    package var userMicroseconds: UInt64
    package var systemMicroseconds: UInt64
    /// Largest resident set of any one of them, in bytes.
    package var peakBytes: UInt64

    package init(exit: Exit, userMicroseconds: UInt64, systemMicroseconds: UInt64, peakBytes: UInt64) {
        self.exit = exit
        self.userMicroseconds = userMicroseconds
        self.systemMicroseconds = systemMicroseconds
        self.peakBytes = peakBytes
    }

    /// From what wait4 answers.
    init(status: Int32, usage: rusage) {
        let signal = status & 0x7f
        exit = signal == 0 ? .status(status >> 8 & 0xff) : .signal(signal)
        userMicroseconds = usage.ru_utime.microseconds
        systemMicroseconds = usage.ru_stime.microseconds
        peakBytes = UInt64(usage.ru_maxrss) << 10
    }
}

extension timeval {
    var microseconds: UInt64 { UInt64(tv_sec) * 1_000_000 + UInt64(tv_usec) }
}

/// A child process that is owned: one whose owner goes away without having waited for it is killed and reaped.
package struct ChildProcess: ~Copyable, Sendable {
    /// Its number, which is not given to another process before it was waited for.
    package let pid: Int32
    private var isReaped = false

    private init(pid: Int32) { self.pid = pid }

    deinit {
        guard !isReaped else { return }
        keepingErrorNumber {
            _ = Glibc.kill(pid, SIGKILL)
            while waitpid(pid, nil, 0) == -1, errno == EINTR {}
        }
    }

    /// Starts a program with exactly the descriptors named here: every other one is closed in the child, whose
    /// signals are at their defaults and unblocked.
    ///
    /// - Parameters:
    ///   - path: path of the program; no search.
    ///   - argv: all arguments, the program's name first.
    ///   - environment: the whole environment; given to the program sorted by name.
    ///   - descriptors: pairs of a descriptor here and its number in the child. 0, 1 and 2 are closed unless named.
    ///   - directory: working directory of the child; nil for the caller's own.
    ///   - newSession: whether the child leads a session of its own, without controlling terminal, so that a terminal's
    ///     Ctrl-C reaches only the caller.
    package static func spawn(
        _ path: String, argv: [String], environment: [String: String],
        descriptors: [(source: Int32, target: Int32)], directory: String? = nil, newSession: Bool = false
    ) throws(KernelError) -> ChildProcess {
        let actions = try SpawnActions(descriptors: descriptors, directory: directory)
        let attributes = try SpawnAttributes(newSession: newSession)
        let arguments = try CStringArray(argv)
        let variables = try CStringArray(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        var pid: pid_t = 0
        try answered("posix_spawn", path) {
            unsafe posix_spawn(
                &pid, path, actions.pointer, attributes.pointer, arguments.pointer, variables.pointer)
        }
        return ChildProcess(pid: pid)
    }

    /// Sends a signal; nothing happens if the process is already gone.
    package func signal(_ number: Int32) {
        guard !isReaped else { return }
        _ = Glibc.kill(pid, number)
    }

    /// Ends it at once.
    package func kill() { signal(SIGKILL) }

    /// Ends at once a child that leads a session of its own, with all that it started and that stayed in its process group.
    package func killGroup() {
        guard !isReaped else { return }
        ChildProcess.killGroup(pid)
    }

    /// The same by number, for one that somebody else owns.
    package static func killGroup(_ leader: Int32) { _ = Glibc.kill(-leader, SIGKILL) }

    /// Waits for the end.
    package mutating func wait() throws(KernelError) -> ProcessEnd {
        var status: Int32 = 0
        var usage = rusage()
        _ = try checked("wait4", "\(pid)") { unsafe wait4(pid, &status, 0, &usage) }
        isReaped = true
        return ProcessEnd(status: status, usage: usage)
    }

    /// The end if it has come, else nil at once.
    package mutating func waitIfEnded() throws(KernelError) -> ProcessEnd? {
        var status: Int32 = 0
        var usage = rusage()
        let pid = self.pid
        let found = try checked("wait4", "\(pid)") { unsafe wait4(pid, &status, WNOHANG, &usage) }
        guard found == pid else { return nil }
        isReaped = true
        return ProcessEnd(status: status, usage: usage)
    }
}

extension Descriptor {
    /// Kills the process that this descriptor stands for (pidfd); nothing happens if it is already gone.
    package func killProcess() {
        _ = try? checked("pidfd_send_signal", "\(number) SIGKILL") { bj_pidfd_signal(number, SIGKILL) }
    }
}

/// Makes a call that answers an error number, 0 for success (posix_spawn's family).
func answered(_ call: String, _ subject: String, _ body: () -> Int32) throws(KernelError) {
    let number = body()
    guard number == 0 else { throw KernelError(call: call, subject: subject, number: number) }
}

/// The file actions of one posix_spawn.
@safe
private struct SpawnActions: ~Copyable {
    let pointer: UnsafeMutablePointer<posix_spawn_file_actions_t>
    /// Copies of descriptors whose numbers would be overwritten by an earlier target; open until the spawn is done.
    private var moved: [Int32] = []

    init(descriptors: [(source: Int32, target: Int32)], directory: String?) throws(KernelError) {
        unsafe pointer = .allocate(capacity: 1)
        try answered("posix_spawn_file_actions_init", "") { unsafe posix_spawn_file_actions_init(pointer) }
        let first = (descriptors.map(\.target).max() ?? -1) + 1
        for (source, target) in descriptors {
            let safe = try movedAbove(first, source, target)
            try answered("posix_spawn_file_actions_adddup2", "\(source)") {
                unsafe posix_spawn_file_actions_adddup2(pointer, safe, target)
            }
        }
        let targets = Set(descriptors.map(\.target))
        for number in 0..<first where !targets.contains(number) {
            try answered("posix_spawn_file_actions_addclose", "\(number)") {
                unsafe posix_spawn_file_actions_addclose(pointer, number)
            }
        }
        try answered("posix_spawn_file_actions_addclosefrom_np", "") {
            unsafe bj_spawn_close_from(pointer, first)
        }
        if let directory {
            try answered("posix_spawn_file_actions_addchdir_np", directory) {
                unsafe bj_spawn_change_directory(pointer, directory)
            }
        }
    }

    private mutating func movedAbove(_ first: Int32, _ source: Int32, _ target: Int32) throws(KernelError) -> Int32 {
        guard source < first, source != target else { return source }
        let copy = try checked("fcntl", "\(source)") { fcntl(source, F_DUPFD_CLOEXEC, first) }
        moved.append(copy)
        return copy
    }

    deinit {
        keepingErrorNumber {
            for number in moved { _ = Glibc.close(number) }
            _ = unsafe posix_spawn_file_actions_destroy(pointer)
        }
        unsafe pointer.deallocate()
    }
}

/// The attributes of one posix_spawn: all signals at their defaults, none blocked.
@safe
private struct SpawnAttributes: ~Copyable {
    let pointer: UnsafeMutablePointer<posix_spawnattr_t>

    init(newSession: Bool) throws(KernelError) {
        unsafe pointer = .allocate(capacity: 1)
        try answered("posix_spawnattr_init", "") { unsafe posix_spawnattr_init(pointer) }
        var flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        if newSession { flags |= bj_spawn_new_session }
        var signals = sigset_t()
        _ = unsafe sigfillset(&signals)
        _ = unsafe posix_spawnattr_setsigdefault(pointer, &signals)
        _ = unsafe sigemptyset(&signals)
        _ = unsafe posix_spawnattr_setsigmask(pointer, &signals)
        try answered("posix_spawnattr_setflags", "") { unsafe posix_spawnattr_setflags(pointer, flags) }
    }

    deinit {
        keepingErrorNumber { _ = unsafe posix_spawnattr_destroy(pointer) }
        unsafe pointer.deallocate()
    }
}

/// Strings as C wants them in `argv` and `envp`: an array of pointers that ends with a null pointer.
@safe
struct CStringArray: ~Copyable {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    /// - Throws: EINVAL for a string with a zero byte, which C would cut short.
    init(_ strings: [String]) throws(KernelError) {
        for string in strings where string.utf8.contains(0) {
            throw KernelError(call: "execve", subject: string, number: EINVAL)
        }
        count = strings.count
        unsafe pointer = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() {
            unsafe (pointer + index).initialize(to: strdup(string))
        }
        unsafe (pointer + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { unsafe free(pointer[index]) }
        unsafe pointer.deallocate()
    }
}
