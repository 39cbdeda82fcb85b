internal import BelljarHost
package import BelljarKernel
package import BelljarModel
internal import BelljarStore

/// Writes the entries of an archive below an open directory: by descriptors, never through a link, whatever is there
/// already. Owners and times are not taken over, and the process's umask does not matter.
package struct Extractor: Sendable {
    package struct Options: Hashable, Sendable {
        /// Write files without set-user-ID, set-group-ID and sticky bits instead of keeping them.
        package var dropsSpecialBits: Bool
        /// Leave devices, FIFOs and sockets out instead of refusing them.
        package var dropsSpecialFiles: Bool
        /// Let an entry take the place of what is there already, as GNU tar does: of a file, a link, or a directory in which
        /// there is nothing. Otherwise that is refused. Directories are shared in both cases.
        package var replaces: Bool

        package init(dropsSpecialBits: Bool = false, dropsSpecialFiles: Bool = false, replaces: Bool = false) {
            self.dropsSpecialBits = dropsSpecialBits
            self.dropsSpecialFiles = dropsSpecialFiles
            self.replaces = replaces
        }
    }

    package var options: Options

    package init(options: Options = Options()) { self.options = options }

    /// Extracts everything that is left in the reader.
    ///
    /// - Parameter map: gives each entry's path below `root`, or nil to leave the entry out. Called once per entry, in
    ///   the archive's order, with the path without a leading `./`; not for the archive's own top directory. What it
    ///   answers is checked like a path from an archive. A hard link follows its target to where that was placed. Paths are
    ///   texts in the form of `PathText`.
    /// - Throws: `integrity` naming the entry for what is refused; `host` for what the file system answers.
    package func extract(
        _ reader: ArchiveReader, into root: borrowing Descriptor, map: (String) -> String? = { $0 }
    ) throws(BelljarError) {
        let extraction = try Extraction(reader, root: root, options: options)
        while let entry = try reader.next() {
            guard !entry.path.components.isEmpty, let mapped = map(entry.path.description) else { continue }
            try extraction.write(entry, to: mapped)
        }
    }
}

/// One archive on its way into one directory.
private final class Extraction {
    /// A descriptor that an array can hold.
    private final class OpenDirectory {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    private let reader: ArchiveReader
    private let options: Extractor.Options
    /// The directories on the way to the last entry, from the root, and their names: entries come grouped by
    /// directory, so most need no walk.
    private var way: [OpenDirectory]
    private var names: [String] = []
    /// Where the files and links of this archive went, so that hard links find their targets.
    private var placed: [EntryPath: EntryPath] = [:]

    init(_ reader: ArchiveReader, root: borrowing Descriptor, options: Extractor.Options) throws(BelljarError) {
        self.reader = reader
        self.options = options
        let root = try hostCall("unpack archive", reader.name) { () throws(KernelError) in try root.duplicate() }
        way = [OpenDirectory(root)]
    }

    func write(_ entry: ArchiveEntry, to mapped: String) throws(BelljarError) {
        let path: EntryPath
        do throws(PathFault) { path = try EntryPath(PathText.raw(mapped), limits: reader.limits) } catch {
            throw reader.refuse("entry \(quoted(entry.path.description)) would be placed at \(error)")
        }
        guard let name = path.components.last.map(PathText.raw) else { return }
        if case .special(let words) = entry.kind {
            if options.dropsSpecialFiles { return }
            throw reader.refuse("entry \(quoted(entry.path.description)) is \(words)")
        }
        let directory = try attempt(path) { () throws(KernelError) in
            try enter(Array(path.components.dropLast()))
        }
        switch entry.kind {
        case .directory:
            try attempt(path) { () throws(KernelError) in
                try makeDirectory(name, in: directory.descriptor, permissions: permissions(entry))
            }
        case .file:
            try writeFile(entry, as: name, in: directory.descriptor, path: path)
            placed[entry.path] = path
        case .symlink(let target):
            try attempt(path) { () throws(KernelError) in
                try makeRoom(for: name, in: directory.descriptor)
                try directory.descriptor.makeSymlink(name, target: PathText.raw(target))
            }
            placed[entry.path] = path
        case .hardlink(let target):
            try link(entry, to: target, as: name, in: directory.descriptor, path: path)
        case .special: break
        }
    }

    // MARK: Kinds

    private func permissions(_ entry: ArchiveEntry) -> UInt32 {
        options.dropsSpecialBits ? entry.permissions & 0o777 : entry.permissions
    }

