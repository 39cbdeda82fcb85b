internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel

/// Where things are below the store's folder, and the constants of what is there.
///
/// Everything that counts is a plain file, so that the index can always be made again:
/// ```
/// version            the number of this format
/// lease              locked, shared, by whoever uses the store; exclusively by garbage collection. Says the format a second
///                    time, so that a damaged version is not taken for another one
/// blobs/ab/HEX       content by SHA-256, mode 0644; HEX.x is the same content with mode 0755
/// trees/HEX/         a tree laid out with hard links to blobs
/// records/HEX        what the store lists of a record (the record's own bytes are a blob)
/// actions/ab/HEX     the record of an action that succeeded
/// toolchains/HEX     the image of a lock
/// memos/HEX          a remembered result; may be lost
/// quarantine/        blobs that were found damaged
/// tmp/               temporary folders of running processes, each with a lock
/// results/HEX/       a tree laid out read-only, with files of its own, for links of the users' to lead to
/// links/HEX          where such a link is, and what it keeps
/// cache/             compiled filters, memories of local sources and of projects' builds; may be lost
/// index.sqlite       made from records/; may be lost
/// ```
enum Layout {
    static let formatVersion: UInt64 = 1
    static let folders = ["blobs", "trees", "records", "actions", "toolchains", "memos", "quarantine", "tmp"]
    /// Those of them in which nothing is that cannot be made again without being missed. Whoever removes one frees space.
    static let renewable = ["trees", "memos", "quarantine", "tmp"]
    static let index = "index.sqlite"
    /// Compiled filters, made when they are first needed.
    static let cache = "cache"
    /// For links of the users'; made when the first is.
    static let results = "results"
    static let links = "links"
    /// Folders that are made when they are needed.
    static let lateFolders = [cache, results, links]
    /// What `lease` says; nothing in stores of versions that did not write there.
    static let leaseTexts = ["format \(formatVersion)\n", ""]
    static let versionText = "\(formatVersion)\n"
    /// Everything that a store may hold at its top, whether whole or half made.
    static let names = Set(folders + lateFolders + ["version", "lease", index, index + "-wal", index + "-shm"])

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
    static func result(_ tree: TreeDigest) -> String { "\(results)/\(tree.digest.hex)" }
    static func link(_ path: String) -> String { "\(links)/\(Digest(of: Array(path.utf8)).hex)" }
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
    ///
    /// - Parameters:
    ///   - making: whether it is made.
    ///   - mended: becomes what the file of the version held, if it was mended.
    static func openRoot(
        _ path: String, owner: Account?, making: Bool, mending: Bool, _ mended: inout String?
    ) throws(BelljarError) -> StoreFolder {
        let root = StoreFolder(try openFolder(path, making: making))
        // Before anything is made in it: a refusal leaves the folder as it was.
        if try !isOwn(root, path: path, owner: owner, mending: mending, &mended) {
            guard making else { throw absent(path, "the folder holds no store") }
            try makeSkeleton(root, path: path, owner: owner)
        } else {
            try renew(root, path: path, owner: owner)
        }
        return root
    }

    /// Makes folders again that somebody took away, and whose loss is none. That of the others is for `fsck` to tell.
    private static func renew(
        _ root: borrowing StoreFolder, path: String, owner: Account?
    ) throws(BelljarError) {
        for folder in Layout.renewable {
            // Looked for first, because a store may be on a disk that cannot be written to.
            let isThere = try host("open store", path) { () throws(KernelError) in
                try root.statusIfPresent(of: folder) != nil
            }
            guard !isThere else { continue }
            try host("open store", path) { () throws(KernelError) in
                guard try root.makeDirectoryIfMissing(folder), let owner else { return }
                try root.setOwner(of: folder, uid: owner.uid, gid: owner.gid)
            }
        }
    }

