internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// What all workers of a supervisor know. Everything that changes is behind a lock of its own.
final class Shared: Sendable {
    let world: World
    let seed: StreamKey
    let processes: ProcessTable
    let clocks: Clocks
    /// Of the devices of random numbers that programs have open.
    let feeder: Feeder
    let images = ImageCache()
    let affinities = AffinityTable()
    let files: FileMemory
    /// Nil if none is kept, which is all that it costs then.
    let ledger: Ledger?
    /// As well; it goes on through all commands.
    var trace: Trace? { files.trace }
    let directories = DirectoryCache()
    let nesting = Nesting()
    private let ending = Atomic<Bool>(false)
    private let lacksThreadDescriptors = Atomic<Bool>(false)
    private let first = Mutex<Supervisor.Failure?>(nil)
    let gate: Gate
    /// The nice level that PID 1 could not get rid of, and every process of the build began with.
    let inheritedNice: Int32
    /// Raised when there is a failure.
    let event: Descriptor

    init(_ world: World, _ files: FileMemory, workers: Int) throws(KernelError) {
        // One descriptor is kept for each process that asks for something.
        try ProcessLimits.raise(.openFiles)
        gate = try Gate(workers: workers)
        self.world = world
        self.files = files
        seed = StreamKey(seed: world.seed)
        processes = ProcessTable()
        clocks = Clocks(processes, files)
        feeder = try Feeder()
        ledger = world.keepsLedger ? Ledger(world.states) : nil
        event = try Descriptor.eventCounter()
        inheritedNice = try Inheritance.nice()
    }

    var isEnding: Bool { ending.load(ordering: .relaxed) }

    func end() {
        ending.store(true, ordering: .relaxed)
        gate.end()
        feeder.end()
    }

    var failure: Supervisor.Failure? { first.withLock { $0 } }

    func fail(_ error: KernelError) { report(.kernel(error)) }

    /// A descriptor that stands for a thread, or on kernels without that (6.8 and older) for its process. There, a thread
    /// whose descriptors are not its process's own cannot be helped.
    func openThread(_ thread: Int32) throws(KernelError) -> Descriptor {
        if !lacksThreadDescriptors.load(ordering: .relaxed) {
            do throws(KernelError) { return try Host.openThread(thread) } catch {
                guard error.errno == .EINVAL else { throw error }
                lacksThreadDescriptors.store(true, ordering: .relaxed)
            }
        }
        let number = try? processes.family(of: thread).process
        return try Host.openProcess(number ?? thread)
    }

    /// Takes down that a program saw what it must not see.
    func violation(of thread: Int32, _ reason: StaticString) {
        let path = try? Descriptor.workingDirectory.readLink("/proc/\(thread)/exe")
        let program = path.map { String(decoding: $0, as: UTF8.self) } ?? "process \(thread)"
        report(.violation(program: program, reason: reason.description))
    }

    /// The first failure counts; the build ends with it.
    private func report(_ failure: Supervisor.Failure) {
        first.withLock { $0 = $0 ?? failure }
        event.raise()
    }
}
