import BelljarKernel
import BelljarModel
import Testing

/// belljar started by careless parents: `parent.c` sets something up and executes it. Whatever that is, a build's result is
/// the same, and the exit code says what happened.
///
/// The recipe writes into its output what a careless runner would hand on: descriptors, signals, the mask of files, soft
/// limits, the environment, what the machine is called.
@Suite(.enabled(if: HostileParent.isCompiled, "parent.c needs a C compiler and a static C library"))
struct HostileParentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var settings: String
        var code: Int32 = 0
        /// What the error is about; nil where the build has to succeed.
        var subject: String?
        var testDescription: String { settings }
    }

    /// Whether this account may raise hard limits: tried in a shell of its own.
    private static let mayRaise: Bool = {
        let folder = try? Project(toolchain: false)
        return (try? folder?.run("/bin/sh", "-c", "ulimit -n 64 && ulimit -n 128").code) == 0
    }()

    private static func all(_ settings: [String]) -> [Case] { settings.map { Case(settings: $0) } }

    static let descriptors =
        all([
            "closed-0", "closed-2", "closed-02", "directory-0", "place-0", "epoll-0", "event-0", "write-only-0",
            "zeros-0",
            "socket-0", "nonblocking", "many", "many closed-02",
        ])
        // The build is done and recorded; it is the answer that nobody got.
        + ["closed-1", "closed-01", "closed-12", "closed-012", "read-only-1", "directory-1", "full-1"].map {
            Case(settings: $0, code: 9)
        }

    static let signals = all([
        "ignored-child", "ignored-pipe", "ignored-hangup", "ignored-all", "blocked-all", "ignored-all blocked-all",
        "ignored-all timers", "pending-alarm",
    ])

    static let limits =
        all([
            "soft-nofile=16", "soft-nofile=64", "soft-stack=65536", "soft-stack=unlimited", "soft-as=536870912",
            "soft-data=67108864", "soft-fsize=0", "soft-fsize=4096", "soft-cpu=1", "soft-core=unlimited",
            "soft-memlock=0",
            "soft-sigpending=0", "soft-msgqueue=0", "soft-locks=0", "soft-nproc=1", "hard-core=0",
            "hard-nofile=1024 many",
        ])
        + [
            ("nofile=64", "NOFILE"), ("stack=1048576", "STACK"), ("as=1073741824", "AS"),
            ("data=67108864", "DATA"), ("fsize=0", "FSIZE"), ("fsize=4096", "FSIZE"), ("fsize=16777216", "FSIZE"),
            ("cpu=60", "CPU"), ("memlock=0", "MEMLOCK"), ("sigpending=0", "SIGPENDING"), ("msgqueue=0", "MSGQUEUE"),
            // Root raises them, if it has the right to (CAP_SYS_RESOURCE), as nobody else may.
        ].map { Case(settings: "hard-" + $0.0, code: mayRaise ? 0 : 4, subject: mayRaise ? nil : "RLIMIT_" + $0.1) }

    static let attributes = all([
        "nice", "idle", "batch", "io-idle", "one-processor", "removed-folder", "unreadable-folder", "session", "orphan",
        "subreaper", "children", "dies-with-parent", "no-new-privileges", "not-dumpable", "slack", "small-pages",
        "filter",
        "keyring", "compatible-layout", "fixed-layout", "executable-memory", "another-machine", "another-release",
        "umask-0",
        "umask-077", "umask-777", "no-environment", "no-home", "no-path", "strange-environment",
        "ignored-all blocked-all closed-02 many soft-stack=unlimited another-machine slack subreaper "
            + "removed-folder strange-environment nice idle one-processor umask-777",
    ])

    static let groups = ["descriptors": descriptors, "signals": signals, "limits": limits, "attributes": attributes]

    @Test(arguments: groups.keys.sorted()) func noParentChangesAResult(group: String) throws {
        let cases = try #require(Self.groups[group])
        let host = try HostileParent()
        let expected = try host.result(try host.build("umask-077").answer)
        for item in cases {
            let before = try host.newestResult()
            #expect(before == expected)
            let (answer, text) = try host.build(item.settings)
            #expect(answer.code == item.code, "\(item.settings): \(text)")
            if let subject = item.subject {
                #expect(try answer.json()["error"]?["subject"]?.string == subject, "\(item.settings): \(text)")
            } else if item.code == 0 {
                #expect(try host.result(answer) == expected, "\(item.settings): \(text)")
            }
        }
        #expect(try host.newestResult() == expected)
    }

    /// Not as root, whom the kernel lets have any number of processes.
    @Test(.disabled(if: isRoot, "root may have as many processes as there are"))
    func withoutThreadsThereIsAnError() throws {
        let (answer, text) = try HostileParent().build("hard-nproc=1")
        #expect(answer.code == 4, "\(text)")
        #expect(try answer.json()["error"]?["subject"]?.string == "RLIMIT_NPROC", "\(text)")
    }

    /// As nohup(1) starts it, and the terminal goes away; without that it ends.
    @Test(arguments: [("session", Int32(129)), ("ignored-hangup", 0)] as [(String, Int32)])
    func aHangUpIsHeardUnlessItIsIgnored(settings: String, code: Int32) throws {
        let host = try HostileParent(run: "echo begun; sleep 2; echo done > $OUT/a")
        let build = try host.start([settings], ["build", "hello", "--json"])
        #expect(try build.waits(for: "step build"))
        build.signal(1)
        let answer = try build.finish(seconds: 30)
        #expect(answer.code == code, "\(answer.text) \(answer.complaint)")
    }

    /// A parent that blocks what ends programs, or ignores it, is no reason to run for ever.
    @Test(arguments: ["ignored-all", "blocked-all"]) func itStillEndsWhenItIsAskedTo(settings: String) throws {
        let host = try HostileParent(run: "echo begun; sleep 60; echo done > $OUT/a")
        for (signal, code) in [(Signals.interrupt, Int32(130)), (Signals.terminate, 143)] {
            let build = try host.start([settings], ["build", "hello", "--json"])
            #expect(try build.waits(for: "step build"))
            build.signal(signal)
            #expect(try build.finish(seconds: 20).code == code)
        }
    }

    /// What a command gets as standard input: the bytes, from where the parent had read to; never the file itself.
    @Test(arguments: [
        ("", "cat", Int32(0), ""), ("closed-0", "cat", 0, ""), ("socket-0", "cat", 0, "by a socket\n"),
        ("zeros-0", "head -c 3 | tr '\\0' z", 0, "zzz"), ("directory-0", "cat", 2, ""), ("place-0", "cat", 2, ""),
        ("epoll-0", "cat", 2, ""), ("event-0", "cat", 2, ""), ("write-only-0", "cat", 2, ""),
    ])
    func standardInputIsHandedOnAsBytes(settings: String, script: String, code: Int32, text: String) throws {
        let host = try HostileParent()
        let answer = try host.start([settings], ["run", "--quiet", "-t", "tiny", "--", "sh", "-c", script]).finish()
        #expect(answer.code == code, "\(answer.complaint)")
        #expect(answer.text == text, "\(answer.complaint)")
    }

    /// The position belongs to whoever shares the open file, and stays where it is.
    @Test func aFileIsReadFromItsPositionAndNotWrittenTo() throws {
        let host = try HostileParent()
        try host.project.write("file", "first\nsecond\nthird\n")
        let command = "\(Project.programs)/belljar run --quiet -t tiny -- sh -c"
        let script = """
            exec 3<>file
            head -c 6 <&3 >/dev/null
            \(command) 'cat; echo changed 2>/dev/null >/proc/self/fd/0; readlink /proc/self/fd/0 | cut -c1-5' <&3
            cat <&3
            cat file
            """
        let answer = try host.project.run("/bin/sh", "-c", script)
        // head(1) may have read on.
        let lines = answer.text.split(separator: "\n").map(String.init)
        #expect(lines.contains("pipe:"), "\(answer.text) \(answer.complaint)")
        #expect(lines.suffix(3) == ["first", "second", "third"], "\(answer.text) \(answer.complaint)")
        #expect(!answer.text.contains("changed"))
    }

    /// A shell that reads its commands from a pipe must not find some of the build's there.
    @Test func aPipeOfTheHostIsNotWrittenTo() throws {
        let host = try HostileParent()
        let script = """
            { echo one; sleep 1; } | {
                \(Project.programs)/belljar run --quiet -t tiny -- sh -c 'cat; echo injected >/proc/self/fd/0'
                cat
            }
            """
        let answer = try host.project.run("/bin/sh", "-c", script)
        #expect(answer.text == "one\n", "\(answer.text) \(answer.complaint)")
    }

    /// Whoever does not read any more ends a program, whether its parent ignores SIGPIPE or not.
    @Test(arguments: ["session", "ignored-pipe"]) func aReaderThatGoesAwayEndsTheCommand(settings: String) throws {
        let host = try HostileParent()
        let script = """
            { \(host.parent) \(settings) -- \(Project.programs)/belljar run --quiet -t tiny -- yes; echo $? >code; } | head -n 1
            cat code
            """
        #expect(try host.project.run("/bin/sh", "-c", script).text == "y\n141\n")
    }
}

