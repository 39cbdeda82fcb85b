internal import BelljarControls
internal import BelljarFetch
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore
internal import BelljarUnpack

/// The files of one commit of a git repository, as a tree of the store.
///
/// git runs with nobody's configuration, hooks off, and only the protocols that fetch; of the user's it knows which folders are
/// `safe` although they are somebody else's (safe.directory in git-config(1)). Attributes of the repository
/// that would change content on its way out (`export-subst`, `export-ignore`, `eol`, `ident`, filters) are switched off
/// in `info/attributes`, which outranks them (gitattributes(5)): the tree is what the commit holds. Submodules are
/// empty directories.
struct GitSource {
    /// An address that git can fetch from, or an absolute path.
    let repository: String
    /// The full id.
    let commit: String
    let store: Store
    let opener: ArchiveOpener
    let cancellation: Cancellation
    var limits = SourceLimits.standard
    var progress: any ProgressSink = SilentProgress()
    /// Whether nothing is fetched.
    var isOffline = false
    /// Seconds in which git has to get on: a server may count and compress for a while before it sends.
    var silentSeconds: UInt64 = 60
    /// Variables for git in addition to those that it gets.
    var variables: [String: String] = [:]

    static let memoKind = "git-commit"
    private static let folder = "/repository.git"
    private static let attributes = "* -export-ignore -export-subst -text -ident -filter -working-tree-encoding\n"
    static let operation = "fetch commit"
    private static let options = [
        "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
        // A server that stalls is given up, as with curl.
        "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=20",
        // Always one pack, however few objects there are: its size is watched, and the kernel holds it.
        "-c", "fetch.unpackLimit=1", "-c", "fetch.recurseSubmodules=false",
    ]

    var subject: String { "\(commit) of \(repository)" }

    /// What `tree` gave before for the same commit; nil if that is not known.
    static func known(_ commit: String, in store: Store) throws(BelljarError) -> TreeDigest? {
        try store.memo(kind: memoKind, key: commit)
    }

    /// What a recipe names on this machine has to be there.
    ///
    /// - Parameter repository: an address, which is not looked at, or an absolute path.
    static func requireLocal(_ repository: String) throws(BelljarError) {
        guard repository.hasPrefix("/") else { return }
        let status = try hostCall("read repository", repository) { () throws(KernelError) in
            try Descriptor.workingDirectory.statusIfPresent(of: repository)
        }
        guard status == nil else { return }
        throw BelljarError(
            .usage, operation: "read repository", subject: repository, answer: "there is no such folder",
            remedy: "correct the path, which begins at the recipe's folder or with /, or give an address: https://...")
    }

    /// Whether nothing has to be fetched of it.
    var isHad: Bool {
        get throws(BelljarError) {
            guard try Self.known(commit, in: store) != nil else { return false }
            return isOffline || origins.knows(repository, gave: commit)
        }
    }

    func tree() throws(BelljarError) -> TreeDigest {
        if let known = try Self.known(commit, in: store), isOffline || origins.knows(repository, gave: commit) {
            return known
        }
        return try fetched()
    }

    /// When the commit was made, in seconds since 1970; nil if that is no time that an epoch could be.
    func time() throws(BelljarError) -> UInt64? {
        if let known = try memory.time() { return known.seconds }
        _ = try fetched()
        return try memory.time()?.seconds
    }

    private var memory: RememberedTime { RememberedTime(kind: "git-commit-time/1", key: commit, store: store) }

    private var origins: SourceOrigins { SourceOrigins(store: store) }

    /// Whether the store has the files, and, where it is asked for, the time.
    func isComplete(withTime: Bool) throws(BelljarError) -> Bool {
        guard try Self.known(commit, in: store) != nil else { return false }
        guard withTime else { return true }
        return try memory.time() != nil
    }

    private func fetched() throws(BelljarError) -> TreeDigest {
        guard !isOffline else { throw .offline(Self.operation, subject) }
        let temporary = try store.makeTemporaryFolder()
        let git = try program(home: temporary)
        let folder = temporary.path + Self.folder
        // The length of a commit's id tells which digests its repository is made of.
        let format = commit.utf8.count == 64 ? "sha256" : "sha1"
        let made = try run(git, ["init", "--quiet", "--bare", "--object-format=\(format)", folder])
        guard made.exit == .status(0) else { throw failed(.host, made) }
        try hostCall(Self.operation, subject) { () throws(KernelError) in
            let info = try Descriptor.makeDirectories(folder + "/info")
            let file = try info.open("attributes", [.write, .create, .truncate], mode: 0o644)
            try file.writeAll(Array(Self.attributes.utf8))
        }
        try fetch(git, folder)
        let archive = try pack(git, folder)
        let unpacker = Unpacker(
            store: store, opener: opener, limits: limits,
            remedy: "make an archive of it, use that as a source of kind `file`, and unpack it in a step",
            progress: progress)
        let tree = try unpacker.tree(archive: archive, strip: 0, name: "\(subject), as tar")
        try store.setMemo(kind: Self.memoKind, key: commit, tree: tree)
        try origins.note(repository, gave: commit)
        // git-archive(1) gives every file the time of the commit.
        try memory.set(try unpacker.newest(archive: archive, name: "\(subject), as tar"))
        return tree
    }

