import BelljarKernel
import BelljarModel
import BelljarPlan
import BelljarSandbox
import FoundationEssentials
import Testing

/// What happens to a sandbox whose parent is killed, and on a host without namespaces: seen from outside, with a
/// program of its own as the parent.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct SandboxHostTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    /// The test bundle itself, started again to run one test of this suite, `victim`, as a process that can be killed.
    private static let bundle = CommandLine.arguments[0]

    @Test func everythingDiesWithItsParent() throws {
        let mark = "\(Int.random(in: 100_000_000...999_999_999))"
        var variables = Host.environment()
        variables["BELLJAR_TEST_VICTIM"] = mark
        // The victim cannot clean up, so its folder is within this test's own.
        try fixture.makeDirectory("victim")
        variables["TMPDIR"] = fixture.folder + "/victim"
        var parent = try ChildProcess.spawn(
            Self.bundle,
            argv: [Self.bundle, "--testing-library", "swift-testing", "--filter", "SandboxHostTests/victim"],
            environment: variables, descriptors: [])
        try #require(try fixture.waitUntil { try ProcessTable.contains(mark, below: "sleep") })
        parent.kill()
        #expect(try parent.wait().exit == .signal(9))
        #expect(try fixture.waitUntil { try !ProcessTable.contains(mark, below: "sleep") })
    }

    /// Not a test of its own: the parent that `everythingDiesWithItsParent` kills.
    @Test(.enabled(if: Host.environment("BELLJAR_TEST_VICTIM") != nil, "started by other tests only"))
    func victim() throws {
        let mark = Host.environment("BELLJAR_TEST_VICTIM") ?? ""
        _ = try fixture.run([fixture.script("setsid sleep \(mark) & sleep \(mark)")])
        Issue.record("the sandbox ended by itself")
    }

    /// In a user namespace of its own that allows no further ones, as on a host where they are switched off.
    @Test(.enabled(if: Host.effectiveUid != 0, "root cannot become the account in a namespace with one id"))
    func withoutUserNamespacesThereIsNoSandbox() throws {
        var variables = Host.environment()
        variables["BELLJAR_TEST_NO_NAMESPACES"] = "1"
        let script = """
            echo 0 > /proc/sys/user/max_user_namespaces && \
            exec "$0" --testing-library swift-testing --filter SandboxHostTests/sandboxIsUnavailable
            """
        let output = try Pipe()
        var child = try ChildProcess.spawn(
            "/usr/bin/unshare", argv: ["unshare", "-U", "-c", "--keep-caps", "/bin/sh", "-c", script, Self.bundle],
            environment: variables, descriptors: [(output.writer.number, 1), (output.writer.number, 2)])
        let reader = output.closingWriter()
        let text = String(decoding: try reader.readAll(limit: 1 << 20), as: UTF8.self)
        #expect(try child.wait().exit == .status(0), "\(text)")
        #expect(text.contains("Test run with 1 test"))
    }

    /// Run by `withoutUserNamespacesThereIsNoSandbox` where there are none.
    @Test(.enabled(if: Host.environment("BELLJAR_TEST_NO_NAMESPACES") != nil, "started by other tests only"))
    func sandboxIsUnavailable() throws {
        do {
            _ = try fixture.run([fixture.script("true")])
            Issue.record("it ran")
        } catch let error as BelljarError {
            #expect(error.code == .sandboxUnavailable)
            #expect(error.stage == "user-namespace")
            #expect(error.answer.contains("ENOSPC"))
            #expect(error.remedy?.contains("user.max_user_namespaces") == true)
        }
    }

    /// A host with an emulator: it registered that files which begin so are run by a program of the host, which the kernel
    /// opens then and there (flag F). The host is a user namespace with all ids, whose formats are its own.
    @Test(.enabled(if: Host.effectiveUid == 0, "needs root: nobody else registers formats"))
    func formatsOfTheHostAreNoneInABuildAsRoot() throws {
        var variables = Host.environment()
        variables["BELLJAR_TEST_FORMATS"] = fixture.folder
        try Descriptor.workingDirectory.setPermissions(of: fixture.folder, 0o755)
        try FileManager.default.copyItem(
            atPath: fixture.folder + "/image/bin/busybox", toPath: fixture.folder + "/cat")
        // Whoever comes into the namespace later has its capabilities.
        let script = """
            unshare -U -m sleep 300 & host=$!
            while [ "$(readlink /proc/$host/ns/mnt)" = "$(readlink /proc/self/ns/mnt)" ]; do sleep 0.05; done
            trap 'kill $host' EXIT
            echo "0 0 65536" >/proc/$host/uid_map && echo "0 0 65536" >/proc/$host/gid_map || exit 1
            nsenter -t $host -U -m /bin/sh -c '
                mount -t binfmt_misc none /proc/sys/fs/binfmt_misc || exit 77
                echo ":belljar-test:M::XYZZY::$BELLJAR_TEST_FORMATS/cat:F" >/proc/sys/fs/binfmt_misc/register || exit 1
                "$0" --testing-library swift-testing --filter SandboxHostTests/noFormats' "$0"
            """
        let output = try Pipe()
        var child = try ChildProcess.spawn(
            "/bin/sh", argv: ["/bin/sh", "-c", script, Self.bundle], environment: variables,
            descriptors: [(output.writer.number, 1), (output.writer.number, 2)])
        let reader = output.closingWriter()
        let text = String(decoding: try reader.readAll(limit: 1 << 20), as: UTF8.self)
        let exit = try child.wait().exit
        if exit == .status(77) { return print("skipped: this kernel has no binary formats of a namespace: \(text)") }
        #expect(exit == .status(0), "\(text)")
        #expect(text.contains("Test run with 1 test"))
    }

    /// Run by `formatsOfTheHostAreNoneInABuildAsRoot` on such a host.
    @Test(.enabled(if: Host.environment("BELLJAR_TEST_FORMATS") != nil, "started by other tests only"))
    func noFormats() throws {
        try fixture.write("foreign", "XYZZY hello\n")
        try Descriptor.workingDirectory.setPermissions(of: fixture.folder + "/foreign", 0o755)
        // The control: here it runs.
        let nothing = try Descriptor.workingDirectory.open("/dev/null", .readWrite)
        var child = try ChildProcess.spawn(
            fixture.folder + "/foreign", argv: ["foreign"], environment: [:], descriptors: [(nothing.number, 1)])
        #expect(try child.wait().exit == .status(0))
        let result = try fixture.run([
            fixture.script("printf 'XYZZY hello\\n' >f; chmod +x f; ./f 2>/dev/null || echo refused")
        ])
        #expect(result.output == "refused\n")
        #expect(result.enforcement["inherited"]?.contains("formats") != true)
    }

    @Test func standardInputCanBeInherited() throws {
        // The test's own standard input is not a terminal where it counts; either way the command gets an end of file
        // or what there is, and never a terminal.
        let result = try fixture.run([fixture.script("! test -t 0; echo ok")], input: .inherited)
        #expect(result.output == "ok\n")
    }

    @Test(.enabled(if: Host.effectiveUid == 0, "needs root: init has to drop it")) func rootIsDroppedAsRoot() throws {
        let folder = fixture.folder
        try Descriptor.workingDirectory.setPermissions(of: folder, 0o755)
        let result = try fixture.run([fixture.script("id -u; echo x > /dev/stdout; sleep 0.5")])
        #expect(result.output == "1000\nx\n")
        #expect(throws: BelljarError.self) {
            let asRoot = Sandbox(initPath: SandboxFixture.initPath, cacheFolder: folder + "/cache", account: nil)
            let request = SandboxRequest(root: .layers(fixture.roots), commands: [fixture.script("true")])
            _ = try asRoot.run(request, cancellation: Cancellation()) { _, _ in }.status
        }
    }
}

/// What runs on this machine.
enum ProcessTable {
    /// Whether a process of this name has the text in its command line.
    static func contains(_ text: String, below name: String) throws -> Bool {
        try !numbers(of: text, below: name).isEmpty
    }

    /// Processes of this name with the text in their command line.
    static func numbers(of text: String, below name: String) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { number in
            let line = (try? Data(contentsOf: URL(filePath: "/proc/\(number)/cmdline"))) ?? Data()
            let command = String(decoding: line, as: UTF8.self)
            return command.hasPrefix(name) && command.contains(text)
        }
    }

    /// The parents, and theirs, of those.
    static func ancestors(of text: String, below name: String) throws -> [Int32] {
        var found: [Int32] = []
        var next = try numbers(of: text, below: name)
        while let number = next.popLast(), number > 1 {
            guard let status = try? Data(contentsOf: URL(filePath: "/proc/\(number)/status")) else { continue }
            let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("PPid:") }
            guard let parent = line?.split(separator: "\t").last.flatMap({ Int32($0) }) else { continue }
            found.append(parent)
            next.append(parent)
        }
        return found
    }
}
