internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore
internal import Synchronization

/// Everything that is taken of a local source as it looks, up to the limits. Nothing is opened but directories and what says
/// what to leave out, so that a FIFO, a device or a file of any size costs no more than its name; the kind that it is, is
/// refused where it is taken in.
struct SourceSurvey {
    struct Entry {
        /// Relative to the source.
        var path: [UInt8]
        var status: FileStatus
    }

    /// Of names, permissions, and all that changes with the content: two looks with one digest found the same.
    let digest: Digest
    /// Nanoseconds since 1970 of the latest change.
    let newest: Int64
    /// What is taken, if anybody wants to know.
    let entries: [Entry]

    /// The limit that was reached, and by what; of such a survey nothing else holds.
    let reached: (limit: SourceLimit, seen: String)?

    private init(_ seen: Surveyor.Folder, by surveyor: Surveyor, keepsLinks: Bool) {
        // What was taken in with links that lead out is no answer to who refuses them.
        digest = Digest(of: Array((keepsLinks ? "4 with links\n" : "4\n").utf8) + seen.digest.bytes)
        newest = seen.newest
        entries = seen.entries
        reached = surveyor.limit(reachedBy: seen)
    }
}

extension SourceSurvey {
    struct Options {
        var limits: SourceLimits
        /// Whether links that lead out are taken, too.
        var keepsLinks: Bool
        var rules: IgnoreRules
        /// The only files that are taken, if not all are.
        var tracked: TrackedFiles?
        /// The source's path where the rules' paths begin; empty for that place itself.
        var base: [UInt8]
        /// Whether `entries` is filled.
        var keepsEntries: Bool
    }

    /// Looks at a directory and all below it, with all processors.
    init(_ directory: borrowing Descriptor, _ options: Options) throws(KernelError) {
        let surveyor = Surveyor(options)
        self.init(try surveyor.walk(directory), by: surveyor, keepsLinks: options.keepsLinks)
    }

    /// Looks at a source that is one file.
    init(file status: FileStatus, named name: [UInt8], _ options: Options) {
        let surveyor = Surveyor(options)
        self.init(surveyor.look(at: status, named: name), by: surveyor, keepsLinks: options.keepsLinks)
    }
}

/// One look at a source, shared by the threads that carry it out.
private final class Surveyor: Sendable {
    private let options: SourceSurvey.Options
    /// With a slash at its end unless it is empty.
    private let prefix: [UInt8]
    /// Files, directories and links that were taken; more than the limit ends the look.
    private let count = Atomic<UInt64>(0)

    init(_ options: SourceSurvey.Options) {
        self.options = options
        prefix = options.base.isEmpty ? [] : options.base + [UInt8(ascii: "/")]
    }

    /// What was seen in a directory, and all that is below it.
    struct Folder: Sendable {
        private var listing: [UInt8] = []
        private(set) var digest = Digest(of: [])
        private(set) var newest: Int64 = 0
        private(set) var entries: [SourceSurvey.Entry] = []
        /// Of all files together.
        private(set) var bytes: UInt64 = 0
        private(set) var largest: (name: [UInt8], size: UInt64) = ([], 0)
        /// Whether nothing was taken.
        private(set) var isEmpty = true
        /// Whether something was left out.
        var leavesOut = false

        mutating func take(_ status: FileStatus, name: [UInt8], path: @autoclosure () -> [UInt8], keepsEntry: Bool) {
            isEmpty = false
            if keepsEntry { entries.append(SourceSurvey.Entry(path: path(), status: status)) }
            listing += name
            // A zero byte ends the name, which cannot hold one.
            listing.append(0)
            listing.append(number: UInt64(status.permissions))
            // What is in a directory is listed, so its times tell nothing more; they change with what is left out.
            guard status.kind != .directory else { return listing.append(number: 1) }
            listing.append(number: 0)
            newest = max(newest, status.changed.latest)
            status.forEachMark { listing.append(number: $0) }
            guard status.kind == .regular else { return }
            add(bytes: status.size)
            if status.size > largest.size { largest = (name, status.size) }
        }

        /// What is in the directory that was taken just before.
        mutating func add(_ inner: consuming Folder) {
            listing += inner.digest.bytes
            newest = max(newest, inner.newest)
            entries += inner.entries
            add(bytes: inner.bytes)
            if inner.largest.size > largest.size { largest = inner.largest }
        }

        /// What holes make of a size may be no number any more, taken together.
        private mutating func add(bytes more: UInt64) {
            let (sum, overflow) = bytes.addingReportingOverflow(more)
            bytes = overflow ? .max : sum
        }

        /// The same, with the digest of all that was taken.
        consuming func closed() -> Folder {
            digest = Digest(of: listing)
            listing = []
            return self
        }
    }

