import BelljarKernel
import BelljarModel
import BelljarPlan
import BelljarSandbox
import Dispatch
import TestSupport
import Testing

@testable import BelljarHost
@testable import BelljarUnpack

/// What becomes of the processes that read archives, and of whoever waits for them, when one of the two fails.
@Suite struct ArchiveReaderFaultTests {
    private let starter = ArchiveReaderStarter(initPath: Confined.initPath)
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder()
        // More than fits into the pipe, so that whoever reads it has to wait in its middle.
        let large = [UInt8](repeating: 7, count: 8 << 20)
        try folder.write("archive", try ArchiveMaker.make([.bytes("large", large), .file("after")]))
    }

    private func start(
        silenceMilliseconds: UInt64 = 60_000, cancellation: Cancellation = Cancellation()
    ) throws -> ArchiveReaderProcess {
        ArchiveReaderProcess(
            try starter.start(
                .archive, of: try folder.descriptor.open("archive"), try Confined.sandbox.archiveReaderPlan()),
            name: "test.archive", cancellation: cancellation, silenceMilliseconds: silenceMilliseconds)
    }

    /// Reads until there is an error or the archive is over.
    private func readAll(_ process: ArchiveReaderProcess) throws {
        while try process.next() != .end {}
    }

    // MARK: Processes

    /// Parents of all processes.
    private func parents() throws -> [Int32: Int32] {
        var parents: [Int32: Int32] = [:]
        for entry in try Descriptor.workingDirectory.open("/proc", .directory).entries() {
            guard let pid = Int32(String(decoding: entry.name, as: UTF8.self)),
                let bytes = try? Descriptor.workingDirectory.open("/proc/\(pid)/stat").readAll(limit: 4096)
            else { continue }
            // The name in parentheses may hold anything; state and parent follow (proc_pid_stat(5)).
            let rest = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
            if rest.count > 1, rest[0] != "Z" { parents[pid] = Int32(rest[1]) }
        }
        return parents
    }

    private func children(of pid: Int32) throws -> [Int32] {
        try parents().filter { $0.value == pid }.map(\.key)
    }

    /// PID 1 of the namespaces, as this process sees it.
    private func first() throws -> Int32 {
        let made = try #require(starter.processId)
        return try #require(try children(of: made).first)
    }

    /// The processes that read.
    private func readers() throws -> [Int32] { try children(of: try first()) }

    private func isAlive(_ pid: Int32) throws -> Bool { try parents()[pid] != nil }

    private func signal(_ pid: Int32, _ name: String) throws {
        let kill = try #require(HostProgram.find("kill", passing: ["PATH"]))
        #expect(try kill.output(of: ["-s", name, "\(pid)"], limit: 0).end.exit == .status(0))
    }

    private func expectEnd(of pids: [Int32]) throws {
        let deadline = Host.monotonicNanoseconds() + 10_000_000_000
        while Host.monotonicNanoseconds() < deadline {
            let alive = try parents()
            if pids.allSatisfy({ alive[$0] == nil }) { return }
            pause(until: .after(milliseconds: 10))
        }
        Issue.record("\(pids) are alive: \(try parents().filter { pids.contains($0.key) })")
    }

    // MARK: One of several

    /// The control of all that follows: nothing is wrong, and readers come and go.
    @Test func readsToTheEnd() throws {
        for _ in 0..<3 { try readAll(try start()) }
        try expectEnd(of: try readers())
    }

    @Test func aKilledReaderIsAnErrorAndHarmsNoOther() throws {
        let killed = try start()
        _ = try killed.next()
        let victim = try #require(try readers().first)
        let other = try start()
        _ = try other.next()
        try signal(victim, "KILL")
        let error = #expect(throws: BelljarError.self) { try readAll(killed) }
        #expect(error?.code == .host)
        #expect(error?.subject == "test.archive")
        #expect(error?.answer == "the process that reads it was ended by signal 9")
        #expect(error?.remedy?.contains("out-of-memory") == true)
        try readAll(other)
    }

    @Test func whoIsNotWaitedForIsEnded() throws {
        var process: ArchiveReaderProcess? = try start()
        _ = try process?.next()
        let reader = try #require(try readers().first)
        // It cannot notice by itself.
        try signal(reader, "STOP")
        #expect(try isAlive(reader))
        process = nil
        try expectEnd(of: [reader])
        #expect(try isAlive(try first()))
        try readAll(try start())
    }

    // MARK: All of them

    @Test(arguments: [true, false])
    func allAreStartedAnewWhenTheyAreKilled(outside: Bool) throws {
        let process = try start()
        _ = try process.next()
        let all = try readers() + [try first(), try #require(starter.processId)]
        try signal(outside ? all[2] : all[1], "KILL")
        let error = #expect(throws: BelljarError.self) { try readAll(process) }
        #expect(error?.code == .host)
        #expect(error?.answer == "the process that reads it was ended with the others")
        try readAll(try start())
        try expectEnd(of: all)
    }

    /// The threat: belljar is killed, and a hostile archive's reader stays. Nobody kills anything here; all that becomes
    /// of a process that is gone is that its descriptors are closed.
    @Test func noneOutlivesItsRunner() throws {
        let sockets = try MessageSockets()
        let pipe = try Pipe()
        let ends = try MessageSockets()
        let nothing = try Descriptor.workingDirectory.open("/dev/null", .readWrite)
        let plan = try Descriptor.memoryFile("plan")
        try plan.writeAll(try Confined.sandbox.archiveReaderPlan().encoded())
        let archive = try folder.descriptor.open("archive")
        var child = try ChildProcess.spawn(
            Confined.initPath, argv: ["belljar-init", "--parse"], environment: ["SWIFT_BACKTRACE": "enable=no"],
            descriptors: [
                (nothing.number, 0), (nothing.number, 1), (nothing.number, 2),
                (plan.number, ArchiveReaderPlan.DescriptorNumber.plan),
                (sockets.second.number, ArchiveReaderPlan.DescriptorNumber.requests),
            ])
        let requests = sockets.closingSecond()
        #expect(try ArchiveMessage(decoding: requests.receive(limit: 4096).bytes) == .opened)
        try requests.send([0], descriptors: [archive.number, pipe.writer.number, ends.second.number])
        let messages = pipe.closingWriter()
        #expect(try messages.readSome(atMost: 4) == [1, 0, 0, 0])
        let first = try #require(try children(of: child.pid).first)
        let all = [child.pid, first] + (try children(of: first))
        #expect(all.count == 3)
        try signal(all[2], "STOP")
        _ = consume requests
        #expect(try child.wait().exit == .status(0))
        try expectEnd(of: all)
    }

    // MARK: Waiting

    @Test func aStoppedReaderIsNotWaitedForForEver() throws {
        let process = try start(silenceMilliseconds: 300)
        _ = try process.next()
        try signal(try #require(try readers().first), "STOP")
        let error = #expect(throws: BelljarError.self) { try readAll(process) }
        #expect(error?.code == .host)
        #expect(error?.answer.contains("said nothing") == true, "\(String(describing: error))")
    }

    @Test func waitingCanBeCancelled() throws {
        let cancellation = Cancellation()
        let process = try start(cancellation: cancellation)
        _ = try process.next()
        try signal(try #require(try readers().first), "STOP")
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(300)) { cancellation.cancel() }
        let error = #expect(throws: BelljarError.self) { try readAll(process) }
        #expect(error?.code == .cancelled)
    }

    // MARK: Lies

    /// What whoever reads archives would be to say these bytes and then end.
    private func saying(_ bytes: [UInt8], end: [UInt8]?) throws -> ArchiveReaderProcess {
        let pipe = try Pipe()
        let ends = try MessageSockets()
        try pipe.writer.writeAll(bytes)
        if let end { try ends.second.send(end) }
        return ArchiveReaderProcess(
            StartedArchiveReader(pipe.closingWriter(), ends.closingSecond()), name: "test.archive",
            cancellation: Cancellation())
    }

    private func expectRefusal(_ bytes: [UInt8], end: [UInt8]?, _ answer: String) throws {
        let process = try saying(bytes, end: end)
        let error = #expect(throws: BelljarError.self) { try readAll(process) }
        #expect(error?.code == .integrity)
        #expect(error?.answer.contains(answer) == true, "\(String(describing: error))")
        #expect(error?.remedy != nil)
    }

    @Test func rubbishIsRefused() throws {
        let opened = ArchiveMessageReader.frame(.opened)
        try readAll(try saying(opened + ArchiveMessageReader.frame(.end), end: [0, 0]))
        try expectRefusal([1, 0, 0, 0, 99], end: [0, 0], "unknown message")
        try expectRefusal(opened + [0xff, 0xff, 0xff, 0xff], end: [0, 0], "a message of 4294967295 bytes")
        try expectRefusal([2, 0, 0, 0, 0, 0], end: [0, 0], "trailing bytes")
        try expectRefusal([UInt8](repeating: 0x41, count: 4096), end: [0, 0], "a message of 1094795585 bytes")
        try expectRefusal(opened, end: [0, 0], "ended before the end of the archive (status 0)")
        try expectRefusal(opened, end: [1, 11], "was ended by signal 11")
    }

    /// Messages that are in order and never end come to the limits of an archive.
    @Test func endlessMessagesComeToALimit() throws {
        let file = ArchiveMessage.entry(.init(path: Array("x".utf8), mode: 0o100644, size: 1))
        let content = ArchiveMessage.content(offset: 0, bytes: [UInt8](repeating: 0, count: 1000))
        try expectLimit(
            repeating: [content], after: [.opened, file], "limit of 100000 was reached", code: .resourceExceeded)
        try expectLimit(repeating: [.content(offset: 0, bytes: [])], after: [.opened, file], "in an impossible order")
        try expectLimit(
            repeating: [file, .contentEnd(offset: 1)], after: [.opened], "more than 100 entries",
            code: .resourceExceeded)
        try expectLimit(repeating: [.rest(1000)], after: [.opened], "limit of 100000", code: .resourceExceeded)
        try expectLimit(repeating: [.rest(.max)], after: [.opened, .rest(1)], "counted", code: .resourceExceeded)
        try expectLimit(repeating: [.rest(0)], after: [.opened], "in an impossible order")
        try expectLimit(repeating: [file], after: [.opened, .rest(1)], "in an impossible order")
        try expectLimit(repeating: [.opened], after: [.opened], "in an impossible order")
    }

    private func expectLimit(
        repeating: [ArchiveMessage], after: [ArchiveMessage], _ answer: String, code: ErrorCode = .integrity
    ) throws {
        let opener = ArchiveOpener { _, _, _ in Endless(after, repeating) }
        let reader = try ArchiveReader(
            try folder.descriptor.open("archive"), name: "test.archive",
            limits: ArchiveLimits(entries: 100, bytes: 100_000), opener: opener)
        let error = #expect(throws: BelljarError.self) { while try reader.next() != nil {} }
        #expect(error?.code == code)
        #expect(error?.answer.contains(answer) == true, "\(String(describing: error))")
    }
}

/// Some messages, and then others for ever.
private final class Endless: ArchiveMessages {
    private var pending: [ArchiveMessage]
    private let cycle: [ArchiveMessage]

    init(_ first: [ArchiveMessage], _ cycle: [ArchiveMessage]) {
        pending = first
        self.cycle = cycle
    }

    func next() throws(BelljarError) -> ArchiveMessage {
        if pending.isEmpty { pending = cycle }
        return pending.removeFirst()
    }
}
