internal import BelljarKernel
internal import BelljarModel

/// The store's folder: the one door to everything in it.
///
/// The folder belongs to the account of builds, and belljar may run as root: a link in it could have root read or write
/// what lies elsewhere. So no path below it leads through a symbolic link or out of it, whatever its length: the kernel
/// resolves the folders of each (openat2), and the last name is used in what was found, and never followed.
struct StoreFolder: ~Copyable, Sendable {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Calls with the folder that a path's last name is in, and with that name.
    private func within<Result: ~Copyable>(
        _ path: String, _ body: (borrowing Descriptor, String) throws(KernelError) -> Result
    ) throws(KernelError) -> Result {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return try body(descriptor, path) }
        let parent = try descriptor.openBeneath(String(path[..<slash]), [.directory, .pathOnly])
        return try body(parent, String(path[path.utf8.index(after: slash)...]))
    }

    func open(
        _ path: String, _ flags: OpenFlags = .read, mode: UInt32 = 0o600
    ) throws(KernelError) -> Descriptor {
        guard flags.contains(.create) else { return try descriptor.openBeneath(path, flags) }
        return try within(path) { (folder, name) throws(KernelError) in try folder.open(name, flags, mode: mode) }
    }

    func openFar(_ path: [UInt8], _ flags: OpenFlags = .read) throws(KernelError) -> Descriptor {
        try descriptor.openFar(path, flags)
    }

    func status(of path: String) throws(KernelError) -> FileStatus {
        try within(path) { (folder, name) throws(KernelError) in try folder.status(of: name) }
    }

    /// Nil also if the folder that it would be in is not there.
    func statusIfPresent(of path: String) throws(KernelError) -> FileStatus? {
        do { return try status(of: path) } catch {
            guard error.errno == .ENOENT else { throw error }
            return nil
        }
    }

    func makeDirectoryIfMissing(_ path: String) throws(KernelError) -> Bool {
        try within(path) { (folder, name) throws(KernelError) in try folder.makeDirectoryIfMissing(name) }
    }

    func unlink(_ path: String) throws(KernelError) {
        try within(path) { (folder, name) throws(KernelError) in try folder.unlink(name) }
    }

    func removeTree(_ path: String) throws(KernelError) {
        do {
            try within(path) { (folder, name) throws(KernelError) in try folder.removeTree(name) }
        } catch {
            // As for a name: nothing of it is fine.
            guard error.errno == .ENOENT, try statusIfPresent(of: path) == nil else { throw error }
        }
    }

    func link(_ path: String, to target: borrowing Descriptor, as new: [UInt8]) throws(KernelError) {
        try within(path) { (folder, name) throws(KernelError) in try folder.link(name, to: target, as: new) }
    }

    func setOwner(of path: String, uid: UInt32, gid: UInt32) throws(KernelError) {
        try within(path) { (folder, name) throws(KernelError) in try folder.setOwner(of: name, uid: uid, gid: gid) }
    }

    /// Never of what a link leads to: who may open the file does so first, as root always may.
    func setPermissions(of path: String, _ permissions: UInt32) throws(KernelError) {
        do {
            return try open(path, .nonblocking).setPermissions(permissions)
        } catch {
            guard error.errno == .EACCES else { throw error }
        }
        try within(path) { (folder, name) throws(KernelError) in try folder.setPermissions(of: name, permissions) }
    }

    // MARK: Other names

    /// Brings in a file of another folder.
    func adopt(
        _ name: String, from source: borrowing Descriptor, as path: String, replacing: Bool
    ) throws(KernelError) {
        try within(path) { (folder, new) throws(KernelError) in
            if replacing {
                try source.rename(name, to: folder, as: new)
            } else {
                try source.renameNew(name, to: folder, as: new)
            }
        }
    }

    func rename(_ path: String, as new: String, replacing: Bool = true) throws(KernelError) {
        try within(path) { (folder, name) throws(KernelError) in
            try adopt(name, from: folder, as: new, replacing: replacing)
        }
    }

    // MARK: The folder itself

    func status() throws(KernelError) -> FileStatus { try descriptor.status() }
    func entries() throws(KernelError) -> [DirectoryEntry] { try descriptor.entries() }
    func fileSystem() throws(KernelError) -> FileSystemStatus { try descriptor.fileSystem() }
    func synchronize() throws(KernelError) { try descriptor.synchronize() }
    func synchronizeFileSystem() throws(KernelError) { try descriptor.synchronizeFileSystem() }
    func setOwner(uid: UInt32, gid: UInt32) throws(KernelError) { try descriptor.setOwner(uid: uid, gid: gid) }
}

extension Store {
    /// Opens one of the store's files for reading; nil if it is not there.
    ///
    /// - Throws: `integrity`, and at once, for everything that belljar never puts there: a link, a FIFO, which would let its
    ///   reader wait, a folder, a file that its owner may not read.
    func openFile(_ path: String, named subject: @autoclosure () -> String) throws(BelljarError) -> Descriptor? {
        let file: Descriptor?
        do throws(KernelError) {
            // Not blocking, in case it is a FIFO.
            file = try root.open(path, .nonblocking)
        } catch {
            if error.errno == .ENOENT { return nil }
            if let kind = try? root.status(of: path).kind, kind != .regular {
                throw damaged(subject(), "it is a \(kind.words)")
            }
            return try kept("open", subject()) { () throws(KernelError) in throw error }
        }
        guard let file else { return nil }
        let kind = try host("look at", subject()) { () throws(KernelError) in try file.status().kind }
        guard kind == .regular else { throw damaged(subject(), "it is a \(kind.words)") }
        return file
    }

    /// What is in one of the store's folders.
    func entries(in folder: String) throws(BelljarError) -> [DirectoryEntry] {
        do throws(KernelError) { return try root.open(folder, .directory).entries() } catch {
            if error.errno == .ENOENT { throw damaged("folder \(folder)", "it is not there") }
            return try kept("list", "folder \(folder)") { () throws(KernelError) in throw error }
        }
    }
}
