internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// A private folder (mode 0700); removed with everything in it when the last reference goes.
package final class TemporaryFolder: Sendable {
    /// Absolute path.
    package let path: String
    let descriptor: Descriptor
    private let name: String
    // Keeps the folder's lock for as long as the folder is in use.
    private let home: TemporaryFolders
    private let counter = Atomic<UInt64>(0)

    init(in home: TemporaryFolders, storePath: String, owner: Account?) throws(KernelError) {
        self.home = home
        name = home.nextName()
        path = "\(storePath)/\(home.path)/\(name)"
        try home.descriptor.makeDirectory(name, mode: 0o700)
        descriptor = try home.descriptor.open(name, .directory)
        if let owner { try descriptor.setOwner(uid: owner.uid, gid: owner.gid) }
    }

    /// A name that nothing in this folder had before, if only this names things in it.
    func nextName() -> String { "w\(counter.add(1, ordering: .relaxed).newValue)" }

    deinit {
        // What cannot be removed now is a leftover, which the next process that opens the store removes.
        keepingErrorNumber { try? home.descriptor.removeTree(name) }
    }
}

/// One process's folder in `tmp`, with a lock file that stays locked while the process lives: that is how leftovers of
/// dead processes are told from the temporary folders of living ones, whatever became of their process ids.
final class TemporaryFolders: Sendable {
    /// Relative to the store's folder.
    let path: String
    let descriptor: Descriptor
    private let temporary: Descriptor
    private let name: String
    private let lock: Descriptor
    private let counter = Atomic<UInt64>(0)

    init(root: borrowing StoreFolder, owner: Account?) throws(KernelError) {
        temporary = try root.open("tmp", .directory)
        var made: (name: String, lock: Int32)?
        while made == nil {
            let name = "\(Host.processId)-\(UInt64.random(in: 0 ... .max))"
            if let lock = try TemporaryFolders.makeLock(in: temporary, name: name) { made = (name, lock.release()) }
        }
        guard let made else { preconditionFailure("the loop above ends with a lock") }
        name = made.name
        lock = Descriptor(owning: made.lock)
        path = "tmp/\(name)"
        try temporary.makeDirectory(name, mode: 0o700)
        descriptor = try temporary.open(name, .directory)
        if let owner { try descriptor.setOwner(uid: owner.uid, gid: owner.gid) }
    }

    func nextName() -> String { "\(counter.add(1, ordering: .relaxed).newValue)" }

    deinit {
        keepingErrorNumber {
            try? temporary.removeTree(name)
            try? temporary.unlink(name + ".lock")
        }
    }

    /// Nil if another process took the new, not yet locked file for a leftover and removed it.
    private static func makeLock(
        in temporary: borrowing Descriptor, name: String
    ) throws(KernelError) -> Descriptor? {
        let lock = try temporary.open(name + ".lock", [.readWrite, .create, .exclusive], mode: 0o600)
        guard try lock.tryLock(.exclusive) else { return nil }
        guard try temporary.statusIfPresent(of: name + ".lock")?.inode == lock.status().inode else { return nil }
        return lock
    }

    /// Removes the folders of processes that are no more. Costs one listing if there are none.
    static func removeLeftovers(_ root: borrowing StoreFolder) throws(KernelError) {
        let temporary = try root.open("tmp", .directory)
        for entry in try temporary.entries() {
            do throws(KernelError) {
                try removeLeftover(entry.name, in: temporary)
            } catch {
                // Another process is removing the same leftovers.
                guard error.errno == .ENOENT else { throw error }
            }
        }
    }

    private static func removeLeftover(_ name: [UInt8], in temporary: borrowing Descriptor) throws(KernelError) {
        let suffix = Array(".lock".utf8)
        guard name.suffix(suffix.count) == suffix[...] else {
            // A folder is made after its lock file and removed before it.
            if try temporary.statusIfPresent(of: name + suffix) == nil { try temporary.removeTree(name) }
            return
        }
        let lock = try temporary.open(name)
        guard try lock.tryLock(.exclusive) else { return }
        try temporary.removeTree(Array(name.dropLast(suffix.count)))
        try temporary.unlink(name)
    }
}
