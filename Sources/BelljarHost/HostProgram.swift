package import BelljarControls
package import BelljarKernel
package import BelljarModel
internal import Synchronization

/// A program of the host that does a part of the work: `curl`, `apt-get`.
///
/// It gets a short list of environment variables, none of belljar's open files and a session of its own, and it is
/// killed and reaped whichever way its run ends, with all that it started. If belljar itself is killed, the kernel kills the
/// program: one that waits for a silent server would not notice. It is held to `bounds`, by belljar and by the kernel, and it
/// runs under `account` if there is one: what reads a server's bytes is not root.
package struct HostProgram: Sendable {
    /// Absolute path.
    package let path: String
    /// The whole environment that it gets.
    package var environment: [String: String]
    package var bounds = Bounds()
    /// Whose rights it has; nil for those of belljar.
    package var account: Account?

    /// How a run ended.
    package struct End: Sendable {
        package var exit: ProcessEnd.Exit
        /// The bound at which it was ended, if it was.
        package var overrun: Overrun?
        /// What it wrote to its standard error; the first 16 KiB of it.
        package var errorText: String
    }

    private static let errorLimit = 16 << 10
    /// What an empty pipe takes without blocking, at least (pipe(7), PIPE_BUF).
    private static let inputLimit = 4096
    /// How long a cancellation may go unnoticed.
    private static let pollMilliseconds: UInt64 = 50

    /// The program of this name in the folders of PATH; nil if it is in none.
    ///
    /// - Parameter passing: names of the variables that it inherits.
    package static func find(
        _ name: String, passing: [String], setting: [String: String] = [:]
    ) -> HostProgram? {
        let inherited = Host.environment()
        let folders = inherited["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in folders.split(separator: ":") where folder.hasPrefix("/") {
            let path = "\(folder)/\(name)"
            guard isProgram(path) else { continue }
            let passed = inherited.filter { passing.contains($0.key) }
            return HostProgram(path: path, environment: passed.merging(setting) { _, ours in ours })
        }
        return nil
    }

    /// Through a link, as one of Debian's alternatives may be one.
    private static func isProgram(_ path: String) -> Bool {
        do throws(KernelError) {
            let status = try Descriptor.workingDirectory.open(path, [.pathOnly, .followingLinks]).status()
            return status.kind == .regular && status.permissions & 0o111 != 0
        } catch { return false }
    }

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - input: its standard input, at most 4096 bytes.
    ///   - check: called between reads, at least every 50 ms; what it throws ends the program.
    ///   - output: takes its standard output piece by piece; what it throws ends the program.
    package func run(
        _ arguments: [String], input: String = "", check: () throws(BelljarError) -> Void = {},
        output: (UnsafeRawBufferPointer) throws(BelljarError) -> Void
    ) throws(BelljarError) -> End {
        let standardInput = try hostCall("run", path) { () throws(KernelError) in try Pipe() }
        let standardOutput = try hostCall("run", path) { () throws(KernelError) in try Pipe() }
        let standardError = try hostCall("run", path) { () throws(KernelError) in try Pipe() }
        try write(input, to: standardInput.writer)
        let inputReader = standardInput.closingWriter()
        let tied = try tied(arguments)
        // From here on, an error that leaves this scope kills the child with its owner.
        var child = try hostCall("run", path) { () throws(KernelError) in
            try ChildProcess.spawn(
                tied[0], argv: tied, environment: environment,
                descriptors: [
                    (inputReader.number, 0), (standardOutput.writer.number, 1), (standardError.writer.number, 2),
                ], newSession: true)
        }
        let number = child.pid
        Self.running.withLock { _ = $0.insert(number) }
        defer { Self.running.withLock { _ = $0.remove(number) } }
        do throws(BelljarError) {
            var watch = BoundsWatch(bounds, leader: number)
            let errorText = unsafe try drain(
                standardOutput.closingWriter(), standardError.closingWriter(), &watch, check, output)
            // With what it started: git's and apt's helpers would go on with their transfers.
            if try watch.isOver(isLast: true) { child.killGroup() }
            let end = try hostCall("run", path) { () throws(KernelError) in try child.wait() }
            return End(exit: end.exit, overrun: watch.overrun, errorText: errorText)
        } catch {
            child.killGroup()
            throw error
        }
    }

    /// Leaders of the sessions that run.
    private static let running = Mutex<Set<Int32>>([])

    /// Kills all that run, with what they started, when this process is about to end.
    package static func endAll() {
        for leader in running.withLock({ $0 }) { ChildProcess.killGroup(leader) }
    }

    /// As `run`, with the whole output as text; more than `limit` bytes of it are an error.
    package func output(
        of arguments: [String], limit: Int, check: () throws(BelljarError) -> Void = {}
    ) throws(BelljarError) -> (end: End, text: String) {
        var bytes: [UInt8] = []
        let end = unsafe try run(arguments, check: check) { (piece) throws(BelljarError) in
            guard bytes.count + piece.count <= limit else {
                throw BelljarError(
                    .host, operation: "run", subject: path, answer: "it wrote more than \(limit) bytes",
                    remedy: "run it by hand, and see what it prints")
            }
            unsafe bytes.append(contentsOf: piece)
        }
        return (end, String(decoding: bytes, as: UTF8.self))
    }

    /// The command line that ties the program's life to that of this thread, which is in `run` for as long as the program
    /// runs. A death signal can only be asked for by the process itself, before it becomes the program. Where belljar was
    /// killed even before that, the shell finds another parent, and there is no program: git waits without end for a server
    /// that says nothing.
    func tied(_ arguments: [String], parent: Int32 = Host.processId) throws(BelljarError) -> [String] {
        guard let starter = HostProgram.find("setpriv", passing: []) else {
            throw BelljarError(
                .host, operation: "run", subject: path, answer: "the program setpriv is not installed",
                remedy: "install it: apt install util-linux")
        }
        var tie = [starter.path, "--pdeathsig", "KILL", "--no-new-privs"]
        if let account {
            tie += ["--reuid", "\(account.uid)", "--regid", "\(account.gid)", "--clear-groups"]
        }
        // What shells add of their own is taken out again. A limit that is lower already stays.
        let check =
            bounds.shellLimits + "unset PWD OLDPWD SHLVL; test $PPID = $0 && exec \"$@\""
        return tie + ["/bin/sh", "-c", check, "\(parent)", path] + arguments
    }

    // MARK: Pipes

    private func write(_ input: String, to pipe: borrowing Descriptor) throws(BelljarError) {
        let bytes = Array(input.utf8)
        guard bytes.count <= Self.inputLimit else {
            throw BelljarError(
                .usage, operation: "run", subject: path, answer: "its input is longer than \(Self.inputLimit) bytes",
                remedy: "use shorter addresses, or fewer of them")
        }
        try hostCall("run", path) { () throws(KernelError) in try pipe.writeAll(bytes) }
    }

    /// Reads both pipes to their ends, so that neither can fill up and stop the program, or until a bound is reached.
    private func drain(
        _ out: consuming Descriptor, _ err: consuming Descriptor, _ watch: inout BoundsWatch,
        _ check: () throws(BelljarError) -> Void,
        _ output: (UnsafeRawBufferPointer) throws(BelljarError) -> Void
    ) throws(BelljarError) -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe buffer.deallocate() }
        var errors: [UInt8] = []
        var (outOpen, errOpen) = (true, true)
        let (outNumber, errNumber) = (out.number, err.number)
        while outOpen || errOpen {
            try check()
            if try watch.isOver() { break }
            let look = Deadline.after(milliseconds: Self.pollMilliseconds)
            let found = try hostCall("run", path) { () throws(KernelError) in
                try poll(
                    [(outOpen ? outNumber : -1, .readable), (errOpen ? errNumber : -1, .readable)],
                    until: look)
            }
            if !found[0].isEmpty {
                let piece = unsafe try read(out, into: buffer)
                outOpen = unsafe !piece.isEmpty
                watch.note(piece.count)
                if outOpen { unsafe try output(piece) }
            }
            if !found[1].isEmpty {
                let piece = unsafe try read(err, into: buffer)
                errOpen = unsafe !piece.isEmpty
                unsafe errors.append(contentsOf: piece.prefix(Self.errorLimit - errors.count))
            }
        }
        return String(decoding: errors, as: UTF8.self)
    }

    private func read(
        _ pipe: borrowing Descriptor, into buffer: UnsafeMutableRawBufferPointer
    ) throws(BelljarError) -> UnsafeRawBufferPointer {
        let count = try hostCall("run", path) { () throws(KernelError) in unsafe try pipe.read(into: buffer) }
        return unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }
}
