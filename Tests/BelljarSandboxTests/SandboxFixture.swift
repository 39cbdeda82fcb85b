import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarPlan
import BelljarSandbox
import FoundationEssentials
import Testing

/// A root to run things in, made for one test: a base layer as belljar makes it, over a small image with a static
/// busybox, in a folder of the test's own.
final class SandboxFixture: Sendable {
    let folder: String
    let sandbox: Sandbox
    let roots: [String]

    /// Static busybox of Debian's busybox-static, or nil with a printed reason.
    static let busybox: String? = {
        for path in ["/bin/busybox", "/usr/bin/busybox"] where FileManager.default.isExecutableFile(atPath: path) {
            return path
        }
        print("skipped: the sandbox's tests need a static busybox (apt-get install busybox-static)")
        return nil
    }()

    /// belljar-init beside the test bundle, where the package manager puts both.
    static let initPath = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/belljar-init"

    /// As root, builds run as an unprivileged account.
    static let account: Account? = Host.effectiveUid == 0 ? .init(uid: 65534, gid: 65534) : nil

    /// - Parameter cpus: as of `BaseLayer`.
    init(cpus: UInt32? = 2) throws {
        let base = BaseLayer(cpus: cpus)
        let busybox = try #require(Self.busybox)
        folder = FileManager.default.temporaryDirectory.path + "/belljar-sandbox-\(UUID().uuidString)"
        sandbox = Sandbox(initPath: Self.initPath, cacheFolder: folder + "/cache", account: Self.account)
        roots = [folder + "/base", folder + "/image"]
        for directory in base.directories { try makeDirectory("base/" + directory) }
        for file in base.files {
            try Data(file.bytes).write(to: URL(filePath: folder + "/base/" + file.path))
        }
        try makeDirectory("image/bin")
        try FileManager.default.copyItem(atPath: busybox, toPath: folder + "/image/bin/busybox")
        let applets = [
            "sh", "id", "hostname", "env", "cat", "ls", "echo", "grep", "sleep", "touch", "mkdir", "rm", "rmdir", "mv",
            "stat",
            "setsid", "true", "false", "dd", "tty", "test", "mount", "readlink", "ps", "dnsdomainname", "head", "tr",
            "wc",
            "chmod", "ln", "mkfifo", "cp", "tar", "cut", "truncate", "tail", "od", "find", "printf", "yes", "kill",
            "ulimit",
            "nproc", "dmesg",
            "sort", "seq",
        ]
        for applet in applets {
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/image/bin/" + applet, withDestinationPath: "busybox")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: folder + "/" + path, withIntermediateDirectories: true)
    }

    func write(_ path: String, _ content: String) throws {
        try Data(content.utf8).write(to: URL(filePath: folder + "/" + path))
    }

    func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: folder + "/" + path)), as: UTF8.self)
    }

    /// What is in a store belongs to the account that builds run as, else they could not change their copies of it.
    func giveToAccount() throws {
        guard let account = Self.account else { return }
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).map { folder + "/" + $0 }
        for name in [folder] + names {
            try Descriptor.workingDirectory.setOwner(of: name, uid: account.uid, gid: account.gid)
        }
    }

    func waitUntil(_ condition: () throws -> Bool) throws -> Bool {
        for _ in 0..<200 {
            if try condition() { return true }
            pause(until: .after(milliseconds: 50))
        }
        return false
    }

    /// One shell script as a step, with the environment of a build.
    func script(_ text: String, directory: String = "/build") -> Plan.Command {
        Plan.Command(
            argv: ["/bin/sh", "-e", "-u", "-c", text],
            environment: ["PATH": "/bin", "HOME": "/build/.home"],
            directory: directory)
    }

    /// What came of a run, copyable.
    struct Result {
        var status: BuildStatus
        var output = ""
        var errors = ""
        var usages: [Report.CommandUsage]
        var enforcement: [String: String]
        var logTruncated: Bool
        var exceeded: ExceededLimit?
        var awaitedClock: Bool
        /// Content of the files of at most 1 MiB directly in `/out`, by name.
        var out: [String: String]
    }

    func run(
        _ commands: [Plan.Command], root: Plan.Root? = nil,
        identity: SandboxRequest.Identity = .builder, profile: IsolationProfile = .strict, buildLayers: [String] = [],
        binds: [Plan.Bind] = [],
        limits: ResourceLimits = .standard, memoryCeiling: UInt64? = nil, world: World = .real,
        input: SandboxRequest.StandardInput = .none,
        cancellation: Cancellation = Cancellation(), started: (Int) -> Void = { _ in }
    ) throws -> Result {
        try giveToAccount()
        var bytes: (output: [UInt8], errors: [UInt8]) = ([], [])
        let request = SandboxRequest(
            root: root ?? .layers(roots), identity: identity, profile: profile, buildLayers: buildLayers, binds: binds,
            commands: commands, limits: limits, memoryCeiling: memoryCeiling, world: world, standardInput: input)
        let outcome = try sandbox.run(request, cancellation: cancellation, started: started) { stream, content in
            switch stream {
            case .standardOutput: bytes.output += content
            case .standardError: bytes.errors += content
            }
        }
        var out: [String: String] = [:]
        switch outcome.out {
        case .some(let folder):
            for entry in try folder.entries() where entry.kind == .regular {
                let file = try folder.open(entry.name)
                guard try file.status().size <= 1 << 20 else { continue }
                out[String(decoding: entry.name, as: UTF8.self)] =
                    String(decoding: try file.readAll(limit: 1 << 20), as: UTF8.self)
            }
        case nil: break
        }
        return Result(
            status: outcome.status, output: String(decoding: bytes.output, as: UTF8.self),
            errors: String(decoding: bytes.errors, as: UTF8.self), usages: outcome.usages,
            enforcement: outcome.enforcement, logTruncated: outcome.logTruncated, exceeded: outcome.exceeded,
            awaitedClock: outcome.awaitedClock, out: out)
    }

    /// Standard output of one script that has to succeed.
    func output(_ text: String, buildLayers: [String] = [], binds: [Plan.Bind] = []) throws -> String {
        let result = try run([script(text)], buildLayers: buildLayers, binds: binds)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output
    }
}
