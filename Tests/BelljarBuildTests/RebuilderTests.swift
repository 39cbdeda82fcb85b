import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarStore
import Testing

@testable import BelljarBuild

/// What a rebuild says of a record. A verdict that is too good hides that something else comes out; one of a build in another world, or
/// of another action, says nothing at all and looks as if it did.
@Suite struct RebuilderTests {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    /// - Parameter mostSeconds: how long this host lets builds take at most; nil for no limit.
    private func rebuilder(
        _ fake: FakeExecutor, mostSeconds: UInt64? = nil, secrets: [String: SecretOrigin] = [:]
    ) -> Rebuilder {
        let place = SourceLocation(file: "limits.yaml", line: 1, column: 1)
        let caps = mostSeconds.map { [HostLimits.Cap(limit: .timeout, value: $0, location: place)] } ?? []
        return Rebuilder(
            store: fixture.store, resolver: fixture.resolver,
            executor: RecordingExecutor(store: fixture.store, remembers: false, inner: fake),
            suitability: Suitability(
                limits: HostLimits(caps: caps),
                sandbox: Once { () throws(BelljarError) in
                    throw BelljarError(.internal, operation: "make", subject: "a sandbox", answer: "nobody needs it")
                }, folder: fixture.store.path),
            recheck: .changed, secrets: secrets, progress: SilentProgress(), cancellation: Cancellation())
    }

    private func fake(content: String = "hello", emptyFolder: Bool = false, status: BuildStatus = .ok) -> FakeExecutor {
        let store = fixture.store
        return FakeExecutor { (job) throws(BelljarError) in
            try .made(job, in: store, content: content, status: status, emptyFolder: emptyFolder)
        }
    }

    /// A record whose definition says something else, under the same key.
    private func change(_ record: inout BuildRecord, _ change: (inout BuildRecord.Definition) -> Void) throws {
        var definition = record.definition
        change(&definition)
        record.keyed = try .init(definition, action: record.action)
    }

