internal import BelljarControls
internal import BelljarKernel
package import BelljarModel

// Links of the users' to what builds left. A link leads to a folder of `results`, where a tree lies read-only and with files of
// its own, so that nothing that is done to them reaches the blobs. A file of `links` says where the link is: as long as it
// is there, and leads to that folder, it keeps the record and its tree from collection.

/// A link that keeps a record, and what it leads to.
struct ResultLink: Hashable {
    /// Of the link; absolute.
    var path: String
    var tree: TreeDigest
    var record: Digest

    /// Of the file that says so.
    var file: String { Layout.link(path) }

    init(path: String, tree: TreeDigest, record: Digest) {
        (self.path, self.tree, self.record) = (path, tree, record)
    }

    /// Nil for a file that cannot be read.
    init?(_ bytes: [UInt8]) {
        guard let members = RefFile.decode(bytes), let path = members["link"]?.string,
            let tree = TreeDigest(json: members["tree"]),
            let record = members["record"]?.string.flatMap({ Digest(prefixed: $0) })
        else { return nil }
        self.init(path: path, tree: tree, record: record)
    }

    var members: [String: JSONValue] {
        ["link": .string(path), "record": .string(record.description), "tree": tree.json]
    }
}

extension Store {
    /// What all links of this store begin with.
    package var resultPrefix: String { "\(path)/\(Layout.results)/" }

    /// Makes a link to a tree, or has one lead there that was made before, in one step. It keeps the record from collection.
    ///
    /// - Parameters:
    ///   - link: absolute path.
    ///   - record: whose outputs the tree is.
    /// - Throws: `usage` if something is there that is no such link.
    package func makeLink(at link: String, to tree: TreeDigest, of record: Digest) throws(BelljarError) {
        let lease = try lease()
        defer { withExtendedLifetime(lease) {} }
        try checkLink(at: link)
        let target = try resultFolder(tree)
        // Before there is the link: one that nobody knows of would lead to nothing one day.
        let batch = try makeBatch()
        let root = ResultLink(path: link, tree: tree, record: record)
        try batch.setRef(root.file, content: RefFile.encode(root.members))
        try batch.commit()
        let temporary = "\(link).belljar-part-\(Host.processId)"
        try host("make link", link) { () throws(KernelError) in
            if try Descriptor.workingDirectory.statusIfPresent(of: temporary) != nil {
                try Descriptor.workingDirectory.unlink(temporary)
            }
            try Descriptor.workingDirectory.makeSymlink(temporary, target: target)
            do throws(KernelError) {
                try replace(link, by: temporary)
            } catch {
                try? Descriptor.workingDirectory.unlink(temporary)
                throw error
            }
        }
    }

    /// What has come to be there meanwhile stays, but for such a link of another build.
    private func replace(_ link: String, by temporary: String) throws(KernelError) {
        do throws(KernelError) {
            try Descriptor.workingDirectory.renameNew(temporary, to: Descriptor.workingDirectory, as: link)
        } catch {
            guard error.errno == .EEXIST, isResult(try Descriptor.workingDirectory.readLink(link)) else { throw error }
            try Descriptor.workingDirectory.rename(temporary, to: Descriptor.workingDirectory, as: link)
        }
    }

