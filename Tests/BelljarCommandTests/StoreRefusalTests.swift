import BelljarKernel
import BelljarModel
import Testing

/// Stores that are not ours to use, or not now: of another version, of another user, closed, read-only, locked.
@Suite struct StoreRefusalTests {
    /// Names, sizes, times and owners of everything in the store.
    private func listing(_ project: Project) throws -> String {
        try project.run("/bin/sh", "-c", "find store -printf '%p %s %T@ %C@ %U %m\\n' | sort").text
    }

    /// Every command that opens the store.
    private static let commands = [
        ["build", "hello"], ["run", "-t", "tiny", "--", "true"], ["records"], ["store", "du"],
        ["store", "du", "--by-root"], ["store", "gc"], ["store", "fsck"], ["store", "fsck", "--repair"],
        ["toolchain", "build", "tiny"],
    ]
    /// Those that may not work where nothing can be written.
    private static let writing = [
        ["build", "hello"], ["build", "hello", "--no-cache"], ["build", "other"], ["run", "-t", "tiny", "--", "true"],
        ["store", "gc"], ["store", "fsck", "--repair"],
    ]
    private static let reading = [
        ["records"], ["show", "hello"], ["log", "hello"], ["store", "du"], ["store", "path"],
    ]

    private func answer(_ project: Project, _ prefix: [String], _ command: [String]) throws -> Answer {
        // Standard output of `run` is its command's.
        let isJSON = command[0] != "run"
        let options = command.prefix { $0 != "--" }
        let all =
            prefix + [Project.programs + "/belljar"] + options + (isJSON ? ["--json"] : [])
            + command[options.endIndex...]
        return try project.start(all[0], Array(all.dropFirst())).finish()
    }

    /// The error that a command ended with. Of one that says it in words, the words stand for each part.
    private func error(_ answer: Answer, _ command: [String]) throws -> (
        subject: String, answer: String, remedy: String
    ) {
        guard command[0] != "run" else { return (answer.complaint, answer.complaint, answer.complaint) }
        let error = try #require(try answer.json()["error"])
        func part(_ name: String) -> String { error[name]?.string ?? "" }
        #expect(error["exitCode"]?.integer == Int64(answer.code))
        return (part("subject"), part("answer"), part("remedy"))
    }

    /// The commands, started by a prefix, end with exit code 9, an error and a remedy, and change nothing.
    private func expectRefusals(
        _ project: Project, prefix: [String] = [], of commands: [[String]] = Self.commands, answer words: String
    ) throws {
        let before = try listing(project)
        for command in commands {
            let answer = try answer(project, prefix, command)
            #expect(answer.code == 9, "\(command): \(answer.text) \(answer.complaint)")
            let error = try error(answer, command)
            #expect(error.subject.contains(project.store), "\(error)")
            #expect(error.answer.contains(words), "\(error)")
            #expect(error.remedy.contains("BELLJAR_STORE"), "\(error)")
        }
        #expect(try listing(project) == before)
    }

    private func builtProject() throws -> Project {
        let project = try Project()
        try project.recipe("hello", run: "echo hello > $OUT/a")
        try project.recipe("other", run: "echo other > $OUT/a")
        #expect(try project.belljar("build", "hello").code == 0)
        return project
    }

    // MARK: Versions

    @Test(arguments: [
        ("999\n", "made by a newer belljar (format 999"), ("0\n", "its format, 0, is unknown"),
    ])
    func aStoreOfAnotherVersionIsLeftAlone(version: String, words: String) throws {
        let project = try builtProject()
        try project.write("store/version", version)
        try project.write("store/lease", "format \(version)")
        try expectRefusals(project, answer: words)
        try project.write("store/lease", "")
        try expectRefusals(project, answer: words)
        try project.write("store/version", "1\n")
        #expect(try project.belljar("build", "hello").text.contains("cached"))
    }

    // MARK: Users

    /// In a namespace where the ordinary user looks like root, there is no account that root's builds could run under, nor
    /// could a store belong to one. The store of outside is left alone.
    @Test(.disabled(if: isRoot, "as root the account that root's builds run under is there"))
    func whoLooksLikeRootLeavesStoresAlone() throws {
        let project = try builtProject()
        let before = try listing(project)
        for command in Self.commands {
            let answer = try answer(project, ["/usr/bin/unshare", "--user", "--map-root-user"], command)
            #expect(answer.code == 4, "\(command): \(answer.text) \(answer.complaint)")
            let error = try error(answer, command)
            #expect(error.answer.contains("root of a user namespace"), "\(error)")
            #expect(error.remedy.contains("as an ordinary user"), "\(error)")
        }
        #expect(try listing(project) == before)
        #expect(try project.belljar("build", "hello").text.contains("cached"))
    }

    @Test(.enabled(if: isRoot, "only root can give a store away"))
    func aStoreThatWasGivenAwayIsLeftAloneAsRoot() throws {
        let project = try builtProject()
        #expect(try project.run("/bin/chown", "-R", "4711:4711", "store").code == 0)
        try expectRefusals(project, answer: "belongs to uid 4711")
    }

