internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
package import BelljarStore

/// A file, a link or a folder that is compared, wherever it is. Content and listings are read when they are asked for.
package struct ComparedNode: Sendable {
    package enum Kind: Sendable {
        /// - Parameters:
        ///   - digest: nil where it is not known.
        case file(digest: Digest?, open: @Sendable () throws(BelljarError) -> ComparedContent)
        /// The target, in the form of `PathText`.
        case link(target: String)
        case folder(digest: Digest?, list: @Sendable () throws(BelljarError) -> Listing)
        /// A device, FIFO or socket, in words.
        case special(String)
    }

    /// What is in a folder, by names in the form of `PathText`, in the order of their UTF-8 bytes.
    package struct Listing: Sendable {
        package var names: [String]
        package var node: @Sendable (_ index: Int) throws(BelljarError) -> ComparedNode

        package init(names: [String], node: @escaping @Sendable (_ index: Int) throws(BelljarError) -> ComparedNode) {
            self.names = names
            self.node = node
        }
    }

    package var kind: Kind
    /// Nil where it has none.
    package var permissions: UInt32?
    /// Whether of its mode only is known that it can be run, as of all that a tree of the store has.
    package var isOnlyRunnable = false

    package init(_ kind: Kind, permissions: UInt32? = nil) {
        self.kind = kind
        self.permissions = permissions
    }

    /// Both modes, if these are not the same as far as both are known.
    func otherPermissions(than first: ComparedNode) -> (UInt32, UInt32)? {
        guard let one = first.permissions, let other = permissions else { return nil }
        let isSame = isOnlyRunnable || first.isOnlyRunnable ? one & 0o100 == other & 0o100 : one == other
        return isSame ? nil : (one, other)
    }

    /// Some bytes that are at hand.
    package static func bytes(_ bytes: [UInt8]) -> ComparedNode {
        ComparedNode(.file(digest: nil) { () throws(BelljarError) in ComparedContent(bytes) })
    }

    /// A folder of just these.
    ///
    /// - Parameter nodes: by names in the order of their UTF-8 bytes.
    package static func folder(of nodes: [(name: String, node: ComparedNode)]) -> ComparedNode {
        ComparedNode(
            .folder(digest: nil) { () throws(BelljarError) in
                Listing(names: nodes.map(\.name)) { (index) throws(BelljarError) in nodes[index].node }
            })
    }

    package var isFile: Bool { if case .file = kind { true } else { false } }

    var words: String {
        switch kind {
        case .file: "file"
        case .link: "symbolic link"
        case .folder: "folder"
        case .special(let words): words
        }
    }

    var form: DifferenceForm {
        switch kind {
        case .file: .data
        case .link: .link
        case .folder: .folder
        case .special: .special
        }
    }
}

// MARK: On the disk

extension ComparedNode {
    /// A file or folder of the user's. A link at the end of the path is followed; those below it never are.
    /// Its own mode does not count: whoever names two files did not ask who may read them.
    ///
    /// - Parameter name: a file right in the folder that is none of its content.
    /// - Throws: `usage` for what is not there, cannot be read, or is neither.
    package static func onDisk(_ path: String, leavingOut name: String? = nil) throws(BelljarError) -> ComparedNode {
        let (file, status) = try open(path)
        switch status.kind {
        case .regular:
            let content =
                status.size > 0 ? ComparedContent(file, from: 0, count: status.size) : try sizeless(file)
            return ComparedNode(.file(digest: nil) { () throws(BelljarError) in content })
        case .directory: return DiskFolder(file, at: "", leftOut: name).node(nil)
        default:
            throw BelljarError(
                .usage, operation: "compare", subject: path, answer: "it is a \(status.kind.words)",
                remedy: "name a file or a folder; what a pipe gives, write to a file first")
        }
    }

    /// Files of `/proc` say that they are empty, and are not.
    private static func sizeless(_ file: ComparedContent.OpenFile) throws(BelljarError) -> ComparedContent {
        ComparedContent(
            try hostCall("read", file.name) { () throws(KernelError) in
                try file.descriptor.readAll(limit: sizelessLimit)
            })
    }

    private static let sizelessLimit = 64 << 20

