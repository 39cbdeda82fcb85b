package import BelljarKernel

/// A folder of a test's own, removed with everything in it when nobody holds it any more.
package final class TestFolder: Sendable {
    /// Absolute.
    package let path: String
    package let descriptor: Descriptor

    private static let memory = "/dev/shm"
    /// Whether this machine has a tmpfs that everybody may write to.
    package static let hasMemory = (try? Descriptor.workingDirectory.status(of: memory))?.permissions == 0o1777

    /// - Parameter inMemory: on the machine's tmpfs if it has one: for tests that make many files, and for what is asked of a file
    ///   system, because others say nothing of inodes.
    package init(inMemory: Bool = false) throws {
        let parent = inMemory && Self.hasMemory ? Self.memory : Host.environment("TMPDIR") ?? "/tmp"
        path = "\(parent)/belljar-test-\(Host.processId)-\(UInt64.random(in: 0 ... .max))"
        try Descriptor.workingDirectory.makeDirectory(path)
        descriptor = try Descriptor.workingDirectory.open(path, .directory)
    }

    deinit { try? Descriptor.workingDirectory.removeTree(path) }

    package func open() throws -> Descriptor { try Descriptor.workingDirectory.open(path, .directory) }

    // MARK: What is in it, by relative paths

    /// Writes a file, making the folders above it; one that is there becomes another.
    package func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
        try write(name, Array(text.utf8), mode: mode)
    }

    package func write(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws {
        if let slash = name.lastIndex(of: "/") { try makeDirectory(String(name[..<slash])) }
        let file = try Descriptor.workingDirectory.open("\(path)/\(name)", [.write, .create, .truncate], mode: 0o600)
        try file.writeAll(bytes)
        try file.setPermissions(mode)
    }

    package func bytes(_ name: String) throws -> [UInt8] { try descriptor.open(name).readAll(limit: 1 << 30) }
    package func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// With those above it.
    @discardableResult
    package func makeDirectory(_ name: String) throws -> Descriptor {
        try Descriptor.makeDirectories("\(path)/\(name)")
    }

    package func exists(_ name: String) throws -> Bool { try descriptor.statusIfPresent(of: name) != nil }
    package func status(_ name: String) throws -> FileStatus { try descriptor.status(of: name) }

    /// What a symbolic link leads to.
    package func link(_ name: String) throws -> String {
        String(decoding: try descriptor.readLink(name), as: UTF8.self)
    }
    package func makeLink(_ name: String, to target: String) throws { try descriptor.makeSymlink(name, target: target) }

    package func names(_ name: String = ".") throws -> [String] {
        try descriptor.open(name, .directory).entries().map { String(decoding: $0.name, as: UTF8.self) }.sorted()
    }
}
