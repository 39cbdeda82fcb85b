internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
package import BelljarStore

/// Copies a build's outputs into a folder of the user's.
///
/// What the folder holds besides is left alone. A file that is in the way is replaced only if it is still what an
/// earlier export put there, which the file `.belljar-export` in the folder remembers; anything else is refused before
/// the first byte is written.
package struct Exporter {
    private let store: Store
    private let folder: String

    private static let operation = "export to"
    static let listName = ".belljar-export"
    /// What a file is called while it is written, in the folder that it belongs in. Always the same, so that the next export takes
    /// away what one that was killed has left.
    private static let partName = ".belljar-part"
    /// Bytes. The list names what a record names, in fewer bytes for each.
    private static let listLimit = BuildRecord.sizeLimit

    /// - Parameter folder: absolute path; made if it is not there.
    package init(store: Store, folder: String) {
        self.store = store
        self.folder = folder
    }

    /// - Throws: `usage` naming what is in the way.
    package func export(_ tree: TreeDigest) throws(BelljarError) {
        let entries = try store.entries(of: tree)
        try checkNames(entries)
        let isNew = (try? Descriptor.workingDirectory.statusIfPresent(of: folder)) == .some(nil)
        let root = try makeFolder()
        // For as long as it is open. Two at a time would write the list and their parts over each other's.
        try hostCall(Self.operation, folder) { () throws(KernelError) in try root.lock(.exclusive) }
        let earlier = try readList(root)
        var list = earlier
        var conflicts: [String] = []
        var wanted: [TreeEntry] = []
        for entry in entries {
            guard let state = Self.state(entry) else { continue }
            let path = Array(entry.path.utf8)
            let present = try present(entry.path, root)
            if present != state {
                wanted.append(entry)
                if let present, present != earlier[path] { conflicts.append(entry.path) }
            }
            list[path] = state
        }
        guard conflicts.isEmpty else {
            throw BelljarError(
                .usage, operation: Self.operation, subject: folder,
                answer:
                    "it already has \(conflicts.count) of the outputs' paths, and they are not what an earlier export left there",
                remedy: "choose another folder, or move them away",
                details: conflicts.prefix(20).map { PathText.shown($0) })
        }
        let encoded = try encode(list)
        // The list first: after an interruption, what was written counts as ours.
        try writeList(encoded, root)
        var written = earlier
        do throws(BelljarError) {
            for entry in wanted {
                try write(entry, root)
                written[Array(entry.path.utf8)] = Self.state(entry)
            }
        } catch {
            // What was not written is not ours, and a folder that got nothing says nothing of an export.
            try? keepList(of: written, root)
            // Only if there is nothing in it.
            if isNew { try? Descriptor.workingDirectory.removeDirectory(folder) }
            throw error
        }
    }

    private func keepList(of list: [[UInt8]: String], _ root: borrowing Descriptor) throws(BelljarError) {
        guard list.isEmpty else { return try writeList(encode(list), root) }
        try hostCall(Self.operation, folder) { () throws(KernelError) in try root.unlink(Self.listName) }
    }

    private func makeFolder() throws(BelljarError) -> Descriptor {
        do throws(KernelError) { return try Descriptor.makeDirectories(folder) } catch {
            guard [.ENOTDIR, .EEXIST, .ELOOP].contains(error.errno) else {
                throw .hostFailure(error, operation: Self.operation, subject: folder)
            }
            throw BelljarError(
                .usage, operation: Self.operation, subject: folder,
                answer: "it is something else than a folder, or its path leads through something else",
                remedy: "choose another folder, or move away what is there")
        }
    }

    /// An output in the place of the list would say of the user's files that they are ours to replace.
    private func checkNames(_ entries: [TreeEntry]) throws(BelljarError) {
        let taken = entries.filter { entry in
            let (folders, name) = Self.parent(entry.path)
            let components = folders + [name]
            return components[0].starts(with: Self.listName.utf8)
                || components.contains { $0.starts(with: Self.partName.utf8) }
        }
        guard !taken.isEmpty else { return }
        throw BelljarError(
            .usage, operation: Self.operation, subject: folder,
            answer: "\(taken.count) of the outputs have names that belljar needs itself in such a folder: "
                + "\(Self.listName)... at the top, and \(Self.partName)... anywhere",
            remedy: "change the recipe so that they have other names",
            details: taken.prefix(20).map { PathText.shown($0.path) })
    }

    /// What tells one state of a path from another: mode and digest; nil for a directory.
    private static func state(_ entry: TreeEntry) -> String? {
        switch entry.kind {
        case .directory: nil
        case .file(let isExecutable): "\(isExecutable ? "0755" : "0644") \(entry.digest)"
        case .symlink: "link \(entry.digest)"
        }
    }

    private static func parent(_ path: String) -> (folders: [[UInt8]], name: [UInt8]) {
        var components = PathText.raw(path).split(separator: UInt8(ascii: "/")).map { Array($0) }
        let name = components.popLast() ?? PathText.raw(path)
        return (components, name)
    }

    /// The state of what stands at a path; nil for nothing.
    private func present(_ path: String, _ root: borrowing Descriptor) throws(BelljarError) -> String? {
        try hostCall(Self.operation, folder + "/" + path) { () throws(KernelError) in
            let (folders, name) = Self.parent(path)
            var directory = try root.open(".", .directory)
            for component in folders {
                guard let status = try directory.statusIfPresent(of: component) else { return nil }
                // Never through a link, and a file where a folder belongs is in the way.
                guard status.kind == .directory else { return status.kind.words }
                directory = try directory.open(component, .directory)
            }
            guard let status = try directory.statusIfPresent(of: name) else { return nil }
            switch status.kind {
            case .symlink: return "link \(Digest(of: try directory.readLink(name)))"
            case .regular:
                let mode = status.permissions & 0o111 == 0 ? "0644" : "0755"
                // Not blocking, in case somebody put a FIFO there since.
                let file = try directory.open(name, .nonblocking)
                let kind = try file.status().kind
                return kind == .regular ? "\(mode) \(try file.digest())" : kind.words
            default: return status.kind.words
            }
        }
    }

    private func write(_ entry: TreeEntry, _ root: borrowing Descriptor) throws(BelljarError) {
        let (folders, name) = Self.parent(entry.path)
        let part = Self.partName
        let content = try content(entry)
        let subject = folder + "/" + entry.path
        let directory = try hostCall(Self.operation, subject) { () throws(KernelError) in
            var directory = try root.open(".", .directory)
            for component in folders {
                _ = try directory.makeDirectoryIfMissing(component)
                directory = try directory.open(component, .directory)
            }
            return directory
        }
        do throws(BelljarError) { try fill(part, in: directory, with: content, entry) } catch {
            // No half of a file stays there, least of all when somebody wants this to end.
            try? directory.unlink(part)
            throw error
        }
        // Whoever looks sees the old file or the new one, never half of it.
        try hostCall(Self.operation, subject) { () throws(KernelError) in
            try directory.rename(part, to: directory, as: name)
        }
    }

    private func fill(
        _ part: String, in directory: borrowing Descriptor, with content: borrowing Descriptor?, _ entry: TreeEntry
    ) throws(BelljarError) {
        let subject = folder + "/" + entry.path
        let written = try hostCall(Self.operation, subject) { () throws(KernelError) -> Digest? in
            switch content {
            case .some(let source):
                let file = try Self.makeFresh(part, in: directory)
                _ = try source.copyAll(to: file)
                try file.setPermissions(entry.kind == .file(isExecutable: true) ? 0o755 : 0o644)
                try file.seek(to: 0)
                return try file.digest()
            case .none:
                try Self.makeRoom(part, in: directory)
                if case .symlink(let target) = entry.kind {
                    try directory.makeSymlink(part, target: PathText.raw(target))
                }
                return nil
            }
        }
        guard let written, written != entry.digest else { return }
        // The store held other bytes under the output's name.
        throw BelljarError(
            .integrity, operation: Self.operation, subject: folder + "/" + entry.path,
            answer: "the content in the store no longer has the digest \(entry.digest)",
            remedy: "run `belljar store fsck --repair`, then build again with --no-cache")
    }

    /// A new file, also if an earlier export left one of that name, or somebody else a FIFO: nothing that is there is ever
    /// opened to be written to.
    private static func makeFresh(_ name: String, in folder: borrowing Descriptor) throws(KernelError) -> Descriptor {
        try makeRoom(name, in: folder)
        return try folder.open(name, [.readWrite, .create, .exclusive], mode: 0o644)
    }

    private static func makeRoom(_ name: String, in folder: borrowing Descriptor) throws(KernelError) {
        guard let status = try folder.statusIfPresent(of: name), status.kind != .directory else { return }
        try folder.unlink(name)
    }

    /// A file's content; nil for what is none.
    private func content(_ entry: TreeEntry) throws(BelljarError) -> Descriptor? {
        guard case .file = entry.kind else { return nil }
        return try store.open(entry.digest)
    }

    // MARK: What earlier exports left

    /// Path to state.
    private func readList(_ root: borrowing Descriptor) throws(BelljarError) -> [[UInt8]: String] {
        let place = "\(folder)/\(Self.listName)"
        let present = try hostCall(Self.operation, place) { () throws(KernelError) in
            try root.statusIfPresent(of: Self.listName)
        }
        guard let present else { return [:] }
        var kind = present.kind
        // A link is not followed, and a FIFO that nobody writes to not waited for, also if it came there this moment.
        let file = try hostCall(Self.operation, place) { () throws(KernelError) in
            kind == .regular ? try root.open(Self.listName, .nonblocking) : try root.open(".", .directory)
        }
        if kind == .regular {
            kind = try hostCall(Self.operation, place) { () throws(KernelError) in try file.status().kind }
        }
        guard kind == .regular else {
            throw BelljarError(
                .usage, operation: Self.operation, subject: place,
                answer: "it is a \(kind.words), not the list of an earlier export",
                remedy: "choose another folder, or remove it")
        }
        let bytes = try hostCall(Self.operation, place) { () throws(KernelError) in
            try file.readAll(limit: Self.listLimit)
        }
        guard case .object(let members)? = try? CanonicalJSON.decode(bytes, sizeLimit: Self.listLimit) else {
            throw BelljarError(
                .usage, operation: Self.operation, subject: place,
                answer: "it is not the list of an earlier export", remedy: "choose another folder, or remove it")
        }
        var list: [[UInt8]: String] = [:]
        for (path, state) in members { list[Array(path.utf8)] = state.string }
        return list
    }

    /// - Throws: `resource_exceeded` for a list that the next export could not read.
    private func encode(_ list: [[UInt8]: String]) throws(BelljarError) -> [UInt8] {
        var members: [String: JSONValue] = [:]
        for (path, state) in list { members[String(decoding: path, as: UTF8.self)] = .string(state) }
        let bytes = CanonicalJSON.encode(.object(members))
        guard bytes.count <= Self.listLimit else {
            throw BelljarError(
                .resourceExceeded, operation: Self.operation, subject: folder,
                answer:
                    "the list of the \(list.count) files exported to it would have \(bytes.count) bytes, more than the "
                    + "\(Self.listLimit) that can be read again",
                remedy: "choose another folder")
        }
        return bytes
    }

    private func writeList(_ bytes: [UInt8], _ root: borrowing Descriptor) throws(BelljarError) {
        try hostCall(Self.operation, folder) { () throws(KernelError) in
            let part = Self.listName + "-part"
            let file = try Self.makeFresh(part, in: root)
            do throws(KernelError) {
                try file.writeAll(bytes)
                try root.rename(part, to: root, as: Self.listName)
            } catch {
                try? root.unlink(part)
                throw error
            }
        }
    }
}
