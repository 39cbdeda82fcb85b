import BelljarControls
import BelljarKernel
import BelljarPlan
import Testing

@testable import BelljarInit

/// The order of the set-up, seen through recorded system calls: nothing of this needs privileges or has any effect.
@Suite struct StageTests {
    @Test func rootIsGivenUpBeforeAnythingElse() throws {
        let recording = try Recording.of {
            try Init.dropPrivileges(to: Account(uid: 4242, gid: 4343))
        }
        #expect(
            recording.calls.prefix(4) == [
                "setgroups none", "setresgid 4343", "setresuid 4242", "prctl PR_SET_DUMPABLE 1",
            ])
    }

    @Test func aFailureCarriesItsStage() throws {
        let error = KernelError(call: "setresgid", subject: "4343", number: 1)
        _ = Recording.of { call, _ in
            call == "setresgid" ? .failure(1) : Recording.success(of: call)
        } _: {
            #expect(throws: StageFailure(stage: .dropPrivileges, error: error)) {
                try Init.dropPrivileges(to: Account(uid: 4242, gid: 4343))
            }
        }
    }

    @Test func everyNamespaceIsNewAndTheUserNamespaceIsFirst() throws {
        let recording = try Recording.of {
            try Init.enterFirstNamespaces(as: Init.first)
            try Init.enterOtherNamespaces()
        }
        let entered = recording.calls.filter { $0.hasPrefix("unshare") }
        #expect(entered.first == "unshare user")
        #expect(Set(entered) == Set(Namespace.allCases.map { "unshare \($0.rawValue)" }))
        #expect(entered.count == Namespace.allCases.count)
    }

    @Test(arguments: [
        ("user", Stage.userNamespace), ("mount", .mountNamespace), ("net", .otherNamespaces), ("time", .timeNamespace),
    ])
    func aMissingNamespaceIsNamed(_ name: String, _ stage: Stage) throws {
        _ = Recording.of { call, subject in
            call == "unshare" && subject == name ? .failure(28) : Recording.success(of: call)
        } _: {
            #expect(throws: StageFailure(stage: stage, error: KernelError(call: "unshare", subject: name, number: 28)))
            {
                try Init.enterFirstNamespaces(as: Init.first)
                try Init.enterOtherNamespaces()
            }
        }
    }

    @Test func setgroupsIsGivenUpBeforeTheGroupIsMapped() throws {
        let recording = try Recording.of {
            try Init.map(Account(uid: 7, gid: 8), to: Account(uid: 1000, gid: 1000))
        }
        #expect(
            recording.calls.filter { $0.hasPrefix("openat") } == [
                "openat /proc/self/setgroups", "openat /proc/self/uid_map", "openat /proc/self/gid_map",
            ])
    }

    /// How `StepPlace` looks at directory and program.
    private static let looks: Set<String> = ["openat2", "fstatfs", "fstat", "pread"]

    @Test func aCommandGivesUpItsRightsBeforeItRuns() throws {
        let plan = Plan(
            account: nil, inside: .init(uid: 1000, gid: 1000), hostName: "h", domainName: "d", root: .layers([]),
            buildLayers: [], binds: [], filters: [[UInt8](repeating: 1, count: 8), [UInt8](repeating: 2, count: 16)],
            commands: [],
            limits: .init(
                timeoutMilliseconds: 1, graceMilliseconds: 1, memoryBytes: 1 << 30, openFiles: 2 << 30,
                processes: 10, fileBytes: 1,
                scratchBytes: 1, scratchInodes: 1))
        let command = Plan.Command(argv: ["/bin/true"], environment: [], directory: "/")
        let recording = Recording.of { call, _ in
            Self.looks.contains(call) ? .real : call == "execve" ? .failure(2) : Recording.success(of: call)
        } _: {
            #expect(throws: StageFailure.self) { try CommandProcess.become(command, plan, before: nil, over: 1 << 30) }
        }
        let order = [
            "dup2", "close_range 4-", "close_range 3- CLOEXEC", "setsid", "setrlimit", "openat2", "cap_set_mode",
            "fchdir",
            "prctl PR_SET_NO_NEW_PRIVS", "seccomp", "execve",
        ]
        let positions = order.map { call in recording.calls.firstIndex { $0.hasPrefix(call) } ?? -1 }
        #expect(positions == positions.sorted() && !positions.contains(-1), "\(recording.calls)")
        #expect(recording.calls.count { $0.hasPrefix("seccomp") } == 2)
        #expect(recording.calls.last == "execve /bin/true")
    }

    /// Who sits before a terminal leads a session that has it, and has it as all three streams, or as the first two.
    @Test(arguments: [true, false]) func aTerminalIsTakenBeforeAnythingIsGivenUp(takesErrors: Bool) {
        var plan = Plan(
            account: nil, inside: .init(uid: 1000, gid: 1000), hostName: "h", domainName: "d", root: .layers([]),
            buildLayers: [], binds: [], filters: [[UInt8](repeating: 1, count: 8)], commands: [],
            limits: .init(
                timeoutMilliseconds: 1, graceMilliseconds: 1, memoryBytes: 0, openFiles: 0, processes: 10,
                fileBytes: 1, scratchBytes: 1, scratchInodes: 1))
        plan.terminal = .init(command: 0, followsFailure: false, takesErrors: takesErrors, timeoutMilliseconds: 1)
        let command = Plan.Command(argv: ["/bin/true"], environment: [], directory: "/")
        let calls = Recording.of { call, _ in
            Self.looks.contains(call) ? .real : call == "execve" ? .failure(2) : Recording.success(of: call)
        } _: {
            #expect(throws: StageFailure.self) {
                try CommandProcess.become(command, plan, before: 1 << 29, over: 1 << 30)
            }
        }.calls
        let (terminal, way) = ("\(1 << 29)", "\(1 << 30)")
        #expect(
            calls.filter { $0.hasPrefix("dup2") } == [
                "dup2 \(terminal) 0", "dup2 \(terminal) 1", takesErrors ? "dup2 \(terminal) 2" : "dup2 2 2",
                "dup2 \(way) 3",
            ])
        let order = ["close_range 4-", "setsid", "ioctl 0 TIOCSCTTY", "cap_set_mode", "execve"]
        let positions = order.map { call in calls.firstIndex { $0.hasPrefix(call) } ?? -1 }
        #expect(positions == positions.sorted() && !positions.contains(-1), "\(calls)")
    }

    /// The kernel counts descriptors on their way for an account as a whole, and compares with the sender's limit of open files:
    /// with that of a build, another build could keep this one from starting.
    @Test func theListenerIsHandedOverBeforeOpenFilesAreLimited() throws {
        var plan = Plan(
            account: nil, inside: .init(uid: 1000, gid: 1000), hostName: "h", domainName: "d", root: .layers([]),
            buildLayers: [], binds: [], filters: [[UInt8](repeating: 1, count: 8)], commands: [],
            limits: .init(
                timeoutMilliseconds: 1, graceMilliseconds: 1, memoryBytes: 0, openFiles: 0, processes: 10,
                fileBytes: 1, scratchBytes: 1, scratchInodes: 1))
        plan.worldFilter = [UInt8](repeating: 2, count: 8)
        let command = Plan.Command(argv: ["/bin/true"], environment: [], directory: "/")
        func calls() -> [String] {
            Recording.of { call, _ in
                switch call {
                case _ where Self.looks.contains(call): .real
                case "execve": .failure(2)
                // A listener that nobody has open.
                case "seccomp": .result(1 << 30)
                default: Recording.success(of: call)
                }
            } _: {
                #expect(throws: StageFailure.self) {
                    try CommandProcess.become(command, plan, before: nil, over: 1 << 30)
                }
            }.calls
        }
        // Nobody answers here, so it ends before its limit is set.
        let asking = calls()
        #expect(asking.contains { $0.hasPrefix("sendmsg") })
        #expect(!asking.contains { $0.hasPrefix("setrlimit RLIMIT_NOFILE") }, "\(asking)")
        plan.worldFilter = []
        let running = calls()
        let limit = try #require(running.firstIndex { $0.hasPrefix("setrlimit RLIMIT_NOFILE") })
        #expect(try limit < #require(running.firstIndex { $0.hasPrefix("execve") }))
    }

    @Test func limitsFollowThePlan() {
        var plan = Plan(
            account: nil, inside: .init(uid: 1, gid: 1), hostName: "h", domainName: "d", root: .layers([]),
            buildLayers: [], binds: [], filters: [], world: World(epoch: 1, cpus: 3), commands: [],
            limits: .init(
                timeoutMilliseconds: 1, graceMilliseconds: 1, memoryBytes: 1, openFiles: 0, processes: 10,
                fileBytes: 5, scratchBytes: 1, scratchInodes: 1))
        let table = { CommandLimits.table(plan) }
        #expect(table().first { $0.resource == .addressSpaceBytes }?.hard == .max)
        #expect(table().first { $0.resource == .openFiles } == .init(resource: .openFiles, soft: 1024, hard: 4096))
        #expect(table().first { $0.resource == .processes }?.hard == 12)
        plan.limits.openFiles = 1 << 20
        plan.worldFilter = [1]
        #expect(
            table().first { $0.resource == .openFiles } == .init(resource: .openFiles, soft: 1 << 20, hard: 1 << 20))
        #expect(table().first { $0.resource == .processes }?.hard == 17)
        #expect(Set(table().map(\.resource)).count == table().count)
    }

    /// With hard limits of zero that nobody may raise.
    @Test func limitsThatABuildBeginsWithAreThere() {
        func settle(_ resource: LimitedResource, soft: UInt64, hard: UInt64) throws -> [String] {
            var found: [String] = []
            _ = try Recording.of { call, _ in
                call == "setrlimit" ? .failure(1) : Recording.success(of: call)
            } _: {
                found = try Inherited.limits([.init(resource: resource, soft: soft, hard: hard)])
            }
            return found
        }
        #expect(throws: KernelError.self) { try settle(.openFiles, soft: 1024, hard: 4096) }
        #expect(throws: KernelError.self) { try settle(.cpuSeconds, soft: .max, hard: .max) }
        #expect(throws: KernelError.self) { try settle(.processes, soft: 4096, hard: 4096) }
        #expect((try? settle(.openFiles, soft: 0, hard: 4096)) == ["openFiles 0"])
        #expect(throws: KernelError.self) { try settle(.fileLocks, soft: .max, hard: .max) }
        #expect((try? settle(.residentBytes, soft: .max, hard: .max)) == ["residentBytes 0"])
        #expect((try? settle(.coreBytes, soft: 0, hard: 0)) == [])
    }

    @Test func everyResourceHasALimit() {
        let plan = Plan(
            account: nil, inside: .init(uid: 1, gid: 1), hostName: "h", domainName: "d", root: .layers([]),
            buildLayers: [], binds: [], filters: [], commands: [],
            limits: .init(
                timeoutMilliseconds: 1, graceMilliseconds: 1, memoryBytes: 0, openFiles: 0, processes: 10,
                fileBytes: 1, scratchBytes: 1, scratchInodes: 1))
        #expect(Set(CommandLimits.table(plan).map(\.resource)) == Set(LimitedResource.allCases))
    }

    @Test(arguments: [
        ("/inputs/zlib", false), ("/build/x", false), ("/inputs", true), ("/opt", true), ("/tmp/../etc", false),
    ])
    func onlyBindsElsewhereMakeTheRootChangeable(_ target: String, _ needed: Bool) {
        let plan = Plan(
            account: nil, inside: .init(uid: 1, gid: 1), hostName: "h", domainName: "d", root: .layers(["/a", "/b"]),
            buildLayers: [], binds: [.init(source: "/x", target: target, isReadOnly: true)], filters: [], commands: [],
            limits: .init(
                timeoutMilliseconds: 1, graceMilliseconds: 1, memoryBytes: 0, openFiles: 0, processes: 1,
                fileBytes: 1,
                scratchBytes: 1, scratchInodes: 1))
        #expect(plan.needsTargetsInRoot == needed)
    }
}
