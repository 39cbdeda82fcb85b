internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel

/// Where things are below the store's folder, and the constants of what is there.
///
/// Everything that counts is a plain file, so that the index can always be made again:
/// ```
/// version            the number of this format
/// lease              locked, shared, by whoever uses the store; exclusively by garbage collection
/// blobs/ab/HEX       content by SHA-256, mode 0644; HEX.x is the same content with mode 0755
/// trees/HEX/         a tree laid out with hard links to blobs
/// records/HEX        what the store lists of a record (the record's own bytes are a blob)
/// actions/ab/HEX     the record of an action that succeeded
/// toolchains/HEX     the image of a lock
/// memos/HEX          a remembered result; may be lost
/// quarantine/        blobs that were found damaged
/// tmp/               scratch of running processes, each with a lock
/// index.sqlite       made from records/; may be lost
/// ```
enum Layout {
    static let formatVersion: UInt64 = 1
    static let folders = ["blobs", "trees", "records", "actions", "toolchains", "memos", "quarantine", "tmp"]
    static let index = "index.sqlite"
    /// Everything that a store may hold at its top, whether whole or half made.
    static let names = Set(folders + ["version", "lease", index, index + "-wal", index + "-shm"])

    /// One time for every file, so that trees can share inodes.
    static let fileTime = FileTime(seconds: World.incomingSeconds)

    /// Spread over 256 folders by the first byte.
    static func spread(_ folder: String, _ digest: Digest) -> String {
        let hex = digest.hex
        return "\(folder)/\(hex.prefix(2))/\(hex)"
    }

    static func blob(_ digest: Digest, isExecutable: Bool) -> String {
        spread("blobs", digest) + (isExecutable ? ".x" : "")
    }

    static func tree(_ tree: TreeDigest) -> String { "trees/\(tree.digest.hex)" }
    static func record(_ digest: Digest) -> String { "records/\(digest.hex)" }
    static func action(_ digest: Digest) -> String { spread("actions", digest) }
    static func toolchain(_ lock: Digest) -> String { "toolchains/\(lock.hex)" }
    static func memo(kind: String, key: String) -> String {
        "memos/\(Digest(of: Array("\(kind)\0\(key)".utf8)).hex)"
    }

    /// The folder part of a path above.
    static func parent(_ path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }
}

extension Store {
    /// Opens the store's folder, makes the store if the folder is new or empty, and checks its version.
    static func openRoot(_ path: String, owner: Owner?) throws(BelljarError) -> Descriptor {
        let root = try host("open store", path) { () throws(KernelError) in
            if let parent = path.split(separator: "/").dropLast().last, !parent.isEmpty {
                _ = try Descriptor.makeDirectories("/" + path.split(separator: "/").dropLast().joined(separator: "/"))
            }
            _ = try Descriptor.workingDirectory.makeDirectoryIfMissing(path, mode: 0o700)
            return try Descriptor.workingDirectory.open(path, [.directory, .followingLinks])
        }
        // Before anything is made in it: a refusal leaves the folder as it was.
        if try !isOwn(root, path: path, owner: owner) { try makeSkeleton(root, path: path, owner: owner) }
        return root
    }

    /// Whether the folder is a store already; if not, it may become one.
    ///
    /// Everything in a store has one owner, or a sandbox could not use what is in it. A folder of root's own that is no
    /// store yet is given to that owner; nobody else's is taken, and nothing is read in it.
    private static func isOwn(
        _ root: borrowing Descriptor, path: String, owner: Owner?
    ) throws(BelljarError) -> Bool {
        let status = try host("open store", path) { () throws(KernelError) in try root.status() }
        let expected = owner?.uid ?? Host.effectiveUid
        let mayTake = status.uid == expected || status.uid == Host.effectiveUid
        // `&&` would not keep the type of the error.
        let isMade = mayTake ? try hasVersion(root, path: path) : false
        guard status.uid == expected || mayTake && !isMade else {
            throw strange(path, owner: status.uid, expected: expected, isMade: isMade)
        }
        guard status.permissions & 0o002 == 0 else {
            throw BelljarError(
                .host, operation: "open store", subject: path,
                answer: "everybody may write to it (mode 0\(String(status.permissions, radix: 8)))",
                remedy: "take that away (chmod o-w), or choose another folder with BELLJAR_STORE")
        }
        return isMade
    }

