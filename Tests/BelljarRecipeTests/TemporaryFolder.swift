import BelljarKernel
import Testing

/// A folder of a test's own below $TMPDIR or /tmp.
struct TemporaryFolder {
    let path: String

    init() throws {
        path = "/tmp/belljar-recipe-\(UInt64.random(in: 0...UInt64.max))"
        try Descriptor.workingDirectory.makeDirectory(path, mode: 0o700)
    }

    func open() throws -> Descriptor { try Descriptor.workingDirectory.open(path, [.read, .directory]) }

    /// Writes a file one directory down, making the directory.
    func write(_ name: String, _ text: String) throws {
        let folder = try open()
        if let slash = name.firstIndex(of: "/") { _ = try folder.makeDirectoryIfMissing(String(name[..<slash])) }
        try folder.open(name, [.write, .create, .exclusive]).writeAll(Array(text.utf8))
    }

    func remove() {
        #expect(throws: Never.self) { try Descriptor.workingDirectory.removeTree(path) }
    }
}