    private static func open(_ path: String) throws(BelljarError) -> (ComparedContent.OpenFile, FileStatus) {
        do throws(KernelError) {
            let descriptor = try Descriptor.workingDirectory.open(path, [.read, .nonblocking, .followingLinks])
            let status = try descriptor.status()
            return (ComparedContent.OpenFile(descriptor, name: path), status)
        } catch {
            if error.tellsOfEnd { throw .cancelled("compare", path) }
            throw BelljarError(
                .usage, operation: "compare", subject: path, answer: error.answer,
                remedy: error.isNotFound ? "correct its path" : "name something that you may read")
        }
    }
}

/// A folder below one that is open. All others are opened from there again: a tree can be deeper than there are descriptors.
private struct DiskFolder: Sendable {
    private let root: ComparedContent.OpenFile
    /// Below the root; in the form of `PathText`.
    private let path: String
    private let leftOut: String?

    init(_ root: ComparedContent.OpenFile, at path: String, leftOut: String? = nil) {
        self.root = root
        self.path = path
        self.leftOut = leftOut
    }

    func node(_ permissions: UInt32?) -> ComparedNode {
        ComparedNode(.folder(digest: nil) { () throws(BelljarError) in try list() }, permissions: permissions)
    }

    private var words: String { path.isEmpty ? root.name : "\(root.name)/\(PathText.shown(path))" }

    private func list() throws(BelljarError) -> ComparedNode.Listing {
        let found = try hostCall("list", words) { () throws(KernelError) in
            // By a name of its own: the root's position is everybody's.
            try root.descriptor.openBeneath(path.isEmpty ? [0x2e] : PathText.raw(path), .directory)
                .entries(limit: Self.limit, nameBytes: Self.nameBytes)
        }
        let names = found.map { PathText.text($0.name) }.filter { $0 != leftOut }.sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        return ComparedNode.Listing(names: names) { (index) throws(BelljarError) in try self.node(named: names[index]) }
    }

    /// Names in one folder, and bytes of them together.
    private static let limit = 4_000_000
    private static let nameBytes = 256 << 20

    private func node(named name: String) throws(BelljarError) -> ComparedNode {
        let below = path.isEmpty ? name : "\(path)/\(name)"
        let words = "\(root.name)/\(PathText.shown(below))"
        let root = self.root
        return try hostCall("compare", words) { () throws(KernelError) in
            let folder = try root.descriptor.openBeneath(
                path.isEmpty ? [0x2e] : PathText.raw(path), [.directory, .pathOnly])
            let status = try folder.status(of: PathText.raw(name))
            switch status.kind {
            case .regular:
                let open: @Sendable () throws(BelljarError) -> ComparedContent = { () throws(BelljarError) in
                    let file = try hostCall("read", words) { () throws(KernelError) in
                        // It may be a FIFO by now, which would be waited for.
                        try root.descriptor.openBeneath(PathText.raw(below), [.read, .nonblocking])
                    }
                    return try ComparedContent(file, name: words)
                }
                return ComparedNode(.file(digest: nil, open: open), permissions: status.permissions)
            case .directory: return DiskFolder(root, at: below).node(status.permissions)
            case .symlink:
                return ComparedNode(.link(target: PathText.text(try folder.readLink(PathText.raw(name)))))
            default: return ComparedNode(.special(status.kind.words), permissions: status.permissions)
            }
        }
    }
}

// MARK: In the store

extension ComparedNode {
    /// A tree of the store.
    package static func stored(_ tree: TreeDigest, in store: Store) -> ComparedNode {
        ComparedNode(
            .folder(digest: tree.digest) { () throws(BelljarError) in
                let directory = try store.directory(tree)
                let members =
                    directory.files.map { ($0.name, stored($0, in: store)) }
                    + directory.directories.map { ($0.name, stored($0.tree, in: store)) }
                    + directory.symlinks.map { ($0.name, ComparedNode(.link(target: $0.target))) }
                let sorted = members.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
                return Listing(names: sorted.map(\.0)) { (index) throws(BelljarError) in sorted[index].1 }
            })
    }

    private static func stored(_ file: Directory.File, in store: Store) -> ComparedNode {
        var node = ComparedNode(
            .file(digest: file.digest) { () throws(BelljarError) in
                try ComparedContent(try store.openHashed(file.digest), name: "blob \(file.digest)")
            }, permissions: file.isExecutable ? 0o755 : 0o644)
        node.isOnlyRunnable = true
        return node
    }
}