    /// A record of a build that succeeded.
    private func record(
        _ definition: BuildRecord.Definition? = nil, closure: BuildRecord.Closure? = nil
    ) throws -> (record: BuildRecord, digest: Digest) {
        let job = try fixture.job(definition ?? fixture.definition(), closure: closure)
        let outcome = try RecordingExecutor(store: fixture.store, remembers: true, inner: fake()).execute(job)
        return (outcome.record, try #require(outcome.digest))
    }

    // MARK: Verdicts

    @Test func theSameIsIdentical() throws {
        let (record, digest) = try record()
        let fake = fake()
        let verdict = try rebuilder(fake).rebuild(record, digest: digest)
        #expect(verdict.kind == .identical && verdict.differences.isEmpty && verdict.reason == nil)
        #expect(verdict.original == digest && verdict.rebuilt != nil)
        // It ran, although a record of the same action is remembered, and is told apart from a build.
        #expect(fake.jobs.count == 1 && fake.jobs.first?.rebuildOf == digest)
        #expect(try fixture.records().contains { $0.rebuildOf == digest })
    }

    @Test func anotherByteIsDifferent() throws {
        let (record, digest) = try record()
        let verdict = try rebuilder(fake(content: "hellO")).rebuild(record, digest: digest)
        #expect(verdict.kind == .different && verdict.rebuilt != nil && verdict.reason == nil)
        #expect(verdict.differences.map(\.path) == ["file"] && verdict.differences.map(\.kind) == [.changed])
    }

    /// Outputs are files and links; an empty directory stands in the tree alone.
    @Test func anEmptyDirectoryMoreIsDifferent() throws {
        let (record, digest) = try record()
        let verdict = try rebuilder(fake(emptyFolder: true)).rebuild(record, digest: digest)
        #expect(verdict.kind == .different && verdict.differences.isEmpty)
    }

    @Test func whatDoesNotSucceedIsFailed() throws {
        let (record, digest) = try record()
        let verdict = try rebuilder(fake(status: .buildFailed)).rebuild(record, digest: digest)
        #expect(verdict.kind == .failed && verdict.reason?.code == .buildFailed && verdict.rebuilt != nil)
        #expect(verdict.differences.isEmpty)
    }

    /// Nobody changes the recipe of a record.
    @Test func aLimitThatEndsItIsTheRecords() throws {
        let (record, digest) = try record()
        let exceeded = ExceededLimit(limit: .timeout, value: 3600, seen: "it went on")
        let store = fixture.store
        let fake = FakeExecutor { (job) throws(BelljarError) in
            var outcome = try BuildOutcome.made(job, in: store, status: .timeout)
            outcome.failure = BelljarError(
                .resourceExceeded, operation: "build", subject: job.subject, answer: exceeded.words,
                remedy: exceeded.remedy, exceeded: exceeded)
            return outcome
        }
        let verdict = try rebuilder(fake).rebuild(record, digest: digest)
        #expect(verdict.kind == .failed && verdict.reason?.code == .resourceExceeded)
        #expect(verdict.reason?.remedy?.hasPrefix(exceeded.recordedRemedy + "; belljar log ") == true)
    }

    @Test func whatCannotBeRunIsInconclusive() throws {
        let (record, digest) = try record()
        let fake = FakeExecutor { (job) throws(BelljarError) in
            throw BelljarError(.sandboxUnavailable, operation: "start", subject: job.subject, answer: "no namespaces")
        }
        let verdict = try rebuilder(fake).rebuild(record, digest: digest)
        #expect(verdict.kind == .inconclusive && verdict.reason?.code == .sandboxUnavailable && verdict.rebuilt == nil)
    }

    /// Being told to stop is no verdict, whoever hears of it first.
    @Test func stoppingIsNoVerdict() throws {
        let (record, digest) = try record()
        let store = fixture.store
        let thrown = FakeExecutor { (job) throws(BelljarError) in throw .cancelled("build", job.subject) }
        let told = FakeExecutor { (job) throws(BelljarError) in
            var outcome = try BuildOutcome.made(job, in: store, status: .cancelled)
            outcome.failure = .cancelled("build", job.subject)
            return outcome
        }
        for fake in [thrown, told] {
            let error = #expect(throws: BelljarError.self) { try rebuilder(fake).rebuild(record, digest: digest) }
            #expect(error?.code == .cancelled)
        }
    }

    @Test func whatFailedIsNotRebuilt() throws {
        let failing = fake(status: .timeout)
        let outcome = try RecordingExecutor(store: fixture.store, remembers: true, inner: failing).execute(
            try fixture.job())
        let fake = fake()
        let error = #expect(throws: BelljarError.self) {
            try rebuilder(fake).rebuild(outcome.record, digest: try #require(outcome.digest))
        }
        #expect(error?.code == .usage && fake.jobs.isEmpty)
    }

    /// Against outputs that are not those of the recorded tree nothing could be held.
    @Test func outputsThatAreNotTheTreesAreSeenFirst() throws {
        let (original, digest) = try record()
        let changes: [(String, (inout [BuildRecord.Output]) -> Void)] = [
            ("5 bytes, ", { $0[0].size = 4 }), ("0755", { $0[0].mode = "0755" }), ("does not list", { $0 = [] }),
            (
                "does not have",
                { $0.append(.init(path: "more", mode: "0644", size: 1, digest: Digest(of: [1]))) }
            ),
        ]
        for (words, change) in changes {
            var record = original
            change(&record.result.outputs)
            try expectUnrun(record, digest, .integrity, "\(words)", words)
        }
    }

    /// A secret that no step gets is a slip, and the build would be another one than was meant.
    @Test func secretsThatNobodyWantsAreRefused() throws {
        let (record, digest) = try record()
        let error = #expect(throws: BelljarError.self) {
            try rebuilder(fake(), secrets: ["token": .variable("TOKEN")]).rebuild(record, digest: digest)
        }
        #expect(error?.code == .usage && error?.subject == "--secret token" && error?.remedy != nil)
    }

    // MARK: What nobody runs

    /// Each of these is seen before anything runs.
    private func expectUnrun(
        _ record: BuildRecord, _ digest: Digest, _ code: ErrorCode, _ comment: Comment, _ words: String
    ) throws {
        let fake = fake()
        let verdict = try rebuilder(fake).rebuild(record, digest: digest)
        #expect(verdict.kind == .inconclusive && verdict.rebuilt == nil, comment)
        #expect(verdict.reason?.code == code, comment)
        #expect(verdict.reason?.description.contains(words) == true, comment)
        #expect(fake.jobs.isEmpty, comment)
    }

