import BelljarControls
import BelljarFetch
import BelljarKernel
import BelljarModel
import BelljarRecipe
import BelljarSandbox
import BelljarStore
import Synchronization
import Testing

@testable import BelljarBuild
@testable import BelljarToolchain

/// A store of a test's own with an empty image in it, and definitions that need nothing else: so what executors do around a build, and
/// what a rebuild makes of it, is seen without a sandbox.
final class EngineFixture {
    let files: SourceFixture
    var store: Store { files.store }
    let toolchain: BuildRecord.Toolchain
    let lockText: String

    init() throws {
        files = try SourceFixture()
        let image = try files.store.write(Directory())
        let lock = ToolchainLock(
            name: "c", spec: Digest(of: []), imageFormat: ImageRules.version, timestamp: 1, packages: [], image: image)
        let text = ToolchainDecoder.encode(lock)
        lockText = String(decoding: text, as: UTF8.self)
        toolchain = .init(name: "c", lock: Digest(of: text), image: image)
        try files.store.setToolchain(name: "c", lock: toolchain.lock, image: image)
    }

    /// The cache key of a job: the one place here that knows where it stands.
    static func key(of job: BuildJob) -> Digest { job.keyed.action }

    func definition(
        _ name: String = "hello", script: String = "make", inputs: [BuildRecord.Input] = [],
        secrets: [BuildRecord.Secret] = []
    ) -> BuildRecord.Definition {
        BuildRecord.Definition(
            name: name, version: "1", toolchain: toolchain, sources: [], inputs: inputs,
            steps: [.init(name: "build", argv: BuildWorld.argv(script: script), directory: "/build")],
            environment: BuildWorld.environment(adding: [:], epoch: 1, limits: .standard, controls: .standard),
            outputs: ["."], epoch: 1, limits: .standard, sandbox: BuildWorld.sandbox(.strict), controls: .standard,
            constants: BuildWorld.constants(.standard), seed: "", secrets: secrets)
    }

    var closure: BuildRecord.Closure { .init(locks: [toolchain.lock: lockText]) }

    var resolver: Resolver {
        let (store, path) = (store, files.path)
        let sandbox = Once { () throws(BelljarError) in Sandbox(initPath: "/none", cacheFolder: path, account: nil) }
        let fetcher = Once { () throws(BelljarError) in
            Fetcher(
                store: store, mirrors: Mirrors(bases: [:]), progress: SilentProgress(), cancellation: Cancellation())
        }
        let toolchains = Once { () throws(BelljarError) in
            Toolchains(
                folders: .init(own: path), store: store, fetcher: try fetcher(), sandbox: try sandbox(),
                hostLimits: .none,
                progress: SilentProgress(), cancellation: Cancellation())
        }
        return Resolver(
            store: store,
            sources: Sources(store: store, fetcher: fetcher, sandbox: sandbox, cancellation: Cancellation()),
            images: ToolchainImages(folders: .init(own: path), store: store, toolchains: toolchains))
    }

    func job(_ definition: BuildRecord.Definition, closure: BuildRecord.Closure? = nil) throws -> BuildJob {
        try resolver.job(definition, closure: closure ?? self.closure)
    }

    func job(_ name: String = "hello", script: String = "make") throws -> BuildJob {
        try job(definition(name, script: script))
    }

    /// All that the store lists, the newest first.
    func records() throws -> [RecordEntry] { try store.records() }
}

/// Stands where the sandbox does: says how builds end, and what they leave in the store.
final class FakeExecutor: Executor {
    typealias Answer = @Sendable (BuildJob) throws(BelljarError) -> BuildOutcome

    private let seen = Mutex<[BuildJob]>([])
    private let answer: Answer

    init(_ answer: @escaping Answer) { self.answer = answer }

    /// What it was given, in order.
    var jobs: [BuildJob] { seen.withLock { $0 } }
    var names: [String] { jobs.map(\.definition.name) }

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        seen.withLock { $0.append(job) }
        return try answer(job)
    }
}

extension BuildOutcome {
    /// How a build ended whose `/out` has one file, in a batch that nobody has committed.
    static func made(
        _ job: BuildJob, in store: Store, content: String = "hello", status: BuildStatus = .ok,
        emptyFolder: Bool = false, wantsLedger: Bool = false, recheck: Recheck = .changed
    ) throws(BelljarError) -> BuildOutcome {
        let batch = try store.makeBatch()
        let log = try batch.write(Array("the log of \(job.definition.name)\n".utf8))
        var result = BuildRecord.BuildResult(status: status, outputs: [], tree: nil)
        if status == .ok {
            let bytes = Array(content.utf8)
            let digest = try batch.write(bytes)
            let folders: [Directory.Subdirectory] =
                emptyFolder ? [.init(name: "empty", tree: try batch.write(Directory()))] : []
            let root = Directory(
                files: [.init(name: "file", digest: digest, size: UInt64(bytes.count), isExecutable: false)],
                directories: folders)
            result.outputs = [.init(path: "file", mode: "0644", size: UInt64(bytes.count), digest: digest)]
            result.tree = try batch.write(root)
        }
        let ledger = wantsLedger ? try batch.write(Array("{}\n".utf8)) : nil
        let record = BuildRecord(
            keyed: job.keyed, result: result,
            observed: .init(
                runnerVersion: "0", kernel: "6.1.0", cpu: "model", enforcement: [:], openChannels: [], started: 1,
                // No two executions take equally long.
                milliseconds: job.rebuildOf == nil ? 2 : 3,
                steps: job.definition.steps.map { .init(name: $0.name, milliseconds: 1, peakBytes: 0, logOffset: 0) },
                log: log, logTruncated: false, ledger: ledger,
                recheck: .init(kind: recheck)),
            closure: job.closure)
        let failure =
            status == .ok
            ? nil
            : BelljarError(.buildFailed, operation: "build", subject: job.subject, answer: status.rawValue)
        return BuildOutcome(record: record, failure: failure, batch: batch)
    }
}
