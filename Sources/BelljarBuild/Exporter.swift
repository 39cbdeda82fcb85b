internal import BelljarHost
package import BelljarKernel
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
    package static let listName = ".belljar-export"
    /// What a file of this export is called while it is written, in the folder that it belongs in. The list names it until all is
    /// written, so that the next export takes away what one that was killed has left.
    private let part = PartName().text
    /// Bytes. The list names what a record names, in fewer bytes for each.
    static let listLimit = BuildRecord.sizeLimit

    /// - Parameter folder: absolute path; made if it is not there.
    package init(store: Store, folder: String) {
        self.store = store
        self.folder = folder
    }

    /// - Parameter removing: whether what earlier exports left, and is no output now, goes.
    /// - Returns: paths of that which stay, because somebody changed them since.
    /// - Throws: `usage` naming what is in the way.
    package func export(_ tree: TreeDigest, removing: Bool) throws(BelljarError) -> [String] {
        let entries = try store.entries(of: tree)
        try checkNames(entries)
        let isNew = (try? Descriptor.workingDirectory.statusIfPresent(of: folder)) == .some(nil)
        let root = try Self.makeFolder(folder, to: Self.operation)
        // For as long as it is open. Two at a time would write the list and their parts over each other's.
        try hostCall(Self.operation, folder) { () throws(KernelError) in try root.lock(.exclusive) }
        let listed = try readList(root)
        let earlier = listed.filter { $0.value != Self.partState }
        removeParts(of: listed, root)
        var outputs: [[UInt8]: String] = [:]
        for entry in entries {
            let path = Array(entry.path.utf8)
            // What somebody else put there stays theirs, also if it is the same.
            if earlier[path] == nil, try present(entry.path, root) == Self.state(entry) { continue }
            outputs[path] = Self.state(entry)
        }
        var kept: [String] = []
        let doomed = removing ? try doomed(earlier, outputs, root, &kept) : []
        let wanted = try wanted(entries, earlier, doomed, root)
        // The lists first: after an interruption, what was written counts as ours, and what was to go, too.
        let before = earlier.merging(outputs) { _, new in new }
        let after = removing ? outputs : before
        let writing = before.merging([Array(part.utf8): Self.partState]) { _, new in new }
        let (first, last) = (try encode(writing), try encode(after))
        let isWritten = before != listed || earlier.isEmpty || !wanted.isEmpty
        if isWritten { try writeList(first, root) }
        var written = earlier
        do throws(BelljarError) {
            for path in doomed.sorted(by: Self.isDeeper) {
                try remove(path, root)
                written[path] = nil
            }
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
        if isWritten || after != before { try writeList(last, root) }
        return kept
    }

    /// Takes away what an export that was killed has left, wherever it can be.
    private func removeParts(of list: [[UInt8]: String], _ root: borrowing Descriptor) {
        let parts = list.filter { $0.value == Self.partState }.keys
        guard !parts.isEmpty else { return }
        let folders = list.filter { $0.value == Self.folderState }.keys.map { String(decoding: $0, as: UTF8.self) }
        for folder in [""] + folders {
            guard
                let open = try? Self.open(
                    PathText.raw(folder).split(separator: UInt8(ascii: "/")).map { Array($0) }, in: root)
            else { continue }
            for part in parts { try? open.unlink(part) }
        }
    }

    /// Those of the outputs that the folder does not hold as they are.
    ///
    /// - Throws: `usage` if one of their places is taken.
    private func wanted(
        _ entries: [TreeEntry], _ earlier: [[UInt8]: String], _ doomed: Set<[UInt8]>, _ root: borrowing Descriptor
    ) throws(BelljarError) -> [TreeEntry] {
        var conflicts: [String] = []
        var wanted: [TreeEntry] = []
        for entry in entries {
            let present = try present(entry.path, root, except: doomed)
            guard present != Self.state(entry) else { continue }
            wanted.append(entry)
            guard let present else { continue }
            // What is in a folder may be somebody's.
            if present == Self.folderState || present != earlier[Array(entry.path.utf8)] {
                conflicts.append(entry.path)
            }
        }
        guard conflicts.isEmpty else {
            throw BelljarError(
                .usage, operation: Self.operation, subject: folder,
                answer:
                    "it already has \(conflicts.count) of the outputs' paths, and they are not what an earlier export left there",
                remedy: "choose another folder, or move them away",
                details: conflicts.prefix(20).map { PathText.shown($0) })
        }
        return wanted
    }

    /// What goes: what an earlier export left, is as it was then, and is no output now, or a folder now and a file then.
    ///
    /// - Parameter kept: becomes what stays because it is not as it was.
    private func doomed(
        _ earlier: [[UInt8]: String], _ outputs: [[UInt8]: String], _ root: borrowing Descriptor, _ kept: inout [String]
    ) throws(BelljarError) -> Set<[UInt8]> {
        var doomed: Set<[UInt8]> = []
        for path in earlier.keys.sorted(by: Self.isDeeper) {
            let (then, now) = (earlier[path], outputs[path])
            let isStale = now == nil || (now == Self.folderState) != (then == Self.folderState)
            let text = String(decoding: path, as: UTF8.self)
            guard isStale, let present = try present(text, root) else { continue }
            if present != then {
                kept.append(text)
            } else if then != Self.folderState {
                doomed.insert(path)
            } else if try names(in: text, root).allSatisfy({ doomed.contains($0) }) {
                doomed.insert(path)
            }
        }
        kept.reverse()
        return doomed
    }

    /// What is in a folder before the folder.
    private static func isDeeper(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        second.lexicographicallyPrecedes(first)
    }

    /// The paths of what a folder holds.
    private func names(in path: String, _ root: borrowing Descriptor) throws(BelljarError) -> [[UInt8]] {
        try hostCall(Self.operation, folder + "/" + path) { () throws(KernelError) in
            let (folders, name) = Self.parent(path)
            let directory = try Self.open(folders + [name], in: root)
            return try directory.entries().map { Array((path + "/" + PathText.text($0.name)).utf8) }
        }
    }

    private func remove(_ path: [UInt8], _ root: borrowing Descriptor) throws(BelljarError) {
        let text = String(decoding: path, as: UTF8.self)
        try hostCall(Self.operation, folder + "/" + text) { () throws(KernelError) in
            let (folders, name) = Self.parent(text)
            let directory = try Self.open(folders, in: root)
            if try directory.status(of: name).kind == .directory {
                try directory.removeDirectory(name)
            } else {
                try directory.unlink(name)
            }
        }
    }

    private func keepList(of list: [[UInt8]: String], _ root: borrowing Descriptor) throws(BelljarError) {
        guard list.isEmpty else { return try writeList(encode(list), root) }
        try hostCall(Self.operation, folder) { () throws(KernelError) in try root.unlink(Self.listName) }
    }

    /// Makes a folder that the command line names, if it is not there.
    ///
    /// - Throws: `usage` if something else is in the way.
    package static func makeFolder(_ folder: String, to operation: String) throws(BelljarError) -> Descriptor {
        do throws(KernelError) { return try Descriptor.makeDirectories(folder) } catch {
            guard [.ENOTDIR, .EEXIST, .ELOOP].contains(error.errno) else {
                throw .hostFailure(error, operation: operation, subject: folder)
            }
            throw BelljarError(
                .usage, operation: operation, subject: folder,
                answer: "it is something else than a folder, or its path leads through something else",
                remedy: "choose another folder, or move away what is there")
        }
    }

    /// An output in the place of the list would say of the user's files that they are ours to replace.
    private func checkNames(_ entries: [TreeEntry]) throws(BelljarError) {
        let taken = entries.filter { entry in
            let (folders, name) = Self.parent(entry.path)
            return (folders.first ?? name).elementsEqual(Self.listName.utf8)
        }
        guard !taken.isEmpty else { return }
        throw BelljarError(
            .usage, operation: Self.operation, subject: folder,
            answer: "it is to have an output that is called \(Self.listName), as the list of what was exported is",
            remedy: "change the recipe so that it has another name",
            details: taken.prefix(20).map { PathText.shown($0.path) })
    }

    /// Of a directory.
    private static let folderState = FileKind.directory.words
    /// Of what is being written.
    private static let partState = "part"

    /// What tells one state of a path from another: for a file mode and digest.
    private static func state(_ entry: TreeEntry) -> String {
        switch entry.kind {
        case .directory: folderState
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
    ///
    /// - Parameter doomed: what counts as nothing, because it will be gone.
    private func present(
        _ path: String, _ root: borrowing Descriptor, except doomed: Set<[UInt8]> = []
    ) throws(BelljarError) -> String? {
        if !doomed.isEmpty, Self.prefixes(of: Array(path.utf8)).contains(where: doomed.contains) { return nil }
        return try present(path, in: root)
    }

    /// A path and the folders that it leads through.
    private static func prefixes(of path: [UInt8]) -> [[UInt8]] {
        path.indices.filter { path[$0] == UInt8(ascii: "/") }.map { Array(path[..<$0]) } + [path]
    }

    private func present(_ path: String, in root: borrowing Descriptor) throws(BelljarError) -> String? {
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
        let content = try content(entry)
        let subject = folder + "/" + entry.path
        let isFolder = entry.kind == .directory
        let directory = try hostCall(Self.operation, subject) { () throws(KernelError) in
            try Self.open(isFolder ? folders + [name] : folders, in: root, making: true)
        }
        if isFolder { return }
        try make(entry, in: directory, with: content)
        // Whoever looks sees the old file or the new one, never half of it.
        try hostCall(Self.operation, subject) { () throws(KernelError) in
            try directory.rename(part, to: directory, as: name)
        }
    }

    /// A folder below the export's, never through a link.
    private static func open(
        _ components: [[UInt8]], in root: borrowing Descriptor, making: Bool = false
    ) throws(KernelError) -> Descriptor {
        var directory = try root.open(".", [.read, .directory])
        for component in components {
            if making { _ = try directory.makeDirectoryIfMissing(component) }
            directory = try directory.open(component, [.read, .directory])
        }
        return directory
    }

    /// Makes a file or link under the part's name.
    private func make(
        _ entry: TreeEntry, in directory: borrowing Descriptor, with content: borrowing Descriptor?
    ) throws(BelljarError) {
        let subject = folder + "/" + entry.path
        switch content {
        case .some(let source):
            let file = try hostCall(Self.operation, subject) { () throws(KernelError) in
                try directory.open(part, [.readWrite, .create, .exclusive], mode: 0o644)
            }
            do throws(BelljarError) { try fill(file, with: source, entry) } catch {
                // No half of a file stays there, least of all when somebody wants this to end.
                try? directory.unlink(part)
                throw error
            }
        case .none:
            guard case .symlink(let target) = entry.kind else { return }
            try hostCall(Self.operation, subject) { () throws(KernelError) in
                try directory.makeSymlink(part, target: PathText.raw(target))
            }
        }
    }

    private func fill(
        _ file: borrowing Descriptor, with source: borrowing Descriptor, _ entry: TreeEntry
    ) throws(BelljarError) {
        let written = try hostCall(Self.operation, folder + "/" + entry.path) { () throws(KernelError) -> Digest in
            _ = try source.copyAll(to: file)
            try file.setPermissions(entry.kind == .file(isExecutable: true) ? 0o755 : 0o644)
            try file.seek(to: 0)
            return try file.digest()
        }
        guard written != entry.digest else { return }
        // The store held other bytes under the output's name.
        throw BelljarError(
            .integrity, operation: Self.operation, subject: folder + "/" + entry.path,
            answer: "the content in the store no longer has the digest \(entry.digest)",
            remedy: "run `belljar store fsck --repair`, then build again with --no-cache")
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
        guard let list = Self.list(in: bytes) else {
            throw BelljarError(
                .usage, operation: Self.operation, subject: place,
                answer: "it is not the list of an earlier export", remedy: "choose another folder, or remove it")
        }
        return list
    }

    /// What the list of an export says, path to state; nil for what is none. One that somebody else wrote, a repository's for
    /// instance, must not lead to anything outside of the folder.
    static func list(in bytes: [UInt8]) -> [[UInt8]: String]? {
        guard case .object(let members)? = try? CanonicalJSON.decode(bytes, sizeLimit: listLimit) else { return nil }
        var list: [[UInt8]: String] = [:]
        for (path, state) in members {
            let components = PathText.raw(path).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard
                !components.contains(where: { $0.isEmpty || $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) })
            else { return nil }
            // Only what has such a name is taken away unseen.
            guard state.string != partState || PartName(path) != nil else { return nil }
            list[Array(path.utf8)] = state.string
        }
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
            let part = PartName().text
            let file = try root.open(part, [.write, .create, .exclusive], mode: 0o644)
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