    @Test func anotherWorldIsNotRebuiltInThisOne() throws {
        let (original, digest) = try record()
        var record = original
        try change(&record) { $0.constants["world"] = "\(World.version + 1)" }
        record.observed.runnerVersion = "77.1"
        try expectUnrun(record, digest, .usage, "a later world", "use belljar 77.1")
        try change(&record) { $0.constants["world"] = nil }
        try expectUnrun(record, digest, .usage, "the first world", "world 1")
        record = original
        try change(&record) { $0.constants["umask"] = "077" }
        try expectUnrun(
            record, digest, .usage, "another constant", "controls.umask is \"077\", and this belljar has \"022\"")
        record = original
        try change(&record) { $0.constants["umask"] = nil }
        try expectUnrun(
            record, digest, .usage, "a constant less", "controls.umask is missing, and this belljar has \"022\"")
        record = original
        try change(&record) { $0.constants["moon"] = "full" }
        try expectUnrun(
            record, digest, .usage, "a constant more", "controls.moon is \"full\", and this belljar has none")
        record = original
        try change(&record) { $0.sandbox.network = "all" }
        try expectUnrun(record, digest, .usage, "another network", "sandbox.network is \"all\"")
        record = original
        try change(&record) { $0.sandbox.profile = "strict/99" }
        try expectUnrun(record, digest, .usage, "another profile", "sandbox.profile is \"strict/99\"")
    }

    /// What belljar adds to a recipe by itself a record could say otherwise, with the key that follows from it.
    @Test func whatNoBelljarMakesOfARecipeIsNotRebuilt() throws {
        let (original, digest) = try record()
        let patch = BuildRecord.Source(
            kind: .patch(path: "a.patch", strip: 1), digest: Digest(of: [1]), size: 1, into: "")
        let changes: [(Comment, (inout BuildRecord.Definition) -> Void)] = [
            ("another PATH", { $0.environment["PATH"] = "/evil" }), ("no PATH", { $0.environment["PATH"] = nil }),
            ("a variable of belljar's", { $0.environment["BELLJAR_X"] = "1" }),
            ("another clock", { $0.environment["SOURCE_DATE_EPOCH"] = "2" }),
            ("a patch that nobody applies", { $0.sources = [patch] }),
            (
                "a step that does more than apply it",
                { definition in
                    definition.sources = [patch]
                    definition.steps.insert(
                        .init(name: "patch", argv: BuildWorld.argv(script: "evil"), directory: "/build"), at: 0)
                }
            ),
        ]
        for (comment, change) in changes {
            var record = original
            try self.change(&record, change)
            try expectUnrun(record, digest, .usage, comment, "another kind of sandbox")
        }
        // As a recipe has it, only the patch is missing.
        var record = original
        try change(&record) { definition in
            definition.sources = [patch]
            definition.steps = (Sources.patchStep([patch]).map { [$0] } ?? []) + definition.steps
        }
        try expectUnrun(record, digest, .unavailable, "a good one", "a.patch")
        // It is beside a recipe, wherever that is, and not beside who rebuilds.
        let commit = String(repeating: "ab", count: 20)
        record = original
        try change(&record) {
            let kind = SourceKind<SourceAddress>.git(repository: "../repository", commit: commit)
            $0.sources = [.init(kind: kind, digest: Digest(of: [1]), size: 1, into: "")]
        }
        try expectUnrun(record, digest, .unavailable, "a repository beside the recipe", "../repository")
    }

    /// To use the version that made a record is no advice to who does.
    @Test func aRecordThatThisBelljarCannotHaveMadeWasChanged() throws {
        let (original, digest) = try record()
        var record = original
        record.observed.runnerVersion = OwnVersion.text
        try change(&record) { $0.constants["world"] = "\(World.version + 1)" }
        let world = try rebuilder(fake()).rebuild(record, digest: digest)
        #expect(world.reason?.remedy?.contains("made it, which is this one") == true)
        try change(&record) {
            $0.constants = original.definition.constants
            $0.steps[0].argv = BuildWorld.argv(script: "make evil")
        }
        let action = try rebuilder(fake()).rebuild(record, digest: digest)
        #expect(action.reason?.answer.contains("action") == true)
        #expect(action.reason?.remedy?.contains("made it, which is this one") == true)
    }

    @Test func whatIsMissingIsSaid() throws {
        let (original, digest) = try record()
        var record = original
        record.closure.locks = [:]
        try expectUnrun(record, digest, .integrity, "no lock", "does not hold its lock")
        record = original
        try change(&record) { $0.toolchain.image.digest = Digest(of: [9]) }
        try expectUnrun(record, digest, .integrity, "another image", "gives another image: expected sha256:")
        record = original
        try change(&record) {
            $0.sources = [.init(kind: .local(path: "src"), digest: Digest(of: [1]), size: 3, into: "")]
        }
        try expectUnrun(record, digest, .unavailable, "a source that nobody has", "src")
        record = original
        let fake = fake()
        let verdict = try rebuilder(fake, mostSeconds: 1).rebuild(record, digest: digest)
        #expect(verdict.kind == .inconclusive && verdict.reason?.code == .refused && fake.jobs.isEmpty)
    }

