import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarPlan
import BelljarSandbox
import BelljarStore
import TestSupport
import Testing

@testable import BelljarUnpack

/// The process that reads archives, in the hands of somebody who wants to get out of it.
@Suite struct ConfinementTests {
    private func start(_ job: ArchiveReaderPlan.Job, reading path: String = "/dev/null") throws -> ArchiveReaderProcess
    {
        try Confined.trials.startArchiveReader(
            job, of: try Descriptor.workingDirectory.open(path, .followingLinks), name: "test.archive",
            cancellation: Cancellation())
    }

    /// What each trial answered, by name.
    private func trials() throws -> [String: Int32] {
        let process = try start(.archive, reading: #filePath)
        var answers: [String: Int32] = [:]
        while answers["new process"] == nil {
            guard case .entry(let trial) = try process.next() else {
                Issue.record("not a trial's answer")
                break
            }
            answers[String(decoding: trial.path, as: UTF8.self)] = Int32(trial.size)
        }
        return answers
    }

    /// The same calls, made here: none of them fails for another reason than the confinement.
    @Test func theTrialsSucceedWithoutConfinement() throws {
        _ = try Descriptor.internetSocket()
        _ = try MessageSockets()
        #expect(try !Descriptor.workingDirectory.open("/etc/passwd", .followingLinks).readAll(limit: 1 << 20).isEmpty)
        #expect(try !Descriptor.workingDirectory.open("/", .directory).entries().isEmpty)
        let folder = try TestFolder()
        try folder.write("belljar-trial", [1])
        #expect(try Host.openProcess(1).number >= 0)
        try CurrentProcess.tryMemory(2 << 30)
        var child = try ChildProcess.spawn("/bin/true", argv: ["true"], environment: [:], descriptors: [])
        #expect(try child.wait().exit == .status(0))
    }

    @Test func nothingButTheArchiveIsWithinReach() throws {
        let answers = try trials()
        #expect(answers.count == 13)
        for (name, number) in answers { #expect(number != 0, "\(name) succeeded") }
        #expect(answers["more memory than the limit"] == 12)
        // Not for want of a file or of memory: the call itself is refused.
        for name in ["internet socket", "socket pair", "user namespace", "mount", "execute", "new process"] {
            #expect(answers[name] == 1, "\(name): \(Errno(rawValue: answers[name] ?? 0))")
        }
        #expect(try Descriptor.workingDirectory.statusIfPresent(of: "/tmp/belljar-trial") == nil)
        #expect(try Descriptor.workingDirectory.statusIfPresent(of: "/belljar-trial") == nil)
    }

    @Test func aCrashIsAnErrorThatNamesTheSignal() throws {
        let process = try start(.package)
        let error = #expect(throws: BelljarError.self) { try process.next() }
        #expect(error?.code == .integrity)
        #expect(error?.subject == "test.archive")
        #expect(error?.answer.contains("was ended by signal") == true, "\(String(describing: error))")
    }

    /// A reader that dies half-way leaves nothing of the archive in the store.
    @Test func aCrashLeavesNothingBehind() throws {
        let fixture = try Fixture()
        let archive = try fixture.store.write(try ArchiveMaker.make([.file("good", "precious")]))
        let crashing = ArchiveOpener { (_, archive, name) throws(BelljarError) in
            DyingMessages(
                [
                    .opened, .entry(.init(path: Array("good".utf8), mode: 0o100644, size: 8)),
                    .content(offset: 0, bytes: Array("precious".utf8)), .contentEnd(offset: 8),
                ],
                then: try Confined.trials.startArchiveReader(
                    .package, of: archive, name: name, cancellation: Cancellation()))
        }
        let error = #expect(throws: BelljarError.self) {
            try Unpacker(store: fixture.store, opener: crashing).tree(archive: archive, strip: 0, name: "x")
        }
        #expect(error?.answer.contains("was ended by signal") == true, "\(String(describing: error))")
        #expect(try !fixture.store.contains(Digest(of: Array("precious".utf8))))
        #expect(try fixture.store.memo(kind: "unpack/1", key: "\(archive.hex):0") == nil)
    }

    /// A process that cannot have what confines it reads nothing.
    @Test func withoutConfinementNothingIsRead() throws {
        let folder = try TestFolder()
        try folder.write("archive", try ArchiveMaker.make([.file("x")]))
        // Root that is not to become anybody is refused, and so is a filter that is none.
        let filter = [UInt8](repeating: 0xff, count: 8)
        let plan = ArchiveReaderPlan(account: Confined.account.map { .init(uid: $0.uid, gid: $0.gid) }, filter: filter)
        let starter = ArchiveReaderStarter(initPath: Confined.initPath)
        let process = ArchiveReaderProcess(
            try starter.start(.archive, of: try folder.descriptor.open("archive"), plan), name: "test.archive",
            cancellation: Cancellation())
        let error = #expect(throws: BelljarError.self) { try process.next() }
        #expect(error?.code == .sandboxUnavailable)
        #expect(error?.stage == "command-filters")
    }
}

/// Messages of an archive, and then those of a process that crashes.
private final class DyingMessages: ArchiveMessages {
    private var first: [ArchiveMessage]
    private let process: ArchiveReaderProcess

    init(_ first: [ArchiveMessage], then process: ArchiveReaderProcess) {
        self.first = first.reversed()
        self.process = process
    }

    func next() throws(BelljarError) -> ArchiveMessage {
        if let message = first.popLast() { return message }
        return try process.next()
    }
}

private struct Fixture {
    let folder: TestFolder
    let store: Store

    init() throws {
        folder = try TestFolder()
        store = try Store(path: folder.path + "/store", owner: nil)
    }
}
