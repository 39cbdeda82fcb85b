internal import BelljarKernel
package import BelljarModel

/// What one thing that keeps content alive takes up on the disk.
package struct RootUsage: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case record
        case toolchain
        /// A link of a user's, with what it leads to.
        case link
        /// A remembered result.
        case memo
        /// A process that uses the store now, with its temporary folders. Its lease keeps everything from collection, so what it
        /// uses of the blobs is not told apart.
        case lease
    }

    package var kind: Kind
    /// `hello 2.10` for a record; for others the name that they have in the store.
    package var name: String
    /// Of the record, or of the lock; nil for others.
    package var digest: Digest?
    /// Bytes on the disk that no other root holds: what would be free without this one.
    package var aloneBytes: UInt64 = 0
    /// Bytes on the disk that other roots hold too.
    package var sharedBytes: UInt64 = 0
    /// Contents that it refers to and that are not there.
    package var missing = 0
    /// What is wrong with its directories that cannot be read; what is below these is not counted.
    package var damages: [String] = []
}

package struct RootUsageReport: Hashable, Sendable {
    /// By kind, and those that hold most alone first.
    package var roots: [RootUsage] = []
    /// Bytes of blobs that nothing refers to.
    package var looseBytes: UInt64 = 0
}

extension Store {
    /// How much of the blobs each record, toolchain and remembered result holds alone and together with others. A directory
    /// that cannot be read is named with what holds it.
    package func usageByRoot() throws(BelljarError) -> RootUsageReport {
        let lease = try lease()
        defer { withExtendedLifetime(lease) {} }
        var survey = RootSurvey(store: self)
        try survey.measureBlobs()
        for digest in try recordDigests().sorted() { try survey.addRecord(digest) }
        for path in try plainFiles(in: "toolchains") { try survey.addRef(path, kind: .toolchain) }
        for link in try links() where isThere(link) { try survey.addLink(link) }
        for path in try plainFiles(in: "memos") { try survey.addRef(path, kind: .memo) }
        for path in try plainFiles(in: "tmp") { try survey.addTemporary(path) }
        return try survey.report()
    }
}

/// One survey of the roots.
private struct RootSurvey {
    let store: Store
    /// Bytes on the disk, both variants together.
    private var sizes: [Digest: UInt64] = [:]
    private var directories: [Digest: Store.DirectoryReading] = [:]
    private var roots: [(usage: RootUsage, held: Set<Digest>)] = []
    /// Which of these lead to each folder of results.
    private var folders: [String: [Int]] = [:]

    init(store: Store) { self.store = store }

    mutating func measureBlobs() throws(BelljarError) {
        for path in try store.spreadFiles(in: "blobs") {
            guard let name = BlobName(path: path) else { continue }
            let status = try host("look up", path) { () throws(KernelError) in try store.root.status(of: path) }
            sizes[name.digest, default: 0] += status.allocated
        }
    }

    mutating func addRecord(_ digest: Digest) throws(BelljarError) {
        guard let entry = try store.recordEntry(digest) else { return }
        let usage = RootUsage(kind: .record, name: "\(entry.name) \(entry.version)", digest: digest)
        try add(usage, trees: entry.roots, blobs: [digest] + entry.blobs)
    }

    mutating func addRef(_ path: String, kind: RootUsage.Kind) throws(BelljarError) {
        guard let found = try store.readIfPresent(path).flatMap({ TreeRef.read($0) }) else { return }
        let tree = found.tree
        let name =
            switch found.ref {
            case .memo(let kind, let key): [kind, key]
            case .toolchain(_, let name): [name]
            }
        // An image's file is named by its lock.
        let lock = kind == .toolchain ? Digest(hex: path.dropFirst("toolchains/".count)) : nil
        let usage = RootUsage(kind: kind, name: name.joined(separator: " "), digest: lock)
        // Its text is in the project, and in each record; a store that has it as well keeps it.
        try add(usage, trees: [tree], blobs: [lock].compactMap(\.self).filter { sizes[$0] != nil })
    }

