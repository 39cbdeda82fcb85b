import BelljarKernel
import BelljarModel
import Testing

/// Disks that fill up: the same command with ever more room on the store's file system, until there is enough. So it
/// ends in every phase once: fetching, unpacking, laying out, outputs, record, names.
@Suite(.disabled(if: isRoot, "as root the namespace would look like root's own host"))
struct DiskTests {
    /// One attempt with so many KiB free.
    private struct Attempt {
        var free: Int64
        var code: Int64
        /// Exit codes of `store fsck` afterwards, and of the same command when there is room again.
        var fsck: Int64
        var again: Int64
        var answer: JSONValue
        var error: JSONValue? { answer["error"] }
        var operation: String { error?["operation"]?.string ?? "" }
    }

    /// Arguments: a folder to mount on, the program, KiB of the first attempt, KiB from one to the next, and the command. Each attempt begins
    /// with the store as it is in the project, on a tmpfs that a ballast leaves so much of.
    private static let script = """
        place=$1 program=$2 free=$3 step=$4; shift 4
        mount -t tmpfs -o size=64m tmpfs "$place" || exit 1
        export BELLJAR_STORE="$place/store"
        used() { df -k --output=used "$place" | tail -n 1; }
        empty=$(used) code=9
        while [ $code -eq 9 ] && [ $free -lt 40000 ]; do
            rm -rf "$place/store" Toolchains/late
            # The kernel takes a sandbox's mounts down when it finds time, and until then its files have their room.
            tries=0
            while [ $(used) -gt $empty ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
            cp -a store "$place/store" || exit 1
            available=$(df -k --output=avail "$place" | tail -n 1)
            fallocate -l $(((available - free) * 1024)) "$place/ballast" || exit 1
            answer=$("$program" "$@" --json --quiet); code=$?
            rm "$place/ballast"
            "$program" store fsck >&2; fsck=$?
            # Only what succeeded is in the way of a second attempt.
            [ $code -ne 0 ] || rm -rf Toolchains/late
            "$program" "$@" --quiet >&2; again=$?
            printf '{"again":%d,"answer":%s,"code":%d,"free":%d,"fsck":%d}\\n' \
                $again "${answer:-null}" $code $free $fsck
            free=$((free + step))
        done
        """

