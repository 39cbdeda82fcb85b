internal import BelljarBuild
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe

/// `belljar build --watch`: builds, waits until something that the build begins with is another, and builds again.
///
/// Each build is a process of its own, so that it is what `belljar build` would do at this moment. Changes are found by looking, not
/// by being told: what the kernel tells of folders (inotify) ends at network file systems, other machines and a limit of
/// watches, and looking is what a cached build does anyway.
struct BuildWatch {
    let session: Session
    /// Recipes that were asked for; empty for all of the project.
    let names: [String]
    let isQuiet: Bool

    /// What there is to build, or why that cannot be told.
    private enum State: Equatable {
        case known(WatchedState)
        case wrong(String)
    }

    /// Between two looks, at least; and looking is not to take more than a tenth of the time.
    private static let pauseMilliseconds: UInt64 = 500
    private static let leisure: UInt64 = 10
    /// How long an end may go unnoticed.
    private static let pollMilliseconds: UInt64 = 50
    /// A terminal's Ctrl-C reaches the build too. Only one that it did not reach is told, after this.
    private static let forwardingMilliseconds: UInt64 = 200

    /// Ends with a signal.
    func run() throws {
        while true {
            let begun = state()
            try build()
            if !isQuiet { Console.complain("watching for changes; Ctrl-C ends\n") }
            try waitForAnother(than: begun)
        }
    }

    private func state() -> State {
        do throws(BelljarError) {
            let library = try session.recipes()
            let wanted = try names.isEmpty ? library.names() : names
            let engine = try session.engine(jobs: 1)
            return .known(try engine.watchedState(of: try RecipeGraph.resolve(wanted, in: library)))
        } catch {
            return .wrong(error.summary)
        }
    }

    /// - Throws: `QuietExit` if this process is to end.
    private func build() throws {
        let program = try session.places.ownProgram()
        let arguments = ProgramArguments.all.filter { $0 != "--watch" }
        var child = try hostCall("run", program) { () throws(KernelError) in
            try ChildProcess.spawn(
                program, argv: arguments, environment: Host.environment(),
                descriptors: [(0, 0), (1, 1), (2, 2)])
        }
        var told: Deadline?
        while try hostCall("run", program, { () throws(KernelError) in try child.waitIfEnded() }) == nil {
            if session.cancellation.isCancelled, told == nil {
                told = .after(milliseconds: Self.forwardingMilliseconds)
            }
            if let deadline = told, deadline.isOver {
                child.signal(Interruption.signal)
                told = Deadline(nanoseconds: .max)
            }
            pause(until: .after(milliseconds: Self.pollMilliseconds))
        }
        try endIfWished()
    }

    /// Waits until there is something else to build, and it is the same at two looks: an editor may be about to save more.
    private func waitForAnother(than begun: State) throws {
        var last = begun
        while true {
            let start = Host.monotonicNanoseconds()
            let now = state()
            if now != begun, now == last { return }
            last = now
            let took = (Host.monotonicNanoseconds() - start) / 1_000_000
            let next = Deadline.after(milliseconds: max(Self.pauseMilliseconds, took * Self.leisure))
            while !next.isOver {
                try endIfWished()
                pause(until: .after(milliseconds: Self.pollMilliseconds))
            }
        }
    }

    /// The end that was wished for is what everybody expects of it, and no error.
    private func endIfWished() throws {
        guard session.cancellation.isCancelled else { return }
        Interruption.conclude()
        throw QuietExit(exitCode: 128 + Interruption.signal)
    }
}
