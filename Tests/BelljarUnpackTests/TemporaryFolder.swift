import BelljarKernel
import Testing

/// A folder of the test's own, removed when the test is over.
final class TemporaryFolder {
    let path: String
    let descriptor: Descriptor

    init() throws {
        let base = Host.environment("TMPDIR") ?? "/tmp"
        path = base + "/belljar-unpack-\(Host.processId)-\(UInt64.random(in: 0 ... .max))"
        try Descriptor.workingDirectory.makeDirectory(path, mode: 0o700)
        descriptor = try Descriptor.workingDirectory.open(path, .directory)
    }

    deinit { try? Descriptor.workingDirectory.removeTree(path) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try descriptor.open(name, [.write, .create, .truncate], mode: 0o644).writeAll(bytes)
    }

    func read(_ name: String) throws -> [UInt8] { try descriptor.open(name).readAll(limit: 1 << 30) }

    /// A file's text.
    func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }
}
