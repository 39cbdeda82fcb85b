internal import CLinux
internal import Glibc
internal import Synchronization

/// The user's own terminal while it is lent to somebody in a sandbox: every key goes there as it is, Ctrl-C too. There is one
/// standard input, so there is one loan at a time.
package enum TerminalLoan {
    private struct Held {
        var before: termios
        var raw: termios
    }

    private static let held = Mutex<Held?>(nil)

    /// Has standard input, which is a terminal, give every key as it comes, and show nothing by itself. A process in the
    /// background is stopped here, until it is in the foreground.
    ///
    /// - Throws: EBUSY if it is lent already.
    package static func begin() throws(KernelError) {
        var failure: KernelError?
        held.withLock { held in
            guard held == nil else {
                failure = KernelError(call: "tcsetattr", subject: "0", number: EBUSY)
                return
            }
            do throws(KernelError) {
                let before = try settings()
                var raw = before
                unsafe cfmakeraw(&raw)
                _ = try checked("tcsetattr", "0") { unsafe tcsetattr(0, TCSANOW, &raw) }
                held = Held(before: before, raw: raw)
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Once more, for a process that was stopped from outside: whoever had the terminal meanwhile has set it for himself. In the
    /// background nothing happens, because it is somebody else's then.
    package static func renew() {
        held.withLock { held in
            guard isInForeground, var raw = held?.raw else { return }
            _ = unsafe tcsetattr(0, TCSANOW, &raw)
        }
    }

    /// Sets the terminal to what it was. Nothing happens if it is not lent, so whoever is about to end the process says this,
    /// whatever was going on. It waits for nobody, also not for a terminal that was told to stop (Ctrl-S).
    package static func giveBack() {
        let lent = held.withLock { held in
            let lent = held
            held = nil
            return lent
        }
        guard let lent else { return }
        giveBack(lent, always: isInForeground)
    }

    /// - Parameter always: also if it is not set as it was for the loan any more, but as somebody else wants it.
    private static func giveBack(_ lent: Held, always: Bool) {
        guard always || isAsLent(lent.raw) else { return }
        // Who is in the background would be stopped for this.
        var stopping = sigset_t()
        _ = unsafe sigemptyset(&stopping)
        _ = unsafe sigaddset(&stopping, SIGTTOU)
        _ = unsafe pthread_sigmask(SIG_BLOCK, &stopping, nil)
        // What was typed for who is gone, or is an answer of the terminal's to what was shown, is nobody's: the next to read would
        // be a shell outside.
        _ = tcflush(0, TCIFLUSH)
        var before = lent.before
        _ = unsafe tcsetattr(0, TCSANOW, &before)
        _ = unsafe pthread_sigmask(SIG_UNBLOCK, &stopping, nil)
    }

    private static func isAsLent(_ raw: termios) -> Bool {
        guard let found = try? settings() else { return false }
        return found.c_lflag == raw.c_lflag && found.c_iflag == raw.c_iflag && found.c_oflag == raw.c_oflag
    }

    /// Whether keys come here. Of a terminal that is not this session's they always do.
    private static var isInForeground: Bool {
        let group = tcgetpgrp(0)
        return group < 0 || group == getpgrp()
    }

    /// Gives a pseudo-terminal the special keys of the user's own, what it takes for erasing above all, and has it know that
    /// a character can have several bytes.
    ///
    /// - Parameter master: of it; a terminal's master and slave have the same settings.
    package static func passKeys(to master: borrowing Descriptor) throws(KernelError) {
        let number = master.number
        var settings = termios()
        _ = try checked("tcgetattr", "\(number)") { unsafe tcgetattr(number, &settings) }
        settings.c_iflag |= tcflag_t(IUTF8)
        let own = held.withLock { $0?.before }
        // One that gives no lines has other things in the places of some keys.
        if let own, own.c_lflag & tcflag_t(ICANON) != 0 { settings.c_cc = own.c_cc }
        _ = try checked("tcsetattr", "\(number)") { unsafe tcsetattr(number, TCSANOW, &settings) }
    }

    private static func settings() throws(KernelError) -> termios {
        var found = termios()
        _ = try checked("tcgetattr", "0") { unsafe tcgetattr(0, &found) }
        return found
    }

    // MARK: Signals

    /// Becomes readable when the window may have another size (SIGWINCH), and when this process goes on after it was stopped
    /// (SIGCONT). Works where `Signals.holdEnd` was called before there was a second thread.
    package static func changes() throws(KernelError) -> Descriptor {
        Descriptor(owning: try checked("signalfd", "SIGWINCH SIGCONT") { bj_window_signals() })
    }

    /// What has come of those.
    ///
    /// - Returns: whether this process was stopped.
    package static func takeChanges(_ changes: borrowing Descriptor) -> Bool {
        var wasStopped = false
        // Each takes 128 bytes, and the first four are its number (signalfd(2)).
        while let bytes = try? changes.readSome(atMost: 128), bytes.count == 128 {
            wasStopped = wasStopped || bytes[0] == UInt8(SIGCONT)
        }
        return wasStopped
    }

    // MARK: The keeper

    /// The whole life of a process that gives the terminal back where the one that borrowed it cannot any more, because it was
    /// killed: it waits for that one's end.
    ///
    /// It has the terminal as its standard input and belongs to no session with one, so no key and no hangup reaches it. If
    /// somebody else has set the terminal by then, as shells do, it is theirs.
    ///
    /// - Parameters:
    ///   - lifeline: ends with the borrower.
    ///   - ready: gets a byte when the settings of before are noted.
    package static func keep(until lifeline: borrowing Descriptor, ready: consuming Descriptor) {
        guard let before = try? settings() else { return }
        guard (try? ready.writeAll([1])) != nil, (try? lifeline.readAll(limit: 1)) != nil else { return }
        var raw = before
        unsafe cfmakeraw(&raw)
        giveBack(Held(before: before, raw: raw), always: false)
    }
}
