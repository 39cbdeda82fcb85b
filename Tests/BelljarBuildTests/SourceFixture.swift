import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarSandbox
import BelljarStore
import BelljarUnpack

/// A folder and a store of a test's own, removed with it.
final class SourceFixture {
    let path: String
    let store: Store
    private let root: Descriptor
    private let parent: Descriptor
    private let name: String

    init() throws {
        let temporary = Host.environment("TMPDIR") ?? "/tmp"
        name = "belljar-build-\(UInt64.random(in: 0 ... .max))"
        path = temporary + "/" + name
        parent = try Descriptor.workingDirectory.open(temporary, [.directory, .followingLinks])
        root = try Descriptor.makeDirectories(path)
        store = try Store(path: path + "/store", owner: nil)
    }

    deinit { try? parent.removeTree(name) }

    func write(_ relative: String, _ text: String, mode: UInt32 = 0o644) throws {
        let components = relative.split(separator: "/").map(String.init)
        let folder = try Descriptor.makeDirectories(([path] + components.dropLast()).joined(separator: "/"))
        let file = try folder.open(components.last ?? "", [.write, .create, .truncate], mode: mode)
        try file.writeAll(Array(text.utf8))
    }

    /// belljar-init lies beside the test bundle.
    func opener() throws -> ArchiveOpener {
        let own = String(decoding: try Descriptor.workingDirectory.readLink("/proc/self/exe"), as: UTF8.self)
        let folder = own.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let account: Account? = Host.effectiveUid == 0 ? .init(uid: 65534, gid: 65534) : nil
        return ArchiveOpener(
            Sandbox(initPath: folder + "/belljar-init", cacheFolder: path + "/cache", account: account),
            cancellation: Cancellation())
    }

    func link(_ relative: String, to target: String) throws { try root.makeSymlink(relative, target: target) }

    func read(_ relative: String) throws -> String {
        String(decoding: try root.open(relative).readAll(limit: 1 << 20), as: UTF8.self)
    }

    /// Makes everything look as if it had last been changed a while ago, as sources usually were.
    func settle() {
        let until = Host.monotonicNanoseconds() + 150_000_000
        while Host.monotonicNanoseconds() < until {}
    }

    /// Paths and contents below a tree.
    func contents(_ tree: TreeDigest) throws -> [String: String] {
        var found: [String: String] = [:]
        for entry in try store.entries(of: tree) {
            switch entry.kind {
            case .directory: continue
            case .symlink(let target): found[entry.path] = "-> " + target
            case .file(let isExecutable):
                let text = String(decoding: try store.read(entry.digest, limit: 1 << 20), as: UTF8.self)
                found[entry.path] = isExecutable ? "x " + text : text
            }
        }
        return found
    }
}

extension SourceFixture {
    /// The texts of all files below a folder.
    func files(below relative: String) throws -> [String] {
        try Self.texts(try Descriptor.workingDirectory.open(path + "/" + relative, .directory))
    }

    private static func texts(_ folder: borrowing Descriptor) throws -> [String] {
        var found: [String] = []
        for entry in try folder.entries() {
            if try folder.status(of: entry.name).kind == .directory {
                found += try texts(try folder.open(entry.name, .directory))
            } else {
                found.append(
                    String(decoding: try folder.open(entry.name).readAll(limit: 1 << 20), as: UTF8.self))
            }
        }
        return found
    }
}
