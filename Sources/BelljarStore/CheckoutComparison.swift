internal import BelljarKernel
internal import BelljarModel

/// Compares a checkout with the tree it is named by.
struct CheckoutComparison {
    let store: Store
    /// Relative to the store's folder.
    let checkout: String
    /// What of the modes of files and folders is not there: that anybody may write, in what is for people.
    var without: UInt32 = 0

    /// The first difference; nil if there is none.
    mutating func difference(
        from tree: Digest, buffer: UnsafeMutableRawBufferPointer
    ) throws(BelljarError) -> String? {
        var waiting = [(path: checkout, digest: tree)]
        while let next = waiting.popLast() {
            let directory: Directory
            do throws(BelljarError) {
                directory = try store.directory(next.digest)
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
        let folder = try store.root.openFar(PathText.raw(path), .directory)
        if let found = try store.objection(toFolder: folder, directory, permissions: 0o755 & ~without) {
            return "`\(path)\(found.name.isEmpty ? "" : "/" + found.name)` \(found.finding)"
        }
        for file in directory.files {
            if let found = try unsafe difference(in: folder, file, buffer: buffer) {
                return "`\(path)/\(file.name)` \(found)"
            }
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
        if let objection = store.objection(toAttributesOf: status, permissions: file.permissions & ~without) {
            return "has \(objection)"
        }
        let open = try folder.open(PathText.raw(file.name))
        if let note = try store.overlayNote(on: open) { return "has \(note)" }
        guard try unsafe open.digest(buffer: buffer) == file.digest else { return "has different content" }
        return nil
    }
}

extension Store {
    /// What is wrong with one directory of a checkout, and with which name in it (empty for the directory itself); nil if
    /// nothing is. Its files are only looked for: whoever calls hashes them. What is in the directories within it is not
    /// looked at.
    func objection(
        toFolder folder: borrowing Descriptor, _ directory: Directory, permissions: UInt32 = 0o755
    ) throws(KernelError) -> (name: String, finding: String)? {
        let wanted = directory.files.map(\.name) + directory.directories.map(\.name) + directory.symlinks.map(\.name)
        guard Set(try folder.entries().map(\.name)) == Set(wanted.map { PathText.raw($0) }) else {
            return ("", "has different names in it")
        }
        if let found = objection(toAttributesOf: try folder.status(), permissions: permissions) {
            return ("", "has \(found)")
        }
        if let found = try overlayNote(on: folder) { return ("", "has \(found)") }
        for link in directory.symlinks {
            let name = PathText.raw(link.name)
            guard try folder.readLink(name) == PathText.raw(link.target) else { return (link.name, "leads elsewhere") }
            if let found = objection(toAttributesOf: try folder.status(of: name), permissions: nil) {
                return (link.name, "has \(found)")
            }
        }
        for child in directory.directories where try folder.status(of: PathText.raw(child.name)).kind != .directory {
            return (child.name, "is not a directory")
        }
        return nil
    }

    /// What is wrong with the attributes of a blob or of anything in a checkout; nil if nothing is.
    ///
    /// - Parameter permissions: those that it has to have; nil for a link, whose own mean nothing.
    func objection(toAttributesOf status: FileStatus, permissions: UInt32?) -> String? {
        if let permissions, status.permissions != permissions {
            return "mode 0" + String(status.permissions, radix: 8)
        }
        if status.modified != Layout.fileTime { return "another modification time" }
        // An owner that is not the build's own is somebody else to a build.
        guard status.uid == ownUid, ownGids.contains(status.gid) else { return "owner \(status.uid):\(status.gid)" }
        return nil
    }

    /// A note for overlays on an open file, with which its owner can hide what lies in it or below it from a build
    /// (Documentation/filesystems/overlayfs.rst, "User xattr"); nil if there is none. A build sees no other extended attributes.
    func overlayNote(on file: borrowing Descriptor) throws(KernelError) -> String? {
        try file.attributes().first { $0.hasPrefix("user.overlay.") }.map { "the extended attribute \($0)" }
    }
}

extension Directory.File {
    /// Of its blob, and in every checkout.
    var permissions: UInt32 { isExecutable ? 0o755 : 0o644 }
}
