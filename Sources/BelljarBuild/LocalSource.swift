internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// A file or directory beside a recipe, taken into the store as a tree.
///
/// What it looked like (names, sizes, times, inode numbers) is remembered together with the tree it gave, so that a
/// build of unchanged sources reads no content.
struct LocalSource {
    /// The recipe's folder.
    let folder: String
    /// Relative to the folder, without `..`.
    let path: String
    /// Whether links may lead out of it. They are taken as they are, and never followed.
    var keepsLinks = false
    let store: Store
    var limits = SourceLimits.standard

    private static let memoKind = "local-source"
    /// A file changed less than this long ago may change again without a change of its times, which come from a
    /// clock that ticks every 1 to 10 ms (CONFIG_HZ): what is that young is not remembered.
    private static let settleNanoseconds: Int64 = 100_000_000

    private static let linkRemedy =
        "remove the links, make them lead to something in the source, or keep them as they are with `links: keep` at the source "
        + "(what they lead to is then not pinned)"

    func tree() throws(BelljarError) -> TreeDigest {
        let root = try open()
        let isDirectory =
            try hostCall("read source", path) { () throws(KernelError) in try root.status().kind } == .directory
        let before = try look(at: root)
        if let known = try store.memo(kind: Self.memoKind, key: before.key) { return known }
        let tree = isDirectory ? try ingest(root) : try ingestFile(root)
        let after = try look(at: root)
        guard before.key == after.key else {
            throw BelljarError(
                .usage, operation: "read source", subject: path, answer: "it was changed while it was being read",
                remedy: "build again when nobody writes to it")
        }
        if before.newest < Int64(Host.realNanoseconds()) - Self.settleNanoseconds {
            try store.setMemo(kind: Self.memoKind, key: before.key, tree: tree)
        }
        return tree
    }

    private func open() throws(BelljarError) -> Descriptor { try Self.open(path, in: folder, to: "read source") }

    /// Opens what lies beside a recipe component by component, so that no link leads out of the recipe's folder.
    static func open(_ path: String, in folder: String, to operation: String) throws(BelljarError) -> Descriptor {
        do throws(KernelError) {
            var found = try Descriptor.workingDirectory.open(folder, [.directory, .followingLinks])
            for component in path.split(separator: "/") where component != "." {
                // Opening a FIFO would otherwise wait for a writer.
                found = try found.open(String(component), [.read, .nonblocking])
            }
            return found
        } catch {
            switch error.errno {
            case .ELOOP:
                throw BelljarError(
                    .usage, operation: operation, subject: path,
                    answer: "it is a link, or its path leads through one",
                    remedy: "give the path that the link leads to; it has to be in the recipe's folder")
            case .ENOENT, .ENOTDIR:
                throw BelljarError(
                    .usage, operation: operation, subject: path,
                    answer: "the recipe's folder has nothing of that name",
                    remedy: "put it beside recipe.yaml, or correct the path")
            default: throw .hostFailure(error, operation: operation, subject: path)
            }
        }
    }

    private func ingest(_ root: borrowing Descriptor) throws(BelljarError) -> TreeDigest {
        let options = IngestOptions(
            refusesEscapingLinks: !keepsLinks, linkRemedy: Self.linkRemedy, entries: limits[.files],
            bytes: limits[.size], refusal: .usage)
        return try store.ingest(directory: root, options: options)
    }

    private func ingestFile(_ file: borrowing Descriptor) throws(BelljarError) -> TreeDigest {
        let status = try hostCall("read source", path) { () throws(KernelError) in try file.status() }
        guard status.kind == .regular else {
            throw BelljarError(
                .usage, operation: "read source", subject: path, answer: "it is a \(status.kind.words)",
                remedy: "a local source is a file or a directory")
        }
        let isExecutable = status.permissions & 0o100 != 0
        let digest = try store.write(
            contentOf: file, named: path, isExecutable: isExecutable, limit: limits[.size])
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return try store.write(
            Directory(files: [.init(name: name, digest: digest, size: status.size, isExecutable: isExecutable)]))
    }

    // MARK: What it looks like

