import BelljarControls
import BelljarModel
import BelljarSandbox
import Foundation
import Testing

/// What a program asks about its machine by system calls: the answers of PID 1 next to the kernel's own.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct MachineTests {
    let fixture: SandboxFixture

    init() throws {
        fixture = try SandboxFixture(cpus: 3)
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Fixtures/Probes/machine.c")
        let compiler = try Process.run(
            URL(filePath: "/usr/bin/cc"),
            arguments: ["-static", "-O1", "-Wall", "-o", fixture.folder + "/image/bin/machine", source.path])
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
    }

    private static func world(_ change: (inout ControlStates) -> Void = { _ in }) -> World {
        var states = ControlStates.standard
        change(&states)
        return World(states: states, epoch: 1_700_000_000, cpus: 3)
    }

    /// The probe's answers by name.
    private func answers(_ world: World) throws -> [String: String] {
        let result = try fixture.run([fixture.script("machine")], world: world)
        #expect(result.status == .ok, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        return Dictionary(lines.map { ($0[0], $0.count > 1 ? $0[1] : "") }) { first, _ in first }
    }

    private func expect(_ answers: [String: String], _ expected: [String: String]) {
        for (name, value) in expected { #expect(answers[name] == value, "\(name)") }
    }

    @Test func theKernelHasTheWorldsNames() throws {
        let world = try answers(Self.world())
        expect(
            world,
            [
                "uname": "Linux|belljar|6.1.0|#1|x86_64|localdomain",
                "uname-26": "Linux|belljar|2.6.61|#1|x86_64|localdomain",
                "uname-32": "Linux|belljar|6.1.0|#1|i686|localdomain", "uname-nowhere": "errno 14",
            ])
        let real = try answers(Self.world { $0[.identity] = .real })
        let release = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8).dropLast()
        #expect(real["uname"]?.contains("|\(release)|") == true)
        #expect(release != "6.1.0", "the control shows the same on this kernel")
        // What programs see of the machine's other names does not depend on it.
        #expect(real["uname"]?.hasPrefix("Linux|belljar|") == true)
        #expect(real["uname-32"]?.contains("|i686|") == true)
    }

    @Test func thereAreAsManyProcessorsAsTheWorldHas() throws {
        let world = try answers(Self.world())
        expect(
            world,
            [
                "nprocessors-onln": "3", "nprocessors-conf": "3", "mask": "3", "mask-of-nobody": "errno 3",
                "mask-odd-size": "errno 22", "mask-nowhere": "errno 14", "thread-mask": "3", "thread-set": "0",
                "thread-mask-after": "1", "mask-after-thread": "3", "set-none": "errno 22", "set-others": "errno 22",
                "set-nowhere": "errno 14", "set-two": "0", "mask-two": "1", "mask-child": "1", "mask-parent": "1",
                "getcpu": "0", "getcpu-cpu": "0", "getcpu-node": "0", "getcpu-nothing": "0", "rseq": "errno 38",
            ])
        let real = try answers(Self.world { $0[.cpu] = .real })
        #expect(real["mask"] == "\(ProcessInfo.processInfo.activeProcessorCount)")
        #expect(real["rseq"] != "errno 38")
        // A world of many has a mask of more than one word.
        var many = Self.world()
        many.cpus = 100
        #expect(try answers(many)["mask"] == "100")
    }

    /// Told of one processor, a build has one.
    @Test func aSingleProcessorIsReal() throws {
        let script = fixture.script("grep Cpus_allowed_list /proc/self/status | { read name list; echo $list; }")
        func list(_ world: World) throws -> String {
            String(try fixture.run([script], world: world).output.dropLast())
        }
        var single = Self.world()
        single.cpus = 1
        #expect(UInt32(try list(single)) != nil)
        single.states[.cpu] = .real
        let own = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix("Cpus_allowed_list:") }?.split(separator: "\t").last.map(String.init)
        #expect(try list(Self.world()) == own)
        #expect(try list(single) == own)
        if own.flatMap({ UInt32($0) }) != nil { print("skipped the control: this host has one processor") }
    }

    @Test func memoryIsTheWorlds() throws {
        let world = try answers(Self.world())
        expect(
            world,
            [
                "sysinfo": "0", "sysinfo-values": "60 0 0 0 8589934592 7516192768 0 0 0 0 2 0 0 1",
                "sysinfo-nowhere": "errno 14", "phys-pages": "2097152",
            ])
        let real = try answers(Self.world { $0[.memory] = .real })
        #expect(real["phys-pages"] != world["phys-pages"])
    }

    @Test func fileSystemsAreOfOneSize() throws {
        let world = try answers(Self.world())
        let size = "4096 16777216 8388608 8388608 4194304 2097152 0:0 255 4096"
        expect(
            world,
            [
                "statfs:/": "794c7630 " + size, "statfs:/tmp": "1021994 " + size, "statfs-relative": "1021994 " + size,
                "fstatfs": "1021994 " + size, "statfs:/proc": "9fa0 4096 0 0 0 0 0 0:0 255 4096",
                "statfs:/proc/self": "9fa0 4096 0 0 0 0 0 0:0 255 4096",
            ])
        // The output is a pipe: it takes no space.
        #expect(world["statfs:/proc/self/fd/1"] == "50495045 4096 0 0 0 0 0 0:0 255 4096")
        let real = try answers(Self.world { $0[.memory] = .real })
        #expect(real["statfs:/"] != world["statfs:/"])
        #expect(real["statfs:/tmp"] != world["statfs:/tmp"])
        // Errors are the kernel's.
        for name in [
            "statfs:/nothing", "statfs:", "fstatfs-closed", "fstatfs-cwd", "statfs-nowhere", "statfs-no-path",
        ] {
            #expect(world[name]?.hasPrefix("errno ") == true, "\(name)")
            #expect(world[name] == real[name], "\(name)")
        }
    }

    /// A file of a mebibyte with one byte in its middle.
    @Test func filesHaveTheHolesOfTheBuild() throws {
        let world = try answers(Self.world())
        expect(
            world,
            [
                "seek-data": "524288", "seek-data-inside": "524288", "position": "524288", "seek-hole": "5",
                "position-at-end": "5", "seek-data-end": "errno 6", "seek-hole-end": "errno 6",
                "seek-negative": "errno 6", "position-kept": "5", "getxattr": "errno 95", "listxattr": "errno 95",
                "fiemap": "errno 95", "ficlone": "errno 95", "getflags": "errno 25",
            ])
        let real = try answers(Self.world { $0[.fs] = .real })
        expect(real, ["seek-data": "524288", "seek-data-inside": "524288", "position": "524288"])
        for name in ["seek-closed", "seek-pipe", "seek-path", "seek-data-end"] {
            #expect(world[name]?.hasPrefix("errno ") == true && world[name] == real[name], "\(name)")
        }
    }

    @Test func answersRepeat() throws { #expect(try answers(Self.world()) == answers(Self.world())) }
}
