internal import CLinux
internal import Glibc

/// What a program has from whoever started it, beside its arguments and its environment, brought to what belljar's
/// programs are written for. Nothing of it decides a result, and no parent breaks a build by having been careless.
package enum StartingPoint {
    /// To be called first by belljar, while there is one thread and nothing has been opened. What a soft limit, an ignored
    /// signal or a mask of the parent's would change is undone here once, and nowhere else.
    ///
    /// - Parameter status: what the process ends with, without a word, if there is no descriptor to be had for one of 0, 1
    ///   and 2 that is closed: a word could be written to anything.
    package static func normalise(elseExitWith status: Int32) {
        raiseLimits()
        secureDescriptors(elseExitWith: status)
        stopTimers()
        resetSignals()
        _ = umask(fileMask)
        // Another name for the machine (PER_LINUX32), another release (UNAME26), another layout of memory.
        _ = bj_personality_ordinary()
        // Whoever is left over by a program that belljar started belongs to the system's PID 1.
        _ = bj_prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        // The kernel's default, in nanoseconds; a parent's second would be added to every wait.
        _ = bj_prctl(PR_SET_TIMERSLACK, 50_000, 0, 0, 0)
        _ = bj_set_thread_stack(Int(stackBytes))
    }

    /// The part of it that belljar-init has need of in each of its modes; the rest it does where it has a plan
    /// (`Inherited`).
    package static func secureDescriptors(elseExitWith status: Int32) {
        guard fillStandardDescriptors() else { _exit(status) }
    }

    /// Modes are meant as they are written, but that nobody else writes to what is belljar's.
    static let fileMask: UInt32 = 0o022
    /// The kernel's default. Threads get as much, whatever the limit was when the program began.
    static let stackBytes: UInt64 = 8 << 20
    /// The kernel's own limit (INR_OPEN_MAX). Not all that there may be: programs that are started close each of them.
    static let openFiles: UInt64 = 4096

    // MARK: Descriptors

    /// Whatever is opened takes the lowest free number. With one of the three closed, a database or a build's descriptor
    /// would be written results to, or be handed on as standard input.
    ///
    /// The place is taken by the reading end of a pipe without a writer: to read from it is to meet the end, to write to it
    /// is an error (EBADF) like with a closed one. It depends on no device of the host.
    private static func fillStandardDescriptors() -> Bool {
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) == -1 {
            do throws(KernelError) {
                let reader = try Pipe().closingWriter()
                guard reader.number == number else { return false }
                _ = reader.release()
            } catch { return false }
        }
        return true
    }

    // MARK: Signals

    /// A timer of alarm(2) and setitimer(2) goes on in the program that a process becomes, and its signal kills who does not
    /// expect it. What has come of one already, and waits because it is blocked, goes with the signal being ignored.
    private static func stopTimers() {
        for timer in [ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF] {
            var none = itimerval()
            _ = unsafe setitimer(timer, &none, nil)
        }
        for number in [SIGALRM, SIGVTALRM, SIGPROF] { _ = signal(number, SIG_IGN) }
    }

    /// A new program has signals ignored or at their defaults, and blocked or not, as its parent had them. With SIGCHLD
    /// ignored no child can be waited for (ECHILD).
    ///
    /// Only what hangs up stays ignored: that is how nohup(1) keeps a program beyond its terminal. A reader that went away
    /// and a file that may not grow are answers (EPIPE, EFBIG) and no deaths; programs that are spawned have all signals at
    /// their defaults.
    private static func resetSignals() {
        for number: Int32 in 1...64 where number != SIGHUP && Signals.isIgnored(number) { _ = signal(number, SIG_DFL) }
        for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
        _ = bj_unblock_signals()
    }

    // MARK: Limits

    /// Soft limits are what a parent left behind, hard ones what an administrator wants of others than root.
    private static func raiseLimits() {
        let raised: [LimitedResource] = [
            .cpuSeconds, .fileBytes, .dataBytes, .processes, .lockedBytes, .addressSpaceBytes, .fileLocks,
            .pendingSignals, .messageQueueBytes,
        ]
        for resource in raised { _ = try? ProcessLimits.raise(resource, toAtLeast: .max) }
        // A larger stack has another layout of memory, and no limit at all the one of thirty years ago.
        setSoft(.stackBytes, atLeast: stackBytes) { _, hard in min(hard, stackBytes) }
        setSoft(.openFiles, atLeast: openFiles) { soft, hard in max(soft, min(hard, openFiles)) }
    }

    private static func setSoft(
        _ resource: LimitedResource, atLeast least: UInt64, _ value: (_ soft: UInt64, _ hard: UInt64) -> UInt64
    ) {
        guard var (soft, hard) = try? ProcessLimits.current(resource) else { return }
        if hard < least, let raised = try? ProcessLimits.raise(resource, toAtLeast: least) {
            (soft, hard) = (raised, raised)
        }
        let wanted = value(soft, hard)
        if wanted != soft { try? ProcessLimits.lower(resource, soft: wanted, hard: hard) }
    }
}
