import BelljarKernel
import BelljarModel
import BelljarPlan
import FoundationEssentials
import Testing

@testable import BelljarSandbox

/// Against a folder that looks like a delegated group: plain files that hold what was written. What the kernel makes of
/// it needs a host with such a group.
@Suite struct ControlGroupTests {
    private let path = FileManager.default.temporaryDirectory.path + "/belljar-group-\(UUID().uuidString)"

    private func tree(controllers: String = "cpuset cpu io memory pids\n", processes: String = "42\n") throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let files = [
            ("cgroup.controllers", controllers), ("cgroup.procs", processes), ("cgroup.subtree_control", ""),
        ]
        for (name, text) in files {
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
        // Above the namespace's root; and a mount that shows only a part.
        #expect(ControlGroups.find(groups: "0::/../x\n", mounts: mounts) == nil)
        #expect(ControlGroups.find(groups: "0::/x\n", mounts: "35 30 0:30 /x /cg rw - cgroup2 cgroup2 rw") == nil)
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
        #expect(text("cgroup.subtree_control") == "")
        #expect(!FileManager.default.fileExists(atPath: path + "/belljar-runner"))
    }

    @Test func aBuildGetsItsLimits() throws {
        try tree()
        defer { remove() }
        let groups = try #require(ControlGroups.prepare(path, process: 42, makesFiles: true))
        let limits = ResourceLimits(processes: 100, scratchBytes: 1 << 30)
        let group = try groups.make("build", limits, memoryBytes: 1 << 28)
        #expect(text("build/memory.max") == "\((1 << 30) + (1 << 28) + Plan.copiedBytes)")
        #expect(text("build/memory.swap.max") == "0")
        #expect(text("build/pids.max") == "164")
        #expect(text("build/cpu.weight") == "50")
        try group.joining().writeAll(Array("0".utf8))
        #expect(text("build/cgroup.procs") == "0")
        // The second is what a host without memory does to a build that is within its limit.
        for (events, isLimit) in [
            ("oom 0\noom_kill 0", false), ("oom 0\noom_kill 1", false), ("oom 1\noom_kill 1", true),
        ] {
            try Data("low 0\nmax 9\n\(events)\n".utf8).write(to: URL(filePath: path + "/build/memory.events"))
            #expect(group.ranOutOfMemory == isLimit, "\(events)")
        }
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
        #expect(text("build/memory.swap.max") == nil)
        group.end()
        #expect(throws: BelljarError.self) { try groups.make("build", .standard, memoryBytes: nil) }
    }

    /// A group that cannot be made as it should be is not left there.
    @Test func aGroupThatCannotHoldIsRemoved() throws {
        try tree()
        defer { remove() }
        // Without a kernel that makes them, files that are to be there already are missing.
        #expect(ControlGroups.prepare(path, process: 42) == nil)
        let groups = try #require(ControlGroups.prepare(path, process: 42, makesFiles: true))
        try FileManager.default.createDirectory(atPath: path + "/twin", withIntermediateDirectories: true)
        #expect(throws: BelljarError.self) { try groups.make("twin", .standard, memoryBytes: nil) }
        #expect(FileManager.default.fileExists(atPath: path + "/twin"), "it is somebody else's")
    }

    /// Two runners that came into one group one after the other share it, and neither removes what the other has.
    @Test func leftoversOfTheDeadGoAndTheLivingKeepTheirs() throws {
        try tree()
        defer { remove() }
        let first = try #require(ControlGroups.prepare(path, process: 42, makesFiles: true))
        let prefix = ControlGroups.namePrefix
        let living = try Descriptor.makeDirectories("\(path)/\(prefix)42-1")
        #expect(try living.tryLock(.exclusive))
        for name in ["\(prefix)41-1", "\(prefix)41-2", "others"] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        }
        try Data("43\n".utf8).write(to: URL(filePath: path + "/cgroup.procs"))
        let second = try #require(ControlGroups.prepare(path, process: 43))
        let left = try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix("cgroup.") }
        #expect(left.sorted() == ["\(prefix)42-1", "belljar-runner", "others"])
        #expect(text("belljar-runner/cgroup.procs") == "43")
        // What a test's tree lacks of a kernel's is a failure, after which nothing is there.
        #expect(throws: BelljarError.self) { try second.make("\(prefix)43-1", .standard, memoryBytes: nil) }
        #expect(!FileManager.default.fileExists(atPath: "\(path)/\(prefix)43-1"))
        let group = try first.make("\(prefix)42-2", .standard, memoryBytes: nil)
        let again = try Descriptor.workingDirectory.open("\(path)/\(prefix)42-2", .directory)
        #expect(try !again.tryLock(.exclusive))
        withExtendedLifetime(group) {}
    }

    @Test func whyThereIsNoneIsSaidInOneLine() throws {
        try tree(processes: "42\n43\n44\n")
        defer { remove() }
        let shared = HostFeature.controlGroup(ControlGroups.examine(path, process: 42))
        #expect(shared.state == .optionalMissing)
        #expect(shared.finding == "\(path) also holds processes 43, 44, so limits are enforced without it")
        #expect(shared.remedy?.hasSuffix("systemd-run --user --scope -p Delegate=yes belljar ...") == true)
        try tree(controllers: "cpu pids\n")
        let lacking = HostFeature.controlGroup(ControlGroups.examine(path, process: 42))
        #expect(lacking.finding == "\(path) lacks memory, so limits are enforced without it")
        #expect(lacking.remedy?.contains("Delegate=cpu memory pids") == true)
        let none = HostFeature.controlGroup(ControlGroups.examine(path + "/none", process: 42))
        #expect(none.finding.hasSuffix("No such file or directory (ENOENT)"))
        #expect(none.state == .optionalMissing && none.remedy != nil)
        try tree()
        let usable = HostFeature.controlGroup(ControlGroups.examine(path, process: 42))
        #expect(usable.state == .available && usable.remedy == nil)
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
        #expect(outcome.enforcement["memory"] == "process-1+cgroup")
        #expect(outcome.enforcement["processes"]?.hasSuffix("+cgroup") == true)
        let prefix = "\(ControlGroups.namePrefix)\(Host.processId)-"
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasPrefix(prefix) })
        #expect(text("\(name)/cgroup.procs") == "0")
        // Standard descriptors and that of the folder: the group's is not among what a build has.
        #expect(String(decoding: output, as: UTF8.self) == "4\n")
    }

    /// A starter that dies before it joined leaves a group, which goes with the run.
    @Test(.enabled(if: SandboxFixture.busybox != nil)) func aStarterThatDiesLeavesNoGroup() throws {
        try tree()
        defer { remove() }
        let fixture = try SandboxFixture()
        let groups = try #require(ControlGroups.prepare(path, process: 42, makesFiles: true))
        let sandbox = Sandbox(
            initPath: "/bin/false", cacheFolder: fixture.folder + "/cache", account: SandboxFixture.account,
            groups: groups)
        let request = SandboxRequest(root: .layers(fixture.roots), commands: [fixture.script("true")])
        let error = #expect(throws: BelljarError.self) {
            _ = try sandbox.run(request, cancellation: Cancellation()) { _, _ in }
        }
        #expect(error?.answer.contains("ended without a report") == true, "\(String(describing: error))")
        let prefix = ControlGroups.namePrefix
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasPrefix(prefix) })
        // Here the folder stays, because its files are nobody's to remove; the kernel's go with it.
        #expect(text("\(name)/cgroup.kill") == "1")
        #expect(text("\(name)/cgroup.procs") == "")
    }
}
