internal import BelljarKernel
package import BelljarModel

/// What the parts of a store take up on the disk.
package struct UsageReport: Hashable, Sendable {
    package struct Part: Hashable, Sendable {
        /// Files and links.
        package var files: UInt64 = 0
        /// Bytes on the disk; an inode counts once, in the first part that has it.
        package var bytes: UInt64 = 0
    }

    package var blobs = Part()
    /// Checkouts: only what is not shared with the blobs, which is mostly directories.
    package var checkouts = Part()
    /// What links of the users' lead to.
    package var results = Part()
    package var records = Part()
    /// Action results, toolchains, remembered results, links, the index.
    package var refs = Part()
    /// Memories of sources and projects, and compiled filters.
    package var cache = Part()
    /// Temporary folders of running processes, and blobs in quarantine.
    package var other = Part()
    /// Bytes that an ordinary user may still write to the store's file system.
    package var availableBytes: UInt64 = 0

    package var totalBytes: UInt64 {
        [blobs, checkouts, results, records, refs, cache, other].reduce(0) { $0 + $1.bytes }
    }
}

extension Store {
    package func usage() throws(BelljarError) -> UsageReport {
        try host("measure store", path) { () throws(KernelError) in
            var report = UsageReport()
            var seen: Set<UInt64> = []
            try add("blobs", to: &report.blobs, &seen)
            try add("trees", to: &report.checkouts, &seen)
            try add(Layout.results, to: &report.results, &seen)
            try add("records", to: &report.records, &seen)
            try add(Layout.cache, to: &report.cache, &seen)
            for name in [
                "actions", "toolchains", "memos", Layout.links, Layout.index, Layout.index + "-wal",
                Layout.index + "-shm",
            ] {
                try add(name, to: &report.refs, &seen)
            }
            for name in ["tmp", "quarantine"] { try add(name, to: &report.other, &seen) }
            report.availableBytes = try root.fileSystem().availableBytes
            return report
        }
    }

    /// Everything below a path.
    func usage(of path: String) throws(KernelError) -> UsageReport.Part {
        var part = UsageReport.Part()
        var seen: Set<UInt64> = []
        try add(path, to: &part, &seen)
        return part
    }

    /// Adds everything below a path. What vanishes meanwhile does not count.
    private func add(
        _ path: String, to part: inout UsageReport.Part, _ seen: inout Set<UInt64>
    ) throws(KernelError) {
        guard let status = try root.statusIfPresent(of: path) else { return }
        part.count(status, &seen)
        guard status.kind == .directory else { return }
        var waiting = [Array(path.utf8)]
        while let next = waiting.popLast() {
            do throws(KernelError) {
                let folder = try root.openFar(next, .directory)
                for entry in try folder.entries() {
                    guard let status = try folder.statusIfPresent(of: entry.name) else { continue }
                    part.count(status, &seen)
                    if status.kind == .directory { waiting.append(next + [UInt8(ascii: "/")] + entry.name) }
                }
            } catch {
                // A temporary folder may hold directories that are closed or gone.
                guard error.errno == .ENOENT || error.errno == .EACCES else { throw error }
            }
        }
    }
}

extension UsageReport.Part {
    fileprivate mutating func count(_ status: FileStatus, _ seen: inout Set<UInt64>) {
        if status.kind != .directory { files += 1 }
        if seen.insert(status.inode).inserted { bytes += status.allocated }
    }
}