    /// A definition that was changed, or that this belljar makes another action of, is another build.
    @Test func anotherActionIsNotRun() throws {
        let (original, digest) = try record()
        var record = original
        try change(&record) { $0.steps[0].argv = BuildWorld.argv(script: "make evil") }
        try expectUnrun(record, digest, .integrity, "another step", "action")
        record = original
        try change(&record) { $0.environment["CFLAGS"] = "-O0" }
        try expectUnrun(record, digest, .integrity, "another environment", "action")
    }

    // MARK: Inputs

    /// `app`, which has the outputs of `lib` as an input.
    private func recordWithInput() throws -> (record: BuildRecord, digest: Digest, tree: TreeDigest) {
        let lib = try record(fixture.definition("lib"))
        let tree = try #require(lib.record.result.tree)
        let made = lib.record.keyed.digest
        let input = BuildRecord.Input(name: "lib", tree: tree, definition: made)
        var closure = fixture.closure
        closure.definitions[made] = lib.record.keyed
        let app = try record(fixture.definition("app", inputs: [input]), closure: closure)
        return (app.record, app.digest, tree)
    }

    private func remove(_ tree: TreeDigest) throws {
        let name = tree.digest.hex
        try Descriptor.workingDirectory.unlink("\(fixture.store.path)/blobs/\(name.prefix(2))/\(name)")
    }

    @Test func inputsThatAreThereAreTaken() throws {
        let (record, digest, _) = try recordWithInput()
        let fake = fake()
        let verdict = try rebuilder(fake).rebuild(record, digest: digest)
        #expect(verdict.kind == .identical && verdict.inputs == ["lib": "store"] && fake.names == ["app"])
    }

    @Test func inputsThatAreGoneAreRebuiltFirst() throws {
        let (record, digest, tree) = try recordWithInput()
        try remove(tree)
        let fake = fake()
        let verdict = try rebuilder(fake).rebuild(record, digest: digest)
        #expect(verdict.kind == .identical && verdict.inputs == ["lib": "rebuilt"] && fake.names == ["lib", "app"])
        #expect(fake.jobs.allSatisfy { $0.rebuildOf == digest })
    }

    /// With another input, what comes out would be held against the wrong build.
    @Test func anInputThatIsAnotherOneEndsIt() throws {
        let (record, digest, tree) = try recordWithInput()
        try remove(tree)
        let fake = fake(content: "other")
        let verdict = try rebuilder(fake).rebuild(record, digest: digest)
        #expect(verdict.kind == .inconclusive && verdict.reason?.code == .integrity && fake.names == ["lib"])
        let failing = self.fake(status: .buildFailed)
        let second = try rebuilder(failing).rebuild(record, digest: digest)
        #expect(second.kind == .inconclusive && second.reason?.code == .buildFailed && failing.names == ["lib"])
    }

    /// The tree of an input is in the store, and the record says that another definition made it: with the key that follows from it, and
    /// with the one that stood there before.
    @Test(arguments: [true, false]) func anInputIsWhatItsDefinitionMakes(isKeyAdapted: Bool) throws {
        let (original, digest, tree) = try recordWithInput()
        var lib = fixture.definition("lib")
        lib.epoch = 2
        lib.environment = BuildWorld.environment(adding: [:], epoch: 2, limits: .standard, controls: .standard)
        let before = try fixture.job(fixture.definition("lib")).keyed.action
        let edited = try BuildRecord.KeyedDefinition(
            lib, action: isKeyAdapted ? fixture.job(lib).keyed.action : before)
        var record = original
        try change(&record) { $0.inputs[0].definition = edited.digest }
        record.closure.definitions = [edited.digest: edited]
        // The action of a build covers the trees of its inputs, and so stays as it was.
        #expect(record.action == original.action)
        let same = fake()
        let verdict = try rebuilder(same).rebuild(record, digest: digest)
        if isKeyAdapted {
            // It is what the record says, and that was tried.
            #expect(verdict.kind == .identical && verdict.inputs == ["lib": "rebuilt"] && same.names == ["lib", "app"])
        } else {
            #expect(verdict.kind == .inconclusive && verdict.reason?.code == .integrity && same.jobs.isEmpty)
            #expect(verdict.reason?.answer.hasPrefix("expected action") == true)
            return
        }
        // The store has a record of it by now.
        #expect(try rebuilder(fake()).rebuild(record, digest: digest).inputs == ["lib": "store"])
        lib.epoch = 3
        lib.environment = BuildWorld.environment(adding: [:], epoch: 3, limits: .standard, controls: .standard)
        let other = try fixture.job(lib).keyed
        try change(&record) { $0.inputs[0].definition = other.digest }
        record.closure.definitions = [other.digest: other]
        let third = try rebuilder(fake(content: "other")).rebuild(record, digest: digest)
        #expect(third.kind == .inconclusive && third.reason?.code == .integrity)
        #expect(third.reason?.answer.hasPrefix("expected \(tree), found ") == true)
    }

