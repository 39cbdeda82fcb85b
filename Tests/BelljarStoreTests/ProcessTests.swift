import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarStore

/// Starts this test program again for one test of `ChildRoles`, with what that test should do in its environment.
struct ChildRole {
    var role: String
    var store: String
    var input = ""
    var answer = ""
    /// A program with arguments to start instead, which then starts this one.
    var wrapper: [String] = []

    func start() throws -> ChildProcess {
        let program = String(decoding: try Descriptor.workingDirectory.readLink("/proc/self/exe"), as: UTF8.self)
        let arguments =
            wrapper + [program, "--testing-library", "swift-testing", "--filter", "ChildRoles/\(role)"]
        let output = try Descriptor.workingDirectory.open("/dev/null", .readWrite)
        var environment = Host.environment()
        environment["BELLJAR_TEST_ROLE"] = role
        environment["BELLJAR_TEST_STORE"] = store
        environment["BELLJAR_TEST_INPUT"] = input
        environment["BELLJAR_TEST_ANSWER"] = answer
        return try ChildProcess.spawn(
            arguments[0], argv: arguments, environment: environment,
            descriptors: (0..<3).map { (source: output.number, target: $0) })
    }

    static func isRole(_ role: String) -> Bool { Host.environment("BELLJAR_TEST_ROLE") == role }
    static func value(_ name: String) throws -> String { try #require(Host.environment("BELLJAR_TEST_\(name)")) }
}

/// What the processes that other tests start do; none of these runs by itself.
@Suite struct ChildRoles {
    @Test(.enabled(if: ChildRole.isRole("ingest"), "started by other tests only"))
    func ingest() throws {
        let store = try Store(path: try ChildRole.value("STORE"), owner: nil)
        let input = try Descriptor.workingDirectory.open(try ChildRole.value("INPUT"), .directory)
        let tree = try store.ingest(directory: input, options: IngestOptions())
        let entry = Fixtures.entry(name: "r", roots: [tree])
        _ = try store.addRecord(entry, bytes: Array("record of \(tree)".utf8))
        try Descriptor.workingDirectory.open(try ChildRole.value("ANSWER"), [.write, .create])
            .writeAll(Array(tree.digest.hex.utf8))
    }

    /// The store lies on a file system of 4 MiB.
    @Test(.enabled(if: ChildRole.isRole("fill"), "started by other tests only"))
    func fill() throws {
        let store = try Store(path: try ChildRole.value("STORE"), owner: nil)
        let small = try store.write([1, 2, 3])
        let large = (0..<(6 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 8) }
        func expectFull(_ body: () throws -> Void) {
            let error = #expect(throws: BelljarError.self, performing: body)
            #expect(error?.code == .host)
            #expect(error?.answer.contains("ENOSPC") == true)
            #expect(error?.remedy?.contains("gc") == true)
        }
        expectFull { _ = try store.write(large) }
        expectFull {
            let writer = try store.makeWriter()
            try writer.write(large)
            _ = try writer.commit(expected: nil)
        }
        let input = try Descriptor.workingDirectory.open(try ChildRole.value("INPUT"), .directory)
        expectFull { _ = try store.ingest(directory: input, options: IngestOptions()) }
        expectFull { _ = try store.addRecord(Fixtures.entry(name: "r"), bytes: large) }
        #expect(try store.records().isEmpty)
        #expect(try store.read(small, limit: 3) == [1, 2, 3])
        #expect(try store.fsck(repair: false).problems.isEmpty)
        #expect(try store.fsck(repair: false).blobs == 1)
        #expect(try store.usage().other.files <= 1)
        // There is room again for what fits.
        #expect(try store.read(store.write(Array(large[..<(1 << 20)])), limit: 1 << 20).count == 1 << 20)
        try Descriptor.workingDirectory.open(try ChildRole.value("ANSWER"), [.write, .create]).writeAll([])
    }
}

@Suite struct ProcessTests {
    private func makeInput(_ fixture: StoreFixture, files: Int, bytes: Int) throws {
        for number in 0..<files {
            try fixture.write(
                "in/d\(number % 7)/f\(number)", [UInt8](repeating: UInt8(number % 251), count: bytes + number))
        }
    }

