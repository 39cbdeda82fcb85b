import BelljarKernel
import BelljarModel
import BelljarStore
import Synchronization
import Testing

@testable import BelljarBuild

/// What is remembered of builds, and what is an answer later. A mistake here is a wrong hit: somebody is given what another action made,
/// or the failure of a host that has long been mended.
@Suite struct ExecutorTests {
    private func executor(
        _ fixture: EngineFixture, remembers: Bool = true, wantsLedger: Bool = false, _ fake: FakeExecutor
    ) -> CachingExecutor {
        CachingExecutor(
            store: fixture.store, wantsLedger: wantsLedger,
            inner: RecordingExecutor(store: fixture.store, remembers: remembers, inner: fake))
    }

    // MARK: Hits and misses

    @Test func anEqualActionIsAnsweredOnce() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store) }
        let executor = executor(fixture, fake)
        let first = try executor.execute(try fixture.job())
        #expect(!first.isCached && first.failure == nil)
        let again = try executor.execute(try fixture.job())
        #expect(again.isCached && again.digest == first.digest && again.record == first.record)
        #expect(fake.jobs.count == 1)
        // What the record names is there.
        let digest = try #require(again.digest)
        #expect(try RecordDecoder.decode(try store.read(digest, limit: 1 << 20)) == first.record)
        #expect(try store.holds(#require(again.record.result.tree)))
        #expect(try store.contains(again.record.observed.log))
        // Another script is another action, and another name as well.
        for job in [try fixture.job(script: "make all"), try fixture.job("other")] {
            #expect(EngineFixture.key(of: job) != EngineFixture.key(of: try fixture.job()))
            #expect(try !executor.execute(job).isCached)
        }
        #expect(fake.names == ["hello", "hello", "other"])
    }

    @Test func whatIsGoneIsNoAnswer() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store) }
        let executor = executor(fixture, fake)
        let digest = try #require(try executor.execute(try fixture.job()).digest)
        try Descriptor.workingDirectory.unlink("\(store.path)/blobs/\(digest.hex.prefix(2))/\(digest.hex)")
        #expect(try !executor.execute(try fixture.job()).isCached)
        #expect(try executor.execute(try fixture.job()).isCached)
        #expect(fake.jobs.count == 2)
    }

    /// Whoever is given an answer finds its record later: one that is not listed any more is listed again.
    @Test func whatIsNotListedAnyMoreIsListedAgain() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store) }
        let watcher = Watcher()
        var executor = executor(fixture, fake)
        executor.progress = watcher
        let digest = try #require(try executor.execute(try fixture.job()).digest)
        let listed = try #require(try fixture.records().first)
        #expect(watcher.notices.isEmpty)
        for content in [nil, "damaged"] {
            let path = "\(store.path)/records/\(digest.hex)"
            try Descriptor.workingDirectory.unlink(path)
            if let content {
                try Descriptor.workingDirectory.open(path, [.write, .create], mode: 0o644).writeAll(Array(content.utf8))
            }
            #expect(try executor.execute(try fixture.job()).isCached)
            let again = try #require(try fixture.records().first)
            #expect(again.digest == digest && again.definition == listed.definition)
            #expect(Set(again.roots) == Set(listed.roots) && Set(again.blobs) == Set(listed.blobs))
        }
        #expect(watcher.notices.count == 2 && watcher.notices.allSatisfy { $0.hasSuffix("it is again") })
        #expect(try store.fsck(repair: false).problems.isEmpty)
        // Once is enough.
        #expect(try executor.execute(try fixture.job()).isCached && watcher.notices.count == 2)
        #expect(fake.jobs.count == 1)
    }

    /// A record whose outputs or log are gone is no answer, and no collection is to blame for it later.
    @Test(arguments: ["outputs", "log"]) func whatIsNotListedNorWholeIsBuiltAgain(gone: String) throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store) }
        let watcher = Watcher()
        var executor = executor(fixture, fake)
        executor.progress = watcher
        let outcome = try executor.execute(try fixture.job())
        let digest = try #require(outcome.digest)
        try Descriptor.workingDirectory.unlink("\(store.path)/records/\(digest.hex)")
        let blob = gone == "log" ? outcome.record.observed.log : try #require(outcome.record.result.tree?.digest)
        try Descriptor.workingDirectory.unlink("\(store.path)/blobs/\(blob.hex.prefix(2))/\(blob.hex)")
        #expect(try !executor.execute(try fixture.job()).isCached)
        #expect(watcher.notices.count == 1 && watcher.notices.first?.hasSuffix("building again") == true)
        #expect(try fixture.records().count == 1)
        #expect(try executor.execute(try fixture.job()).isCached && fake.jobs.count == 2)
    }

    // MARK: Failures

    @Test(arguments: [BuildStatus.buildFailed, .timeout, .resourceExceeded, .violation])
    func failuresAreRecordedAndNeverRemembered(status: BuildStatus) throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store, status: status) }
        let executor = executor(fixture, fake)
        for count in 1...2 {
            let outcome = try executor.execute(try fixture.job())
            #expect(!outcome.isCached && fake.jobs.count == count)
            let digest = try #require(outcome.digest)
            #expect(try RecordDecoder.decode(try store.read(digest, limit: 1 << 20)).result.status == status)
            #expect(try store.contains(outcome.record.observed.log), "its log can be read later")
            #expect(outcome.failure?.remedy?.contains("belljar log \(digest.hex.prefix(12))") == true)
        }
        #expect(try store.cachedRecord(action: EngineFixture.key(of: try fixture.job())) == nil)
        // Once it succeeds, that is the answer.
        let mended = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store) }
        #expect(try self.executor(fixture, mended).execute(try fixture.job()).failure == nil)
        #expect(try executor.execute(try fixture.job()).isCached)
        #expect(fake.jobs.count == 2)
    }

    /// What says nothing of the recipe.
    @Test(arguments: [BuildStatus.cancelled, .sandboxUnavailable, .internal])
    func theHostsFaultIsNotRecorded(status: BuildStatus) throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store, status: status) }
        let outcome = try executor(fixture, fake).execute(try fixture.job())
        #expect(outcome.digest == nil && outcome.failure != nil)
        #expect(try fixture.records().isEmpty)
        #expect(try !store.contains(outcome.record.observed.log))
    }

    /// Inputs that changed during the build, secrets in the outputs: what is thrown after the build ran keeps all of it out.
    @Test func whatIsThrownLeavesNothing() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let left = Mutex<Digest?>(nil)
        let fake = FakeExecutor { (job) throws(BelljarError) in
            let outcome = try BuildOutcome.made(job, in: store)
            left.withLock { $0 = outcome.record.observed.log }
            throw BelljarError(.integrity, operation: "look again at", subject: "an input", answer: "it was changed")
        }
        let error = #expect(throws: BelljarError.self) {
            try self.executor(fixture, fake).execute(try fixture.job())
        }
        #expect(error?.code == .integrity)
        #expect(try fixture.records().isEmpty)
        #expect(try !store.contains(#require(left.withLock { $0 })))
        #expect(try store.cachedRecord(action: EngineFixture.key(of: try fixture.job())) == nil)
    }

    // MARK: Order

    /// Nothing of a build is in the store before it is over.
    @Test func nothingIsThereBeforeABuildIsOver() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let key = EngineFixture.key(of: try fixture.job())
        let fake = FakeExecutor { (job) throws(BelljarError) in
            let outcome = try BuildOutcome.made(job, in: store)
            guard try store.cachedRecord(action: key) == nil, try store.records().isEmpty,
                try !store.contains(outcome.record.observed.log)
            else { throw BelljarError(.internal, operation: "build", subject: job.subject, answer: "too early") }
            return outcome
        }
        #expect(try executor(fixture, fake).execute(try fixture.job()).digest != nil)
        #expect(try store.cachedRecord(action: key) != nil)
    }

    /// Wherever the machine stops: who finds an answer finds its record listed, and whose record is listed, its outputs and log.
    @Test func aRecordComesAfterAllThatItNames() throws {
        var names = 0
        var isOver = true
        while isOver {
            names += 1
            isOver = false
            let fixture = try EngineFixture()
            let store = fixture.store
            let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store) }
            let job = try fixture.job()
            var left = names
            _ = Recording.of(
                answering: { call, _ in
                    guard call.hasPrefix("renameat") else { return .real }
                    left -= 1
                    isOver = isOver || left == 0
                    // EIO, from this name on.
                    return isOver ? .failure(5) : .real
                },
                { #expect((try? self.executor(fixture, fake).execute(job)) == nil || !isOver) })
            let found = try store.cachedRecord(action: EngineFixture.key(of: job))
            #expect((found != nil) == !isOver, "the answer is the last to come")
            let listed = try fixture.records()
            if let found { #expect(listed.map(\.digest) == [found]) }
            for entry in listed {
                let record = try RecordDecoder.decode(
                    try store.read(try #require(entry.digest), limit: BuildRecord.sizeLimit))
                #expect(try store.holds(#require(record.result.tree)), "\(names)")
                #expect(try store.contains(record.observed.log), "\(names)")
            }
        }
        #expect(names > 5)
    }

    // MARK: What is no answer

    @Test func recordsOfSomethingElseAreNoAnswer() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store) }
        let failing = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store, status: .buildFailed) }
        let executor = executor(fixture, fake)
        let key = EngineFixture.key(of: try fixture.job())
        let other = try #require(try executor.execute(try fixture.job("other")).digest)
        let failed = try #require(try self.executor(fixture, failing).execute(try fixture.job()).digest)
        let noRecord = try store.write(Array("{\"v\":1}\n".utf8))
        for digest in [other, failed, noRecord] {
            try store.setCachedRecord(action: key, record: digest)
            let outcome = try executor.execute(try fixture.job())
            #expect(!outcome.isCached && outcome.digest != digest && outcome.failure == nil)
        }
        #expect(fake.names == ["other", "hello", "hello", "hello"])
    }

    /// Whose inputs were looked at less closely than is wanted now: all pairs.
    @Test func aWeakerLookIsNoAnswer() throws {
        for had in Recheck.allCases {
            let fixture = try EngineFixture()
            let store = fixture.store
            let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store, recheck: had) }
            let executor = executor(fixture, fake)
            var job = try fixture.job()
            job.recheck = had
            _ = try executor.execute(job)
            for wanted in Recheck.allCases {
                job.recheck = wanted
                #expect(try executor.execute(job).isCached == (wanted <= had), "\(had) for \(wanted)")
            }
        }
        #expect(Recheck.none < .changed && Recheck.changed < .full)
    }

    @Test func aRecordWithoutALedgerIsNoAnswerForWhoWantsOne() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let plain = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store) }
        let withLedger = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store, wantsLedger: true) }
        _ = try executor(fixture, plain).execute(try fixture.job())
        let wanting = executor(fixture, wantsLedger: true, withLedger)
        let outcome = try wanting.execute(try fixture.job())
        #expect(!outcome.isCached)
        #expect(try store.contains(#require(outcome.record.observed.ledger)))
        #expect(try wanting.execute(try fixture.job()).isCached)
        // It is also one for who does not ask.
        #expect(try executor(fixture, plain).execute(try fixture.job()).isCached)
        #expect(plain.jobs.count == 1 && withLedger.jobs.count == 1)
    }

    /// What a secret decided is nobody else's answer.
    @Test func whatHasASecretIsBuiltEachTime() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store) }
        let executor = executor(fixture, fake)
        let secret = BuildRecord.Secret(name: "token", variable: "TOKEN", steps: ["build"])
        let job = try fixture.job(fixture.definition(secrets: [secret]))
        for _ in 0..<2 { #expect(try !executor.execute(job).isCached) }
        #expect(try store.cachedRecord(action: EngineFixture.key(of: job)) == nil)
        // Not even where a record of it is remembered, by somebody else's belljar.
        let digest = try #require(try executor.execute(job).digest)
        try store.setCachedRecord(action: EngineFixture.key(of: job), record: digest)
        #expect(try !executor.execute(job).isCached)
    }

    // MARK: Rebuilds

    /// A rebuild's record is kept with what it was a rebuild of, and is no answer to a later build.
    @Test func aRebuildIsRecordedAndNotRemembered() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in try .made(job, in: store) }
        var job = try fixture.job()
        job.rebuildOf = Digest(of: [7])
        let outcome = try executor(fixture, remembers: false, fake).execute(job)
        #expect(try store.cachedRecord(action: EngineFixture.key(of: job)) == nil)
        let entry = try #require(try fixture.records().first)
        #expect(entry.digest == outcome.digest && entry.rebuildOf == Digest(of: [7]))
        #expect(entry.blobs.contains(outcome.record.observed.log))
        #expect(try entry.roots.contains(#require(outcome.record.result.tree)))
        #expect(entry.roots.contains(fixture.toolchain.image))
    }

    // MARK: What is told

    private final class Watcher: ProgressSink {
        private let notes = Mutex<[String]>([])
        private let told = Mutex<[String]>([])
        var all: [String] { notes.withLock { $0 } }
        var notices: [String] { told.withLock { $0 } }

        func report(_ event: ProgressEvent) {
            if case .notice(let text) = event { told.withLock { $0.append(text) } }
            if case .finished(let subject, let note, _) = event { notes.withLock { $0.append("\(subject) \(note)") } }
        }
    }

    @Test func whoWatchesIsToldHowEachEnded() throws {
        let fixture = try EngineFixture()
        let store = fixture.store
        let watcher = Watcher()
        let fake = FakeExecutor { (job) throws(BelljarError) in
            guard job.definition.name != "broken" else { throw .cancelled("build", job.subject) }
            return try .made(job, in: store, status: job.definition.name == "slow" ? .timeout : .ok)
        }
        let executor = TracingExecutor(progress: watcher, inner: executor(fixture, fake))
        for name in ["hello", "hello", "slow"] { _ = try executor.execute(try fixture.job(name)) }
        #expect(throws: BelljarError.self) { try executor.execute(try fixture.job("broken")) }
        #expect(watcher.all == ["hello built", "hello cached", "slow timeout"])
    }
}