    /// The commit alone where the server serves it, else everything that branches and tags reach.
    private func fetch(_ git: HostProgram, _ folder: String) throws(BelljarError) {
        let fetch = ["-C", folder] + Self.options + ["fetch", "--quiet", "--no-tags"]
        let alone = try run(git, fetch + ["--depth", "1", "--", repository, commit])
        if let error = overrun(alone) { throw error }
        if alone.exit != .status(0) {
            let all = try run(
                git, fetch + ["--", repository, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"])
            if let error = overrun(all) { throw error }
            guard all.exit == .status(0) else { throw failed(.unavailable, all, remedy: remedy(all)) }
        }
        var answer: [UInt8] = []
        let kind = unsafe try git.run(["-C", folder, "cat-file", "-t", commit], check: check) { (piece) in
            unsafe answer.append(contentsOf: piece)
        }
        if let error = overrun(kind) { throw error }
        guard kind.exit == .status(0), String(decoding: answer, as: UTF8.self) == "commit\n" else {
            let other = origins.addresses(giving: commit).first { $0 != repository }
            throw BelljarError(
                .unavailable, operation: Self.operation, subject: subject, stage: "fetch",
                answer: "the repository has no such commit",
                remedy: (other.map { "it is a commit of \($0): " } ?? "")
                    + "give the full ID of a commit that can be reached from a branch or tag")
        }
    }

    private func pack(_ git: HostProgram, _ folder: String) throws(BelljarError) -> Digest {
        let writer = try store.makeWriter()
        let arguments = ["-C", folder] + Self.options + ["archive", "--format=tar", commit]
        let end = unsafe try git.run(arguments, check: check) { (piece) throws(BelljarError) in
            unsafe try writer.write(piece)
            guard writer.count <= limits[.size] else {
                throw BelljarError(
                    .resourceExceeded, operation: Self.operation, subject: subject, stage: "fetch",
                    answer: limits.words(.size, seen: "its files are larger"),
                    remedy: "pin a smaller source, or \(limits.remedy(.size))")
            }
        }
        if let error = overrun(end) { throw error }
        guard end.exit == .status(0) else { throw failed(.host, end) }
        return try writer.commit(expected: nil)
    }

    /// Runs git for what it does, not for what it says.
    private func run(_ git: HostProgram, _ arguments: [String]) throws(BelljarError) -> HostProgram.End {
        unsafe try git.run(arguments, check: check) { (_) in }
    }

    private func overrun(_ end: HostProgram.End) -> BelljarError? {
        end.error(Self.operation, subject, stage: "fetch", limits: limits)
    }

    /// - Parameter end: of git, which could not read the repository.
    private func remedy(_ end: HostProgram.End) -> String {
        if GitProgram.isOfOthers(end) { return "\(GitProgram.ownershipRemedy); or pin an archive of it" }
        guard let account = store.owner, repository.hasPrefix("/") else {
            return "check the repository's address; belljar does not ask for passwords"
        }
        return
            "check that it exists and that user \(account.uid), under which builds run, can read it: belljar does not read "
            + "repositories as root"
    }

    private func check() throws(BelljarError) { try cancellation.check(Self.operation, subject) }

    private func failed(_ code: ErrorCode, _ end: HostProgram.End, remedy: String? = nil) -> BelljarError {
        BelljarError(
            code, operation: Self.operation, subject: subject, stage: "fetch", answer: GitProgram.words(end),
            remedy: remedy, details: GitProgram.details(end))
    }

    private func program(home: TemporaryFolder) throws(BelljarError) -> HostProgram {
        let folder = home.path + Self.folder
        let others =
            repository.hasPrefix("/") ? try GitProgram.safeFolders(in: store, variables, check: check) : []
        // The one that is made here is belljar's, whatever the file system makes of owners.
        var git = try GitProgram.make(
            for: store, home: home.path, safe: others + [folder], setting: variables, Self.operation, subject,
            otherwise: "pin the source as an archive")
        git.bounds.seconds = limits[.fetchTime]
        git.bounds.silentSeconds = silentSeconds
        git.bounds.folder = home.path
        git.bounds.folderBytes = limits[.fetchSize]
        return git
    }
}
