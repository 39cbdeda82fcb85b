internal import BelljarControls
internal import BelljarModel
internal import BelljarPlan

/// Values of every format that belljar writes itself, each with as many of its parts as one value can have.
enum Samples {
    private static func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }

    // MARK: Wire

    static var plans: [[UInt8]] {
        var plan = Plan(
            account: .init(uid: 65534, gid: 65533), inside: .init(uid: 1000, gid: 1001), hostName: "belljar",
            domainName: "localdomain", root: .layers(["/store/base", "/store/image"]), buildLayers: ["/store/src"],
            binds: [.init(source: "/store/zlib", target: "/inputs/zlib", isReadOnly: true)],
            filters: [[1, 2, 3, 4, 5, 6, 7, 8], []],
            masks: [.init(path: "/proc/cpuinfo", source: .content([1, 2])), .init(path: "/proc/sys", source: .root)],
            commands: [.init(argv: ["/bin/sh", "-c", "make"], environment: ["A=1"], directory: "/build")],
            limits: .init(
                timeoutMilliseconds: 1, graceMilliseconds: 2, memoryBytes: 3, openFiles: 7, processes: 4,
                fileBytes: 5, scratchBytes: 6, scratchInodes: .max))
        let layers = plan.encoded()
        plan.account = nil
        plan.root = .writable("/scratch/root")
        return [layers, plan.encoded()]
    }

    static var reports: [[UInt8]] {
        let usage = Report.CommandUsage(
            isSignal: true, code: 9, wallMicroseconds: 1, userMicroseconds: 2, systemMicroseconds: 3, peakBytes: 4)
        let reports: [Report] = [
            .failed(stage: .mountRoot, errorNumber: 22, call: "fsconfig", subject: "/store/image"),
            .enforcement([.init("processes", "rlimit"), .init("scratch", "tmpfs")]), .started(index: 3),
            .ended(index: 3, usage: usage),
            .timedOut, .exceeded(limit: .scratch, seen: .max, subject: "/out/x"), .ledger(lines: Array("{}\n".utf8)),
            .ledgerFull,
            .violation(program: "/build/a.out", reason: "it cannot be hooked"), .finished, .forked,
        ]
        return reports.map { $0.encoded() }
    }

    /// Those of an archive with a file, a folder and a link of each kind.
    static var messages: [ArchiveMessage] {
        func name(_ text: String) -> [UInt8] { Array(text.utf8) }
        return [
            .opened, .entry(.init(path: name("./usr/"), mode: 0o040755, size: 0)), .contentEnd(offset: 0),
            .entry(.init(path: name("./usr/file"), mode: 0o100755, size: 9)),
            .content(offset: 0, bytes: name("file")), .content(offset: 6, bytes: name("x")), .contentEnd(offset: 9),
            .entry(.init(path: name("link"), mode: 0o120777, size: 0, symlink: name("usr/file"))),
            .contentEnd(offset: 0),
            .entry(.init(path: name("hard"), mode: 0o100644, size: 0, hardlink: name("./usr/file"))),
            .contentEnd(offset: 0), .rest(512), .end,
        ]
    }

    // MARK: Objects

    static var directories: [[UInt8]] {
        let file = Directory.File(name: "file", digest: digest("file"), size: 5, isExecutable: true)
        let folder = Directory.Subdirectory(name: "folder", tree: TreeDigest(digest: digest("folder"), size: 300))
        let link = Directory.Symlink(name: "link", target: "../elsewhere")
        return [
            Directory(files: [file], directories: [folder], symlinks: [link]), Directory(symlinks: [link]),
        ].compactMap { try? DirectoryCodec.encode($0) }
    }

    static var records: [[UInt8]] {
        guard let inner = keyed("zlib", inputs: []) else { return [] }
        let input = BuildRecord.Input(
            name: "zlib", tree: TreeDigest(digest: digest("tree"), size: 3), definition: inner.digest)
        guard let outer = keyed("hello", inputs: [input]) else { return [] }
        let record = BuildRecord(
            keyed: outer,
            result: .init(
                status: .ok,
                outputs: [.init(path: "bin/hello", mode: "0755", size: 9, digest: digest("hello"))],
                tree: TreeDigest(digest: digest("out"), size: 90)),
            observed: .init(
                runnerVersion: "0.1", kernel: "6.1.0", cpu: "model", enforcement: ["memory": "rlimit"],
                openChannels: ["elapsed-time"], started: 1, milliseconds: 2,
                steps: [.init(name: "build", milliseconds: 1, peakBytes: 4096, logOffset: 0)], log: digest("log"),
                logTruncated: false, ledger: digest("ledger"), ledgerTruncated: true),
            closure: .init(
                locks: [digest("lock"): "lock"], definitions: [inner.digest: inner]))
        return (try? record.canonicalBytes()).map { [$0] } ?? []
    }

    private static func keyed(_ name: String, inputs: [BuildRecord.Input]) -> BuildRecord.KeyedDefinition? {
        try? .init(definition(name, inputs: inputs), action: digest("action"))
    }

    private static func definition(_ name: String, inputs: [BuildRecord.Input]) -> BuildRecord.Definition {
        BuildRecord.Definition(
            name: name, version: "2.10",
            toolchain: .init(name: "c", lock: digest("lock"), image: TreeDigest(digest: digest("image"), size: 7)),
            sources: [
                .init(
                    kind: .archive(.archive(name: "debian", path: "pool/h.tar.gz"), strip: 1), digest: digest("a"),
                    size: 12, into: "src"),
                .init(
                    kind: .git(repository: "https://example.org/r", commit: String(repeating: "ab", count: 20)),
                    digest: digest("g"), size: 5, into: ""),
                .init(
                    kind: .file(.url("https://example.org/x"), name: "x", isExecutable: true), digest: digest("f"),
                    size: 1, into: "etc"),
            ],
            inputs: inputs,
            steps: [.init(name: "build", argv: ["/bin/sh", "-e", "-u", "-c", "make\n"], directory: "/build")],
            environment: ["A": "1", "B": "\"quoted\""], outputs: ["bin/hello"], epoch: 1_700_000_000,
            limits: ResourceLimits(memoryBytes: 1 << 30),
            sandbox: .init(profile: "strict/1", baseline: "6.1", network: "none"), controls: .standard,
            constants: ["umask": "022"], seed: "dice")
    }
}
