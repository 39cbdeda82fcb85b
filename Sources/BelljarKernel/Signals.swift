internal import CLinux
internal import Glibc
internal import Synchronization

/// The signals by which a user or a service manager ends a program.
package enum Signals {
    package static let interrupt = SIGINT
    package static let quit = SIGQUIT
    package static let terminate = SIGTERM
    package static let hangUp = SIGHUP

    /// Keeps SIGINT, SIGQUIT and SIGTERM (and SIGHUP) from ending this thread and every thread that it starts from now on, so
    /// that `awaitEnd` receives them. Processes that are spawned get their signals back.
    ///
    /// A SIGHUP that whoever started this process has it ignore (nohup(1)) stays ignored.
    package static func holdEnd() {
        var set = ending()
        // For `TerminalLoan`. They do what they do all the same: nothing, and going on.
        for number in [SIGWINCH, SIGCONT] { _ = unsafe sigaddset(&set, number) }
        _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for one of the signals that `holdEnd` holds back and returns its number.
    package static func awaitEnd() -> Int32 {
        var set = ending()
        var number: Int32 = 0
        while unsafe sigwait(&set, &number) != 0 {}
        return number
    }

    /// As `awaitEnd`, but no longer than until the deadline; nil then.
    package static func awaitEnd(until deadline: Deadline) -> Int32? {
        var set = ending()
        while !deadline.isOver {
            var left = deadline.remaining
            let number = unsafe sigtimedwait(&set, nil, &left)
            if number > 0 { return number }
        }
        return nil
    }

    /// Its name, as kill(1) takes it: `SIGTERM`.
    package static func name(of number: Int32) -> String {
        switch number {
        case SIGINT: "SIGINT"
        case SIGQUIT: "SIGQUIT"
        case SIGTERM: "SIGTERM"
        case SIGHUP: "SIGHUP"
        default: "signal \(number)"
        }
    }

    private static func ending() -> sigset_t {
        var set = sigset_t()
        _ = unsafe sigemptyset(&set)
        // Left alone, Swift's runtime takes SIGQUIT for a crash: it prints a backtrace, waits for a key, and goes on.
        for number in [SIGINT, SIGQUIT, SIGTERM] { _ = unsafe sigaddset(&set, number) }
        if !isIgnored(SIGHUP) { _ = unsafe sigaddset(&set, SIGHUP) }
        return set
    }

    static func isIgnored(_ number: Int32) -> Bool { bj_is_ignored(number) != 0 }

    /// Ends this process as one ends that writes to a pipe without a reader and does nothing about SIGPIPE, so that it
    /// ends like that whatever its parent did about it.
    package static func endByBrokenPipe() -> Never {
        TerminalLoan.giveBack()
        _ = signal(SIGPIPE, SIG_DFL)
        _ = bj_unblock_signals()
        _ = Glibc.kill(getpid(), SIGPIPE)
        // Reached if the signal went to another thread first.
        _exit(128 + SIGPIPE)
    }
}

/// Whether somebody wants this process to end: noted once, by whoever receives the signal, and looked at by everything here
/// that goes on for as long as there are bytes or entries, so that no loop over either has to think of it.
package enum EndWish {
    private static let isNoted = Atomic<Bool>(false)

    package static func note() { isNoted.store(true, ordering: .relaxed) }

    package static var isThere: Bool { isNoted.load(ordering: .relaxed) }

    /// For what has to be put right before the end: a wish of before does not keep it from that, one that comes meanwhile does.
    package static func cleaningUp<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let wasThere = isNoted.exchange(false, ordering: .relaxed)
        defer { if wasThere { note() } }
        return try body()
    }

    /// - Throws: an error of which `KernelError.tellsOfEnd` is true, once the wish was noted.
    package static func check(_ call: String, _ subject: @autoclosure () -> String) throws(KernelError) {
        guard isThere else { return }
        throw KernelError(call: call, subject: subject(), number: ECANCELED)
    }
}

extension KernelError {
    /// Whether a call was not made, or not to its end, because this process is to end.
    package var tellsOfEnd: Bool { number == ECANCELED && EndWish.isThere }
}
