internal import BelljarControls
internal import BelljarKernel
package import BelljarModel

extension Store {
    /// A read-only view of a tree on disk, made once from hard links: an absolute path that stays valid while a lease
    /// covers the tree. Whoever gets it must not change anything in it: its files are the blobs.
    ///
    /// The checkout is made in a temporary folder and then renamed. It is not flushed to the disk: a journaling file system keeps
    /// the order of names, so after a crash the checkout is there whole or not at all, and it can be made again.
    package func checkout(_ tree: TreeDigest) throws(BelljarError) -> String {
        if let known = try checkoutIfPresent(tree) { return known }
        let relative = Layout.tree(tree)
        let absolute = "\(path)/\(relative)"
        let temporary = try makeTemporaryFolder()
        try host("check out", absolute) { () throws(KernelError) in try temporary.descriptor.makeDirectory("tree") }
        let top = try host("check out", absolute) { () throws(KernelError) in
            try temporary.descriptor.open("tree", .directory)
        }
        try lay(tree, into: top, path: ".", depth: 0)
        try host("check out", absolute) { () throws(KernelError) in
            do throws(KernelError) {
                try root.adopt("tree", from: temporary.descriptor, as: relative, replacing: false)
            } catch {
                // Somebody else was quicker; what is there is the same.
                guard error.errno == .EEXIST else { throw error }
            }
        }
        return absolute
    }

    /// The path of a checkout that was made before; nil if there is none. It is whole, also where content of the tree is not in the
    /// store any more.
    package func checkoutIfPresent(_ tree: TreeDigest) throws(BelljarError) -> String? {
        let relative = Layout.tree(tree)
        let absolute = "\(path)/\(relative)"
        let isThere = try kept("look up checkout", absolute) { () throws(KernelError) in
            try root.statusIfPresent(of: relative) != nil
        }
        return isThere ? absolute : nil
    }

    /// Removes a tree's checkout, because a file in it is damaged. A build that runs on it sees files go, which it notices
    /// when it is over.
    ///
    /// - Parameter inode: of the checkout's root, which the caller holds open. Where another has its name by now, somebody else
    ///   mended it and perhaps builds on it, and it stays.
    package func discardCheckout(of tree: TreeDigest, inode: UInt64) throws(BelljarError) {
        let path = Layout.tree(tree)
        let mending = try host("remove", path) { () throws(KernelError) in try lockMending() }
        defer { withExtendedLifetime(mending) {} }
        let status = try host("look up", path) { () throws(KernelError) in try root.statusIfPresent(of: path) }
        if status?.inode == inode { try removeCheckout(path) }
    }

    /// Removes what is in `trees`: out of sight first, in one step, because half a checkout under its name would be
    /// taken for a whole one. It goes to `tmp` under a name that is no running process's, so that whoever comes next
    /// removes what this process does not. A folder of its own there would need room, and who has none collects.
    ///
    /// - Parameter checkout: relative to the store's folder.
    func removeCheckout(_ checkout: String) throws(BelljarError) {
        let aside = "tmp/removed-\(Host.processId)-\(UInt64.random(in: 0 ... .max))"
        try host("remove", checkout) { () throws(KernelError) in
            do throws(KernelError) {
                try root.rename(checkout, as: aside)
            } catch {
                // A directory needs to be writable to be moved, and somebody may have changed that.
                guard error.errno == .EACCES else { throw error }
                try root.setPermissions(of: checkout, 0o700)
                try root.rename(checkout, as: aside)
            }
            do throws(KernelError) { try root.removeTree(aside) } catch {
                // A process that has just started took it for a leftover, and is removing it.
                guard error.errno == .ENOENT else { throw error }
            }
        }
    }

    private func lay(
        _ tree: TreeDigest, into folder: borrowing Descriptor, path: String, depth: Int
    ) throws(BelljarError) {
        guard depth <= Store.depthLimit else {
            throw damaged("tree \(tree)", "it has more than \(Store.depthLimit) levels of directories")
        }
        let directory = try directory(tree)
        for file in directory.files { try link(file, into: folder) }
        for link in directory.symlinks {
            try host("check out", link.name) { () throws(KernelError) in
                try folder.makeSymlink(PathText.raw(link.name), target: PathText.raw(link.target))
                try dress(PathText.raw(link.name), in: folder)
            }
        }
        for child in directory.directories {
            let inner = try host("check out", child.name) { () throws(KernelError) in
                try folder.makeDirectory(PathText.raw(child.name))
                return try folder.open(PathText.raw(child.name), .directory)
            }
            try lay(child.tree, into: inner, path: "\(path)/\(child.name)", depth: depth + 1)
        }
        try host("check out", path) { () throws(KernelError) in
            try folder.setPermissions(0o755)
            if let owner { try folder.setOwner(uid: owner.uid, gid: owner.gid) }
            // Last, because every name that is made in the folder changes its time.
            try folder.setTimes(Layout.fileTime)
        }
    }

    func dress(_ name: [UInt8], in folder: borrowing Descriptor) throws(KernelError) {
        if let owner { try folder.setOwner(of: name, uid: owner.uid, gid: owner.gid) }
        try folder.setTimes(of: name, Layout.fileTime)
    }

    private func link(_ file: Directory.File, into folder: borrowing Descriptor) throws(BelljarError) {
        let blob = Layout.blob(file.digest, isExecutable: file.isExecutable)
        for attempt in 0..<2 {
            do throws(KernelError) {
                return try root.link(blob, to: folder, as: PathText.raw(file.name))
            } catch {
                if error.errno == .EMLINK { return try copy(file, into: folder) }
                guard error.errno == .ENOENT, attempt == 0 else {
                    return try host("check out", file.name) { () throws(KernelError) in throw error }
                }
            }
            try makeVariant(of: file.digest, isExecutable: file.isExecutable)
        }
    }

    /// A file system lets an inode have only so many names (65,000 on ext4); after that the file gets one of its own.
    private func copy(_ file: Directory.File, into folder: borrowing Descriptor) throws(BelljarError) {
        let source = try open(file.digest)
        try host("check out", file.name) { () throws(KernelError) in
            let target = try folder.open(PathText.raw(file.name), [.write, .create, .exclusive])
            _ = try source.copyAll(to: target)
            try target.setPermissions(file.isExecutable ? 0o755 : 0o644)
            try dress(PathText.raw(file.name), in: folder)
        }
    }

    /// Makes a blob's other variant: the same content with the other mode.
    private func makeVariant(of digest: Digest, isExecutable: Bool) throws(BelljarError) {
        let batch = try makeBatch()
        // Of damaged content, nothing is made that has the digest of the sound one.
        let source = try openHashed(digest)
        let target = try batch.makeTemporary()
        _ = try host("copy", "blob \(digest)") { () throws(KernelError) in try source.copyAll(to: target.file) }
        try batch.adopt(target.name, target.file, digest: digest, isExecutable: isExecutable, isVariant: true)
        try batch.commit()
    }
}
