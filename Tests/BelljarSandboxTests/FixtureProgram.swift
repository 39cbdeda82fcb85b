import BelljarKernel
import FoundationEssentials

/// A program in C below Tests/Fixtures, compiled on this machine once for all tests: static, so that it runs in the
/// tests' small image.
struct FixtureProgram: Sendable {
    let name: String
    let bytes: Data

    static let files = FixtureProgram("files", [])
    static let passing = FixtureProgram("passing", ["-pthread"])
    static let faults = FixtureProgram("faults", ["-pthread"])
    static let scopes = FixtureProgram("scopes", [])
    static let furniture = FixtureProgram("furniture", [])
    static let bombs = FixtureProgram("bombs", [])
    static let differential = FixtureProgram("differential", [])
    static let pressure = FixtureProgram("pressure", ["-pthread"], in: "Attacks")
    static let temporary = FixtureProgram("temporary", [])
    static let unhooked = FixtureProgram("unhooked", ["-nostdlib", "-fno-stack-protector"])

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path

    /// Nil, with a printed reason, where it cannot be compiled.
    ///
    /// - Parameter folder: below Tests/Fixtures.
    private init?(_ name: String, _ options: [String], in folder: String = "Programs") {
        let target = FileManager.default.temporaryDirectory.path + "/belljar-program-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: target) }
        let source = Self.folder + "/Fixtures/\(folder)/\(name).c"
        let arguments = ["cc", "-O1", "-w", "-static", "-o", target, source] + options
        guard
            let child = try? ChildProcess.spawn(
                "/usr/bin/cc", argv: arguments, environment: ["PATH": "/usr/bin:/bin"], descriptors: [(1, 1), (2, 2)]),
            Self.succeeds(child), let made = try? Data(contentsOf: URL(filePath: target))
        else {
            print("skipped: \(name).c needs a C compiler and a static C library (apt-get install gcc libc6-dev)")
            return nil
        }
        (self.name, bytes) = (name, made)
    }

    private static func succeeds(_ child: consuming ChildProcess) -> Bool {
        var child = child
        return (try? child.wait().exit) == .status(0)
    }

    /// Puts it into the image of a fixture, as `/bin/NAME`.
    func add(to fixture: SandboxFixture) throws {
        let path = fixture.folder + "/image/bin/" + name
        try bytes.write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
}
