internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
package import BelljarStore
internal import Synchronization

/// Tells other processes of a build while it runs, so that they can follow its log.
final class RunningBuild: Sendable {
    private let store: Store
    private let announcement = Mutex<Announcement?>(nil)

    init(in store: Store) { self.store = store }

    /// Its first step is about to run.
    ///
    /// - Parameter log: the path of the log in the store.
    func begin(_ definition: BuildRecord.Definition, log: String) throws(BelljarError) {
        let line = try Self.head.encode(
            .init(
                name: definition.name, version: definition.version, started: Host.realNanoseconds() / 1_000_000,
                log: log))
        let made = try store.announce(CanonicalJSON.encode(line))
        announcement.withLock { $0 = made }
    }

    /// It is over. Nothing that was not told of is told of now.
    func end(_ outcome: BuildOutcome?, _ error: BelljarError?) {
        guard let announcement = announcement.withLock({ $0.take() }) else { return }
        let end = End(
            exitCode: UInt64(clamping: error?.code.exitCode ?? 0),
            words: error.map { ($0.stage.map { "\($0): " } ?? "") + $0.answer } ?? "built", record: outcome?.digest)
        // Who follows sees that the build is over even if this cannot be said any more.
        guard let line = try? Self.end.encode(end) else { return }
        try? announcement.add(CanonicalJSON.encode(line))
    }

    // MARK: What is said

    struct Head: Sendable {
        var name: String
        var version: String
        /// Milliseconds since 1970.
        var started: UInt64
        /// Path in the store.
        var log: String
    }

    struct End: Sendable {
        var exitCode: UInt64
        var words: String
        var record: Digest?
    }

    static let head = JSONType<Head>.object(Head(name: "", version: "", started: 0, log: "")) {
        JSONMember("name", \.name, .text, "the recipe's name")
        JSONMember("version", \.version, .text, "the recipe's version")
        JSONMember("started", \.started, .count, "when its steps began: milliseconds since 1970")
        JSONMember("log", \.log, .text, "path in the store of the log as it grows")
    }

    static let end = JSONType<End>.object(End(exitCode: 0, words: "")) {
        JSONMember("exitCode", \.exitCode, .count(in: 0...255), "that of the build")
        JSONMember("words", \.words, .text, "how it ended")
        JSONMember(optional: "record", \.record, .digest, "SHA-256 of the record")
    }
}

/// A build that another process runs, or this one.
package struct FollowedBuild: Sendable {
    package var name: String
    package var version: String
    /// Milliseconds since 1970.
    package var started: UInt64
    private let path: String
    private let announcement: FoundAnnouncement
    private let store: Store

    package struct End: Sendable {
        /// That of the build.
        package var exitCode: Int32
        package var words: String
        package var record: Digest?
    }

    /// Between two looks.
    private static let pauseMilliseconds: UInt64 = 100
    private static let operation = "follow the build of"

    /// All builds that run in a store, the one that began last first. One that is just over may be among them.
    package static func all(in store: Store) throws(BelljarError) -> [FollowedBuild] {
        var found: [FollowedBuild] = []
        for announcement in try store.announcements() {
            // What another version says is not for this one.
            guard let line = try announcement.lines().first, let value = try? CanonicalJSON.decode(line),
                let head = try? RunningBuild.head.decode(value, at: JSONPlace(operation: operation))
            else { continue }
            found.append(
                FollowedBuild(
                    name: head.name, version: head.version, started: head.started, path: head.log,
                    announcement: announcement, store: store))
        }
        return found.sorted { $0.started > $1.started }
    }

    /// Gives what the steps wrote and write, until the build is over.
    ///
    /// - Throws: `host` if its process died, `cancelled` when this one is to end. Neither does anything to the build.
    package func follow(_ output: ([UInt8]) -> Void) throws(BelljarError) -> End {
        let file = try store.openTemporary(path)
        while true {
            // In this order: what was written before it was said that the build is over is read after that.
            let isLeft = try announcement.isLeft()
            let end = try end()
            var wasThere = false
            switch file {
            case .some(let file):
                wasThere = true
                try drain(file, output)
            case .none: break
            }
            if let end {
                // It was over before its log could be opened.
                if !wasThere, let record = end.record { output(try log(of: record)) }
                return end
            }
            if isLeft {
                throw BelljarError(
                    .host, operation: Self.operation, subject: name,
                    answer: "the belljar that ran it is gone, and did not say how it ended",
                    remedy: "nothing of the build is kept: build it again")
            }
            pause(until: .after(milliseconds: Self.pauseMilliseconds))
        }
    }

    private func drain(_ file: borrowing Descriptor, _ output: ([UInt8]) -> Void) throws(BelljarError) {
        do throws(KernelError) {
            while case let bytes = try file.readSome(atMost: 1 << 16), !bytes.isEmpty { output(bytes) }
        } catch { throw .hostFailure(error, operation: Self.operation, subject: name) }
    }

    private func end() throws(BelljarError) -> End? {
        let lines = try announcement.lines()
        guard lines.count > 1 else { return nil }
        let value = try CanonicalJSON.decode(lines[1])
        let end = try RunningBuild.end.decode(value, at: JSONPlace(operation: Self.operation))
        return End(exitCode: Int32(clamping: end.exitCode), words: end.words, record: end.record)
    }

    private func log(of record: Digest) throws(BelljarError) -> [UInt8] {
        let record = try RecordDecoder.decode(try store.read(record, limit: BuildRecord.sizeLimit))
        return try store.read(record.observed.log, limit: Int(clamping: record.definition.limits.logBytes) + 1024)
    }
}
