import BelljarKernel
import BelljarModel
import BelljarStore
import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import BelljarFetch

/// Remembers what it is told.
private final class Watcher: ProgressSink {
    private let seen = Mutex<[ProgressEvent]>([])
    func report(_ event: ProgressEvent) { seen.withLock { $0.append(event) } }
    var events: [ProgressEvent] { seen.withLock { $0 } }
    var retries: [String] {
        events.compactMap {
            if case .retry(let name, let attempt, let reason) = $0 { "\(name) \(attempt) \(reason)" } else { nil }
        }
    }
    var fetched: [String] {
        events.compactMap { if case .fetched(let name, let bytes) = $0 { "\(name) \(bytes)" } else { nil } }.sorted()
    }
    var transfers: Int { events.count { if case .transfer = $0 { true } else { false } } }
}

@Suite struct FetcherTests {
    private let folder: TestFolder
    private let store: Store
    private let watcher = Watcher()
    private let cancellation = Cancellation()

    init() throws {
        folder = try TestFolder()
        store = try Store(path: folder.path + "/store", owner: nil)
    }

    private func fetch(_ pins: [Pin], _ mirrors: [String], change: (inout Fetcher.Effort) -> Void = { _ in }) throws {
        var effort = Fetcher.Effort(pauseMilliseconds: 10, stallSeconds: 2)
        change(&effort)
        try Fetcher(
            store: store, mirrors: Mirrors(bases: ["debian": mirrors]), progress: watcher, cancellation: cancellation,
            effort: effort
        ).fetch(pins)
    }

    private func pin(_ path: String, _ bytes: [UInt8], size: UInt64? = nil) -> Pin {
        Pin(address: .archive(name: "debian", path: path), sha256: Digest(of: bytes), size: size)
    }

