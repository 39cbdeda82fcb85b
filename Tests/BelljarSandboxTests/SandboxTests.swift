import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarPlan
import BelljarSandbox
import FoundationEssentials
import Testing

/// What a build sees of its world, and that the world is as promised.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct SandboxTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    @Test func aBuildIsTheBuilder() throws {
        let lines = try fixture.output("id; hostname; dnsdomainname; umask; pwd").split(separator: "\n")
        #expect(lines.first?.hasPrefix("uid=1000(builder) gid=1000(builder)") == true)
        #expect(lines.dropFirst() == ["belljar", "localdomain", "0022", "/build"])
    }

    @Test func theEnvironmentIsExactlyTheCommands() throws {
        let command = Plan.Command(argv: ["/bin/env"], environment: ["B": "2", "A": "1 x"], directory: "/")
        #expect(try fixture.run([command]).output == "A=1 x\nB=2\n")
    }

    @Test func nothingIsLeftOfTheHost() throws {
        let names = try fixture.output("ls / /.. /dev /sys /inputs").split(separator: "\n")
        let root = ["bin", "build", "dev", "etc", "inputs", "out", "proc", "run", "sys", "tmp", "var"]
        let devices = [
            "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom", "zero",
        ]
        #expect(
            names.map(String.init) == ["/:"] + root + ["/..:"] + root + ["/dev:"] + devices
                + ["/inputs:", "/sys:", "class", "devices"])
        // One overlay at the root; the only other things are the scratch, device nodes, terminals and /proc.
        let types = try fixture.output("cat /proc/self/mountinfo").split(separator: "\n").map { line in
            let fields = line.split(separator: " ")
            return "\(fields[4]) \(fields[(fields.firstIndex(of: "-") ?? 0) + 1])"
        }
        #expect(types.filter { $0.hasPrefix("/ ") } == ["/ overlay"])
        #expect(
            types.allSatisfy {
                ["overlay", "tmpfs", "proc", "devpts", "devtmpfs"].contains($0.split(separator: " ")[1])
            })
        #expect(!(try fixture.output("cat /proc/self/mountinfo")).contains(fixture.folder))
    }

    @Test func noCapabilityIsLeft() throws {
        let status = try fixture.output("cat /proc/self/status").split(separator: "\n")
        let wanted = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map { "\($0):\t0000000000000000" }
        #expect(status.filter { $0.hasPrefix("Cap") }.map(String.init) == wanted)
        #expect(status.contains("NoNewPrivs:\t1"))
        #expect(status.contains("Seccomp:\t2"))
        #expect(status.contains("Seccomp_filters:\t2"))
    }

    @Test func processOneIsOutOfReach() throws {
        let result = try fixture.run([
            fixture.script(
                """
                ! cat /proc/1/environ; ! ls /proc/1/fd; ! ls /proc/1/root/; ! readlink /proc/1/exe
                # Kill answers success, but PID 1 takes no signal from inside its namespace.
                kill -9 1; echo alive
                """)
        ])
        #expect(result.output == "alive\n")
        #expect(result.status == .ok)
    }

    @Test func kernelStateIsMasked() throws {
        let text = try fixture.output(
            """
            for name in acpi bus fs irq scsi tty; do test ! -e /proc/$name || ls -A /proc/$name; done
            for name in kallsyms keys timer_list; do cat /proc/$name; done
            touch /proc/sys/kernel/hostname 2>/dev/null && echo writable; echo end
            """)
        #expect(text == "end\n")
    }

    @Test func theRootIsReadOnly() throws {
        let result = try fixture.run([
            fixture.script(
                "for place in / /etc /bin /inputs /dev; do touch $place/x 2>&1 || true; done; touch /etc/passwd 2>&1")
        ])
        #expect(result.output.split(separator: "\n").count == 6)
        #expect(result.output.split(separator: "\n").allSatisfy { $0.hasSuffix("Read-only file system") })
    }

    @Test func inheritsThreeDescriptorsOnly() throws {
        #expect(
            try fixture.output(
                "for n in /proc/self/fd/*; do test -e $n && echo ${n##*/}; done; cd /proc/self/cwd; pwd -P"
            )
            .split(separator: "\n").filter { Int($0) != nil }.allSatisfy { Int($0) ?? 9 <= 2 })
        #expect(
            try fixture.output("readlink /proc/self/fd/0; test ! -e /proc/self/fd/7; readlink /proc/self/cwd")
                == "/dev/null\n/build\n")
    }

    @Test func hasNoControllingTerminal() throws {
        #expect(
            try fixture.output(
                "cat /proc/self/stat | { read a b c d e f tty rest; echo $tty; }; ! true </dev/tty 2>/dev/null")
                == "0\n")
    }

    @Test func clocksStartNearZero() throws {
        let uptime = try fixture.output("cat /proc/uptime").split(separator: " ")
        #expect(Double(uptime[0]) ?? 99 < 5)
    }

    @Test func addressesAreTheSame() throws {
        let command = "while read addresses rest; do echo $addresses; done < /proc/self/maps"
        var world = World.real
        world.states[.addresses] = .fixed
        let fixed = try (0..<2).map { _ in try fixture.run([fixture.script(command)], world: world).output }
        #expect(!fixed[0].isEmpty && fixed[0] == fixed[1])
        #expect(try fixture.output(command) != fixed[0])
    }

    @Test func limitsAreTheSameEverywhere() throws {
        let limits = try fixture.output("ulimit -c; ulimit -n; ulimit -Hn; ulimit -s; ulimit -f")
        #expect(limits == "0\n1024\n4096\n8192\n\((8 << 30) / 512)\n")
    }

    @Test func changesToSourcesStayInTheSandbox() throws {
        try fixture.makeDirectory("sources/lib")
        try fixture.write("sources/main.c", "old\n")
        try fixture.write("sources/lib/part.c", "part\n")
        let script = """
            echo new >> main.c; cat main.c; rm -r lib; mkdir lib; ls lib; mv main.c moved.c; cp moved.c /out/result
            touch .home/x
            """.replacing("cp ", with: "cat ").replacing(" /out/result", with: " > /out/result")
        let result = try fixture.run([fixture.script(script)], buildLayers: [fixture.folder + "/sources"])
        #expect(result.errors == "")
        #expect(result.output == "old\nnew\n")
        #expect(result.out == ["result": "old\nnew\n"])
        #expect(try fixture.read("sources/main.c") == "old\n")
        #expect(try fixture.read("sources/lib/part.c") == "part\n")
    }

    @Test func layersLieOverEachOther() throws {
        try fixture.makeDirectory("one")
        try fixture.makeDirectory("two")
        try fixture.write("one/same", "top\n")
        try fixture.write("two/same", "bottom\n")
        try fixture.write("two/other", "other\n")
        let layers = [fixture.folder + "/one", fixture.folder + "/two"]
        #expect(try fixture.output("cat same other", buildLayers: layers) == "top\nother\n")
    }

    @Test func bindsAreMadeWhereTheyAreWanted() throws {
        try fixture.makeDirectory("input/sub")
        try fixture.write("input/sub/file", "input\n")
        let folder = fixture.folder + "/input"
        let binds: [Plan.Bind] = [
            .init(source: folder, target: "/inputs/zlib"),
            .init(source: folder + "/sub/file", target: "/some/where/file"),
            .init(source: folder, target: "/build/rw", isReadOnly: false),
        ]
        let result = try fixture.run(
            [
                fixture.script(
                    """
                    cat /inputs/zlib/sub/file /some/where/file; echo changed > /build/rw/new
                    ! touch /inputs/zlib/x; ! touch /inputs/x; ! touch /some/x; ! touch /some/where/file; ! touch /x
                    """)
            ], binds: binds)
        #expect(result.status == .ok)
        #expect(result.output == "input\ninput\n")
        #expect(result.errors.split(separator: "\n").allSatisfy { $0.hasSuffix("Read-only file system") })
        #expect(result.errors.split(separator: "\n").count == 5)
        #expect(try fixture.read("input/new") == "changed\n")
    }

    /// A neighbour has the same files; the attack 64 tries locks and watches.
    @Test func sharedDirectoriesAreAnotherFileSystem() throws {
        try fixture.makeDirectory("input/sub")
        try fixture.write("input/sub/file", "input\n")
        let script = """
            cat /inputs/zlib/sub/file
            ! touch /inputs/zlib/new /inputs/zlib/sub/file; ls /inputs/zlib
            grep -c ' /inputs/zlib ro,.* - overlay ' /proc/self/mountinfo || true
            """
        for (isShared, overlays) in [(false, "0"), (true, "1")] {
            let bind = Plan.Bind(
                source: fixture.folder + "/input", target: "/inputs/zlib", isShared: isShared)
            #expect(try fixture.output(script, binds: [bind]) == "input\nsub\n\(overlays)\n")
        }
    }

    @Test func aWritableRootIsForFakeRoot() throws {
        for name in ["proc", "dev", "tmp", "etc"] { try fixture.makeDirectory("image/" + name) }
        let command = Plan.Command(
            argv: [
                "/bin/sh", "-e", "-c",
                "id -u; echo x > /etc/made; ls /dev/null /proc/self/stat /build || true; grep CapEff /proc/self/status",
            ],
            environment: ["PATH": "/bin"], directory: "/")
        let result = try fixture.run([command], root: .writable(fixture.folder + "/image"), identity: .fakeRoot)
        #expect(result.status == .ok)
        #expect(result.output == "0\n/dev/null\n/proc/self/stat\nCapEff:\t0000000000000000\n")
        #expect(try fixture.read("image/etc/made") == "x\n")
        #expect(result.out.isEmpty)
    }

    @Test(arguments: ["dev", "proc", "build", "tmp"]) func aLinkAsMountPointIsRefused(_ name: String) throws {
        let place = fixture.folder + "/base/" + name
        try FileManager.default.removeItem(atPath: place)
        try Descriptor.workingDirectory.makeSymlink(place, target: "/etc")
        #expect {
            try fixture.run([fixture.script("true")])
        } throws: { error in
            guard let error = error as? BelljarError else { return false }
            return error.code == .usage && error.answer.contains("ELOOP") && error.subject.contains(name)
        }
    }
}
