import BelljarKernel
import BelljarModel
import FoundationEssentials
import Testing

@testable import BelljarSandbox

/// Against a folder that looks like a delegated group: plain files that hold what was written. What the kernel makes of
/// it needs a host with such a group.
@Suite struct ControlGroupTests {
    private let path = FileManager.default.temporaryDirectory.path + "/belljar-group-\(UUID().uuidString)"

    private func tree(controllers: String = "cpuset cpu io memory pids\n", processes: String = "42\n") throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in [("cgroup.controllers", controllers), ("cgroup.procs", processes)] {
            try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
        }
    }

    private func text(_ name: String) -> String? {
        (try? Data(contentsOf: URL(filePath: path + "/" + name))).map { String(decoding: $0, as: UTF8.self) }
    }

    private func remove() { try? FileManager.default.removeItem(atPath: path) }

    @Test func aGroupIsFoundByItsMount() {
        let mounts = """
            30 23 0:26 / /sys rw shared:7 - sysfs sysfs rw
            35 30 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw
            """
        #expect(
            ControlGroups.find(groups: "0::/user.slice/x.scope\n", mounts: mounts)
                == "/sys/fs/cgroup/user.slice/x.scope")
        #expect(ControlGroups.find(groups: "0::/\n", mounts: mounts) == "/sys/fs/cgroup")
        #expect(ControlGroups.find(groups: "4:memory:/a\n1:name=systemd:/a\n", mounts: mounts) == nil)
        #expect(ControlGroups.find(groups: "0::/a\n", mounts: "30 23 0:26 / /sys rw - sysfs sysfs rw") == nil)
    }

    @Test func aDelegatedGroupIsDivided() throws {
        try tree()
        defer { remove() }
        #expect(ControlGroups.prepare(path, process: 42, makesFiles: true) != nil)
        #expect(text("belljar-runner/cgroup.procs") == "42")
        #expect(text("cgroup.subtree_control") == "+cpu +memory +pids")
    }

    /// Nothing is changed in a group that is not belljar's own.
    @Test(arguments: [("cpu memory\n", "42\n"), ("\n", "42\n"), ("cpu memory pids\n", "42\n43\n")])
    func othersAreLeftAlone(controllers: String, processes: String) throws {
        try tree(controllers: controllers, processes: processes)
        defer { remove() }
        #expect(ControlGroups.prepare(path, process: 42, makesFiles: true) == nil)
        #expect(text("cgroup.subtree_control") == nil)
        #expect(!FileManager.default.fileExists(atPath: path + "/belljar-runner"))
    }

    @Test func aBuildGetsItsLimits() throws {
        try tree()
        defer { remove() }
        let groups = try #require(ControlGroups.prepare(path, process: 42, makesFiles: true))
        let limits = ResourceLimits(processes: 100, scratchBytes: 1 << 30)
        let group = try groups.make("build", limits, memoryBytes: 1 << 28)
        #expect(text("build/memory.max") == "\((1 << 30) + (1 << 28))")
        #expect(text("build/pids.max") == "164")
        #expect(text("build/cpu.weight") == "50")
        try group.joining.writeAll(Array("0".utf8))
        #expect(text("build/cgroup.procs") == "0")
        #expect(!group.ranOutOfMemory)
        try Data("low 0\nmax 9\noom 1\noom_kill 1\n".utf8).write(to: URL(filePath: path + "/build/memory.events"))
        #expect(group.ranOutOfMemory)
        // Files do not go with their folder here, as they do in the kernel's tree.
        #expect(!group.end())
        #expect(text("build/cgroup.kill") == "1")
    }

    @Test func aGroupWithoutALimitOnMemoryHasNone() throws {
        try tree()
        defer { remove() }
        let groups = try #require(ControlGroups.prepare(path, process: 42, makesFiles: true))
        let group = try groups.make("build", .standard, memoryBytes: nil)
        #expect(text("build/memory.max") == nil)
        group.end()
        #expect(throws: BelljarError.self) { try groups.make("build", .standard, memoryBytes: nil) }
    }

    /// The sandbox's first process writes to the descriptor that it was given, before it becomes anybody else.
    @Test(.enabled(if: SandboxFixture.busybox != nil)) func theSandboxJoins() throws {
        try tree()
        defer { remove() }
        let fixture = try SandboxFixture()
        let without = try fixture.run([fixture.script("true")])
        #expect(without.enforcement["cgroup"] == "none")
        let groups = try #require(ControlGroups.prepare(path, process: 42, makesFiles: true))
        let sandbox = Sandbox(
            initPath: SandboxFixture.initPath, cacheFolder: fixture.folder + "/cache", account: SandboxFixture.account,
            groups: groups)
        var limits = ResourceLimits.standard
        limits.memoryBytes = 1 << 30
        let request = SandboxRequest(
            root: .layers(fixture.roots), commands: [fixture.script("ls /proc/self/fd | wc -l")], limits: limits)
        var output: [UInt8] = []
        let outcome = try sandbox.run(request, cancellation: Cancellation()) { _, bytes in output += bytes }
        #expect(outcome.status == .ok)
        #expect(outcome.enforcement["cgroup"] == "v2")
        #expect(outcome.enforcement["memory"] == "process-1+rlimit+cgroup")
        #expect(outcome.enforcement["processes"]?.hasSuffix("+cgroup") == true)
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasPrefix("belljar-\(Host.processId)-") })
        #expect(text("\(name)/cgroup.procs") == "0")
        // Standard descriptors and that of the folder: the group's is not among what a build has.
        #expect(String(decoding: output, as: UTF8.self) == "4\n")
    }
}
