import BelljarKernel

/// A folder of a test's own, removed with it.
final class TemporaryPlace {
    let path: String
    let folder: Descriptor
    private let name: String
    private let parent: Descriptor

    init() throws {
        let temporary = Host.environment("TMPDIR") ?? "/tmp"
        name = "belljar-supervisor-\(UInt64.random(in: 0 ... .max))"
        path = temporary + "/" + name
        parent = try Descriptor.workingDirectory.open(temporary, [.directory, .followingLinks])
        folder = try Descriptor.makeDirectories(path)
    }

    deinit { try? parent.removeTree(name) }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try folder.open(name, [.write, .create, .truncate], mode: 0o644).writeAll(bytes)
    }
}