    @Test(.timeLimit(.minutes(20)))
    func killedAtAnyMomentLeavesACleanStore() throws {
        let fixture = try StoreFixture()
        try makeInput(fixture, files: 200, bytes: 40_000)
        var interrupted = 0
        for round in 0..<4 {
            let path = "\(fixture.folder)/store-\(round)"
            let role = ChildRole(
                role: "ingest", store: path, input: fixture.folder + "/in", answer: fixture.folder + "/answer")
            let child = try role.start()
            if try kill(child, milliseconds: round * 20, after: path + "/tmp") { interrupted += 1 }
            let store = try Store(path: path, owner: nil)
            #expect(try Descriptor.workingDirectory.open(path + "/tmp", .directory).entries().isEmpty)
            let report = try store.fsck(repair: false)
            #expect(report.problems.isEmpty, "\(report.problems)")
            for record in try store.records() {
                for root in record.roots { #expect(throws: Never.self) { try store.entries(of: root) } }
            }
            // The next run works.
            var next = try role.start()
            #expect(try next.wait().exit == .status(0))
            #expect(try store.records().count == 1)
        }
        #expect(interrupted > 0)
    }

    /// Kills a process some time after there is something in its folder of scratch; false if it ended before. The thread is kept
    /// meanwhile: among many tests it could be a minute before another one goes on.
    private func kill(
        _ child: consuming ChildProcess, milliseconds: Int, after folder: String
    ) throws -> Bool {
        while try !hasEntries(folder) {
            if try child.waitIfEnded() != nil { return false }
            pause(milliseconds: 1)
        }
        pause(milliseconds: Int32(milliseconds))
        if try child.waitIfEnded() != nil { return false }
        child.kill()
        return try child.wait().exit == .signal(9)
    }

    private func hasEntries(_ folder: String) throws -> Bool {
        guard try Descriptor.workingDirectory.statusIfPresent(of: folder) != nil else { return false }
        return try !Descriptor.workingDirectory.open(folder, .directory).entries().isEmpty
    }

    @Test(.timeLimit(.minutes(20)))
    func twoProcessesTakeInTheSameTree() throws {
        let fixture = try StoreFixture()
        try makeInput(fixture, files: 300, bytes: 5_000)
        // Both also make the store.
        let path = fixture.folder + "/new-store"
        var first = try ChildRole(
            role: "ingest", store: path, input: fixture.folder + "/in", answer: fixture.folder + "/one"
        ).start()
        var second = try ChildRole(
            role: "ingest", store: path, input: fixture.folder + "/in", answer: fixture.folder + "/two"
        ).start()
        #expect(try first.wait().exit == .status(0))
        #expect(try second.wait().exit == .status(0))
        #expect(try fixture.read(fixture.folder + "/one") == fixture.read(fixture.folder + "/two"))
        let store = try Store(path: path, owner: nil)
        let report = try store.fsck(repair: false)
        #expect(report.problems.isEmpty)
        // 300 different files, 7 directories, the root, the record.
        #expect(report.blobs == 309)
        #expect(try store.records().count == 1)
    }

    /// Whether this machine lets an ordinary user mount a tmpfs in namespaces of its own.
    private static let canMount: Bool = {
        guard let null = try? Descriptor.workingDirectory.open("/dev/null", .readWrite),
            var child = try? ChildProcess.spawn(
                "/usr/bin/unshare", argv: ["unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/tmp"],
                environment: Host.environment(), descriptors: (0..<3).map { (source: null.number, target: $0) })
        else { return false }
        return (try? child.wait())?.exit == .status(0)
    }()

    @Test(.enabled(if: canMount, "unshare -Urm and mount -t tmpfs do not work on this host"), .timeLimit(.minutes(20)))
    func aFullDiskLeavesNothingHalfWritten() throws {
        let fixture = try StoreFixture()
        try fixture.makeDirectory("small")
        try makeInput(fixture, files: 200, bytes: 40_000)
        let small = fixture.folder + "/small"
        var child = try ChildRole(
            role: "fill", store: small + "/store", input: fixture.folder + "/in", answer: fixture.folder + "/answer",
            wrapper: [
                "/usr/bin/unshare", "-Urm", "/bin/sh", "-e", "-c",
                "mount -t tmpfs -o size=4m none '\(small)'; exec \"$0\" \"$@\"",
            ]
        ).start()
        #expect(try child.wait().exit == .status(0))
        // Written last: the process did run the test.
        #expect(try fixture.exists(fixture.folder + "/answer"))
    }
}
