internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// Checkouts that hold sources just as they were fetched. Nobody has read these since they came into the store, so they are
/// hashed where a build will see them; an archive is when it is unpacked.
struct SourceCheckout {
    let store: Store
    let sources: Sources

    /// A source that is one file.
    struct PlacedFile {
        var source: BuildRecord.Source
        /// Relative to the tree.
        var path: String
    }

    /// The files below `/build`.
    func files(_ all: [BuildRecord.Source]) -> [PlacedFile] {
        all.compactMap { source in
            guard case .file(_, let name, _) = source.kind else { return nil }
            return PlacedFile(source: source, path: (source.into.isEmpty ? "" : source.into + "/") + name)
        }
    }

    /// The patches, in the tree of their own.
    func patches(_ all: [BuildRecord.Source]) -> [PlacedFile] {
        all.filter { $0.kind.name == .patch }.enumerated().map { index, source in
            PlacedFile(source: source, path: BuildWorld.patchName(index))
        }
    }

    /// The checkout of a tree. What is damaged in it goes into quarantine, and is fetched again from where its pin says.
    ///
    /// - Throws: `integrity` for a patch, which is only where its recipe is.
    @discardableResult func verify(_ tree: TreeDigest, _ placed: [PlacedFile]) throws(BelljarError) -> String {
        let path = try store.checkout(tree)
        // Nil if another process found it damaged, and took it away.
        guard let root = try open(path) else { return try verify(tree, placed) }
        let inode = try hostCall("read checkout", path) { () throws(KernelError) in try root.status().inode }
        var damaged: [BuildRecord.Source] = []
        // Each is read once, however many files are in it.
        var directories: [Digest: Directory] = [:]
        for file in placed where try isDamaged(file, of: tree, in: root, &directories) { damaged.append(file.source) }
        guard !damaged.isEmpty else { return path }
        try store.discardCheckout(of: tree, inode: inode)
        for source in damaged where try !store.verifyOrQuarantine(source.digest) { try obtain(source) }
        return try store.checkout(tree)
    }

    private func open(_ checkout: String) throws(BelljarError) -> Descriptor? {
        do throws(KernelError) { return try Descriptor.workingDirectory.open(checkout, .directory) } catch {
            if error.errno == .ENOENT { return nil }
            return try hostCall("read checkout", checkout) { () throws(KernelError) in throw error }
        }
    }

    private func isDamaged(
        _ file: PlacedFile, of tree: TreeDigest, in checkout: borrowing Descriptor,
        _ directories: inout [Digest: Directory]
    ) throws(BelljarError) -> Bool {
        // A later source may have the place.
        let components = file.path.split(separator: "/")[...]
        guard try digest(at: components, in: tree, &directories) == file.source.digest else { return false }
        let found = try hostCall("read source", file.path) { () throws(KernelError) in
            try checkout.openBeneath(file.path, .nonblocking).digest()
        }
        return found != file.source.digest
    }

    /// Of the file that a tree has at a path; nil if it has none there.
    private func digest(
        at path: ArraySlice<Substring>, in tree: TreeDigest, _ directories: inout [Digest: Directory]
    ) throws(BelljarError) -> Digest? {
        guard let name = path.first else { return nil }
        let known = directories[tree.digest]
        // `??` would not keep the type of the error.
        let directory = if let known { known } else { try store.directory(tree) }
        directories[tree.digest] = directory
        guard path.count > 1 else { return directory.file(String(name))?.digest }
        guard let child = directory.directory(String(name)) else { return nil }
        return try digest(at: path.dropFirst(), in: child.tree, &directories)
    }

    private func obtain(_ source: BuildRecord.Source) throws(BelljarError) {
        guard source.kind.name == .file else {
            throw BelljarError(
                .integrity, operation: "use patch", subject: source.kind.address,
                answer: "\(source.digest) was damaged in the store, and was moved to its quarantine",
                remedy: "build the recipe again, which reads the patch from its folder")
        }
        try sources.obtain([source])
    }
}
