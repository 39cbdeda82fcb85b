internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel

// The folders that everything else is in. A folder that cannot be looked into is a finding like any other: what lies in
// the others is checked all the same.

extension FsckRun {
    /// The folders at the store's top that are not as belljar makes them.
    func brokenFolders() throws(BelljarError) -> [(path: String, status: FileStatus?)] {
        var broken: [(path: String, status: FileStatus?)] = []
        // First the one that the others' repair needs.
        for path in ["quarantine"] + Layout.folders.filter({ $0 != "quarantine" }) + Layout.lateFolders {
            let status = try status(of: path)
            if let status, Self.isUsable(status) { continue }
            if status == nil, Layout.lateFolders.contains(path) { continue }
            broken.append((path, status))
        }
        return broken
    }

    /// Those, and the folders within `blobs` and `actions`.
    mutating func folders() throws(BelljarError) {
        for (path, status) in try brokenFolders() {
            try broken(path, status, isMadeAgain: !Layout.lateFolders.contains(path))
        }
        for folder in ["blobs", "actions"] where !unusable.contains(folder) {
            for path in try store.plainFiles(in: folder) {
                guard let status = try status(of: path) else { continue }
                let name = path.utf8.dropFirst(folder.utf8.count + 1)
                if name.count != 2 || !name.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) {
                    unusable.insert(path)
                    try note(.stranger, path, "it does not have the name of a folder of \(folder)") {
                        (store) throws(BelljarError) in
                        try store.quarantine(path)
                    }
                } else if !Self.isUsable(status) {
                    // The next that belongs in it makes it again.
                    try broken(path, status, isMadeAgain: false)
                }
            }
        }
    }

    /// A folder that its owner may look into, and perhaps not write to: that may be on purpose.
    private static func isUsable(_ status: FileStatus) -> Bool {
        status.kind == .directory && status.permissions & 0o500 == 0o500
    }

    private mutating func broken(
        _ path: String, _ status: FileStatus?, isMadeAgain: Bool
    ) throws(BelljarError) {
        if let status, status.kind == .directory {
            if !repairs { unusable.insert(path) }
            return try note(.attributes, path, "mode 0\(String(status.permissions, radix: 8))") {
                (store) throws(BelljarError) in
                try host("repair", path) { () throws(KernelError) in try store.root.setPermissions(of: path, 0o755) }
            }
        }
        if !repairs || !isMadeAgain { unusable.insert(path) }
        try note(.name, path, status.map { "a \($0.kind.words)" } ?? "it is not there") {
            (store) throws(BelljarError) in
            if status != nil { try store.moveFolderAside(path) }
            if isMadeAgain { try store.makeFolder(path) }
        }
    }

    private func status(of path: String) throws(BelljarError) -> FileStatus? {
        let store = store
        return try host("check", path) { () throws(KernelError) in try store.root.statusIfPresent(of: path) }
    }

    // MARK: What can be looked into

    func plainFiles(in folder: String) throws(BelljarError) -> [String] {
        unusable.contains(folder) ? [] : try store.plainFiles(in: folder)
    }

    func spreadFiles(in folder: String) throws(BelljarError) -> [String] {
        unusable.contains(folder) ? [] : try store.spreadFiles(in: folder, except: unusable)
    }

    /// Whether the file of a ref may be read by its owner. If it may not, that is told, and mended by a repair, which then sees
    /// what is in it.
    mutating func isOpen(_ path: String) throws(BelljarError) -> Bool {
        guard let status = try status(of: path), status.kind == .regular, status.permissions & 0o400 == 0,
            Host.effectiveUid != 0
        else { return true }
        try note(.attributes, path, "mode 0\(String(status.permissions, radix: 8))") { (store) throws(BelljarError) in
            try host("repair", path) { () throws(KernelError) in try store.root.setPermissions(of: path, 0o644) }
        }
        return repairs
    }

    /// What is in the file of a ref; nil also for one that is none.
    func content(_ path: String) throws(BelljarError) -> [UInt8]? {
        do throws(BelljarError) { return try store.readIfPresent(path) } catch {
            guard error.code == .integrity else { throw error }
            return nil
        }
    }

    /// A blob's size; nil also if it lies in a folder that cannot be looked into.
    func size(of digest: Digest) throws(BelljarError) -> UInt64? {
        do throws(BelljarError) { return try store.size(of: digest) } catch {
            guard error.code == .integrity else { throw error }
            return nil
        }
    }
}

extension Store {
    fileprivate func makeFolder(_ path: String) throws(BelljarError) {
        try host("repair", path) { () throws(KernelError) in
            guard try root.makeDirectoryIfMissing(path), let owner else { return }
            try root.setOwner(of: path, uid: owner.uid, gid: owner.gid)
        }
    }

    /// As `quarantine`, also for what stands in the quarantine's own place.
    fileprivate func moveFolderAside(_ path: String) throws(BelljarError) {
        guard path == "quarantine" else {
            try quarantine(path)
            return
        }
        let name = "quarantine.\(Host.realNanoseconds())"
        try host("move aside", path) { () throws(KernelError) in
            try root.rename(path, as: name, replacing: false)
            if try root.makeDirectoryIfMissing(path), let owner {
                try root.setOwner(of: path, uid: owner.uid, gid: owner.gid)
            }
            try root.rename(name, as: "\(path)/\(name)", replacing: false)
        }
    }
}