    /// Makes sure that there is nothing, or a link that `makeLink` would replace.
    ///
    /// - Throws: `usage` if something else is there, or the place is the store's own.
    package func checkLink(at link: String) throws(BelljarError) {
        guard !link.hasPrefix(path + "/") else {
            throw refused(link, "it is in the store, whose files are belljar's own")
        }
        let status = try host("look at", link) { () throws(KernelError) in
            try Descriptor.workingDirectory.statusIfPresent(of: link)
        }
        guard let status else {
            let parent = link.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(link[..<$0]) } ?? ""
            let folder = try host("look at", parent) { () throws(KernelError) in
                try Descriptor.workingDirectory.statusIfPresent(of: parent.isEmpty ? "/" : parent)
            }
            guard folder == nil else { return }
            throw BelljarError(
                .usage, operation: "make link", subject: link, answer: "there is no folder \(parent)",
                remedy: "make it, or give another path")
        }
        guard status.kind == .symlink else {
            throw refused(link, "it is a \(status.kind.words), and no link that belljar made")
        }
        let target = try host("read link", link) { () throws(KernelError) in
            try Descriptor.workingDirectory.readLink(link)
        }
        guard isResult(target) else {
            throw refused(link, "it is a link to `\(PathText.shown(PathText.text(target)))`, and not into this store")
        }
    }

    private func refused(_ link: String, _ answer: String) -> BelljarError {
        BelljarError(
            .usage, operation: "make link", subject: link, answer: answer,
            remedy: "move it away, or give another path: belljar replaces only what it made")
    }

    /// Whether a link with this target is one that `makeLink` made.
    package func isResult(_ target: [UInt8]) -> Bool {
        Self.isResult(target) && target.starts(with: resultPrefix.utf8)
    }

    /// Whether it is one that leads into any store: a project is used with several, and a link is no source in any of them.
    package static func isResult(_ target: [UInt8]) -> Bool {
        let parts = target.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return target.first == UInt8(ascii: "/") && parts.count > 2
            && parts[parts.count - 2].elementsEqual(Layout.results.utf8)
            && Digest(hex: String(decoding: parts[parts.count - 1], as: UTF8.self)) != nil
    }

    /// All that links say; those that cannot be read are left out.
    func links() throws(BelljarError) -> [ResultLink] {
        var links: [ResultLink] = []
        for path in try filesIfAny(in: Layout.links) {
            if let link = try readIfPresent(path).flatMap({ ResultLink($0) }), link.file == path { links.append(link) }
        }
        return links
    }

    /// Whether a link is there and leads where it was made to lead. One that cannot be looked at may be.
    func isThere(_ link: ResultLink) -> Bool {
        do throws(KernelError) {
            return try Descriptor.workingDirectory.readLink(link.path).elementsEqual(
                "\(path)/\(Layout.result(link.tree))".utf8)
        } catch {
            return error.errno != .ENOENT && error.errno != .ENOTDIR && error.errno != .EINVAL
        }
    }

    /// Paths, relative to the store, of what is in a folder that is made when it is first needed.
    func filesIfAny(in folder: String) throws(BelljarError) -> [String] {
        let status = try host("look at", folder) { () throws(KernelError) in try root.statusIfPresent(of: folder) }
        return status == nil ? [] : try plainFiles(in: folder)
    }

    // MARK: The folders

    /// A tree that is laid out for people: files and folders are read-only, and the files are no blobs.
    ///
    /// - Returns: its absolute path, which stays valid while a link leads there.
    func resultFolder(_ tree: TreeDigest) throws(BelljarError) -> String {
        let relative = Layout.result(tree)
        let absolute = "\(path)/\(relative)"
        if try isWhole(tree, at: relative) { return absolute }
        let temporary = try makeTemporaryFolder()
        let top = try host("lay out", absolute) { () throws(KernelError) in
            try temporary.descriptor.makeDirectory("tree")
            return try temporary.descriptor.open("tree", .directory)
        }
        try layReadOnly(tree, into: top, depth: 0)
        var touched: Set<String> = []
        try host("lay out", absolute) { () throws(KernelError) in
            do throws(KernelError) {
                try publish("tree", from: temporary.descriptor, as: relative, replacing: false, touched: &touched)
            } catch {
                // Somebody else was quicker; what is there is the same.
                guard error.errno == .ENOTEMPTY || error.errno == .EEXIST || error.errno == .EISDIR else { throw error }
            }
            // Not before: a folder has to be writable to be moved.
            try root.setPermissions(of: relative, 0o555)
        }
        return absolute
    }

    /// Whether a tree lies there as it was laid out. What somebody changed is taken away.
    private func isWhole(_ tree: TreeDigest, at path: String) throws(BelljarError) -> Bool {
        let isThere = try host("look up", path) { () throws(KernelError) in try root.statusIfPresent(of: path) != nil }
        guard isThere else { return false }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: workBufferBytes, alignment: 64)
        defer { unsafe buffer.deallocate() }
        var comparison = CheckoutComparison(store: self, checkout: path, without: 0o222)
        guard try unsafe comparison.difference(from: tree.digest, buffer: buffer) != nil else { return true }
        try removeCheckout(path)
        return false
    }

    private func layReadOnly(
        _ tree: TreeDigest, into folder: borrowing Descriptor, depth: Int
    ) throws(BelljarError) {
        guard depth <= Store.depthLimit else {
            throw damaged("tree \(tree)", "it has more than \(Store.depthLimit) levels of directories")
        }
        let directory = try directory(tree)
        for file in directory.files {
            let source = try openHashed(file.digest)
            try host("lay out", file.name) { () throws(KernelError) in
                let target = try folder.open(PathText.raw(file.name), [.write, .create, .exclusive])
                _ = try source.copyAll(to: target)
                try target.setPermissions(file.permissions & ~0o222)
                try dress(PathText.raw(file.name), in: folder)
            }
        }
        for link in directory.symlinks {
            try host("lay out", link.name) { () throws(KernelError) in
                try folder.makeSymlink(PathText.raw(link.name), target: PathText.raw(link.target))
                try dress(PathText.raw(link.name), in: folder)
            }
        }
        for child in directory.directories {
            let inner = try host("lay out", child.name) { () throws(KernelError) in
                try folder.makeDirectory(PathText.raw(child.name))
                return try folder.open(PathText.raw(child.name), .directory)
            }
            try layReadOnly(child.tree, into: inner, depth: depth + 1)
        }
        try host("lay out", "tree \(tree)") { () throws(KernelError) in
            try folder.setPermissions(depth == 0 ? 0o755 : 0o555)
            if let owner { try folder.setOwner(uid: owner.uid, gid: owner.gid) }
            try folder.setTimes(Layout.fileTime)
        }
    }
}