    /// The digests alone would be two equal texts.
    @Test func aTreeOfAnotherSizeIsSaidSo() throws {
        let (original, digest, tree) = try recordWithInput()
        var record = original
        try change(&record) { $0.inputs[0].tree.size += 1 }
        let verdict = try rebuilder(fake()).rebuild(record, digest: digest)
        #expect(verdict.kind == .inconclusive && verdict.reason?.code == .integrity)
        #expect(
            verdict.reason?.answer
                == "expected \(tree) with \(tree.size + 1) bytes, found it with \(tree.size) bytes")
        record = original
        try change(&record) { $0.toolchain.image.size += 1 }
        let image = try rebuilder(fake()).rebuild(record, digest: digest)
        #expect(image.kind == .inconclusive && image.reason?.code == .integrity)
        #expect(image.reason?.answer.contains(" bytes, found it with ") == true)
        #expect(image.reason?.remedy == RecordDecoder.remedy)
    }

    @Test func anInputThatNobodyDefinesEndsIt() throws {
        let (original, digest, tree) = try recordWithInput()
        try remove(tree)
        var record = original
        record.closure.definitions = [:]
        try expectUnrun(record, digest, .integrity, "no definition", "does not hold the definition of its input lib")
    }

    /// A record is somebody else's, and may go as deep as it likes.
    @Test func inputsOfInputsHaveAnEnd() throws {
        var (record, digest) = try record()
        var tree = TreeDigest(digest: Digest(of: [1]), size: 2)
        var inner = record.keyed
        for level in 0..<2000 {
            record.closure.definitions[inner.digest] = inner
            tree.digest = Digest(of: Array("\(level)".utf8))
            let input = BuildRecord.Input(name: "lib", tree: tree, definition: inner.digest)
            inner = try .init(fixture.definition("l\(level)", inputs: [input]), action: record.action)
        }
        record.keyed = inner
        try expectUnrun(record, digest, .usage, "a chain", "deeper than 256")
    }

    /// To Swift they are one text, and to a file system two names.
    @Test func anotherSpellingIsAnotherName() throws {
        var (record, digest) = try record()
        record.result.outputs[0].path = "\u{e9}"
        // Otherwise the tree would say already that there is no such output.
        try remove(try #require(record.result.tree))
        let fake = fake()
        let verdict = try rebuilder(fake).rebuild(record, digest: digest)
        #expect(verdict.kind == .different)
    }

    // MARK: Closures

    @Test func aClosureIsWhatOneDefinitionNeeds() throws {
        func input(_ definition: BuildRecord.Definition) throws -> BuildRecord.Input {
            .init(
                name: definition.name, tree: TreeDigest(digest: Digest(of: []), size: 0),
                definition: try keyed(definition).digest)
        }
        func keyed(_ definition: BuildRecord.Definition) throws -> BuildRecord.KeyedDefinition {
            try .init(definition, action: Digest(of: []))
        }
        let base = fixture.definition("base")
        let left = fixture.definition("left", inputs: [try input(base)])
        let right = fixture.definition("right", inputs: [try input(base)])
        let top = fixture.definition("top", inputs: [try input(left), try input(right)])
        let other = fixture.definition("other")
        var all = fixture.closure
        all.locks[Digest(of: [1])] = "another lock"
        for definition in [base, left, right, other] {
            all.definitions[try keyed(definition).digest] = try keyed(definition)
        }
        func names(_ definition: BuildRecord.Definition) -> [String] {
            all.reached(from: definition).definitions.values.map(\.definition.name).sorted()
        }
        #expect(names(top) == ["base", "left", "right"])
        #expect(names(left) == ["base"] && names(base) == [] && names(other) == [])
        #expect(all.reached(from: top).locks == fixture.closure.locks)
        // What the record does not hold is not there either, and nothing is looked for twice.
        all.definitions[try keyed(base).digest] = nil
        #expect(names(top) == ["left", "right"])
    }
}
