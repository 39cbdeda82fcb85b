internal import BelljarControls
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// What git tracks of a directory, and how that stands to the commit that is checked out.
///
/// Nothing that a repository says is run, and of its configuration nothing counts. git reads that once, to find the repository,
/// which runs no program. From there on it works with a repository of belljar's own, that has nothing but the other's index,
/// objects and commit: no hooks, no filters, no monitor of the file system, no servers. So where a file has to be compared by its
/// content, it is by its bytes and what `.gitattributes` says of line ends; what a filter would make of it differs.
struct GitWorktree {
    /// Absolute path of the directory.
    let folder: String
    /// For messages.
    let subject: String
    let store: Store
    let cancellation: Cancellation
    var limits = SourceLimits.standard
    /// Variables for git in addition to those that it gets.
    var variables: [String: String] = [:]

    private static let operation = "list tracked files of"
    /// Seconds in which git finds a repository: of a configuration that includes a FIFO there is no end.
    private static let findSeconds: UInt64 = 60
    /// Bytes of all that is printed but lists: a few paths.
    private static let answerLimit = 64 << 10

    func files() throws(BelljarError) -> TrackedFiles {
        let home = try store.makeTemporaryFolder()
        defer { withExtendedLifetime(home) {} }
        let place = try place(home.path)
        let git = try program(home.path, safe: [], place.variables(try copy(place, in: home.path)))
        var files = TrackedFiles(commit: place.commit)
        try eachRecord(of: ["ls-files", "-z", "--stage", "-v"], git) { (record) throws(BelljarError) in
            files.add(listed: record)
            guard UInt64(files.count) <= limits[.files] else { throw tooMany }
        }
        guard files.count > 0 else {
            throw BelljarError(
                .usage, operation: Self.operation, subject: subject, answer: "git tracks no file in it",
                remedy: "`git add` the files that belong to it, or leave `tracked` out")
        }
        let status = [
            "status", "-z", "--porcelain=v2", "--untracked-files=no", "--no-renames", "--ignore-submodules=all", "--",
            ".",
        ]
        try eachRecord(of: status, git) { record in files.add(changed: record) }
        return files
    }

    private var tooMany: BelljarError {
        BelljarError(
            .resourceExceeded, operation: Self.operation, subject: subject,
            answer: limits.words(.files, seen: "git tracks more"),
            remedy: "give a directory in it, or \(limits.remedy(.files))")
    }

    // MARK: Where it is

    /// What git says of the repository around the directory.
    private struct Place {
        /// Of its index.
        var gitFolder: String
        var objects: String
        /// The working tree, by a path that climbs out of the directory.
        var top: String
        /// `sha1` or `sha256`.
        var format: String
        /// Nil before the first one.
        var commit: String?

        /// - Parameter own: the repository of belljar's that stands for this one.
        func variables(_ own: String) -> [String: String] {
            [
                "GIT_DIR": own, "GIT_WORK_TREE": top, "GIT_INDEX_FILE": gitFolder + "/index",
                "GIT_OBJECT_DIRECTORY": objects,
                // The index is not refreshed on the way, which would be a change in the user's repository.
                "GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1",
            ]
        }
    }

    private func place(_ home: String) throws(BelljarError) -> Place {
        // Each on a line of its own; nothing for HEAD before the first commit.
        let question = [
            "rev-parse", "--path-format=absolute", "--is-inside-work-tree", "--show-object-format", "--show-cdup",
            "--absolute-git-dir", "--git-common-dir", "--revs-only", "HEAD",
        ]
        var (end, text) = try answer(question, try program(home, safe: []))
        if GitProgram.isOfOthers(end) {
            let safe = try GitProgram.safeFolders(in: store, variables, check: check)
            (end, text) = try answer(question, try program(home, safe: safe))
        }
        guard end.exit == .status(0) else { throw unread(end) }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        guard lines.first == "true" else {
            throw BelljarError(
                .usage, operation: Self.operation, subject: subject,
                answer: "git has a repository there, and no working tree (a bare repository, or a `.git`)",
                remedy: "give a directory of a working tree, or a commit of the repository with `git`")
        }
        guard lines.count == 5 || lines.count == 6, lines[3].utf8.first == UInt8(ascii: "/") else {
            throw BelljarError(
                .usage, operation: Self.operation, subject: subject, answer: "the repository's path has a line feed",
                remedy: "move it to a path without one")
        }
        return Place(
            gitFolder: lines[3], objects: lines[4] + "/objects", top: lines[2].isEmpty ? "." : lines[2],
            format: lines[1], commit: lines.count == 6 ? lines[5] : nil)
    }