    /// A folder that everybody may write to, but that is somebody else's: not one thing is made in it, neither by an
    /// ordinary user nor by root. Nor is anything read there: what should say the version may be a FIFO that nobody writes to.
    @Test(
        .enabled(if: isRoot, "only root can become other users"), arguments: [[], ["--reuid=4712", "--regid=4712"]],
        ["true", "mkfifo store/version"])
    func aFolderOfAnotherIsLeftAloneAsRoot(user: [String], content: String) throws {
        let project = try Project(toolchain: false)
        let prepared = try project.run(
            "/bin/sh", "-c", "mkdir store && \(content) && chmod 1777 store && chown -R 4711 store")
        #expect(prepared.code == 0, "\(prepared.complaint)")
        let prefix = user.isEmpty ? [] : ["/usr/bin/setpriv", "--clear-groups"] + user
        let commands = [["records"], ["store", "du"], ["store", "gc"], ["store", "fsck"]]
        try expectRefusals(project, prefix: prefix, of: commands, answer: "belongs to uid 4711")
    }

    /// Others could put things there before belljar does, which it would take for its own.
    @Test(arguments: ["777", "1777", "702"]) func aFolderThatEverybodyMayWriteTo(mode: String) throws {
        let project = try Project(toolchain: false)
        #expect(try project.run("/bin/mkdir", "-m", mode, "store").code == 0)
        let commands = [["records"], ["store", "du"], ["store", "gc"], ["store", "fsck"]]
        try expectRefusals(project, of: commands, answer: "everybody can write to it (mode 0\(mode))")
        #expect(try project.run("/bin/chmod", "o-w", "store").code == 0)
        try project.makeStore()
        #expect(try project.belljar("records").code == 0)
        #expect(try project.run("/bin/chmod", mode, "store").code == 0)
        try expectRefusals(project, of: commands, answer: "everybody can write to it (mode 0\(mode))")
    }

    /// A folder that this user may not enter.
    @Test(.disabled(if: isRoot, "root may enter every folder"))
    func aStoreThatIsClosed() throws {
        let project = try builtProject()
        #expect(try project.run("/bin/chmod", "000", "store").code == 0)
        let answer = try project.belljar("store", "du", "--json")
        #expect(try project.run("/bin/chmod", "700", "store").code == 0)
        #expect(answer.code == 9)
        let error = try #require(try answer.json()["error"])
        #expect(error["answer"]?.string?.contains("EACCES") == true)
        #expect(error["remedy"]?.string?.contains("a store of their own") == true, "\(error)")
    }

    // MARK: Nothing can be written

    /// What only looks still works.
    private func expectReading(_ project: Project, prefix: [String] = []) throws {
        let before = try listing(project)
        for command in Self.reading {
            let answer = try answer(project, prefix, command)
            #expect(answer.code == 0, "\(command): \(answer.text) \(answer.complaint)")
        }
        #expect(try listing(project) == before)
    }

    @Test(.disabled(if: isRoot, "root may write to every folder"))
    func aStoreThatMayNotBeWritten() throws {
        let project = try builtProject()
        #expect(try project.run("/bin/chmod", "-R", "a-w", "store").code == 0)
        defer { _ = try? project.run("/bin/chmod", "-R", "u+w", "store") }
        try expectRefusals(project, of: Self.writing, answer: "EACCES")
        try expectReading(project)
    }

    @Test(.disabled(if: isRoot, "as root the namespace would look like root's own host"))
    func aReadOnlyFileSystem() throws {
        let project = try builtProject()
        let remount = "mount --bind store store && mount -o remount,bind,ro store && exec \"$@\""
        let prefix = [
            "/usr/bin/unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "/bin/sh", "-c", remount,
            "sh",
        ]
        try expectRefusals(project, prefix: prefix, of: Self.writing, answer: "EROFS")
        try expectReading(project, prefix: prefix)
        #expect(try project.belljar("build", "other").text.contains("built"))
    }

    // MARK: Not now

    private func holding(_ project: Project, _ lock: String, seconds: Int) throws -> HostProcess {
        let holder = try project.start(
            "/usr/bin/flock",
            [lock, "--no-fork", "store/lease", "/bin/sh", "-c", "echo held >&2; exec sleep \(seconds)"])
        #expect(try holder.waits(for: "held"))
        return holder
    }

    private func expectInUse(_ project: Project) throws {
        let before = try listing(project)
        for command in [["store", "gc"], ["store", "gc", "--dry-run"], ["store", "fsck", "--repair"]] {
            let answer = try answer(project, [], command)
            #expect(answer.code == 5, "\(command): \(answer.text) \(answer.complaint)")
            let error = try #require(try answer.json()["error"])
            #expect(error["code"]?.string == "refused")
            #expect(error["answer"]?.string == "another belljar is using the store")
            #expect(error["remedy"]?.string?.isEmpty == false)
        }
        #expect(try listing(project) == before)
    }

    /// A lease of another process: nothing is taken away, and whoever uses the store does so beside it.
    @Test func aStoreThatIsUsed() throws {
        let project = try builtProject()
        let holder = try holding(project, "--shared", seconds: 60)
        try expectInUse(project)
        for command in [["build", "other"], ["store", "fsck"], ["store", "du", "--by-root"]] {
            #expect(try answer(project, [], command).code == 0)
        }
        holder.signal(9)
        _ = try holder.finish()
    }

    /// A collection by another process: a build says what it waits for, and goes on when that is done.
    @Test func aStoreThatIsBeingCollected() throws {
        let project = try builtProject()
        let holder = try holding(project, "--exclusive", seconds: 60)
        try expectInUse(project)
        let build = try project.starting("build", "other")
        #expect(
            try build.waits(
                for: "waiting for another belljar, which is collecting garbage in \(project.store) or repairing it"))
        holder.signal(9)
        _ = try holder.finish()
        #expect(try build.finish().text.contains("built"))
    }
}
