internal import BelljarFetch
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
    let store: Store

    private static let memoKind = "local-source"
    /// A file changed less than this long ago may change again without a change of its times, which come from a
    /// clock that ticks every 1 to 10 ms (CONFIG_HZ): what is that young is not remembered.
    private static let settleNanoseconds: Int64 = 100_000_000
    private static let entryLimit = 1_000_000

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
                .usage, operation: "take in source", subject: path, answer: "it was changed while it was being read",
                remedy: "build again when nothing writes to it")
        }
        if before.newest < Int64(Host.realNanoseconds()) - Self.settleNanoseconds {
            try store.setMemo(kind: Self.memoKind, key: before.key, tree: tree)
        }
        return tree
    }

    /// Opens it component by component, so that no link leads out of the recipe's folder.
    private func open() throws(BelljarError) -> Descriptor {
        do throws(KernelError) {
            var found = try Descriptor.workingDirectory.open(folder, [.directory, .followingLinks])
            for component in path.split(separator: "/") where component != "." {
                // Opening a FIFO would otherwise wait for a writer.
                found = try found.open(String(component), [.read, .nonblocking])
            }
            return found
        } catch {
            guard ErrorNumber.symbol(error.number) == "ELOOP" else {
                throw .hostFailure(error, operation: "read source", subject: path)
            }
            throw BelljarError(
                .usage, operation: "read source", subject: path, answer: "it is a link, or one leads to it",
                remedy: "name what the link leads to; a local source is in the recipe's folder")
        }
    }

    private func ingest(_ root: borrowing Descriptor) throws(BelljarError) -> TreeDigest {
        try store.ingest(directory: root, options: IngestOptions(refusesEscapingLinks: true, refusal: .usage))
    }

    private func ingestFile(_ file: borrowing Descriptor) throws(BelljarError) -> TreeDigest {
        let status = try hostCall("read source", path) { () throws(KernelError) in try file.status() }
        guard status.kind == .regular else {
            throw BelljarError(
                .usage, operation: "take in source", subject: path, answer: "it is \(status.kind.words)",
                remedy: "a local source is a file or a directory")
        }
        let isExecutable = status.permissions & 0o100 != 0
        let digest = try store.write(contentOf: file, named: path, isExecutable: isExecutable)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return try store.write(
            Directory(files: [.init(name: name, digest: digest, size: status.size, isExecutable: isExecutable)]))
    }

    // MARK: What it looks like

    private struct Look {
        var key: String
        /// Nanoseconds since 1970 of the latest change.
        var newest: Int64
    }

    private func look(at root: borrowing Descriptor) throws(BelljarError) -> Look {
        var listing: [UInt8] = Array("2\n".utf8)
        var newest: Int64 = 0
        try hostCall("read source", path) { () throws(KernelError) in
            let status = try root.status()
            Self.append(status, name: Array(path.utf8), to: &listing, &newest)
            if status.kind == .directory { try Self.walk(root, 0, &listing, &newest) }
        }
        return Look(key: Digest(of: listing).hex, newest: newest)
    }

    private static func walk(
        _ directory: borrowing Descriptor, _ depth: Int, _ listing: inout [UInt8], _ newest: inout Int64
    ) throws(KernelError) {
        // What is deeper is refused by name.
        guard depth <= IngestOptions.depthLimit else { return }
        let entries = try directory.entries(limit: entryLimit).sorted { $0.name.lexicographicallyPrecedes($1.name) }
        for entry in entries {
            let status = try directory.status(of: entry.name)
            append(status, name: entry.name, to: &listing, &newest)
            if status.kind == .directory {
                try walk(try directory.open(entry.name, .directory), depth + 1, &listing, &newest)
                // Ends the directory, so that moving a file into its parent changes the listing.
                listing.append(UInt8(ascii: "/"))
            }
        }
    }

    private static func append(
        _ status: FileStatus, name: [UInt8], to listing: inout [UInt8], _ newest: inout Int64
    ) {
        newest = max(newest, nanoseconds(status.changed))
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