    private func unread(_ end: HostProgram.End) -> BelljarError {
        if GitProgram.isOfOthers(end) { return failed(.unavailable, end, remedy: GitProgram.ownershipRemedy) }
        guard end.errorText.contains("not a git repository") else {
            let account =
                store.owner.map { "; user \($0.uid), under which builds run, has to be able to read it" } ?? ""
            return failed(.host, end, remedy: "run `git status` there, and mend what it says\(account)")
        }
        return BelljarError(
            .usage, operation: Self.operation, subject: subject, answer: "it is in no git repository",
            remedy: "leave `tracked` out, or make it one: `git init`, `git add`")
    }

    // MARK: Running git

    /// Makes a repository that has what git needs to look at the other's index.
    ///
    /// - Returns: its path.
    private func copy(_ place: Place, in home: String) throws(BelljarError) -> String {
        let path = home + "/worktree.git"
        let version = place.format == "sha1" ? 0 : 1
        let configuration =
            "[core]\n\trepositoryformatversion = \(version)\n\tbare = false\n"
            + (version == 0 ? "" : "[extensions]\n\tobjectformat = \(place.format)\n")
        try hostCall(Self.operation, subject) { () throws(KernelError) in
            let folder = try Descriptor.makeDirectories(path)
            // Whatever the process's umask is, the account that git runs under can read it.
            try folder.setPermissions(0o755)
            try folder.makeDirectory("refs")
            try folder.open("refs", .directory).setPermissions(0o755)
            for (name, text) in [("config", configuration), ("HEAD", (place.commit ?? "ref: refs/heads/none") + "\n")] {
                let file = try folder.open(name, [.write, .create, .exclusive], mode: 0o644)
                try file.writeAll(Array(text.utf8))
                try file.setPermissions(0o644)
            }
            // An index in two pieces names the other one, which git looks for in the repository.
            for entry in try Descriptor.workingDirectory.open(place.gitFolder, [.read, .directory, .followingLinks])
                .entries()
            where entry.name.starts(with: "sharedindex.".utf8) {
                let name = String(decoding: entry.name, as: UTF8.self)
                try folder.makeSymlink(name, target: "\(place.gitFolder)/\(name)")
            }
        }
        return path
    }

    private func program(
        _ home: String, safe: [String], _ own: [String: String] = [:]
    ) throws(BelljarError) -> HostProgram {
        // Nothing is fetched, whatever a repository says it lacks.
        let nothing = ["GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1"]
        return try GitProgram.make(
            for: store, home: home, safe: safe,
            setting: variables.merging(nothing) { _, ours in ours }.merging(own) { _, ours in ours }, Self.operation,
            subject, otherwise: "leave `tracked` out")
    }

    private func check() throws(BelljarError) { try cancellation.check(Self.operation, subject) }

    private func answer(
        _ arguments: [String], _ git: HostProgram
    ) throws(BelljarError) -> (HostProgram.End, String) {
        var git = git
        git.bounds.seconds = Self.findSeconds
        let (end, text) = try git.output(of: ["-C", folder] + arguments, limit: Self.answerLimit, check: check)
        if let error = overrun(end) { throw error }
        return (end, text)
    }