    private static func openFolder(_ path: String, making: Bool) throws(BelljarError) -> Descriptor {
        do throws(KernelError) {
            if making {
                if let parent = path.split(separator: "/").dropLast().last, !parent.isEmpty {
                    _ = try Descriptor.makeDirectories(
                        "/" + path.split(separator: "/").dropLast().joined(separator: "/"))
                }
                _ = try Descriptor.workingDirectory.makeDirectoryIfMissing(path, mode: 0o700)
            }
            return try Descriptor.workingDirectory.open(path, [.directory, .followingLinks])
        } catch {
            switch error.errno {
            case .ENOENT where !making: throw absent(path, "there is no such folder")
            case .ENOTDIR, .EEXIST: throw absent(path, "it is no folder, or its path leads through something else")
            default: return try host("open store", path) { () throws(KernelError) in throw error }
            }
        }
    }

    /// The user named a place that holds no store, or has none yet.
    private static func absent(_ path: String, _ answer: String) -> BelljarError {
        BelljarError(
            .usage, operation: "open store", subject: path, answer: answer,
            remedy: "name the store with --store or BELLJAR_STORE; the first `belljar build` makes one")
    }

    /// Whether the folder is a store already; if not, it may become one.
    ///
    /// Everything in a store has one owner, or a sandbox could not use what is in it. A folder of root's own that is no
    /// store yet is given to that owner; nobody else's is taken, and nothing is read in it.
    private static func isOwn(
        _ root: borrowing StoreFolder, path: String, owner: Account?, mending: Bool, _ mended: inout String?
    ) throws(BelljarError) -> Bool {
        let status = try host("open store", path) { () throws(KernelError) in try root.status() }
        let expected = owner?.uid ?? Host.effectiveUid
        let mayTake = status.uid == expected || status.uid == Host.effectiveUid
        // `&&` would not keep the type of the error.
        let version = mayTake ? try version(root, path: path) : .missing
        var isMade = version == .known
        if case .damaged = version { isMade = true }
        guard status.uid == expected || mayTake && !isMade else {
            throw strange(path, owner: status.uid, expected: expected, isMade: isMade)
        }
        guard status.permissions & 0o002 == 0 else {
            throw BelljarError(
                .host, operation: "open store", subject: path,
                answer: "everybody can write to it (mode 0\(String(status.permissions, radix: 8)))",
                remedy: "forbid that (chmod o-w), or choose another folder with --store or BELLJAR_STORE")
        }
        if case .damaged(let text) = version {
            guard mending else { throw damagedVersion(text, path: path) }
            try host("repair", path) { () throws(KernelError) in try writeVersion(root, owner: owner) }
            mended = text
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

    private enum VersionFile: Equatable {
        case missing, known
        /// What the file holds is not what the store's other file says. Its text, for messages.
        case damaged(String)
    }

    /// - Throws: for a version that this belljar does not know, and for something that is none.
    private static func version(_ root: borrowing StoreFolder, path: String) throws(BelljarError) -> VersionFile {
        guard let (text, words) = try smallText("version", root, path: path) else { return .missing }
        if text == Layout.versionText { return .known }
        let shown =
            words ?? "holds `" + PathText.shown(PathText.text(Array(text.utf8))).replacing("\n", with: "\\n") + "`"
        if try smallText("lease", root, path: path)?.text == Layout.leaseTexts[0] { return .damaged(shown) }
        let byHand =
            "if no newer belljar ever used this store, that file is damaged: write 1 and a line feed to it "
            + "(printf '1\\n' > \(path)/version) and run `belljar store fsck`; nothing is lost"
        guard text.last == "\n", let version = UInt64(text.dropLast()) else {
            let isStore = try host("open store", path) { () throws(KernelError) in
                let parts = [try root.statusIfPresent(of: "blobs"), try root.statusIfPresent(of: "records")]
                return parts.allSatisfy { $0?.kind == .directory }
            }
            throw BelljarError(
                isStore ? .integrity : .host, operation: "open store", subject: path,
                answer: "its file `version` has no version in it: it \(shown)",
                remedy: "choose another folder with BELLJAR_STORE" + (isStore ? "; or, \(byHand)" : ""))
        }
        guard version <= Layout.formatVersion else {
            throw BelljarError(
                .host, operation: "open store", subject: path,
                answer: "it was made by a newer belljar (format \(version), this one knows \(Layout.formatVersion))",
                remedy: "use that belljar, or choose another folder with BELLJAR_STORE; \(byHand)")
        }
        throw BelljarError(
            .host, operation: "open store", subject: path, answer: "its format, \(version), is unknown",
            remedy: "choose another folder with BELLJAR_STORE; \(byHand)")
    }

    private static func damagedVersion(_ text: String, path: String) -> BelljarError {
        BelljarError(
            .integrity, operation: "open store", subject: path,
            answer:
                "its file `version` is damaged: it \(text), and the store has format \(Layout.formatVersion)",
            remedy: "run `belljar store fsck --repair`; nothing in the store is lost")
    }

    /// Nil if it is not there; empty, and with words for it, for what is no file or cannot be read.
    private static func smallText(
        _ name: String, _ root: borrowing StoreFolder, path: String
    ) throws(BelljarError) -> (text: String, words: String?)? {
        do throws(KernelError) {
            guard let status = try root.statusIfPresent(of: name) else { return nil }
            guard status.kind == .regular else { return ("", "is a \(status.kind.words)") }
            // Not blocking, in case it is a FIFO by now.
            return (String(decoding: try root.open(name, .nonblocking).readAll(limit: 64), as: UTF8.self), nil)
        } catch {
            if error.errno == .ENOENT { return nil }
            if error.errno == .EFBIG { return ("", "is longer than any that belljar writes") }
            if error.tellsOfDamage { return ("", "cannot be read: \(error.answer)") }
            return try host("open store", path) { () throws(KernelError) in throw error }
        }
    }

    /// In a temporary folder first, where the next process removes it if this one is killed.
    private static func writeVersion(_ root: borrowing StoreFolder, owner: Account?) throws(KernelError) {
        if let status = try root.statusIfPresent(of: "version"), status.kind != .regular {
            _ = try root.makeDirectoryIfMissing("quarantine")
            try root.rename("version", as: "quarantine/version.\(Host.realNanoseconds())", replacing: false)
        }
        let temporary = "tmp/version.\(Host.processId)-\(UInt64.random(in: 0 ... .max))"
        try writeTop(temporary, Layout.versionText, root, owner: owner)
        do throws(KernelError) { try root.rename(temporary, as: "version") } catch {
            // Another process made the store meanwhile, and took this file for a leftover.
            guard error.errno == .ENOENT, try root.statusIfPresent(of: "version") != nil else { throw error }
        }
        try root.synchronize()
    }

    private static func writeTop(
        _ name: String, _ content: String, _ root: borrowing StoreFolder, owner: Account?
    ) throws(KernelError) {
        let file = try root.open(name, [.write, .create, .nonblocking], mode: 0o644)
        try file.writeAll(Array(content.utf8))
        if let owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
        try file.synchronize()
    }

    /// Writes into the file, which others may have locked, and not another in its place.
    func writeLeaseText() throws(BelljarError) {
        try host("repair", "\(path)/lease") { () throws(KernelError) in
            let file = try root.open("lease", [.write, .truncate, .nonblocking])
            try file.writeAll(Array(Layout.leaseTexts[0].utf8))
            try file.synchronize()
        }
    }

    /// Makes the folders and then the version. Several processes may do this at once, and one that was killed half
    /// way is finished by the next.
    private static func makeSkeleton(
        _ root: borrowing StoreFolder, path: String, owner: Account?
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
            try writeTop("lease", Layout.leaseTexts[0], root, owner: owner)
            try writeVersion(root, owner: owner)
        }
    }

    /// The groups that what is in the store may have.
    static func ownGids(
        _ root: borrowing StoreFolder, path: String, owner: Account?
    ) throws(BelljarError) -> Set<UInt32> {
        if let owner { return [owner.gid] }
        let folder = try host("open store", path) { () throws(KernelError) in try root.status() }
        return [Host.effectiveGid, folder.gid]
    }
}
