import BelljarKernel

/// A folder of a test's own, removed with it.
final class TemporaryPlace {
    let path: String
    let folder: Descriptor
    private let name: String
    private let parent: Descriptor

    /// - Parameter inMemory: on the machine's tmpfs if it has one, for what is asked of a file system: others say nothing of inodes.
    init(inMemory: Bool = false) throws {
        let memory = "/dev/shm"
        let hasMemory = (try? Descriptor.workingDirectory.status(of: memory))?.permissions == 0o1777
        let temporary = inMemory && hasMemory ? memory : Host.environment("TMPDIR") ?? "/tmp"
        name = "belljar-init-\(UInt64.random(in: 0 ... .max))"
        path = temporary + "/" + name
        parent = try Descriptor.workingDirectory.open(temporary, [.directory, .followingLinks])
        folder = try Descriptor.makeDirectories(path)
    }

    deinit { try? parent.removeTree(name) }

    /// - Parameter name: of a file; its folder has to be there.
    func write(_ name: String, _ text: String) throws {
        try Descriptor.workingDirectory.open(path + "/" + name, [.write, .create, .truncate], mode: 0o644)
            .writeAll(Array(text.utf8))
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Descriptor.workingDirectory.open(path + "/" + name).readAll(limit: 1 << 20), as: UTF8.self)
    }
}