    mutating func addLink(_ link: ResultLink) throws(BelljarError) {
        let usage = RootUsage(kind: .link, name: link.path, digest: link.record)
        try add(usage, trees: [link.tree], blobs: [link.record])
        folders[Layout.result(link.tree), default: []].append(roots.count - 1)
    }

    mutating func addTemporary(_ path: String) throws(BelljarError) {
        guard !path.hasSuffix(".lock") else { return }
        let part = try host("measure", path) { () throws(KernelError) in try store.usage(of: path) }
        let name = String(path.dropFirst("tmp/".count))
        roots.append((RootUsage(kind: .lease, name: name, aloneBytes: part.bytes), []))
    }

    private mutating func add(
        _ usage: RootUsage, trees: [TreeDigest], blobs: [Digest]
    ) throws(BelljarError) {
        var usage = usage
        var held: Set<Digest> = []
        for blob in blobs { hold(blob, &usage, &held) }
        // Apart from `held`: what is held as a file may be a tree too.
        var visited: Set<Digest> = []
        var waiting = trees
        while let tree = waiting.popLast() {
            guard visited.insert(tree.digest).inserted, hold(tree.digest, &usage, &held) else { continue }
            switch try directory(tree) {
            case .directory(let directory):
                for file in directory.files { hold(file.digest, &usage, &held) }
                waiting += directory.directories.map(\.tree)
            // Gone since they were counted.
            case .missing: usage.missing += 1
            case .never(let answer): usage.damages.append("directory \(tree): \(answer)")
            case .damaged(let error): usage.damages.append("directory \(tree): \(error.answer)")
            }
        }
        roots.append((usage, held))
    }

    /// False if it is not there.
    @discardableResult
    private func hold(_ digest: Digest, _ usage: inout RootUsage, _ held: inout Set<Digest>) -> Bool {
        let isThere = sizes[digest] != nil
        if held.insert(digest).inserted, !isThere { usage.missing += 1 }
        return isThere
    }

    /// Images are in many roots, so each directory is read once.
    private mutating func directory(_ tree: TreeDigest) throws(BelljarError) -> Store.DirectoryReading {
        if let known = directories[tree.digest] { return known }
        let read = try store.reading(tree.digest)
        directories[tree.digest] = read
        return read
    }

    /// What links lead to has files of its own.
    private mutating func addFolders() throws(BelljarError) {
        for (path, links) in folders {
            let bytes = try host("measure", path) { () throws(KernelError) in try store.usage(of: path).bytes }
            if links.count == 1 {
                roots[links[0]].usage.aloneBytes += bytes
            } else {
                for link in links { roots[link].usage.sharedBytes += bytes }
            }
        }
    }

    mutating func report() throws(BelljarError) -> RootUsageReport {
        try addFolders()
        var holders: [Digest: Int] = [:]
        for root in roots { for digest in root.held { holders[digest, default: 0] += 1 } }
        var report = RootUsageReport()
        for (usage, held) in roots {
            var usage = usage
            for digest in held {
                let size = sizes[digest] ?? 0
                if holders[digest] == 1 { usage.aloneBytes += size } else { usage.sharedBytes += size }
            }
            report.roots.append(usage)
        }
        for (digest, size) in sizes where holders[digest] == nil { report.looseBytes += size }
        let order = RootUsage.Kind.allCases
        report.roots.sort { one, other in
            let kinds = (order.firstIndex(of: one.kind) ?? 0, order.firstIndex(of: other.kind) ?? 0)
            if kinds.0 != kinds.1 { return kinds.0 < kinds.1 }
            if one.aloneBytes != other.aloneBytes { return one.aloneBytes > other.aloneBytes }
            return (one.name, one.digest?.hex ?? "") < (other.name, other.digest?.hex ?? "")
        }
        return report
    }
}