    /// Gives every piece of what git prints that ends with a NUL, without it.
    private func eachRecord(
        of arguments: [String], _ git: HostProgram, _ body: (ArraySlice<UInt8>) throws(BelljarError) -> Void
    ) throws(BelljarError) {
        var rest: [UInt8] = []
        let end = unsafe try git.run(["-C", folder] + arguments, check: check) { (piece) throws(BelljarError) in
            unsafe rest.append(contentsOf: piece)
            var start = 0
            while let zero = rest[start...].firstIndex(of: 0) {
                try body(rest[start..<zero])
                start = zero + 1
            }
            rest.removeFirst(start)
        }
        if let error = overrun(end) { throw error }
        guard end.exit == .status(0) else {
            throw failed(.host, end, remedy: "run `git fsck` there, and mend what it says")
        }
    }

    private func overrun(_ end: HostProgram.End) -> BelljarError? {
        guard case .time(let seconds)? = end.overrun else { return nil }
        return BelljarError(
            .unavailable, operation: Self.operation, subject: subject,
            answer: "git was still at work after \(seconds) s",
            remedy: "run `git status` there, and see what takes so long")
    }

    private func failed(_ code: ErrorCode, _ end: HostProgram.End, remedy: String) -> BelljarError {
        BelljarError(
            code, operation: Self.operation, subject: subject, answer: GitProgram.words(end), remedy: remedy,
            details: GitProgram.details(end))
    }
}

/// The files and links of a directory that git tracks, by the bytes of their paths in it.
struct TrackedFiles: Hashable, Sendable {
    private var files: Set<[UInt8]> = []
    /// Those above them.
    private var folders: Set<[UInt8]> = []
    /// Repositories in the repository, of which only their place is tracked.
    private(set) var submodules: Set<[UInt8]> = []
    /// The full id of what is checked out; nil before the first commit.
    let commit: String?
    /// Tracked files that are not known to be as in the commit.
    private(set) var changes: UInt64 = 0
    /// How many of them git could not merge.
    private(set) var conflicts: UInt64 = 0

    init(commit: String?) { self.commit = commit }

    var count: Int { files.count + submodules.count }

    func takes(_ path: [UInt8], isDirectory: Bool) -> Bool {
        isDirectory ? folders.contains(path) || submodules.contains(path) : files.contains(path)
    }

    /// For people: `git's working tree at 0123456789ab, with 2 files changed`.
    var words: String {
        let base = commit.map { "at \($0.prefix(12))" } ?? "before its first commit"
        let changed = changes == 0 ? "unchanged" : "with \(Self.counted(changes, "file")) changed"
        let merging = conflicts == 0 ? "" : ", \(conflicts) of them not merged"
        let inner =
            submodules.isEmpty
            ? "" : "; \(Self.counted(UInt64(submodules.count), "submodule")) taken as empty directories"
        return "git's working tree \(base), \(changed)\(merging)\(inner)"
    }

    private static func counted(_ number: UInt64, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// - Parameter record: `TAG MODE ID STAGE<tab>PATH` of git-ls-files(1); a file that could not be merged has several.
    mutating func add(listed record: ArraySlice<UInt8>) {
        guard let tab = record.firstIndex(of: UInt8(ascii: "\t")), record.count > 2 else { return }
        let path = Array(record[(tab + 1)...])
        // What git was told not to look at: skipped by a sparse checkout (S), or assumed to be unchanged (small letters).
        if record[record.startIndex] == UInt8(ascii: "S") || record[record.startIndex] >= UInt8(ascii: "a") {
            changes += 1
        }
        let isSubmodule = record.dropFirst(2).starts(with: "160000".utf8)
        if isSubmodule { submodules.insert(path) } else { files.insert(path) }
        var rest = path[...]
        while let slash = rest.lastIndex(of: UInt8(ascii: "/")) {
            rest = rest[..<slash]
            guard folders.insert(Array(rest)).inserted else { break }
        }
    }

    /// - Parameter record: of git-status(1), porcelain format 2: `1` for a changed file, `u` for one that is not merged.
    mutating func add(changed record: ArraySlice<UInt8>) {
        changes += 1
        if record.first == UInt8(ascii: "u") { conflicts += 1 }
    }
}