/// A project whose programs are started by `parent.c`.
struct HostileParent {
    let project: Project
    let parent: String

    /// Compiled for all tests once.
    private static let program: [UInt8]? = {
        let source = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        guard let folder = try? Project(toolchain: false),
            let made = try? folder.run(
                "/usr/bin/cc", "-std=gnu11", "-O1", "-static", "-o", "parent", source + "/Fixtures/Programs/parent.c"),
            made.code == 0
        else { return nil }
        return try? Descriptor.workingDirectory.open(folder.path + "/parent").readAll(limit: 16 << 20)
    }()

    static var isCompiled: Bool { program != nil }

    static let world = """
        { umask; grep -E '^(Sig|Shd)(Blk|Ign|Cgt)' /proc/self/status; ls /proc/self/fd; env; uname -a; ulimit -S -a
        ls -l /dev/null; date; } > $OUT/world
        """

    init(run: String = world) throws {
        project = try Project()
        try project.recipe("hello", run: run)
        let folder = try Descriptor.workingDirectory.open(project.path, .directory)
        try folder.open("parent", [.write, .create], mode: 0o755).writeAll(Self.program ?? [])
        parent = project.path + "/parent"
    }

    /// Starts belljar with these settings, in words.
    func start(_ settings: [String], _ arguments: [String]) throws -> HostProcess {
        let places = ["--project", project.path, "--store", project.store]
        // Options end where a command begins.
        let end = arguments.firstIndex(of: "--") ?? arguments.count
        let belljar = [Project.programs + "/belljar"] + arguments[..<end] + places + arguments[end...]
        return try project.start(
            parent, settings.flatMap { $0.split(separator: " ").map(String.init) } + ["--"] + belljar)
    }

    func build(_ settings: String) throws -> (answer: Answer, text: String) {
        let answer = try start([settings], ["build", "hello", "--no-cache", "--json"]).finish()
        return (answer, "\(answer.code) \(answer.text) \(answer.complaint)")
    }

    func result(_ answer: Answer) throws -> JSONValue? {
        try #require(try answer.json()["builds"]?.array?.first?["tree"], "\(answer.text) \(answer.complaint)")
    }

    /// What the last record says came out.
    func newestResult() throws -> JSONValue? {
        let shown = try project.belljar("show", "hello", "--json")
        return try #require(try shown.json()["result"]?["tree"]?["digest"], "\(shown.text) \(shown.complaint)")
    }
}
