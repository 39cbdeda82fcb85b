import BelljarKernel
import BelljarModel

/// A folder of a test's own, removed with everything in it afterwards.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let parent = Host.environment("TMPDIR") ?? "/tmp"
        path = "\(parent)/belljar-toolchain-\(Host.processId)-\(UInt64.random(in: 0...UInt64.max))"
        _ = try Descriptor.makeDirectories(path)
    }

    deinit { try? Descriptor.workingDirectory.removeTree(path) }

    func open() throws -> Descriptor { try Descriptor.workingDirectory.open(path, .directory) }

    func bytes(_ name: String) throws -> [UInt8] {
        try Descriptor.workingDirectory.open("\(path)/\(name)").readAll(limit: 64 << 20)
    }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// Writes a file, making the folders above it.
    func write(_ text: String, to name: String, mode: UInt32 = 0o644) throws {
        try write(Array(text.utf8), to: name, mode: mode)
    }

    func write(_ bytes: [UInt8], to name: String, mode: UInt32 = 0o644) throws {
        let folders = name.split(separator: "/").dropLast().joined(separator: "/")
        _ = try Descriptor.makeDirectories("\(path)/\(folders)")
        let file = try Descriptor.workingDirectory.open("\(path)/\(name)", [.write, .create, .truncate], mode: mode)
        try file.setPermissions(mode)
        try file.writeAll(bytes)
    }

    func makeDirectory(_ name: String) throws { _ = try Descriptor.makeDirectories("\(path)/\(name)") }

    func exists(_ name: String) throws -> Bool {
        try Descriptor.workingDirectory.statusIfPresent(of: "\(path)/\(name)") != nil
    }

    func status(_ name: String) throws -> FileStatus { try Descriptor.workingDirectory.status(of: "\(path)/\(name)") }

    func link(_ name: String) throws -> String {
        String(decoding: try Descriptor.workingDirectory.readLink("\(path)/\(name)"), as: UTF8.self)
    }

    func makeLink(_ name: String, to target: String) throws {
        try Descriptor.workingDirectory.makeSymlink("\(path)/\(name)", target: target)
    }

    func names(_ name: String = "") throws -> [String] {
        try Descriptor.workingDirectory.open("\(path)/\(name)", .directory).entries()
            .map { String(decoding: $0.name, as: UTF8.self) }.sorted()
    }
}
