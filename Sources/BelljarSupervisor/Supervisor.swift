package import BelljarControls
package import BelljarKernel

/// Answers the system calls of one command's processes in threads of its own, from its start to its end.
package struct Supervisor: ~Copyable {
    /// Why the build cannot go on.
    package enum Failure: Sendable {
        /// A program could have seen what it must not see.
        case violation(program: String, reason: String)
        /// The kernel does not do what it should.
        case kernel(KernelError)
    }

    /// Threads at most. How many of them wait for calls is for the `Gate` to say.
    private static let maximumThreads: UInt32 = 8

    /// Most listings of directories are smaller.
    private static let largePiece: Int32 = 256 << 10

    private let listener: Descriptor
    private let shared: Shared
    private let threads: [WorkerThread]

    /// Starts answering.
    ///
    /// The number of threads follows from the world and not from the host's processors, because threads take process
    /// numbers, which a build sees.
    ///
    /// - Parameter files: what earlier commands of the same sandbox left to remember.
    package init(_ world: World, _ files: FileMemory, listener: consuming Descriptor) throws(KernelError) {
        // Only makes answers quicker, and not every kernel has it (6.6).
        try? Seccomp.wakeSynchronously(listener)
        CurrentProcess.giveBackMemory(from: Self.largePiece)
        let count = Self.workers(world)
        let shared = try Shared(world, files, workers: count)
        let notifications = NotificationListener(listener)
        try notifications.tryOut()
        let timekeeper = try Timekeeper(shared, notifications)
        var threads = [
            try Self.thread(shared) { timekeeper.run() }, try Self.thread(shared) { shared.feeder.run(shared) },
        ]
        for number in 0..<count {
            threads.append(
                try Self.thread(shared) { Worker(shared, notifications, timekeeper, number: number).run() })
        }
        try WorkerThread.takeNoSignals()
        self.listener = listener
        self.shared = shared
        self.threads = threads
    }

    private static func workers(_ world: World) -> Int { Int(min(max(world.cpus, 1), maximumThreads)) }

    /// The threads that answer, with one that keeps the time and one that feeds the devices.
    package static func threadCount(_ world: World) -> Int { workers(world) + 2 }

    private static func thread(_ shared: Shared, _ body: @escaping @Sendable () -> Void) throws(KernelError)
        -> WorkerThread
    {
        try WorkerThread {
            do throws(KernelError) { try WorkerThread.keepOnlyTracing() } catch { shared.fail(error) }
            body()
        }
    }

    /// Readable once there is a failure.
    package var event: Int32 { shared.event.number }

    package var failure: Failure? { shared.failure }

    /// Gives the lines of the ledger, packed into pieces of at most `size` bytes, and forgets them; none if none is kept.
    ///
    /// - Parameter size: at least 8,000.
    /// - Returns: whether it is all of them.
    package func takeLedger(of size: Int, _ give: ([UInt8]) -> Void) -> Bool {
        guard let ledger = shared.ledger else { return true }
        ledger.takePackets(of: size, give)
        return !ledger.isFull
    }

    /// The same for the trace, which is only whole after its last lines.
    package func takeTrace(of size: Int, _ give: ([UInt8]) -> Void) -> Bool {
        guard let trace = shared.trace else { return true }
        trace.endStep()
        trace.takePackets(of: size, give)
        return !trace.isFull
    }

    /// For whoever waits for processes; nil without a trace.
    package var traceWatch: TraceWatch? { shared.trace.map(TraceWatch.init) }

    /// Ends the threads. Everything that this one answers must be dead.
    ///
    /// - Parameter lifeline: as of `WorkerThread.end`.
    package consuming func end(while lifeline: Int32) throws(KernelError) {
        shared.end()
        try WorkerThread.end(threads, while: lifeline)
    }
}

/// What looks after the ends of the processes in a trace.
package struct TraceWatch: Sendable {
    let trace: Trace

    /// What becomes readable when a process begins or ends.
    package var waited: [Int32] { trace.waited }

    /// Looks how much time processes have used by now, and which of them have ended.
    package func look() { trace.look() }
}
