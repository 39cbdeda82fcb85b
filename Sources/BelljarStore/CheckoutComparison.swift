internal import BelljarKernel
internal import BelljarModel

/// Compares a checkout with the tree it is named by.
struct CheckoutComparison {
    let store: Store
    /// Relative to the store's folder.
    let checkout: String

    /// The first difference; nil if there is none.
    mutating func difference(
        from tree: Digest, buffer: UnsafeMutableRawBufferPointer
    ) throws(BelljarError) -> String? {
        var waiting = [(path: checkout, digest: tree)]
        while let next = waiting.popLast() {
            let directory: Directory
            do throws(BelljarError) {
                directory = try DirectoryCodec.decode(try store.read(next.digest, limit: DirectoryCodec.sizeLimit))
            } catch {
                guard error.code == .integrity || error.isOfTheFile else { throw error }
                return "its directory \(next.digest): \(error.answer)"
            }
            do throws(KernelError) {
                if let found = try unsafe difference(at: next.path, directory, buffer: buffer) { return found }
            } catch {
                guard error.isOfTheFile else {
                    return try host("check", next.path) { () throws(KernelError) in throw error }
                }
                return "`\(next.path)`: \(error.answer)"
            }
            waiting += directory.directories.map { ("\(next.path)/\($0.name)", $0.tree.digest) }
        }
        return nil
    }

    private func difference(
        at path: String, _ directory: Directory, buffer: UnsafeMutableRawBufferPointer
    ) throws(KernelError) -> String? {
        let folder = try store.root.openBeneath(PathText.raw(path), .directory)
        let status = try folder.status()
        guard status.permissions == 0o755, status.modified == Layout.fileTime else {
            return "`\(path)` has another mode or time"
        }
        let all = directory.files.map(\.name) + directory.directories.map(\.name) + directory.symlinks.map(\.name)
        guard Set(try folder.entries().map(\.name)) == Set(all.map { PathText.raw($0) }) else {
            return "`\(path)` holds other names"
        }
        for file in directory.files {
            if let found = try unsafe difference(in: folder, file, buffer: buffer) {
                return "`\(path)/\(file.name)` \(found)"
            }
        }
        for link in directory.symlinks
        where try folder.readLink(PathText.raw(link.name)) != PathText.raw(link.target) {
            return "`\(path)/\(link.name)` leads elsewhere"
        }
        for child in directory.directories where try folder.status(of: PathText.raw(child.name)).kind != .directory {
            return "`\(path)/\(child.name)` is no directory"
        }
        return nil
    }

    /// A file that shares its inode with the blob was checked with the blob; one of its own is hashed.
    private func difference(
        in folder: borrowing Descriptor, _ file: Directory.File, buffer: UnsafeMutableRawBufferPointer
    ) throws(KernelError) -> String? {
        let status = try folder.status(of: PathText.raw(file.name))
        guard status.kind == .regular else { return "is a \(status.kind.words)" }
        let blob = try store.root.statusIfPresent(of: Layout.blob(file.digest, isExecutable: file.isExecutable))
        if let blob, blob.inode == status.inode, blob.device == status.device { return nil }
        if let objection = store.objection(toAttributesOf: status, isExecutable: file.isExecutable) {
            return "has \(objection)"
        }
        guard try unsafe folder.open(PathText.raw(file.name)).digest(buffer: buffer) == file.digest else {
            return "has other content"
        }
        return nil
    }
}
