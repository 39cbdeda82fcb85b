import BelljarFetch
import BelljarKernel
import BelljarModel
import BelljarSandbox
import BelljarStore
import Synchronization

@testable import BelljarToolchain

/// A store, a Toolchains folder and what belongs to them, in a folder of a test's own.
struct Workshop {
    let folder: TemporaryFolder
    let store: Store
    let progress = RecordedProgress()

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path + "/store", owner: nil)
    }

    func toolchains(folder toolchains: String? = nil, mirrors: Mirrors) -> Toolchains {
        let cancellation = Cancellation()
        return Toolchains(
            folder: toolchains ?? folder.path + "/Toolchains", store: store,
            fetcher: Fetcher(store: store, mirrors: mirrors, progress: progress, cancellation: cancellation),
            sandbox: Sandbox(initPath: Self.initPath, cacheFolder: folder.path + "/cache", account: nil),
            progress: progress, cancellation: cancellation)
    }

    /// belljar-init lies beside the test bundle.
    static var initPath: String {
        let own = (try? Descriptor.workingDirectory.readLink("/proc/self/exe")) ?? []
        let path = String(decoding: own, as: UTF8.self)
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/belljar-init"
    }
}

/// Keeps what was reported.
final class RecordedProgress: ProgressSink {
    private let kept = Mutex<[ProgressEvent]>([])

    func report(_ event: ProgressEvent) { kept.withLock { $0.append(event) } }

    /// `name note` and seconds of everything that finished.
    var finished: [String] {
        kept.withLock { events in
            events.compactMap { event in
                guard case .finished(let subject, let note, let seconds) = event else { return nil }
                return "\(subject) \(note) \(Int(seconds * 1000)) ms"
            }
        }
    }
}