    /// Its owner can always enter and fill it: the archive may go on below it.
    private func makeDirectory(
        _ name: [UInt8], in directory: borrowing Descriptor, permissions: UInt32
    ) throws(KernelError) {
        if options.replaces, let found = try directory.statusIfPresent(of: name), found.kind != .directory {
            try directory.unlink(name)
        }
        _ = try directory.makeDirectoryIfMissing(name)
        // Opened first, so that the permissions of a link's target are never touched.
        try directory.open(name, .directory).setPermissions(permissions | 0o700)
    }

    private func writeFile(
        _ entry: ArchiveEntry, as name: [UInt8], in directory: borrowing Descriptor, path: EntryPath
    ) throws(BelljarError) {
        // Always a new file: what is there may be linked to from elsewhere.
        let file = try create(name, in: directory, path: path)
        var written: UInt64 = 0
        unsafe try reader.readContent { (piece) throws(BelljarError) in
            do throws(KernelError) {
                unsafe try file.writeAll(piece)
                try file.pushOut(from: written, to: written + UInt64(piece.count))
            } catch { throw failure(error, path) }
            written += UInt64(piece.count)
        }
        do throws(KernelError) { try file.setPermissions(permissions(entry)) } catch { throw failure(error, path) }
    }

    private func create(
        _ name: [UInt8], in directory: borrowing Descriptor, path: EntryPath
    ) throws(BelljarError) -> Descriptor {
        do throws(KernelError) {
            try makeRoom(for: name, in: directory)
            return try directory.open(name, [.write, .create, .exclusive])
        } catch { throw failure(error, path) }
    }

    private func link(
        _ entry: ArchiveEntry, to target: EntryPath, as name: [UInt8], in directory: borrowing Descriptor,
        path: EntryPath
    ) throws(BelljarError) {
        guard entry.size == 0 else { throw reader.refuse(ofHardLinkWithContent: entry) }
        guard let source = placed[target], let sourceName = source.components.last.map(PathText.raw) else {
            throw reader.refuse(ofHardLink: entry, to: target)
        }
        // To itself: it is there.
        if source == path { return }
        var isThere = false
        do throws(KernelError) {
            var parent = try way[0].descriptor.duplicate()
            for component in source.components.dropLast() {
                parent = try parent.open(PathText.raw(component), [.directory, .pathOnly])
            }
            // A directory may have taken its place.
            if let found = try parent.statusIfPresent(of: sourceName), found.kind != .directory {
                isThere = true
                try makeRoom(for: name, in: directory)
                try parent.link(sourceName, to: directory, as: name)
            }
        } catch { throw failure(error, path) }
        guard isThere else { throw reader.refuse(ofHardLink: entry, to: target) }
        placed[entry.path] = path
    }

    /// With `replaces`, takes away what has the name, unless it is a directory with something in it.
    private func makeRoom(for name: [UInt8], in directory: borrowing Descriptor) throws(KernelError) {
        guard options.replaces, let found = try directory.statusIfPresent(of: name) else { return }
        if found.kind == .directory {
            try directory.removeDirectory(name)
        } else {
            try directory.unlink(name)
        }
    }

    // MARK: The way

    /// The open directory of this path below the root; missing ones are made. A link on the way answers ENOTDIR.
    private func enter(_ components: [String]) throws(KernelError) -> OpenDirectory {
        var shared = 0
        // By bytes, as file systems compare.
        while shared < min(names.count, components.count),
            names[shared].utf8.elementsEqual(components[shared].utf8)
        {
            shared += 1
        }
        names.removeLast(names.count - shared)
        way.removeLast(way.count - 1 - shared)
        for component in components[shared...] {
            let parent = way[way.count - 1]
            let name = PathText.raw(component)
            _ = try parent.descriptor.makeDirectoryIfMissing(name)
            way.append(OpenDirectory(try parent.descriptor.open(name, [.directory, .pathOnly])))
            names.append(component)
        }
        return way[way.count - 1]
    }

    // MARK: Errors

    private func attempt<Result>(
        _ path: EntryPath, _ body: () throws(KernelError) -> Result
    ) throws(BelljarError) -> Result {
        do throws(KernelError) { return try body() } catch { throw failure(error, path) }
    }

    private func failure(_ error: KernelError, _ path: EntryPath) -> BelljarError {
        let entry = quoted(path.description)
        switch error.errno {
        case .EEXIST, .EISDIR: return reader.refuse("entry \(entry) is already there")
        case .ENOTEMPTY:
            return reader.refuse("entry \(entry) would replace a directory that is not empty")
        case .ENOTDIR, .ELOOP:
            return reader.refuse("entry \(entry) leads through a link or a file, or would replace one with a directory")
        default:
            return BelljarError(
                .host, operation: "unpack archive", subject: reader.name,
                answer: "entry \(entry): \(error.description)",
                remedy: error.spaceRemedy
            )
        }
    }
}
