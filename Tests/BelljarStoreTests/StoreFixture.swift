import BelljarKernel
import BelljarModel
import Synchronization
import TestSupport

@testable import BelljarStore

/// A store in a folder of the test's own, beside room for other files; removed when the test is over.
final class StoreFixture: Sendable {
    private let own: TestFolder
    var folder: String { own.path }
    let store: Store
    let notices = Notices()

    /// Collects what the store reports.
    final class Notices: ProgressSink {
        private let collected = Mutex<[String]>([])
        var all: [String] { collected.withLock { $0 } }

        func report(_ event: ProgressEvent) {
            if case .notice(let text) = event { collected.withLock { $0.append(text) } }
        }
    }

    /// - Parameter inMemory: on the machine's tmpfs if it has one, for tests that make many.
    init(inMemory: Bool = false) throws {
        own = try TestFolder(inMemory: inMemory)
        store = try Store(path: own.path + "/store", owner: nil, progress: notices)
    }

    /// Opens the same store once more, as another process would.
    func reopened() throws -> Store { try Store(path: store.path, owner: nil, progress: notices) }

    /// Makes a directory beside the store; intermediate directories are made.
    @discardableResult
    func makeDirectory(_ path: String) throws -> Descriptor { try own.makeDirectory(path) }

    func write(_ path: String, _ content: String, mode: UInt32 = 0o644) throws {
        try own.write(path, content, mode: mode)
    }

    func write(_ path: String, _ content: [UInt8], mode: UInt32 = 0o644) throws {
        try own.write(path, content, mode: mode)
    }

    func read(_ absolute: String) throws -> [UInt8] {
        try Descriptor.workingDirectory.open(absolute).readAll(limit: 1 << 24)
    }

    func status(_ absolute: String) throws -> FileStatus { try Descriptor.workingDirectory.status(of: absolute) }
    func exists(_ absolute: String) throws -> Bool {
        try Descriptor.workingDirectory.statusIfPresent(of: absolute) != nil
    }

    func ingest(_ path: String, _ options: IngestOptions = IngestOptions()) throws -> TreeDigest {
        try store.ingest(directory: try open(path), options: options)
    }

    func open(_ path: String) throws -> Descriptor {
        try Descriptor.workingDirectory.open("\(folder)/\(path)", .directory)
    }

    /// Makes folders within each other, so that the path of the last from the first has so many bytes (not a multiple of
    /// 201).
    func makeFar(_ path: String, bytes: Int) throws -> Descriptor {
        var folder = try makeDirectory(path)
        for length in [bytes % 201] + [Int](repeating: 200, count: bytes / 201) {
            let name = String(repeating: "d", count: length)
            try folder.makeDirectory(name)
            folder = try folder.open(name, .directory)
        }
        return folder
    }

    /// Names of everything that is in the store's scratch.
    func leftovers() throws -> [String] {
        try open("store/tmp").entries().map { String(decoding: $0.name, as: UTF8.self) }
    }

    /// Paths of all blobs.
    func blobPaths() throws -> [String] {
        var paths: [String] = []
        for shard in try open("store/blobs").entries() {
            let name = String(decoding: shard.name, as: UTF8.self)
            for blob in try open("store/blobs/\(name)").entries() {
                paths.append("\(store.path)/blobs/\(name)/\(String(decoding: blob.name, as: UTF8.self))")
            }
        }
        return paths.sorted()
    }

    /// The same, relative to the store's folder.
    func blobNames() throws -> [String] { try blobPaths().map { String($0.dropFirst(store.path.count + 1)) } }
}
