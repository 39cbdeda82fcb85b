internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// Everything that is taken of a local source as it looks, up to the limits. Nothing is opened but directories and what says
/// what to leave out, so that a FIFO, a device or a file of any size costs no more than its name; the kind that it is, is
/// refused where it is taken in.
struct SourceSurvey {
    struct Entry {
        /// Relative to the source.
        var path: [UInt8]
        var status: FileStatus
    }

    let limits: SourceLimits
    /// The source's path where the rules' paths begin, with a slash at its end unless it is empty.
    let prefix: [UInt8]
    private var rules: IgnoreRules
    private let keepsEntries: Bool
    private(set) var listing: [UInt8]
    /// Nanoseconds since 1970 of the latest change.
    private(set) var newest: Int64 = 0
    /// What is taken, if anybody wants to know.
    private(set) var entries: [Entry] = []
    private var count: UInt64 = 0
    private var bytes: UInt64 = 0
    /// The limit that was reached, and by what.
    private(set) var reached: (limit: SourceLimit, seen: String)?

    /// - Parameters:
    ///   - keepsLinks: what was taken in with links that lead out is no answer to who refuses them.
    ///   - keepsEntries: whether `entries` is filled.
    init(
        limits: SourceLimits, keepsLinks: Bool, rules: IgnoreRules, prefix: [UInt8], keepsEntries: Bool
    ) {
        self.limits = limits
        self.rules = rules
        self.prefix = prefix.isEmpty ? [] : prefix + [UInt8(ascii: "/")]
        self.keepsEntries = keepsEntries
        listing = Array((keepsLinks ? "3 with links\n" : "3\n").utf8)
    }

    mutating func walk(_ root: borrowing Descriptor) throws(KernelError) { _ = try walk(root, [], 0) }

    /// - Returns: whether it is to be left out: as what belljar exported, or because something below was left out and nothing
    ///   else is there.
    private mutating func walk(_ directory: borrowing Descriptor, _ path: [UInt8], _ depth: Int) throws(KernelError)
        -> Bool
    {
        // What is deeper is refused by name.
        guard depth <= IngestOptions.depthLimit else { return false }
        guard let found = try names(directory) else { return false }
        // What `belljar build --output` wrote is no source, and a fresh clone does not have it.
        if depth > 0, found.contains(where: { $0.name.elementsEqual(Exporter.listName.utf8) }) { return true }
        let here = prefix + path
        try rules.enter(
            directory, path.isEmpty ? Array(here.dropLast()) : here,
            names: Set(found.lazy.map(\.name).filter { $0.first == UInt8(ascii: ".") }))
        defer { rules.leave() }
        var left = false
        var isEmpty = true
        for entry in found.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
            try EndWish.check("fstatat", "")
            let inner = path.isEmpty ? entry.name : path + [UInt8(ascii: "/")] + entry.name
            let isDirectory =
                if let kind = entry.kind { kind == .directory } else {
                    try directory.status(of: entry.name).kind == .directory
                }
            guard !rules.leavesOut(prefix + inner, isDirectory: isDirectory) else {
                left = true
                continue
            }
            let status = try directory.status(of: entry.name)
            let before = (listing.count, entries.count)
            guard add(status, path: inner, name: entry.name) else { return false }
            if status.kind == .directory {
                let isLeft = try walk(try directory.open(entry.name, .directory), inner, depth + 1)
                if reached != nil { return false }
                if isLeft {
                    listing.removeSubrange(before.0...)
                    entries.removeSubrange(before.1...)
                    left = true
                    continue
                }
                // Ends the directory, so that moving a file into its parent changes the listing.
                listing.append(UInt8(ascii: "/"))
            }
            isEmpty = false
        }
        return left && isEmpty
    }

    /// Names of one directory that are read, of which some may be left out; of those that are taken the limit tells.
    private static let listed = 4_000_000

    /// Nil if there are more.
    private mutating func names(_ directory: borrowing Descriptor) throws(KernelError) -> [DirectoryEntry]? {
        do throws(KernelError) { return try directory.entries(limit: Self.listed) } catch {
            guard error.errno == .EOVERFLOW else { throw error }
            reached = (.files, Self.more)
            return nil
        }
    }

    private static let more = "there are more files, directories and links"

    /// Notes one entry; false if a limit is reached.
    mutating func add(_ status: FileStatus, path: [UInt8], name: [UInt8]) -> Bool {
        append(status, name: name)
        if keepsEntries { entries.append(Entry(path: path, status: status)) }
        count += 1
        guard count <= limits[.files] else {
            reached = (.files, Self.more)
            return false
        }
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
        listing += name
        // A zero byte ends the name, which cannot hold one.
        listing.append(0)
        listing.append(number: UInt64(status.permissions))
        // What is in a directory is listed, so its times tell nothing more; they change with what is left out.
        guard status.kind != .directory else { return listing.append(number: 1) }
        listing.append(number: 0)
        newest = max(newest, status.changed.latest)
        for number in status.marks { listing.append(number: number) }
    }
}

extension FileStatus {
    /// What of a file changes when its content does.
    var marks: [UInt64] {
        let times = [modified, changed].flatMap { [$0.seconds, $0.nanoseconds] }
        return [size, device, inode] + times.map { UInt64(bitPattern: $0) }
    }

    static let markCount = 7
}

extension [UInt8] {
    /// The eight bytes of a number, the lowest first.
    mutating func append(number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
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