    /// Nothing but the folders of an empty store: no blob, and nothing left in its scratch.
    private func expectNothingKept(_ bytes: [UInt8]...) throws {
        for bytes in bytes { #expect(try !store.contains(Digest(of: bytes))) }
        let blobs = try folder.descriptor.open("store/blobs", .directory).entries()
        #expect(blobs.isEmpty, "\(blobs.map(\.name.displayName))")
    }

    private static let content = Array("the content\n".utf8)

    @Test func fetchesWhatTheStoreLacks() throws {
        let large = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 17) }
        let server = try LoopbackServer([
            "/debian/pool/a%20b.deb": .file(Self.content), "/large": .redirect(to: "/debian/large"),
            "/debian/large": .file(large),
        ])
        let pins = [
            pin("pool/a b.deb", Self.content, size: UInt64(Self.content.count)), pin("pool/a b.deb", Self.content),
            Pin(address: .url(server.base + "/large"), sha256: Digest(of: large), size: nil),
        ]
        try fetch(pins, [server.base + "/debian/"])
        #expect(try store.read(Digest(of: Self.content), limit: 100) == Self.content)
        #expect(try store.read(Digest(of: large), limit: large.count) == large)
        #expect(watcher.fetched == ["a b.deb 12", "large 2000000"])
        #expect(watcher.transfers > 0)
        // All is there: neither a server nor a mirror is needed any more.
        try fetch(pins, [])
        #expect(server.requests("/debian/pool/a%20b.deb") == 1)
    }

    @Test func wrongBytesAreNotKept() throws {
        let server = try LoopbackServer(["/f": .file(Self.content)])
        let other = Array("something else".utf8)
        let error = #expect(throws: BelljarError.self) { try fetch([pin("f", other)], [server.base]) }
        #expect(error?.code == .integrity)
        #expect(error?.subject == "debian:f")
        #expect(error?.answer.contains(Digest(of: other).description) == true)
        #expect(error?.answer.contains(Digest(of: Self.content).description) == true)
        #expect(server.requests("/f") == 1)
        try expectNothingKept(Self.content, other)
    }

    @Test func anotherMirrorMayHaveTheRightBytes() throws {
        let server = try LoopbackServer([
            "/one/f": .file(Array("evil".utf8)), "/two/f": .status(404), "/three/f": .file(Self.content),
        ])
        try fetch([pin("f", Self.content)], ["/one", "/two", "/three"].map { server.base + $0 })
        #expect(try store.contains(Digest(of: Self.content)))
        #expect(try !store.contains(Digest(of: Array("evil".utf8))))
        let pins = [pin("f", Array("other".utf8))]
        let error = #expect(throws: BelljarError.self) {
            try fetch(pins, [server.base + "/two", server.base + "/one"])
        }
        #expect(error?.code == .integrity)
        #expect(error?.details.count == 2)
        #expect(error?.details.first?.contains("404") == true)
        #expect(error?.details.last?.contains(Digest(of: Array("evil".utf8)).description) == true)
    }

    @Test func triesAgainWhatMayPass() throws {
        let server = try LoopbackServer([
            "/twice": .failing(times: 2, then: Self.content), "/always": .failing(times: 99, then: []),
            "/gone": .status(404),
        ])
        try fetch([pin("twice", Self.content)], [server.base])
        #expect(watcher.retries.count == 2)
        #expect(watcher.retries.first?.hasPrefix("twice 2 the server failed (HTTP status 503)") == true)
        #expect(server.requests("/twice") == 3)

        let missing = pin("always", [1])
        let error = #expect(throws: BelljarError.self) { try fetch([missing], [server.base]) }
        #expect(error?.code == .unavailable)
        #expect(error?.answer.contains(server.base + "/always") == true)
        #expect(error?.answer.contains("in each of 3 attempts") == true)
        #expect(server.requests("/always") == 3)

        let gone = #expect(throws: BelljarError.self) { try fetch([pin("gone", [1])], [server.base]) }
        #expect(gone?.answer.contains("no such file (HTTP status 404)") == true)
        #expect(server.requests("/gone") == 1)
    }

    /// With a length from the server, without one, and with a pinned size alone: each is noticed, retried and named.
    @Test func namesTransfersThatAreCutOff() throws {
        let half = Array(Self.content.prefix(6))
        let server = try LoopbackServer(["/cut": .cutOff(Self.content, after: 6), "/silent": .withoutLength(half)])
        let first = #expect(throws: BelljarError.self) { try fetch([pin("cut", Self.content)], [server.base]) }
        #expect(first?.code == .unavailable)
        #expect(first?.answer.contains("cut off") == true)
        #expect(server.requests("/cut") == 3)
        let second = #expect(throws: BelljarError.self) {
            try fetch([pin("silent", Self.content, size: UInt64(Self.content.count))], [server.base])
        }
        #expect(second?.code == .unavailable)
        #expect(second?.answer.contains("cut off after 6 of 12 bytes") == true)
        #expect(server.requests("/silent") == 3)
        #expect(watcher.retries.count == 4)
        try expectNothingKept(Self.content, half)
    }

    /// The threat: a server that never stops fills the disk.
    @Test func endlessDataIsCutOffAtThePinnedSize() throws {
        let server = try LoopbackServer(["/endless": .endless])
        let pinned = #expect(throws: BelljarError.self) {
            try fetch([pin("endless", Self.content, size: 1_000_000)], [server.base])
        }
        #expect(pinned?.code == .integrity)
        #expect(pinned?.answer == "expected 1000000 bytes, the server sends more")
        let unpinned = #expect(throws: BelljarError.self) {
            try fetch([pin("endless", Self.content)], [server.base]) {
                $0.limits.set(.fetchSize, to: 2_000_000, at: SourceLocation(file: "limits.yaml", line: 1, column: 1))
            }
        }
        #expect(unpinned?.code == .resourceExceeded)
        #expect(unpinned?.answer.contains("limit fetch-size of 2000000 was reached") == true)
        #expect(unpinned?.remedy?.contains("limits.yaml") == true)
        #expect(server.requests("/endless") == 2)
        #expect(server.bytesSent < 64 << 20)
        try expectNothingKept()
    }

    @Test func transfersInParallel() throws {
        var files: [String: LoopbackServer.Behaviour] = [:]
        var pins: [Pin] = []
        for number in 0..<20 {
            let bytes = Array("file \(number)".utf8)
            files["/\(number)"] = .slowly(bytes, milliseconds: 100)
            pins.append(pin("\(number)", bytes, size: UInt64(bytes.count)))
        }
        let server = try LoopbackServer(files)
        try fetch(pins, [server.base])
        #expect(watcher.fetched.count == 20)
        #expect(server.mostConnections > 1)
        #expect(server.mostConnections <= 6)
    }

    @Test func firstFailureEndsTheRest() throws {
        let server = try LoopbackServer(["/gone": .status(404), "/stalled": .stalled])
        let start = Host.monotonicNanoseconds()
        let error = #expect(throws: BelljarError.self) {
            try fetch([pin("stalled", [1]), pin("gone", [2])], [server.base]) { $0.stallSeconds = 30 }
        }
        #expect(error?.subject == "debian:gone")
        #expect(Host.monotonicNanoseconds() - start < 5_000_000_000)
    }

    @Test func cancellationEndsTransfers() throws {
        let server = try LoopbackServer(["/stalled": .stalled])
        let cancellation = cancellation
        DispatchQueue(label: "cancel").async {
            while server.openConnections == 0 { pause(until: .after(milliseconds: 10)) }
            cancellation.cancel()
        }
        let start = Host.monotonicNanoseconds()
        let error = #expect(throws: BelljarError.self) {
            try fetch([pin("stalled", [1])], [server.base]) { $0.stallSeconds = 30 }
        }
        #expect(error?.code == .cancelled)
        #expect(Host.monotonicNanoseconds() - start < 5_000_000_000)
        // The program that held the connection is gone.
        for _ in 0..<100 where server.openConnections > 0 { pause(until: .after(milliseconds: 20)) }
        #expect(server.openConnections == 0)
        try expectNothingKept()
    }

    @Test(arguments: ["file:///etc/passwd", "/etc/passwd", "ftp://example.org/x", "--output"])
    func refusesOtherAddresses(text: String) {
        let error = #expect(throws: BelljarError.self) {
            try fetch([Pin(address: .url(text), sha256: Digest(of: []), size: nil)], [])
        }
        #expect(error?.code == .usage)
        #expect(error?.subject == text)
        #expect(error?.remedy?.contains("local source") == true)
    }

    @Test func namesAnArchiveWithoutMirror() {
        let error = #expect(throws: BelljarError.self) { try fetch([pin("x", [1])], []) }
        #expect(error?.code == .unavailable)
        #expect(error?.subject == "debian")
    }
}
