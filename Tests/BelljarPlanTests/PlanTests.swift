import BelljarControls
import Testing

@testable import BelljarPlan

@Suite struct PlanTests {
    private let plan = Plan(
        account: .init(uid: 65534, gid: 65533), inside: .init(uid: 1000, gid: 1001), hostName: "belljar",
        domainName: "localdomain", root: .layers(["/store/base", "/store/image"]), buildLayers: ["/store/src"],
        binds: [.init(source: "/store/zlib", target: "/inputs/zlib", isReadOnly: true, isShared: true)],
        filters: [[1, 2, 3, 4, 5, 6, 7, 8], []],
        masks: [.init(path: "/proc/cpuinfo", source: .content([1, 2])), .init(path: "/proc/sys", source: .root)],
        secrets: [.init(name: "token", content: [0, 255], commands: [0, 2])],
        commands: [.init(argv: ["/bin/sh", "-c", "echo \u{e9}"], environment: ["A=1"], directory: "/build")],
        limits: .init(
            timeoutMilliseconds: 1, graceMilliseconds: 2, memoryBytes: 3, openFiles: 7, processes: 4,
            fileBytes: 5,
            scratchBytes: 6, scratchInodes: .max))

    @Test func survivesTheWire() throws {
        #expect(try Plan(decoding: plan.encoded()) == plan)
        var other = plan
        other.account = nil
        other.reversesSources = true
        other.root = .writable("/scratch/root")
        other.terminal = .init(command: 0, followsFailure: true, takesErrors: false, timeoutMilliseconds: 7)
        #expect(try Plan(decoding: other.encoded()) == other)
    }

    @Test func aTerminalOfNoCommandIsRefused() {
        var other = plan
        other.commands.append(plan.commands[0])
        other.terminal = .init(command: 1, followsFailure: false, takesErrors: true, timeoutMilliseconds: 7)
        var bytes = other.encoded()
        #expect((try? Plan(decoding: bytes)) == other)
        // Its command's index stands behind a byte that says that there is one, and before 10 others, the limits and two flags.
        let place = bytes.count - 2 - 8 * 8 - 10 - 4
        #expect(bytes[place] == 1)
        bytes[place] = 2
        #expect(throws: WireError.self) { try Plan(decoding: bytes) }
    }

    @Test func commandsFollowEachOther() {
        var plan = plan
        plan.commands = [Plan.Command](repeating: plan.commands[0], count: 3)
        #expect((0..<3).map { plan.next(after: $0, failed: false) } == [1, 2, nil])
        #expect((0..<3).map { plan.next(after: $0, failed: true) } == [nil, nil, nil])
        plan.terminal = .init(command: 2, followsFailure: false, takesErrors: true, timeoutMilliseconds: 0)
        #expect((0..<3).map { plan.next(after: $0, failed: true) } == [nil, nil, nil])
        plan.terminal?.followsFailure = true
        #expect((0..<3).map { plan.next(after: $0, failed: false) } == [1, 2, nil])
        #expect((0..<3).map { plan.next(after: $0, failed: true) } == [2, 2, nil])
    }

    @Test func everyTruncationIsRefused() {
        let bytes = plan.encoded()
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) { try Plan(decoding: Array(bytes.prefix(count))) }
        }
        #expect(throws: WireError(offset: bytes.count, problem: "trailing bytes")) {
            try Plan(decoding: bytes + [0])
        }
    }

    @Test func aDamagedPlanNeverEndsTheProcess() {
        let bytes = plan.encoded()
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 0x7f, 0xff] {
                var damaged = bytes
                damaged[index] = value
                // Many of these are plans too; the point is that each is either read or refused.
                _ = try? Plan(decoding: damaged)
            }
        }
    }
}

@Suite struct ReportTests {
    private static let usage = Report.CommandUsage(
        isSignal: true, code: 9, wallMicroseconds: 1, userMicroseconds: 2, systemMicroseconds: 3, peakBytes: 4)

    @Test(arguments: [
        Report.failed(stage: .mountRoot, errorNumber: 22, call: "fsconfig", subject: "/store/image"),
        .enforcement([.init("processes", "rlimit"), .init("scratch", "tmpfs")]), .started(index: 3),
        .ended(index: 3, usage: usage),
        .timedOut, .exceeded(limit: .scratch, seen: .max, subject: "/out/x"), .ledger(lines: Array("{}\n".utf8)),
        .trace(lines: Array("{}\n".utf8)), .traceFull,
        .violation(program: "/build/a.out", reason: "it cannot be hooked"), .finished, .terminal,
    ])
    func survivesTheWire(report: Report) throws {
        #expect(try Report(decoding: report.encoded()) == report)
        #expect(throws: WireError.self) { try Report(decoding: report.encoded() + [0]) }
    }

    @Test func aLongSubjectIsCutToFitThePacket() throws {
        let long = Report.failed(
            stage: .openSources, errorNumber: 2, call: "open_tree", subject: String(repeating: "\u{1F512}", count: 5000)
        )
        #expect(long.encoded().count <= Report.maximumSize)
        #expect(try Report(decoding: long.encoded()) != long)
    }

    @Test func aFullLedgerPacketFits() {
        let lines = [UInt8](repeating: 10, count: Report.ledgerSize)
        #expect(Report.ledger(lines: lines).encoded().count == Report.maximumSize)
    }

    @Test func aLongViolationIsCutToFitThePacket() throws {
        let text = String(repeating: "\u{1F512}", count: 5000)
        let bytes = Report.violation(program: text, reason: text).encoded()
        #expect(bytes.count <= Report.maximumSize)
        let cut = String(text.prefix(1000))
        #expect(try Report(decoding: bytes) == .violation(program: cut, reason: cut))
    }

    @Test func unknownLimitsAreRefused() {
        var bytes = Report.exceeded(limit: .inodes, seen: 1, subject: "").encoded()
        bytes[1] = 0xff
        #expect(throws: WireError.self) { try Report(decoding: bytes) }
    }

    @Test func stagesAreNamedAsTheDocumentsNameThem() {
        #expect(Stage.mountRoot.name == "mount-root")
        #expect(Set(Stage.allCases.map(\.name)).count == Stage.allCases.count)
    }
}
