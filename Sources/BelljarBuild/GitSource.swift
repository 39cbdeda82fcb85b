internal import BelljarControls
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
    /// Seconds in which git has to get on: a server may count and compress for a while before it sends.
    var silentSeconds: UInt64 = 60
    /// Variables for git in addition to those that it gets.
    var variables: [String: String] = [:]

    private static let memoKind = "git-commit"
    private static let folder = "/repository.git"
    private static let attributes = "* -export-ignore -export-subst -text -ident -filter -working-tree-encoding\n"
    private static let operation = "fetch commit"
    private static let options = [
        "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
        // A server that stalls is given up, as with curl.
        "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=20",
        // Always one pack, however few objects there are: its size is watched, and the kernel holds it.
        "-c", "fetch.unpackLimit=1", "-c", "fetch.recurseSubmodules=false",
    ]
    /// How this machine reaches the network is its own configuration; nothing else of the caller's environment is.
    private static let passed = [
        "http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "SSH_AUTH_SOCK", "SSL_CERT_FILE",
    ]

    private var subject: String { "\(commit) of \(repository)" }

    func tree() throws(BelljarError) -> TreeDigest {
        if let known = try store.memo(kind: Self.memoKind, key: commit) { return known }
        let temporary = try store.makeTemporaryFolder()
        let git = try program(home: temporary)
        let folder = temporary.path + Self.folder
        let made = try run(git, ["init", "--quiet", "--bare", folder])
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
            throw BelljarError(
                .unavailable, operation: Self.operation, subject: subject, stage: "fetch",
                answer: "the repository has no such commit",
                remedy: "give the full ID of a commit that can be reached from a branch or tag")
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
        if end.errorText.contains("dubious ownership") {
            return
                "the repository belongs to another user, who could make git run programs. If you trust them, run the "
                + "`git config --global --add safe.directory ...` that git prints, and build again; or pin an archive of it"
        }
        guard let account = store.owner, repository.hasPrefix("/") else {
            return "check the repository's address; belljar does not ask for passwords"
        }
        return
            "check that it exists and that user \(account.uid), under which builds run, can read it: belljar does not read "
            + "repositories as root"
    }

    private func check() throws(BelljarError) { try cancellation.check(Self.operation, subject) }

    private func failed(_ code: ErrorCode, _ end: HostProgram.End, remedy: String? = nil) -> BelljarError {
        let how =
            switch end.exit {
            case .status(let number): "git ended with exit status \(number)"
            case .signal(let number): "git was ended by signal \(number)"
            }
        return BelljarError(
            code, operation: Self.operation, subject: subject, stage: "fetch", answer: how, remedy: remedy,
            details: end.errorText.split(separator: "\n").suffix(8).map(String.init))
    }

    private func program(home: TemporaryFolder) throws(BelljarError) -> HostProgram {
        // Whose repository it is says nothing to an account that has nothing of its own. The one that is made here is belljar's,
        // whatever the file system makes of owners.
        let others = store.owner != nil ? ["*"] : repository.hasPrefix("/") ? try safeFolders() : []
        let safe = others + [home.path + Self.folder]
        let configuration = home.path + "/configuration"
        let text = "[safe]\n" + safe.map { "\tdirectory = \(Self.quoted($0))\n" }.joined()
        try hostCall(Self.operation, subject) { () throws(KernelError) in
            let file = try Descriptor.workingDirectory.open(configuration, [.write, .create, .exclusive], mode: 0o644)
            try file.writeAll(Array(text.utf8))
            try file.setPermissions(0o644)
        }
        let settings = [
            "HOME": home.path, "LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": configuration, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "/bin/false",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes", "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        ].merging(variables.filter { $0.key != "HOME" }) { ours, _ in ours }
        guard var git = HostProgram.find("git", passing: Self.passed, setting: settings) else {
            throw BelljarError(
                .host, operation: Self.operation, subject: subject, answer: "git is not installed",
                remedy: "install git, or pin the source as an archive")
        }
        git.account = store.owner
        git.bounds.seconds = limits[.fetchTime]
        git.bounds.silentSeconds = silentSeconds
        git.bounds.folder = home.path
        git.bounds.folderBytes = limits[.fetchSize]
        return git
    }

    /// The folders that the machine's and the user's configurations call safe. Nothing else of them is read.
    private func safeFolders() throws(BelljarError) -> [String] {
        let settings = ["LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"].merging(variables) { _, given in given }
        guard let git = HostProgram.find("git", passing: ["HOME", "XDG_CONFIG_HOME"], setting: settings) else {
            return []
        }
        var folders: [String] = []
        for scope in ["--system", "--global"] {
            var found: [UInt8] = []
            let arguments = ["config", scope, "--null", "--type=path", "--get-all", "safe.directory"]
            let end = unsafe try git.run(arguments, check: check) { (piece) in
                if found.count + piece.count <= Self.safeLimit { unsafe found.append(contentsOf: piece) }
            }
            // It ends with 1 where there is none, or no such file.
            guard end.exit == .status(0) else { continue }
            folders += found.split(separator: 0, omittingEmptySubsequences: false).dropLast()
                .map { String(decoding: $0, as: UTF8.self) }
        }
        return folders
    }

    /// Bytes of the list of safe folders.
    private static let safeLimit = 64 << 10

    /// A value as a configuration file has it.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text {
            switch character {
            case "\"", "\\": quoted += "\\\(character)"
            case "\n": quoted += "\\n"
            default: quoted.append(character)
            }
        }
        return quoted + "\""
    }
}
