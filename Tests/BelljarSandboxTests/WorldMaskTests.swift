import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarPlan
import FoundationEssentials
import Testing

@testable import BelljarSandbox

/// What `/proc` and `/dev` show in a world of their own, next to what they show without one.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct WorldMaskTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    private func output(
        _ script: String, _ world: World, root: Plan.Root? = nil, binds: [Plan.Bind] = []
    ) throws -> String {
        let result = try fixture.run([fixture.script(script)], root: root, binds: binds, world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output
    }

    private static let standard = World(epoch: 1_700_000_000, seed: RandomSeed.bytes(""), cpus: 3)

    /// Every file of `/proc` that an ordinary user can read and that is not a process's own.
    private static let listing = """
        for file in $(find /proc -path '/proc/[0-9]*' -prune -o -path /proc/self -prune -o \
            -path /proc/thread-self -prune -o -type f -print | sort); do
            test ! -r $file || { echo "== $file"; cat $file 2>/dev/null || true; }
        done
        """

    @Test func nothingOfTheHostIsLeft() throws {
        let world = try output(Self.listing, Self.standard)
        let real = try output(Self.listing, .real)
        let release = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8).trimmed
        let memory = try #require(
            try String(contentsOfFile: "/proc/meminfo", encoding: .utf8).split(separator: "\n").first)
        for fact in [release, String(memory)] {
            #expect(real.contains(fact), "the control does not show \(fact)")
            #expect(!world.contains(fact))
        }
        // Everything that is still there is a text of the world, empty, or one of these, which belong to the build.
        let own = ["/proc/execdomains", "/proc/sys/kernel/random/uuid"]
        for part in world.split(separator: "== ").map(String.init) {
            let path = String(part.prefix { $0 != "\n" })
            let content = part.dropFirst(path.utf8.count + 1)
            guard !own.contains(where: path.hasPrefix), !content.isEmpty else { continue }
            let files = WorldFiles.constants.map(\.file) + WorldFiles.variable(Self.standard).map(\.file)
            let file = files.first { "/" + $0.path == path }
            #expect(file.map { String(decoding: $0.bytes, as: UTF8.self) } == String(content), "\(path)")
        }
    }

    @Test func twoRunsShowTheSame() throws {
        #expect(try output(Self.listing, Self.standard) == output(Self.listing, Self.standard))
    }

    @Test func onlyWhatIsVirtualisedIsMasked() throws {
        var states = ControlStates.real
        states[.identity] = .fixed
        let text = try output(
            "cat /proc/sys/kernel/osrelease /proc/version; head -n 1 /proc/meminfo; cat /proc/sys/kernel/shmmni",
            World(states: states, epoch: 0, cpus: 1))
        let memory = try String(contentsOfFile: "/proc/meminfo", encoding: .utf8).split(separator: "\n")[0]
        #expect(text.hasPrefix("6.1.0\nLinux version 6.1.0 (belljar@localdomain) (gcc, ld) #1\n\(memory)\n"))
    }

    @Test func devicesOfRandomNumbersRepeat() throws {
        let script =
            "for i in 1 2; do head -c 32 /dev/urandom | od -An -tx1; head -c 32 /dev/random | od -An -tx1; done"
        let lines = try output(script, Self.standard).split(separator: "\n")
        #expect(lines.count == 8)
        #expect(Set(lines).count == 8)
        #expect(try output(script, Self.standard).split(separator: "\n") == lines)
        #expect(Set(try output(script, .real).split(separator: "\n")).count == 8)
        var seeded = Self.standard
        seeded.seed = RandomSeed.bytes("dice")
        #expect(Set(try output(script, seeded).split(separator: "\n")).isDisjoint(with: lines))
        // By other names, too.
        let file = "cd /dev; for i in 1 2; do head -c 16 /dev/../dev/urandom; head -c 16 urandom; done | od -An -tx1"
        let files = try [Self.standard, seeded].map { try output(file, $0).split(separator: "\n") }
        #expect(Set(files.joined()).count == 8)
    }

    /// Whoever could change them could also tell others something through them.
    @Test(arguments: [false, true]) func masksCannotBeChanged(_ hasWritableRoot: Bool) throws {
        let folder = fixture.folder + "/image/bin"
        let binds: [Plan.Bind] = hasWritableRoot ? [.init(source: folder, target: "/some/where")] : []
        let script = """
            for file in /proc/cpuinfo /proc/meminfo /proc/version /proc/sys/kernel/osrelease; do
                ! (echo x > $file) 2>/dev/null; ! chmod 0777 $file 2>/dev/null; ! rm -f $file 2>/dev/null
            done
            ! touch /proc/sys/x 2>/dev/null; ! touch /proc/pressure/x 2>/dev/null
            cat /proc/version; ls /proc/sys
            """
        #expect(
            try output(script, Self.standard, binds: binds)
                == ProcText.version + "fs\nkernel\nnet\nuser\nvm\n")
    }

    /// A root without a base layer gets the same texts.
    @Test func aWritableRootShowsTheSameWorld() throws {
        for name in ["proc", "dev", "tmp", "etc"] { try fixture.makeDirectory("image/" + name) }
        let script = """
            cat /proc/version /proc/meminfo /proc/cpuinfo /proc/sys/kernel/osrelease
            cat /proc/sys/kernel/../kernel/random/boot_id
            """
        let command = Plan.Command(
            argv: ["/bin/sh", "-e", "-c", script], environment: ["PATH": "/bin"], directory: "/")
        let result = try fixture.run(
            [command], root: .writable(fixture.folder + "/image"), identity: .fakeRoot, world: Self.standard)
        #expect(result.status == .ok, "\(result.errors)")
        #expect(result.output == (try output(script, Self.standard)))
    }
}

extension String {
    fileprivate var trimmed: String { String(prefix { $0 != "\n" }) }
}
