import BelljarModel
import BelljarStore
import Testing

@testable import BelljarBuild

/// Records whose own digest fits, put into a store by somebody who edited them: what they say of contents that are there is looked at.
@Suite struct EditedRecordTests {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    private func outcome(emptyFolder: Bool) throws -> (record: BuildRecord, job: BuildJob) {
        let job = try fixture.job()
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in
            try .made(job, in: store, emptyFolder: emptyFolder)
        }
        return (try RecordingExecutor(store: store, remembers: true, inner: fake).execute(job).record, job)
    }

    private func add(_ record: BuildRecord, _ job: BuildJob) throws -> Digest {
        let bytes = try record.canonicalBytes()
        return try fixture.store.addRecord(RecordEntry(of: record, job.materials, created: 7), bytes: bytes)
    }

    @Test func fsckLooksAtTheTree() throws {
        let (original, job) = try outcome(emptyFolder: true)
        #expect(try fixture.store.fsck(repair: false).isSound)
        var record = original
        record.result.outputs[0].size += 1
        let digest = try add(record, job)
        let found = try fixture.store.fsck(repair: false).problems
        #expect(found.map(\.kind) == [.wrongAnswer] && found.first?.path == "records/\(digest.hex)", "\(found)")
        #expect(
            found.first?.finding.hasPrefix(
                "its record was edited, or made by a fork: the record lists \"file\" (0644, 6 bytes, ") == true)
        #expect(try fixture.store.fsck(repair: true).isSound)
        #expect(try fixture.store.fsck(repair: false).problems.isEmpty)
        #expect(try fixture.records().count == 1)
    }

    /// `the log of hello` has fewer bytes than that.
    @Test func fsckLooksAtTheLog() throws {
        let (original, job) = try outcome(emptyFolder: false)
        var record = original
        var definition = record.definition
        definition.steps.append(.init(name: "install", argv: definition.steps[0].argv, directory: "/build"))
        record.keyed = try .init(definition, action: record.action)
        record.observed.steps.append(.init(name: "install", milliseconds: 1, peakBytes: 0, logOffset: 5))
        _ = try add(record, job)
        #expect(try fixture.store.fsck(repair: false).isSound)
        record.observed.steps[1].logOffset = 500
        _ = try add(record, job)
        let found = try fixture.store.fsck(repair: false).problems
        #expect(found.map(\.kind) == [.wrongAnswer])
        #expect(found.first?.finding.hasSuffix("step install begins at 500") == true, "\(found)")
    }
}
