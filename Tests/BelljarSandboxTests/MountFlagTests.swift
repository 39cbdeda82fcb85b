import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarPlan
import BelljarSandbox
import Foundation
import Testing

/// Each mount that a build sees, as the kernel describes it (/proc/PID/mountinfo, proc(5)).
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct MountFlagTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    private struct Mount {
        var device: String
        var path: String
        var flags: Set<String>
        var type: String
        /// Of the whole file system.
        var options: Set<String>

        init?(_ line: Substring) {
            let fields = line.split(separator: " ").map(String.init)
            guard let end = fields.firstIndex(of: "-"), fields.count > end + 3, end > 5 else { return nil }
            (device, path, type) = (fields[2], fields[4], fields[end + 1])
            flags = Set(fields[5].split(separator: ",").map(String.init))
            options = Set(fields[end + 3].split(separator: ",").map(String.init))
        }

        static func all(_ text: String) throws -> [Mount] {
            try text.split(separator: "\n").map { try #require(Mount($0), "\($0)") }
        }
    }

    private static let worlds = [World.real, World(epoch: 1_700_000_000, cpus: 2)]

    private func mounts(_ world: World) throws -> [Mount] {
        try fixture.makeDirectory("input")
        let result = try fixture.run(
            [fixture.script("cat /proc/self/mountinfo")],
            binds: [
                .init(source: fixture.folder + "/input", target: "/inputs/a", isReadOnly: true, isShared: true),
                .init(source: fixture.folder + "/input", target: "/inputs/b", isReadOnly: true),
            ], world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return try Mount.all(result.output)
    }

    /// Set-user-id bits count nowhere.
    @Test(arguments: worlds) func nothingRaisesRights(_ world: World) throws {
        let mounts = try mounts(world)
        #expect(mounts.count > 10)
        for mount in mounts { #expect(mount.flags.contains("nosuid"), "\(mount)") }
    }

    private static let hidden = [
        "kallsyms", "kcore", "key-users", "keys", "kmsg", "latency_stats", "modules", "sched_debug", "sysrq-trigger",
        "timer_list", "timer_stats",
    ]

    /// Devices are devices where they have to be: the harmless ones of `/dev`, each a mount of its own, and terminals. Where
    /// the world has random numbers of its own, their devices are files. Some files of `/proc` are hidden under the device
    /// `null`; which of them there are is up to the kernel.
    @Test(arguments: worlds) func devicesAreWhereTheyHaveToBe(_ world: World) throws {
        var nodes: Set = ["/dev/null", "/dev/zero", "/dev/full", "/dev/tty"]
        if !world.states.isVirtualised(.random) { nodes.formUnion(["/dev/random", "/dev/urandom"]) }
        let hidden = Set(Self.hidden.map { "/proc/\($0)" })
        let mounts = try mounts(world)
        let devices = Set(mounts.filter { $0.type == "devtmpfs" }.map(\.path))
        #expect(devices.subtracting(hidden) == nodes)
        #expect(Set(mounts.filter { !$0.flags.contains("nodev") }.map(\.path)) == devices.union(["/dev/pts"]))
    }

    /// What a build may write to, by name; the devices and terminals are that too.
    @Test(arguments: worlds) func whatCanBeWrittenTo(_ world: World) throws {
        let mounts = try mounts(world)
        let folders: Set = ["/build", "/out", "/tmp", "/var/tmp", "/run", "/dev/shm", "/proc", "/dev/pts"]
        let writable = mounts.filter { $0.flags.contains("rw") && $0.type != "devtmpfs" }.map(\.path)
        #expect(Set(writable) == folders)
        for path in ["/", "/dev", "/inputs", "/inputs/a", "/inputs/b", "/proc/sys"] {
            #expect(mounts.last { $0.path == path }?.flags.contains("ro") == true, "\(path)")
        }
        for mount in mounts where mount.type == "proc" || mount.type == "devpts" {
            #expect(mount.flags.contains("noexec"), "\(mount)")
        }
    }

    /// A terminal of the host has no number inside, and the first one inside has the first number, whatever the host has.
    @Test func terminalsAreTheSandboxsOwn() throws {
        let outside = try #require(
            Mount.all(String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)).last { $0.type == "devpts" },
            "the host has no /dev/pts")
        let terminal = try Descriptor.workingDirectory.open("/dev/ptmx", .readWrite)
        let hosts = try FileManager.default.contentsOfDirectory(atPath: outside.path).filter { Int($0) != nil }
        try #require(!hosts.isEmpty)
        let inside = try #require(try mounts(.real).last { $0.path == "/dev/pts" })
        #expect(inside.type == "devpts")
        #expect(inside.device != outside.device)
        #expect(inside.options.isSuperset(of: ["mode=620", "ptmxmode=666", "max=256"]), "\(inside.options)")
        let names = try fixture.output("ls /dev/pts; exec 9<>/dev/ptmx; ls /dev/pts; readlink /dev/ptmx")
        #expect(names == "ptmx\n0\nptmx\npts/ptmx\n")
        _ = consume terminal
    }
}