    private func sweep(
        _ project: Project, from first: Int = 0, step: Int, _ command: [String]
    ) throws -> [Attempt] {
        try project.write("small/placeholder", "")
        let answer = try project.start(
            "/usr/bin/unshare",
            [
                "--user", "--map-current-user", "--keep-caps", "--mount", "/bin/sh", "-c", Self.script, "sh",
                project.path + "/small", Project.programs + "/belljar", "\(first)", "\(step)",
            ] + command
        ).finish(seconds: 200)
        #expect(answer.code == 0, "\(answer.complaint)")
        return try answer.text.split(separator: "\n").map { line in
            let found = try CanonicalJSON.decode(Array(line.utf8))
            func number(_ name: String) throws -> Int64 { try #require(found[name]?.integer) }
            return Attempt(
                free: try number("free"), code: try number("code"), fsck: try number("fsck"),
                again: try number("again"), answer: try #require(found["answer"]))
        }
    }

    /// Typed errors with a remedy until there is room, a sound store after each, and the same command works then.
    private func check(_ attempts: [Attempt], operations: Set<String>) throws {
        #expect(attempts.last?.code == 0)
        #expect(attempts.count > 3)
        for attempt in attempts {
            let context: Comment = "\(attempt.free) KiB: \(String(describing: attempt.error))"
            #expect(attempt.fsck == 0, context)
            #expect(attempt.again == 0, context)
            guard attempt.code != 0 else { continue }
            #expect(attempt.code == 9, context)
            let answer = attempt.error?["answer"]?.string ?? ""
            #expect(answer.contains("ENOSPC") || answer.contains("disk is full"), context)
            let remedy = attempt.error?["remedy"]?.string ?? ""
            #expect(remedy.contains("free some space") || remedy.contains("that there is free space"), context)
        }
        let met = Set(attempts.map(\.operation))
        #expect(met.isSuperset(of: operations), "\(attempts.map { ($0.free, $0.operation) })")
    }

    @Test func whileAToolchainIsImported() throws {
        let project = try Project(toolchain: false)
        let digest = try project.makeArchive()
        try project.makeStore()
        let attempts = try sweep(
            project, step: 256,
            [
                "toolchain", "import", "late", "https://archive.invalid/tiny.tar", "--sha256", digest.hex, "--file",
                "tiny.tar",
            ])
        try check(attempts, operations: ["write to", "unpack archive"])
    }

    @Test func whileABuildFetchesBuildsAndRecords() throws {
        let project = try Project()
        let made = try project.run(
            "/bin/sh", "-c",
            """
            mkdir -p served tree/d && for i in $(seq 40); do head -c 6000 /dev/urandom > tree/d/$i; done
            tar -c -f served/source.tar tree && sha256sum served/source.tar | cut -c1-64
            """)
        let server = try FileServer(project, folder: "served")
        try project.recipe(
            "fetched", run: "for i in d/*; do tac $i | sha256sum >> $OUT/sums; cat $i $i > $OUT/${i#d/}; done",
            more: "sources:\n  - archive: \(server.address)/source.tar\n    sha256: \(made.text.prefix(64))")
        let attempts = try sweep(project, step: 128, ["build", "fetched"])
        // The download and what comes out of it, and what the build made.
        try check(attempts, operations: ["write to", "store"])
        try server.stop()
    }

    /// The sandbox's filters are compiled by the first build of a store, behind a MiB of random numbers (`/dev/random`). They are
    /// small, so the room grows in small steps, from there on.
    @Test func whileFiltersAreCompiled() throws {
        let project = try Project()
        try project.recipe("first", run: "echo first > $OUT/a")
        try check(try sweep(project, from: 1024, step: 12, ["build", "first"]), operations: ["write seccomp filter"])
    }

    private func projectOfThree() throws -> Project {
        let project = try Project()
        for name in ["a", "b", "c"] {
            try project.recipe(name, run: "echo \(name) > $OUT/a")
            #expect(try project.belljar("build", name, "--quiet").code == 0)
        }
        #expect(!project.exists("store/index.sqlite"))
        return project
    }

    /// What helps a full disk, and what only looks, works on a full disk; the index is not needed for it.
    @Test func fullFromTheBeginning() throws {
        let project = try projectOfThree()
        for command in [
            ["records"], ["store", "du"], ["store", "du", "--by-root"], ["store", "gc"], ["store", "fsck"],
        ] {
            let attempts = try sweep(project, step: 256, command)
            #expect(attempts.map(\.code) == [0], "\(command): \(attempts)")
            #expect(attempts.map(\.fsck) == [0])
            if command == ["records"] { #expect(attempts.first?.answer["records"]?.array?.count == 3) }
        }
    }

    /// With an index. SQLite needs room even to read one, so nobody can say whether it is damaged: exit code 9, not 6.
    @Test func fullWithAnIndex() throws {
        let project = try projectOfThree()
        #expect(try project.belljar("records").code == 0)
        #expect(project.exists("store/index.sqlite"))
        for command in [["records"], ["store", "du"], ["store", "gc"]] {
            #expect(try sweep(project, step: 16, command).map(\.code) == [0], "\(command)")
        }
        for command in [["store", "fsck"], ["store", "fsck", "--repair"]] {
            let attempts = try sweep(project, step: 16, command)
            #expect(attempts.last?.code == 0)
            #expect(attempts.first?.code == 9)
            for attempt in attempts {
                let context: Comment = "\(attempt.free) KiB: \(attempt.answer)"
                #expect(attempt.fsck == 0 && attempt.again == 0, context)
                guard attempt.code != 0 else { continue }
                #expect(attempt.code == 9 && attempt.error?["code"]?.string == "host", context)
                #expect(attempt.operation == "use index", context)
                #expect(attempt.error?["remedy"]?.string?.contains("free some space") == true, context)
            }
        }
    }
}
