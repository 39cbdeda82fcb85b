import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarPlan
import BelljarSandbox
import Dispatch
import FoundationEssentials
import Testing

/// What `/proc/PID/exe` of belljar's own processes beside hostile ones leads to, for whoever may follow it.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct OwnProgramTests {
    let fixture: SandboxFixture
    /// belljar-init in a folder of its own, which belongs to whoever runs the test: nobody but the kernel protects it.
    let program: String

    init() throws {
        fixture = try SandboxFixture()
        try fixture.makeDirectory("programs")
        program = fixture.folder + "/programs/belljar-init"
        try Self.copy(SandboxFixture.initPath, program)
        for path in [fixture.folder, fixture.folder + "/programs", program] {
            try Descriptor.workingDirectory.setPermissions(of: path, 0o755)
        }
    }

    /// By a process of its own: what this one had open for writing, a child of another test may have for a moment, and then
    /// the copy cannot be executed (ETXTBSY).
    private static func copy(_ path: String, _ target: String) throws {
        let nothing = try Descriptor.workingDirectory.open("/dev/null", .readWrite)
        var child = try ChildProcess.spawn(
            "/bin/cp", argv: ["cp", path, target], environment: [:],
            descriptors: [(nothing.number, 0), (nothing.number, 1), (nothing.number, 2)])
        try #require(try child.wait().exit == .status(0))
    }

    private struct State: Equatable {
        let digest: Int
        let permissions: UInt32
        let modified: FileTime
        let changed: FileTime
        let links: UInt64

        init(_ path: String) throws {
            let status = try Descriptor.workingDirectory.status(of: path)
            digest = try Data(contentsOf: URL(filePath: path)).hashValue
            (permissions, modified, changed, links) =
                (status.permissions, status.modified, status.changed, status.links)
        }
    }

    /// What is done to a program through a link to it, each with the kernel's answer; 0 for success.
    private func attack(_ link: String) -> [String: Int32] {
        var answers: [String: Int32] = [:]
        func attempt(_ name: String, _ body: () throws(KernelError) -> Void) {
            do throws(KernelError) {
                try body()
                answers[name] = 0
            } catch { answers[name] = error.number }
        }
        attempt("chmod") { () throws(KernelError) in try Descriptor.workingDirectory.setPermissions(of: link, 0o6777) }
        attempt("times") { () throws(KernelError) in
            try Descriptor.workingDirectory.open(link, [.read, .followingLinks]).setTimes(FileTime(seconds: 1))
        }
        attempt("open") { () throws(KernelError) in
            _ = try Descriptor.workingDirectory.open(link, [.write, .followingLinks])
        }
        attempt("truncate") { () throws(KernelError) in
            _ = try Descriptor.workingDirectory.open(link, [.write, .truncate, .followingLinks])
        }
        attempt("attribute") { () throws(KernelError) in
            try Descriptor.workingDirectory.open(link, [.read, .followingLinks]).setAttribute("user.belljar", [1])
        }
        attempt("mode") { () throws(KernelError) in
            try Descriptor.workingDirectory.open(link, [.read, .followingLinks]).setPermissions(0o6777)
        }
        return answers
    }

    private let readOnly: Int32 = 30
    private let isRunning: Int32 = 26

    private func expectDetached(_ pid: Int32) throws {
        let before = try State(program)
        let link = "/proc/\(pid)/exe"
        #expect(try Descriptor.workingDirectory.readLink(link) == Array("/".utf8))
        let answers = attack(link)
        for name in ["chmod", "times", "attribute", "mode", "truncate"] {
            #expect(answers[name] == readOnly, "\(name): \(answers)")
        }
        // A kernel that lets running programs be written to answers with the mount.
        #expect([isRunning, readOnly].contains(answers["open"]), "\(answers)")
        #expect(try State(program) == before)
    }

    /// Starts belljar-init to read archives.
    ///
    /// - Parameter body: gets its number and what it says first.
    private func withReaders(_ arguments: [String], _ body: (Int32, ArchiveMessage) throws -> Void) throws {
        let sockets = try MessageSockets()
        let nothing = try Descriptor.workingDirectory.open("/dev/null", .readWrite)
        let plan = try Descriptor.memoryFile("plan")
        try plan.writeAll(try fixture.sandbox.archiveReaderPlan().encoded())
        var child = try ChildProcess.spawn(
            program, argv: ["belljar-init", "--parse"] + arguments, environment: Plan.environment,
            descriptors: [
                (nothing.number, 0), (nothing.number, 1), (nothing.number, 2),
                (plan.number, ArchiveReaderPlan.DescriptorNumber.plan),
                (sockets.second.number, ArchiveReaderPlan.DescriptorNumber.requests),
            ])
        let requests = sockets.closingSecond()
        try body(child.pid, ArchiveMessage(decoding: requests.receive(limit: 4096).bytes))
        _ = consume requests
        _ = try child.wait()
    }

    /// The control: any other program can be changed through the link of its process.
    @Test func anotherProgramIsChangedThroughItsProcess() throws {
        let copy = fixture.folder + "/programs/sleep"
        try Self.copy(fixture.folder + "/image/bin/busybox", copy)
        var child = try ChildProcess.spawn(copy, argv: ["sleep", "60"], environment: [:], descriptors: [])
        try #require(
            try fixture.waitUntil {
                try Descriptor.workingDirectory.readLink("/proc/\(child.pid)/exe") == Array(copy.utf8)
            })
        let answers = attack("/proc/\(child.pid)/exe")
        #expect(answers["chmod"] == 0 && answers["times"] == 0 && answers["mode"] == 0, "\(answers)")
        #expect(try Descriptor.workingDirectory.status(of: copy).permissions == 0o6777)
        child.kill()
        _ = try child.wait()
    }

    @Test func readersOfArchivesRunFromAMountOfTheirOwn() throws {
        try withReaders([]) { pid, message in
            #expect(message == .opened)
            try expectDetached(pid)
        }
    }

    /// Only root may look at PID 1 of a build from outside: it does not let itself be looked into.
    @Test(.enabled(if: Host.effectiveUid == 0, "needs root: others may not look at PID 1"))
    func processOneRunsFromAMountOfItsOwnAsRoot() throws {
        let mark = "\(Int.random(in: 100_000_000...999_999_999))"
        let sandbox = Sandbox(
            initPath: program, cacheFolder: fixture.folder + "/cache", account: SandboxFixture.account)
        let cancellation = Cancellation()
        let roots = fixture.roots
        let command = fixture.script("sleep \(mark)")
        try fixture.giveToAccount()
        let running = DispatchGroup()
        DispatchQueue.global().async(group: running) {
            let request = SandboxRequest(root: .layers(roots), commands: [command])
            _ = try? sandbox.run(request, cancellation: cancellation) { _, _ in }.status
        }
        defer { running.wait() }
        defer { cancellation.cancel() }
        var first: Int32?
        _ = try fixture.waitUntil {
            let ancestors = try ProcessTable.ancestors(of: mark, below: "sleep")
            first = try ancestors.first { number in
                try Data(contentsOf: URL(filePath: "/proc/\(number)/cmdline")).starts(with: Data("belljar-init".utf8))
            }
            return first != nil
        }
        try expectDetached(try #require(first))
    }

    // MARK: Its environment

    @Test(arguments: [
        [:], ["SWIFT_BACKTRACE": "enable=yes"], ["SWIFT_BACKTRACE": "enable=no", "MALLOC_TOP_PAD_": "1"],
        ["SWIFT_BACKTRACE": "enable=no", "GLIBC_TUNABLES": "glibc.malloc.check=3"], ["PATH": "/bin"],
    ])
    func withAnotherEnvironmentItDoesNotBegin(_ variables: [String: String]) throws {
        for argv in [["belljar-init"], ["belljar-init", "--parse"], ["belljar-init", "--detached"]] {
            #expect(try end(argv, variables) == (.status(2), "belljar-init: only belljar starts this program\n"))
        }
    }

    /// Without a plan, and with the word that says that it runs from a mount of its own.
    @Test(arguments: [[], ["--parse"], ["--detached"], ["--parse", "--detached"]])
    func withoutAPlanItDoesNothing(_ arguments: [String]) throws {
        #expect(try end(["belljar-init"] + arguments, Plan.environment) == (.status(1), ""))
    }

    private func end(_ argv: [String], _ variables: [String: String]) throws -> (ProcessEnd.Exit, String) {
        // Swift's runtime may complain to standard error before the program begins.
        let nothing = try Descriptor.workingDirectory.open("/dev/null", .readWrite)
        let output = try Pipe()
        var child = try ChildProcess.spawn(
            program, argv: argv, environment: variables,
            descriptors: [(nothing.number, 0), (output.writer.number, 1), (nothing.number, 2)])
        let text = try output.closingWriter().readAll(limit: 1 << 16)
        return (try child.wait().exit, String(decoding: text, as: UTF8.self))
    }

    /// A plan alone is not enough: what says that it is detached has to be.
    @Test func theWordIsNotBelieved() throws {
        try withReaders(["--detached"]) { _, message in
            guard case .unconfined(let stage, let number, _, _) = message else {
                Issue.record("\(message)")
                return
            }
            #expect(stage == .detachProgram && number == 1)
        }
    }

    // MARK: Steps

    @Test(arguments: ["/proc/self/exe", "/proc/thread-self/exe", "/proc/1/exe", "/proc/self/fd/3", "/dev/fd/3"])
    func aStepsProgramIsNoneOfBelljars(_ target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: fixture.folder + "/image/bin/link", withDestinationPath: target)
        try fixture.write("image/bin/script", "#!/bin/link -x\n")
        try Descriptor.workingDirectory.setPermissions(of: fixture.folder + "/image/bin/script", 0o755)
        for name in ["/bin/link", "/bin/script", "link", "../bin/script"] {
            var command = fixture.script("")
            command.argv[0] = name
            let result = try fixture.run([fixture.script("echo before"), command])
            #expect(result.status == .violation, "\(name)")
            #expect(result.output == "before\n")
        }
    }

    @Test func aStepsDirectoryIsNoneOfBelljars() throws {
        for target in (0...20).map({ "/proc/self/fd/\($0)" }) + ["/proc/self/cwd", "/proc/1/root", "/dev/fd"] {
            let result = try fixture.run(
                [
                    fixture.script("mkdir real; ln -s \(target) link; ln -s real other"),
                    fixture.script("pwd -P", directory: "/build/other"),
                    fixture.script("echo not to be seen", directory: "/build/link"),
                ])
            #expect(result.status == .violation, "\(target)")
            #expect(result.output == "/build/real\n")
        }
    }

    /// What a step has open when its program begins, and what it may find of its parent.
    @Test func nothingOfProcessOneIsOpenInAStep() throws {
        let text = try fixture.output("ls /proc/self/fd | tr '\\n' ' '; readlink /proc/1/exe || echo hidden")
        // The fourth is the folder that ls reads.
        #expect(text == "0 1 2 3 hidden\n")
    }

    /// Opens every file of a process for writing, without writing, and lists what it has open and mapped. Builds are not
    /// shown the names that only some kernels have, but can open these as well: so all names that the host has are tried.
    private static func reach() throws -> String {
        let names = try ["/proc/self", "/proc/thread-self"].flatMap { folder in
            try Descriptor.workingDirectory.open(folder, [.directory, .followingLinks]).entries().map {
                String(decoding: $0.name, as: UTF8.self)
            }
        }
        return """
            reach() {
                for name in \(Set(names).sorted().joined(separator: " ")); do
                    for file in /proc/$1/$name /proc/$1/task/*/$name; do
                        { printf "" >>"$file"; } 2>/dev/null && echo "${file##*/}"
                    done
                done
                for folder in fd map_files; do ls "/proc/$1/$folder" >/dev/null 2>&1 && echo "$folder"; done
                true
            }

            """
    }

    /// Who is root inside has the rights of whom PID 1 belongs to, and its files in `/proc` must belong to nobody.
    @Test(arguments: [SandboxRequest.Identity.builder, .fakeRoot], [World.real, World(epoch: 1_700_000_000, cpus: 2)])
    func nothingOfProcessOneCanBeWrittenTo(_ identity: SandboxRequest.Identity, _ world: World) throws {
        let reach = try Self.reach()
        let own = try fixture.run([fixture.script(reach + "reach $$")], identity: identity, world: world)
        #expect(own.status == .ok && own.output.contains("autogroup\n") && own.output.contains("oom_score_adj\n"))
        #expect(own.output.hasSuffix("fd\nmap_files\n"))
        // Its threads have numbers of their own, under which they are found as well.
        // One file may be opened by everybody, and written to by whoever may trace the process.
        let script = """
            for thread in 1 $(ls /proc/1/task); do
                reach $thread | grep -v '^timerslack_ns$' || true
                { echo 1 >/proc/$thread/timerslack_ns; } 2>/dev/null && echo slack || true
            done
            """
        let first = try fixture.run([fixture.script(reach + script)], identity: identity, world: world)
        #expect(first.status == .ok)
        #expect(first.output == "")
    }
}
