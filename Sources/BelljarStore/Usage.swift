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
    package var records = Part()
    /// Action results, toolchains, remembered results, the index.
    package var names = Part()
    /// Scratch of running processes, and blobs in quarantine.
    package var other = Part()
    /// Bytes that an ordinary user may still write to the store's file system.
    package var availableBytes: UInt64 = 0

    package var totalBytes: UInt64 {
        [blobs, checkouts, records, names, other].reduce(0) { $0 + $1.bytes }
    }
}

extension Store {
    package func usage() throws(BelljarError) -> UsageReport {
        try host("measure store", path) { () throws(KernelError) in
            var report = UsageReport()
            var seen: Set<UInt64> = []
            try add("blobs", to: &report.blobs, &seen)
            try add("trees", to: &report.checkouts, &seen)
            try add("records", to: &report.records, &seen)
            for name in ["actions", "toolchains", "memos", Layout.index, Layout.index + "-wal", Layout.index + "-shm"] {
                try add(name, to: &report.names, &seen)
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
        var waiting = [path]
        while let next = waiting.popLast() {
            guard let status = try root.statusIfPresent(of: next) else { continue }
            if status.kind != .directory { part.files += 1 }
            if seen.insert(status.inode).inserted { part.bytes += status.allocated }
            guard status.kind == .directory else { continue }
            do throws(KernelError) {
                for entry in try root.openBeneath(next, .directory).entries() {
                    waiting.append("\(next)/\(String(decoding: entry.name, as: UTF8.self))")
                }
            } catch {
                // Scratch may hold directories that are closed or gone.
                guard error.isSymbol("ENOENT") || error.isSymbol("EACCES") else { throw error }
            }
        }
    }
}
