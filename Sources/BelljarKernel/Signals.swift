internal import CLinux
internal import Glibc

/// The signals by which a user or a service manager ends a program.
package enum Signals {
    package static let interrupt = SIGINT
    package static let terminate = SIGTERM

    /// Keeps SIGINT and SIGTERM (and SIGHUP) from ending this thread and every thread that it starts from now on, so
    /// that `awaitEnd` receives them. Processes that are spawned get their signals back.
    package static func holdEnd() {
        var set = ending()
        _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for one of the signals that `holdEnd` holds back and returns its number.
    package static func awaitEnd() -> Int32 {
        var set = ending()
        var number: Int32 = 0
        while unsafe sigwait(&set, &number) != 0 {}
        return number
    }

    private static func ending() -> sigset_t {
        var set = sigset_t()
        _ = unsafe sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { _ = unsafe sigaddset(&set, number) }
        return set
    }
}