    private static func strange(_ path: String, owner: UInt32, expected: UInt32, isMade: Bool) -> BelljarError {
        var ways = "choose another folder with BELLJAR_STORE"
        if owner != 0 { ways += ", or run as that user (as root: --build-uid \(owner))" }
        if !isMade, Host.effectiveUid == 0 { ways += ", or give the folder to root (chown)" }
        return BelljarError(
            .host, operation: "open store", subject: path,
            answer: "it belongs to uid \(owner), and this belljar keeps its store as uid \(expected)", remedy: ways)
    }

    /// True for this version; false if there is none.
    private static func hasVersion(_ root: borrowing Descriptor, path: String) throws(BelljarError) -> Bool {
        let text: String
        do throws(KernelError) {
            // Not blocking, in case it is a FIFO.
            let file = try root.open("version", .nonblocking)
            text = try file.status().kind == .regular ? String(decoding: file.readAll(limit: 64), as: UTF8.self) : ""
        } catch {
            if error.isSymbol("ENOENT") { return false }
            return try host("open store", path) { () throws(KernelError) in throw error }
        }
        guard text.last == "\n", let version = UInt64(text.dropLast()) else {
            throw BelljarError(
                .host, operation: "open store", subject: path, answer: "its file `version` holds no version",
                remedy: "choose another folder with BELLJAR_STORE, or remove this one if it holds nothing you need")
        }
        guard version <= Layout.formatVersion else {
            throw BelljarError(
                .host, operation: "open store", subject: path,
                answer: "it was made by a newer belljar (format \(version), this one knows \(Layout.formatVersion))",
                remedy: "use that belljar, or choose another folder with BELLJAR_STORE")
        }
        guard version == Layout.formatVersion else {
            throw BelljarError(
                .host, operation: "open store", subject: path, answer: "its format \(version) is not known",
                remedy: "choose another folder with BELLJAR_STORE")
        }
        return true
    }

    /// Makes the folders and then the version. Several processes may do this at once, and one that was killed half
    /// way is finished by the next.
    private static func makeSkeleton(
        _ root: borrowing Descriptor, path: String, owner: Owner?
    ) throws(BelljarError) {
        let entries = try host("open store", path) { () throws(KernelError) in try root.entries() }
        let strangers = entries.map { String(decoding: $0.name, as: UTF8.self) }
            .filter { !Layout.names.contains($0) }
        guard strangers.isEmpty else {
            throw BelljarError(
                .host, operation: "make store in", subject: path,
                answer: "the folder holds other files, such as `\(strangers.sorted()[0])`",
                remedy: "choose an empty or new folder with BELLJAR_STORE")
        }
        try host("make store in", path) { () throws(KernelError) in
            if let owner { try root.setOwner(uid: owner.uid, gid: owner.gid) }
            for folder in Layout.folders where try root.makeDirectoryIfMissing(folder) {
                if let owner { try root.setOwner(of: folder, uid: owner.uid, gid: owner.gid) }
            }
            // In scratch, where the next process removes it if this one is killed.
            let temporary = "tmp/version.\(Host.processId)-\(UInt64.random(in: 0 ... .max))"
            for (name, content) in [("lease", ""), (temporary, "\(Layout.formatVersion)\n")] {
                let file = try root.open(name, [.write, .create], mode: 0o644)
                try file.writeAll(Array(content.utf8))
                if let owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
                try file.synchronize()
            }
            do throws(KernelError) { try root.rename(temporary, to: root, as: "version") } catch {
                // Another process made the store meanwhile, and took this file for a leftover.
                guard error.isSymbol("ENOENT"), try root.statusIfPresent(of: "version") != nil else { throw error }
            }
            try root.synchronize()
        }
    }

    /// The groups that what is in the store may have.
    static func ownGids(
        _ root: borrowing Descriptor, path: String, owner: Owner?
    ) throws(BelljarError) -> Set<UInt32> {
        if let owner { return [owner.gid] }
        let folder = try host("open store", path) { () throws(KernelError) in try root.status() }
        return [Host.effectiveGid, folder.gid]
    }
}
