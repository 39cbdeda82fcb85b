internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
package import BelljarStore

/// What the store's cache remembers, and when it is forgotten.
///
/// * Files of a local source, compiled filters and whatever else is made again: when they were not used for 30 days, and of a
///   folder that is gone, after a week.
/// * Which records a project's builds led to: a week after the project is gone, or when the store has none of them any more. It is
///   small, and without it a name means another build than before.
/// * Which address gave which bytes: never while the store has those. Without it the source is fetched once more,
///   and where the server is gone, the recipe cannot be built any more although all is there.
package struct Memories {
    let store: Store

    private static let daySeconds: UInt64 = 86_400
    private static let unusedDays: UInt64 = 30
    /// A disk that is not mounted looks as if its folders were gone.
    private static let goneDays: UInt64 = 7

    package struct Forgotten: Hashable, Sendable {
        package var files = 0
        /// On the disk.
        package var bytes: UInt64 = 0
    }

    package init(of store: Store) { self.store = store }

    /// - Parameter isDryRun: whether they are only counted.
    package func forget(isDryRun: Bool) throws(BelljarError) -> Forgotten {
        var forgotten = Forgotten()
        for file in store.cache.files() where try !isKept(file) {
            forgotten.files += 1
            forgotten.bytes += file.bytes
            if isDryRun { continue }
            try hostCall("remove", "\(store.cache.path)/\(file.name)") { () throws(KernelError) in
                try store.cache.remove(file.name)
            }
        }
        return forgotten
    }

    private func isKept(_ file: CacheFolder.File) throws(BelljarError) -> Bool {
        if SourceOrigins.names.names(file.name), let content = SourceOrigins.content(of: file.name, in: store) {
            if let digest = Digest(hex: content), try store.contains(digest) { return true }
            return try store.remembers(kind: GitSource.memoKind, key: content)
        }
        if ProjectBuilds.names.names(file.name),
            let memory = ProjectBuilds.memory(in: file.name, of: store, isUse: false)
        {
            if Self.isGone(memory.project), !wasUsed(file, within: Self.goneDays) { return false }
            for record in memory.records where try store.contains(record) { return true }
            return false
        }
        let isGone =
            SourceMemory.names.names(file.name)
            && SourceMemory.source(of: file.name, in: store).map(Self.isGone) ?? false
        return wasUsed(file, within: isGone ? Self.goneDays : Self.unusedDays)
    }

    private func wasUsed(_ file: CacheFolder.File, within days: UInt64) -> Bool {
        file.used + days * Self.daySeconds > Host.realSeconds()
    }

    private static func isGone(_ folder: String) -> Bool {
        do throws(KernelError) {
            return try Descriptor.workingDirectory.statusIfPresent(of: folder) == nil
        } catch { return error.errno == .ENOTDIR }
    }
}