    func limit(reachedBy seen: Folder) -> (SourceLimit, seen: String)? {
        let limits = options.limits
        if count.load(ordering: .relaxed) > limits[.files] {
            return (.files, "there are more files, directories and links")
        }
        guard seen.bytes > limits[.size] else { return nil }
        let name = PathText.shown(PathText.text(seen.largest.name))
        return (.size, "its files have \(seen.bytes) bytes, the largest, `\(name)`, \(seen.largest.size)")
    }

    // MARK: Walking

    /// Where a walk is.
    private struct Place {
        /// Relative to the source.
        var path: [UInt8] = []
        var depth = 0
        var rules: IgnoreRules
        /// What exports have left in the folders that we are in, and where paths begin that are relative to one.
        var exports: [(start: Int, paths: Set<[UInt8]>)] = []
        /// Whether other threads have other parts of the source already.
        var isShared = false

        func path(of name: [UInt8]) -> [UInt8] { path.isEmpty ? name : path + [UInt8(ascii: "/")] + name }
    }

    /// What is taken of a directory's names.
    private struct Item {
        var name: [UInt8]
        var status: FileStatus
        /// Whether an export has left it, so that of it only what else is in it is taken.
        var isExported: Bool
    }

    func look(at file: FileStatus, named name: [UInt8]) -> Folder {
        count.store(1, ordering: .relaxed)
        var folder = Folder()
        folder.take(file, name: name, path: name, keepsEntry: options.keepsEntries)
        return folder.closed()
    }

    func walk(_ root: borrowing Descriptor) throws(KernelError) -> Folder {
        try walk(root, Place(rules: options.rules))
    }

    private func walk(_ directory: borrowing Descriptor, _ place: consuming Place) throws(KernelError) -> Folder {
        var folder = Folder()
        // What is deeper is refused by name.
        guard place.depth <= IngestOptions.depthLimit, let found = try names(directory) else { return folder.closed() }
        try enter(directory, &place, found)
        let items = try items(directory, place, found, leavesOut: &folder.leavesOut)
        let inner = try walkInner(directory, place, items.filter { $0.status.kind == .directory })
        var next = inner.makeIterator()
        for item in items {
            let inside = item.status.kind == .directory ? next.next() : nil
            // Nothing of it is a source.
            if let inside, inside.isEmpty, inside.leavesOut || item.isExported {
                folder.leavesOut = true
                continue
            }
            folder.take(
                item.status, name: item.name, path: place.path(of: item.name), keepsEntry: options.keepsEntries)
            if let inside { folder.add(inside) }
        }
        return folder.closed()
    }

    /// Below this many directories the start of a thread costs more than it brings.
    private static let sharedFolders = 4

    /// The directories of one, in their order.
    private func walkInner(
        _ directory: borrowing Descriptor, _ place: Place, _ items: [Item]
    ) throws(KernelError) -> [Folder] {
        guard !place.isShared, items.count >= Self.sharedFolders else {
            var folders: [Folder] = []
            for item in items { folders.append(try walk(into: item, of: directory, place)) }
            return folders
        }
        var shared = place
        shared.isShared = true
        let above = shared
        let folders = Mutex<[Int: Folder]>([:])
        try unsafe inParallel(items.count) { (index, _) throws(KernelError) in
            let folder = try walk(into: items[index], of: directory, above)
            folders.withLock { $0[index] = folder }
        }
        let all = folders.withLock { $0 }
        return items.indices.compactMap { all[$0] }
    }

    private func walk(
        into item: Item, of directory: borrowing Descriptor, _ above: Place
    ) throws(KernelError) -> Folder {
        var place = above
        place.path = above.path(of: item.name)
        place.depth += 1
        // A repository in the repository, of which only the place is taken.
        if options.tracked?.submodules.contains(place.path) ?? false { return Folder() }
        return try walk(try directory.open(item.name, .directory), place)
    }

    /// The names of a directory that are taken, in their order, with what they are.
    private func items(
        _ directory: borrowing Descriptor, _ place: Place, _ found: [DirectoryEntry], leavesOut: inout Bool
    ) throws(KernelError) -> [Item] {
        var items: [Item] = []
        items.reserveCapacity(found.count)
        // One buffer for all names, because every name of a source comes by here.
        var full = prefix + (place.path.isEmpty ? [] : place.path + [UInt8(ascii: "/")])
        let start = full.count
        for entry in found.sorted() {
            try EndWish.check("fstatat", "")
            full.removeSubrange(start...)
            full += entry.name
            let kind: FileKind = if let kind = entry.kind { kind } else { try directory.status(of: entry.name).kind }
            let isDirectory = kind == .directory
            let isExported = isExported(entry.name, place)
            guard !self.leavesOut(full, isDirectory: isDirectory, place), isDirectory || !isExported,
                try !isResultLink(entry, in: directory)
            else {
                leavesOut = true
                continue
            }
            guard count.add(1, ordering: .relaxed).newValue <= options.limits[.files] else { return [] }
            items.append(
                Item(name: entry.name, status: try directory.status(of: entry.name), isExported: isExported))
        }
        return items
    }

