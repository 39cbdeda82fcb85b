internal import BelljarKernel
internal import BelljarPlan

/// The screen and the keyboard of a sandbox's terminal: passes on what is typed on belljar's standard input, and gives out what is
/// shown. Nothing of the user's own terminal goes into the sandbox but these bytes, the size of its window, and which keys
/// erase.
///
/// As long as there is such a value, the user's terminal gives every key as it comes; it is set back when the value goes, whichever
/// way, and by a process of its own (`TerminalKeeper`) if belljar itself is killed.
struct TerminalRelay: ~Copyable {
    /// What is read at once, and what is kept of what the sandbox does not take.
    private static let room = 1 << 16

    private let master: Descriptor
    private let changes: Descriptor
    private let keeper: TerminalKeeper?
    private let isTerminal: Bool
    private var input: StandardStream.Input
    /// What the sandbox has not taken yet.
    private var typed: [UInt8] = []
    private var last: UInt8?
    private var isInputOpen = true
    private var isMasterOpen = true
    /// Whether the user's terminal is gone.
    private(set) var isGone: Bool

    /// - Parameters:
    ///   - master: of the sandbox's terminal.
    ///   - input: what standard input is.
    ///   - initPath: absolute path of `belljar-init`.
    init(_ master: consuming Descriptor, _ input: StandardStream.Input, initPath: String) throws(KernelError) {
        try master.setNonblocking()
        let isTerminal = input == .terminal
        let changes = try TerminalLoan.changes()
        let keeper = try TerminalKeeper(if: isTerminal, initPath: initPath)
        var isGone = false
        if isTerminal {
            do throws(KernelError) { try TerminalLoan.begin() } catch { isGone = true }
        }
        do throws(KernelError) {
            try TerminalLoan.passKeys(to: master)
            try Self.resize(master)
        } catch {
            TerminalLoan.giveBack()
            throw error
        }
        (self.input, self.isTerminal, self.isGone) = (input, isTerminal, isGone)
        self.keeper = keeper
        self.changes = changes
        self.master = master
    }

    deinit { keepingErrorNumber { TerminalLoan.giveBack() } }

    /// The size of the window, which standard output is in if standard input is elsewhere.
    private static func resize(_ master: borrowing Descriptor) throws(KernelError) {
        try (TerminalSize(of: 0) ?? TerminalSize(of: 1) ?? .usual).set(on: master)
    }

    /// What to wait for, in the order in which `serve` gets what was found.
    var sources: [(descriptor: Int32, events: PollEvents)] {
        let wanted: PollEvents = typed.isEmpty ? .readable : [.readable, .writable]
        return [
            (isInputOpen && typed.count < Self.room ? 0 : -1, .readable),
            (isMasterOpen ? master.number : -1, wanted), (changes.number, .readable),
        ]
    }

    /// - Parameter show: gets what the sandbox shows.
    mutating func serve(_ found: [PollEvents], show: ([UInt8]) -> Void) throws(KernelError) {
        if !found[2].isEmpty {
            if TerminalLoan.takeChanges(changes) { TerminalLoan.renew() }
            try Self.resize(master)
        }
        if !found[0].isEmpty { try read() }
        if !typed.isEmpty { try type() }
        if !found[1].isEmpty { _ = try pass(show) }
    }

    /// Gives out all that was shown to the end.
    mutating func drain(show: ([UInt8]) -> Void) throws(KernelError) {
        while try pass(show) {}
    }

    private mutating func read() throws(KernelError) {
        let bytes: [UInt8]
        do throws(KernelError) { bytes = try StandardStream.readSome(&input, atMost: Self.room) } catch {
            if error.isTemporary { return }
            guard isTerminal else { throw error }
            // What hung up is an error to read from, or has ended.
            (isInputOpen, isGone) = (false, true)
            return
        }
        if bytes.isEmpty {
            isInputOpen = false
            isGone = isTerminal
            // Who reads lines is told that there are no more, as by somebody who types Ctrl-D. In a line that only ends the line.
            let end = try master.endOfInput()
            typed += last == nil || last == UInt8(ascii: "\n") ? [end] : [end, end]
        }
        typed += bytes
        last = bytes.last ?? last
    }

    private mutating func type() throws(KernelError) {
        do throws(KernelError) { typed.removeFirst(try master.writeSome(typed[...])) } catch {
            guard error.isTemporary else { return close() }
        }
    }

    /// - Returns: whether there was something.
    private mutating func pass(_ show: ([UInt8]) -> Void) throws(KernelError) -> Bool {
        guard isMasterOpen else { return false }
        var bytes: [UInt8] = []
        do throws(KernelError) { _ = try master.appendBytes(to: &bytes, atMost: Self.room) } catch {
            if !error.isTemporary { close() }
            return false
        }
        guard !bytes.isEmpty else { return false }
        show(bytes)
        return true
    }

    /// Nobody sits before it any more.
    private mutating func close() {
        isMasterOpen = false
        typed = []
    }
}

/// A process that sets the user's terminal back where belljar cannot any more (`TerminalLoan.keep`): it ends with this value,
/// and otherwise when belljar does.
struct TerminalKeeper: ~Copyable {
    /// What starting a small program takes at most, with much patience, in milliseconds.
    private static let patienceMilliseconds: UInt64 = 30_000

    private let process: ChildProcess
    private let lifeline: Descriptor

    /// Comes back when it knows how the terminal is set.
    ///
    /// - Parameter isNeeded: nil for false.
    init?(if isNeeded: Bool, initPath: String) throws(KernelError) {
        guard isNeeded else { return nil }
        let lifeline = try Pipe()
        let ready = try Pipe()
        let process = try ChildProcess.spawn(
            initPath, argv: ["belljar-init", "--keep-terminal"], environment: Plan.environment,
            descriptors: [(0, 0), (lifeline.reader.number, 3), (ready.writer.number, 4)], newSession: true)
        let answer = ready.closingWriter()
        let deadline = Deadline.after(milliseconds: Self.patienceMilliseconds)
        let found = try poll([(answer.number, .readable)], until: deadline)
        guard !found[0].isEmpty, try answer.readSome(atMost: 1) == [1] else {
            throw .notPermitted("tcgetattr", "the keeper of the terminal does not answer")
        }
        self.lifeline = lifeline.closingReader()
        self.process = process
    }
}
