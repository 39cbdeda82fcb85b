import BelljarKernel
import BelljarModel
import Testing

/// Runs programs on a host from which something was taken away, for them alone: Tests/Fixtures/Programs/halfhost.c says what
/// can be.
struct HalfHost {
    private static let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")

    /// The program, compiled once for all tests; nil, with a printed reason, where it cannot be.
    private static let program: [UInt8]? = {
        let target = (Host.environment("TMPDIR") ?? "/tmp") + "/belljar-halfhost-\(UInt64.random(in: 0 ... .max))"
        defer { try? Descriptor.workingDirectory.unlink(target) }
        let arguments = ["-O1", "-w", "-static", "-o", target, folder + "/Fixtures/Programs/halfhost.c"]
        guard
            let compiler = try? HostProcess(
                "/usr/bin/cc", arguments, environment: ["PATH": "/usr/bin:/bin"], directory: "/"
            ),
            let answer = try? compiler.finish(), answer.code == 0,
            let made = try? Descriptor.workingDirectory.open(target).readAll(limit: 16 << 20)
        else {
            print("skipped: halfhost.c needs a C compiler and a static C library (apt-get install gcc libc6-dev)")
            return nil
        }
        return made
    }()

    static var isAvailable: Bool { program != nil }

    let project: Project
    private let path: String

    init(_ project: Project) throws {
        self.project = project
        path = project.path + "/halfhost"
        let file = try Descriptor.workingDirectory.open(path, [.write, .create, .truncate], mode: 0o755)
        try file.writeAll(try #require(Self.program))
    }

    /// Runs belljar without what the words take away.
    func belljar(
        _ words: [String], _ command: [String] = [], _ arguments: String..., environment: [String: String] = [:]
    ) throws -> Answer {
        try project.start(
            path, words + ["--", Project.programs + "/belljar"] + command + arguments, environment: environment
        ).finish()
    }
}
