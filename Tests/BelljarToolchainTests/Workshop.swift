import BelljarControls
import BelljarFetch
import BelljarKernel
import BelljarModel
import BelljarSandbox
import BelljarStore
import Synchronization
import TestSupport

@testable import BelljarToolchain

/// A store, a Toolchains folder and what belongs to them, in a folder of a test's own.
struct Workshop: Sendable {
    let folder: TestFolder
    let store: Store
    let progress = RecordedProgress()

    /// Run as root, the store and the sandbox belong to the account that `setpriv --reuid 65534` would give.
    private static let nobody: UInt32? = Host.effectiveUid == 0 ? 65534 : nil

    init() throws {
        folder = try TestFolder()
        store = try Store(path: folder.path + "/store", owner: Self.nobody.map { Account(uid: $0, gid: $0) })
    }

    func toolchains(folder toolchains: String? = nil, shipped: String? = nil, mirrors: Mirrors) -> Toolchains {
        let cancellation = Cancellation()
        return Toolchains(
            folders: .init(own: toolchains ?? folder.path + "/Toolchains", shipped: shipped), store: store,
            fetcher: Fetcher(store: store, mirrors: mirrors, progress: progress, cancellation: cancellation),
            sandbox: sandbox, hostLimits: .none, progress: progress, cancellation: cancellation)
    }

    var sandbox: Sandbox {
        let account = Self.nobody.map { Account(uid: $0, gid: $0) }
        return Sandbox(initPath: Self.initPath, cacheFolder: folder.path + "/cache", account: account)
    }

    /// belljar-init lies beside the test bundle.
    static var initPath: String {
        let own = (try? Descriptor.workingDirectory.readLink("/proc/self/exe")) ?? []
        return parent(of: String(decoding: own, as: UTF8.self), levels: 1) + "/belljar-init"
    }

    /// A static busybox of this machine; nil if there is none.
    static let busybox: [UInt8]? = {
        ["/bin/busybox", "/usr/bin/busybox"].lazy.compactMap { path in
            try? Descriptor.workingDirectory.open(path, .followingLinks).readAll(limit: 16 << 20)
        }.first
    }()

    /// The folder of Package.swift.
    static var projectFolder: String { parent(of: #filePath, levels: 3) }

    private static func parent(of path: String, levels: Int) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).dropLast(levels).joined(separator: "/")
    }
}

/// Keeps what was reported.
final class RecordedProgress: ProgressSink {
    private let kept = Mutex<[ProgressEvent]>([])

    func report(_ event: ProgressEvent) { kept.withLock { $0.append(event) } }

    /// Everything that finished.
    var finished: [(subject: String, seconds: Double)] {
        kept.withLock { events in
            events.compactMap { event in
                guard case .finished(let subject, _, let seconds) = event else { return nil }
                return (subject, seconds)
            }
        }
    }
}