    /// Names of one directory that are read, of which some may be left out; of those that are taken the limit tells.
    private static let listed = 4_000_000

    /// Nil if there are more.
    private func names(_ directory: borrowing Descriptor) throws(KernelError) -> [DirectoryEntry]? {
        do throws(KernelError) { return try directory.entries(limit: Self.listed) } catch {
            guard error.errno == .EOVERFLOW else { throw error }
            count.store(.max, ordering: .relaxed)
            return nil
        }
    }

    // MARK: What is left out

    /// - Parameter path: where the rules' paths begin.
    private func leavesOut(_ path: [UInt8], isDirectory: Bool, _ place: Place) -> Bool {
        if let tracked = options.tracked,
            !tracked.takes(Array(path.dropFirst(prefix.count)), isDirectory: isDirectory)
        {
            return true
        }
        return place.rules.leavesOut(path, isDirectory: isDirectory)
    }

    /// What `belljar build --link` made is no source either.
    private func isResultLink(
        _ entry: DirectoryEntry, in directory: borrowing Descriptor
    ) throws(KernelError) -> Bool {
        guard options.tracked == nil, entry.kind == .symlink else { return false }
        return Store.isResult(try directory.readLink(entry.name))
    }

    /// Takes what a directory says of what to leave out into account.
    private func enter(
        _ directory: borrowing Descriptor, _ place: inout Place, _ found: [DirectoryEntry]
    ) throws(KernelError) {
        if let exported = try exports(in: directory, found) {
            place.exports.append((place.path.isEmpty ? 0 : place.path.count + 1, exported))
        }
        let here = place.path.isEmpty ? options.base : prefix + place.path
        try place.rules.enter(
            directory, here, names: Set(found.lazy.map(\.name).filter { $0.first == UInt8(ascii: ".") }))
    }

    /// What `belljar build --output` wrote is no source, and a fresh clone does not have it; what lies beside that in one folder
    /// is.
    ///
    /// - Returns: the paths in a folder that an export has left there; nil if none has.
    private func exports(
        in directory: borrowing Descriptor, _ found: [DirectoryEntry]
    ) throws(KernelError) -> Set<[UInt8]>? {
        guard options.tracked == nil, found.contains(where: { $0.name.elementsEqual(Exporter.listName.utf8) }),
            try directory.status(of: Exporter.listName).kind == .regular
        else { return nil }
        let bytes = try directory.open(Exporter.listName, [.read, .nonblocking]).readAll(limit: Exporter.listLimit)
        return Exporter.list(in: bytes).map { list in
            Set(list.keys.map { PathText.raw(String(decoding: $0, as: UTF8.self)) })
        }
    }

    private func isExported(_ name: [UInt8], _ place: Place) -> Bool {
        guard !place.exports.isEmpty else { return false }
        let path = place.path(of: name)
        return place.exports.contains { start, paths in
            paths.contains(Array(path.dropFirst(start)))
                || path.count == start + name.count && name.elementsEqual(Exporter.listName.utf8)
        }
    }
}

extension FileStatus {
    /// What of a file changes when its content does.
    var marks: [UInt64] {
        var marks: [UInt64] = []
        forEachMark { marks.append($0) }
        return marks
    }

    /// Without an array, because every file of a source comes by here.
    func forEachMark(_ body: (UInt64) -> Void) {
        body(size)
        body(device)
        body(inode)
        body(UInt64(bitPattern: modified.seconds))
        body(UInt64(bitPattern: modified.nanoseconds))
        body(UInt64(bitPattern: changed.seconds))
        body(UInt64(bitPattern: changed.nanoseconds))
    }

    static let markCount = 7
}

extension [UInt8] {
    /// The eight bytes of a number, the lowest first.
    mutating func append(number: UInt64) {
        unsafe Swift.withUnsafeBytes(of: number.littleEndian) { unsafe append(contentsOf: $0) }
    }
}

extension FileTime {
    /// Of a file system that keeps whole seconds, or every second one (vfat), when such a change may last have been.
    private static let coarseNanoseconds: Int64 = 2_000_000_000

    /// The last moment at which a change can have been that has this time, in nanoseconds since 1970. Times that Int64 cannot
    /// hold (before 1677, after 2262) are the first and last of those it can.
    var latest: Int64 {
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = whole.addingReportingOverflow(nanoseconds == 0 ? Self.coarseNanoseconds : nanoseconds)
        guard overflow || carry else { return sum }
        return seconds < 0 ? .min : .max
    }
}
