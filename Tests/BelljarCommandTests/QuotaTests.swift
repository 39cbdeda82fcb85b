import BelljarKernel
import BelljarModel
import Testing

private let hasCompiler = (try? Descriptor.workingDirectory.status(of: "/usr/bin/cc")) != nil

/// A disk that is full, or a quota that is reached (which no test can set up without privileges), from one system call of
/// a command on: at every kind of call that takes room, in every part of the store. `DiskTests` do it with a real disk.
@Suite(.enabled(if: hasCompiler, "needs a C compiler (apt-get install gcc libc6-dev)"))
struct QuotaTests {
    private static let source =
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/Programs/full.c"

    /// Linux's numbers (errno(3)).
    private static let answers: [(name: String, number: Int)] = [("ENOSPC", 28), ("EDQUOT", 122)]

    /// A project whose store is put back to what it was.
    private struct Bench {
        let project: Project
        /// What the command needs to be done again; run by a shell.
        var reset = ""
        let command: [String]
        /// A file that the command leaves, and what is in it.
        var outcome: (path: String, text: String)?

        func restore() throws {
            let answer = try project.run("/bin/sh", "-c", "rm -rf store out calls && cp -a whole store\n\(reset)")
            #expect(answer.code == 0, "\(answer.complaint)")
        }

        func run(fullAt call: Int, answering number: Int) throws -> Answer {
            try project.start(
                Project.programs + "/belljar", command + ["--json", "--quiet"],
                environment: [
                    "LD_PRELOAD": project.path + "/full.so", "FULL_BELOW": project.store, "FULL_AT": "\(call)",
                    "FULL_ERROR": "\(number)", "FULL_LOG": project.path + "/calls",
                ]
            ).finish()
        }
    }

    /// The first and the last call of each kind in each part of the store, numbered from 1.
    private func choose(_ bench: Bench) throws -> [(call: Int, kind: String)] {
        let project = bench.project
        #expect(try project.run("/bin/cp", "-a", "store", "whole").code == 0)
        let compiled = try project.run("/usr/bin/cc", "-shared", "-fPIC", "-O1", "-o", "full.so", Self.source)
        #expect(compiled.code == 0, "\(compiled.complaint)")
        try bench.restore()
        let answer = try bench.run(fullAt: 0, answering: 0)
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        var kinds: [String: [Int]] = [:]
        for (index, line) in try project.read("calls").split(separator: "\n").enumerated() {
            let words = line.split(separator: " ")
            let path = words.last?.split(separator: "/") ?? []
            // The cache holds files of several kinds.
            let isCached = path.first == "cache" && path.count > 1
            let part = isCached ? "cache \(path[1].prefix { $0 != "-" })" : "\(path.first ?? "")"
            kinds["\(words[0]) \(part)", default: []].append(index + 1)
        }
        #expect(kinds.count > 3, "\(kinds)")
        let chosen = kinds.flatMap { kind, calls in
            Set([calls[0], calls[calls.count - 1]]).map { (call: $0, kind: kind) }
        }
        return chosen.sorted { $0.call < $1.call }
    }

    private func sweep(_ bench: Bench) throws -> Set<String> {
        let project = bench.project
        var met: Set<String> = []
        for (index, (call, kind)) in try choose(bench).enumerated() {
            let (name, number) = Self.answers[index % Self.answers.count]
            try bench.restore()
            let answer = try bench.run(fullAt: call, answering: number)
            let context: Comment = "\(name) from call \(call), \(kind): \(answer.text) \(answer.complaint)"
            if answer.code != 0 {
                #expect(answer.code == 9, context)
                let error = try #require(try answer.json()["error"], context)
                #expect(error["code"]?.string == "host" && error["exitCode"]?.integer == 9, context)
                #expect(error["answer"]?.string?.contains("(\(name))") == true, context)
                let remedy = error["remedy"]?.string ?? ""
                #expect(remedy.contains("free some space") || remedy.contains("that there is free space"), context)
                #expect(error["subject"]?.string?.isEmpty == false, context)
                met.insert(error["operation"]?.string ?? "")
            }
            #expect(try project.belljar("store", "fsck").code == 0, context)
            #expect(try project.run("/bin/ls", "-A", "store/tmp").text.isEmpty, context)
            let again = try project.start(Project.programs + "/belljar", bench.command + ["--quiet"]).finish()
            // What succeeded without room may say so the second time.
            #expect(again.code == 0 || answer.code == 0, "\(context) \(again.complaint)")
            if let outcome = bench.outcome { #expect(try project.read(outcome.path) == outcome.text, context) }
        }
        return met
    }

    @Test(.timeLimit(.minutes(20))) func whileABuildFetchesBuildsAndRecords() throws {
        let project = try Project()
        let made = try project.run(
            "/bin/sh", "-c",
            """
            mkdir -p served tree/d && for i in 1 2 3; do echo $i > tree/d/$i; done
            tar -c -f served/source.tar tree && sha256sum served/source.tar | cut -c1-64
            """)
        let server = try FileServer(project, folder: "served")
        try project.recipe(
            "fetched", run: "cat d/* > $OUT/all; cp d/1 $OUT/program; chmod +x $OUT/program",
            more: "sources:\n  - archive: \(server.address)/source.tar\n    sha256: \(made.text.prefix(64))")
        let met = try sweep(
            Bench(
                project: project, command: ["build", "fetched", "--output", "out"],
                outcome: ("out/fetched/all", "1\n2\n3\n")))
        // Temporary folders; fetching, unpacking and the log; filters; mounts; outputs; and the names in the end.
        let operations: Set = [
            "make a temporary folder in", "write to", "write seccomp filter", "check out", "commit to store",
        ]
        #expect(met.isSuperset(of: operations), "\(met.sorted())")
        try server.stop()
    }

    @Test(.timeLimit(.minutes(20))) func whileAToolchainIsImported() throws {
        let project = try Project(toolchain: false)
        let digest = try project.makeArchive()
        try project.makeStore()
        let met = try sweep(
            Bench(
                project: project, reset: "rm -rf Toolchains/late",
                command: [
                    "toolchain", "import", "late", "https://archive.invalid/tiny.tar", "--sha256", digest.hex, "--file",
                    "tiny.tar",
                ]))
        #expect(met.isSuperset(of: ["write to", "unpack archive", "store", "commit to store"]), "\(met.sorted())")
    }

    /// The index can be done without: the records are read from their files.
    @Test(.timeLimit(.minutes(20))) func whileTheIndexIsMade() throws {
        let project = try Project()
        try project.recipe("a", run: "echo a > $OUT/a")
        #expect(try project.belljar("build", "a", "--quiet").code == 0)
        let bench = Bench(project: project, command: ["records"])
        let calls = try choose(bench)
        #expect(calls.contains { $0.kind.hasSuffix(" index.sqlite") }, "\(calls)")
        for (call, kind) in calls {
            try bench.restore()
            let answer = try bench.run(fullAt: call, answering: 122)
            #expect(answer.code == 0, "\(kind): \(answer.text) \(answer.complaint)")
            #expect(try answer.json()["records"]?.array?.count == 1, "\(kind)")
            #expect(try project.belljar("store", "fsck").code == 0, "\(kind)")
            #expect(try project.belljar("records", "--json").json()["records"]?.array?.count == 1, "\(kind)")
        }
    }
}
