import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarSandbox
import BelljarStore
import BelljarUnpack
import TestSupport

/// A folder and a store of a test's own, removed with it.
final class SourceFixture {
    private let folder: TestFolder
    let store: Store
    var path: String { folder.path }

    init() throws {
        folder = try TestFolder()
        store = try Store(path: folder.path + "/store", owner: nil)
    }

    func write(_ relative: String, _ text: String, mode: UInt32 = 0o644) throws {
        try folder.write(relative, text, mode: mode)
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

    func link(_ relative: String, to target: String) throws { try folder.makeLink(relative, to: target) }
    func read(_ relative: String) throws -> String { try folder.text(relative) }

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
