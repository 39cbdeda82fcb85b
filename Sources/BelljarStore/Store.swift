package import BelljarControls
package import BelljarHost
internal import BelljarKernel
package import BelljarModel
internal import Synchronization

/// The content store of one user: blobs and trees by SHA-256, action results, records. Several processes may use one
/// store at once; every method may be called from any thread. How it lies on disk stands with `Layout`.
package final class Store: Sendable {
    /// Absolute path of the store's folder.
    package let path: String
    /// Whom everything in the store is given to when belljar runs as root; nil means "whoever runs belljar".
    package let owner: Account?
    let progress: any ProgressSink
    /// The store's folder; every path of `Layout` hangs on it.
    let root: StoreFolder
    /// What the file `version` held before it was mended; nil if it was not.
    let mendedVersion: String?
    /// This process's part of `tmp`, made when it is first needed.
    private let home = Mutex<TemporaryFolders?>(nil)
    /// Whose everything in the store is; a build sees other owners as other users.
    let ownUid: UInt32
    /// Their groups: also the folder's own, which file systems and the folder's mode may hand on to what is made in it.
    let ownGids: Set<UInt32>
    let index: RecordIndex
    let pendingFlushes = PendingFlushes()
    let hashedFiles = HashedFiles()

    /// Opens the store, and removes what dead processes left in it.
    ///
    /// - Parameters:
    ///   - progress: told of repairs that the store made by itself.
    ///   - making: make it if it is not there.
    ///   - mending: mend a damaged version, without which nobody could come in to repair the rest.
    /// - Throws: `usage` if there is none and none is to be made; `host` for a store of a newer version, a folder that holds something else, or one of another owner;
    ///   `integrity` for a damaged version.
    package init(
        path: String, owner: Account?, progress: any ProgressSink = SilentProgress(), making: Bool = true,
        mending: Bool = false
    ) throws(BelljarError) {
        guard path.hasPrefix("/") else {
            throw BelljarError(
                .usage, operation: "open store", subject: path, answer: "it is not an absolute path",
                remedy: "give --store or BELLJAR_STORE an absolute path")
        }
        self.path = path
        self.owner = owner
        self.progress = progress
        var mended: String?
        root = try Store.openRoot(path, owner: owner, making: making, mending: mending, &mended)
        mendedVersion = mended
        ownUid = owner?.uid ?? Host.effectiveUid
        ownGids = try Store.ownGids(root, path: path, owner: owner)
        index = RecordIndex(path: "\(path)/\(Layout.index)", owner: owner)
        do throws(KernelError) { try TemporaryFolders.removeLeftovers(root) } catch {
            progress.report(.notice("leftovers in \(path)/tmp could not be removed: \(error)"))
        }
    }

    // MARK: Temporary folders

    /// A private folder (mode 0700) inside the store, on the same file system as the blobs; removed with its owner.
    package func makeTemporaryFolder() throws(BelljarError) -> TemporaryFolder {
        let home = try temporaryFolders()
        return try host("make a temporary folder in", path) { () throws(KernelError) in
            try TemporaryFolder(in: home, storePath: path, owner: owner)
        }
    }

    private func temporaryFolders() throws(BelljarError) -> TemporaryFolders {
        try home.withLock { home throws(BelljarError) in
            if let home { return home }
            let made = try host("make a temporary folder in", path) { () throws(KernelError) in
                try TemporaryFolders(root: root, owner: owner)
            }
            home = made
            return made
        }
    }

    /// Files that can be made again.
    package var cache: CacheFolder { CacheFolder(path: "\(path)/\(Layout.cache)") }

    // MARK: Writing several things at once

    /// Starts a group of writes that become visible, durably, when it is committed. One batch for all that a build
    /// leaves costs two flushes of the disk, where writing each by itself costs two for each.
    package func makeBatch() throws(BelljarError) -> Batch {
        Batch(store: self, folder: try makeTemporaryFolder(), lease: try lease())
    }
}

extension Account {
    /// Gives a file that may have been there already to the account. Doing so again would change its time, so that even a
    /// refused command had changed the store.
    func take(_ file: borrowing Descriptor) throws(KernelError) {
        let status = try file.status()
        guard status.uid != uid || status.gid != gid else { return }
        try file.setOwner(uid: uid, gid: gid)
    }
}