    private struct Fingerprint {
        var key: String
        /// Nanoseconds since 1970 of the latest change.
        var newest: Int64
    }

    private func look(at root: borrowing Descriptor) throws(BelljarError) -> Fingerprint {
        var survey = Survey(limits: limits, keepsLinks: keepsLinks)
        do throws(KernelError) {
            try EndWish.check("read", path)
            let status = try root.status()
            if try survey.add(status, name: Array(path.utf8)), status.kind == .directory { try survey.walk(root, 0) }
        } catch { throw .hostFailure(error, operation: "read source", subject: path) }
        if let (limit, seen) = survey.reached {
            throw BelljarError(
                .resourceExceeded, operation: "read source", subject: path, answer: limits.words(limit, seen: seen),
                remedy: "leave out what the build does not need, or \(limits.remedy(limit))")
        }
        return Fingerprint(key: Digest(of: survey.listing).hex, newest: survey.newest)
    }
}

/// Everything below a local source as it looks, up to the limits. Nothing is opened but directories, so that a FIFO, a device
/// or a file of any size costs no more than its name; the kind that it is, is refused where it is taken in.
private struct Survey {
    let limits: SourceLimits
    var listing: [UInt8]
    var newest: Int64 = 0
    private var entries: UInt64 = 0
    private var bytes: UInt64 = 0
    /// The limit that was reached, and by what.
    private(set) var reached: (limit: SourceLimit, seen: String)?

    init(limits: SourceLimits, keepsLinks: Bool) {
        self.limits = limits
        // What was taken in with such links is no answer to who refuses them.
        listing = Array((keepsLinks ? "2 with links\n" : "2\n").utf8)
    }

    mutating func walk(_ directory: borrowing Descriptor, _ depth: Int) throws(KernelError) {
        // What is deeper is refused by name.
        guard depth <= IngestOptions.depthLimit else { return }
        // The source itself is none of them.
        let room = Int(clamping: limits[.files] - min(entries - 1, limits[.files]))
        let entries: [DirectoryEntry]
        do throws(KernelError) { entries = try directory.entries(limit: room) } catch {
            guard error.errno == .EOVERFLOW else { throw error }
            reached = (.files, "there are more files, directories and links")
            return
        }
        for entry in entries.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
            try EndWish.check("fstatat", "")
            let status = try directory.status(of: entry.name)
            guard try add(status, name: entry.name) else { return }
            if status.kind == .directory {
                try walk(try directory.open(entry.name, .directory), depth + 1)
                if reached != nil { return }
                // Ends the directory, so that moving a file into its parent changes the listing.
                listing.append(UInt8(ascii: "/"))
            }
        }
    }

    /// Notes one entry; false if a limit is reached.
    mutating func add(_ status: FileStatus, name: [UInt8]) throws(KernelError) -> Bool {
        append(status, name: name)
        entries += 1
        guard status.kind == .regular else { return true }
        // What holes make of a size may be no number any more, taken together.
        let (sum, overflow) = bytes.addingReportingOverflow(status.size)
        bytes = overflow ? .max : sum
        guard bytes > limits[.size] else { return true }
        let shown = PathText.shown(PathText.text(name))
        reached = (.size, "together with `\(shown)`, which has \(status.size) bytes, its files have \(bytes)")
        return false
    }

    private mutating func append(_ status: FileStatus, name: [UInt8]) {
        newest = max(newest, Self.nanoseconds(status.changed))
        listing += name
        // A zero byte ends the name, which cannot hold one.
        listing.append(0)
        let times = [status.modified, status.changed].flatMap { [$0.seconds, $0.nanoseconds] }
        for number in [UInt64(status.permissions), status.size, status.device, status.inode]
            + times.map({ UInt64(bitPattern: $0) })
        {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                listing.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
    }

    /// Since 1970; times that Int64 cannot hold (before 1677, after 2262) are the first and last of those it can.
    private static func nanoseconds(_ time: FileTime) -> Int64 {
        let (whole, overflow) = time.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = whole.addingReportingOverflow(time.nanoseconds)
        guard overflow || carry else { return sum }
        return time.seconds < 0 ? .min : .max
    }
}
