import BelljarControls
import BelljarModel
import Testing

/// What each member alone could say, and all of them together no build did.
@Suite struct RecordConsistencyTests {
    private static func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }

    private static func refusal(
        _ record: BuildRecord, _ comment: Comment? = nil
    ) throws -> BelljarError? {
        let document = try record.json()
        do throws(BelljarError) {
            _ = try RecordDecoder.record(document)
            return nil
        } catch { return error }
    }

    private static func file(
        _ path: String, mode: String = "0644", size: UInt64 = 1, of content: String? = nil
    ) -> BuildRecord.Output {
        .init(path: path, mode: mode, size: size, digest: digest(content ?? path))
    }

    // MARK: Outputs

    @Test func outputsAreThoseOfOneFolder() throws {
        let long = String(repeating: "n", count: 255)
        let deep = Array(repeating: long, count: 15).joined(separator: "/")
        let wrong: [(String, [BuildRecord.Output])] = [
            ("result.outputs[1].path", [Self.file("b"), Self.file("a")]),
            ("result.outputs[1].path", [Self.file("a/b"), Self.file("a!")]),
            ("result.outputs[1].path", [Self.file("a"), Self.file("a")]),
            ("result.outputs[1].path", [Self.file("a"), Self.file("a/b")]),
            ("result.outputs[3].path", [Self.file("a"), Self.file("a!"), Self.file("a-"), Self.file("a/b/c")]),
            ("result.outputs[2].path", [Self.file("a", mode: "link"), Self.file("a.b"), Self.file("a/b")]),
            ("result.outputs[0].path", [Self.file(long + "n")]),
            ("result.outputs[0].path", [Self.file(deep + "/" + long + "/" + long)]),
            ("result.outputs[0].size", [Self.file("a", mode: "link", size: 0)]),
            ("result.outputs[0].size", [Self.file("a", mode: "link", size: 4096)]),
            ("result.outputs[0].size", [Self.file("a", size: 0)]),
            ("result.outputs[0].size", [Self.file("a", size: 1, of: "")]),
            ("result.outputs[1].size", [Self.file("a", size: 1, of: "x"), Self.file("b", size: 2, of: "x")]),
        ]
        for (place, outputs) in wrong {
            var record = try RecordCodecTests.record()
            record.result.outputs = outputs
            record.result.tree?.size = 1_000_000
            let error = try Self.refusal(record)
            #expect(error?.code == .usage && error?.subject == place, "\(place) \(error as Any)")
            #expect(error?.remedy?.isEmpty == false)
        }
        let good: [[BuildRecord.Output]] = [
            [], [Self.file("a", size: 0, of: ""), Self.file("b", of: "x"), Self.file("c", of: "x")], [Self.file(long)],
            [Self.file(deep + "/" + String(repeating: "n", count: 200))],
            [
                Self.file("a!"), Self.file("a-b"), Self.file("a/b"), Self.file("ab"),
                Self.file("b", mode: "link", size: 4095),
            ],
            // A byte that is no UTF-8 counts as one.
            [Self.file(PathText.text([UInt8](repeating: 0xff, count: 255)))],
        ]
        for outputs in good {
            var record = try RecordCodecTests.record()
            record.result.outputs = outputs
            record.result.tree?.size = 1_000_000
            #expect(try Self.refusal(record) == nil, "\(outputs.map(\.path))")
        }
    }

    /// As far as the outputs alone can tell.
    @Test func theTreeIsThatOfTheOutputs() throws {
        var record = try RecordCodecTests.record()
        record.result.outputs = [Self.file("a"), Self.file("b", mode: "0755", size: 300)]
        let directory = Directory(
            files: [
                .init(name: "a", digest: Self.digest("a"), size: 1, isExecutable: false),
                .init(name: "b", digest: Self.digest("b"), size: 300, isExecutable: true),
            ])
        let tree = try DirectoryCodec.digest(of: directory)
        record.result.tree = tree
        #expect(try Self.refusal(record) == nil)
        record.result.outputs[1].digest = Self.digest("other")
        #expect(try Self.refusal(record)?.subject == "result.tree.digest")
        record.result.outputs[1].digest = Self.digest("b")
        record.result.tree?.size -= 1
        #expect(try Self.refusal(record)?.subject == "result.tree.size")
        // An empty directory is in no list, and a link's target neither.
        record.result.tree = try DirectoryCodec.digest(
            of: Directory(
                files: directory.files, directories: [.init(name: "c", tree: .init(digest: Self.digest(""), size: 0))]))
        #expect(try Self.refusal(record) == nil)
        record.result.tree = nil
        #expect(try Self.refusal(record)?.subject == "result.tree")
        record.result.outputs = [Self.file("d/a"), Self.file("d/e/b"), Self.file("l", mode: "link", size: 5)]
        let inner = Directory(files: [directory.files[0]])
        record.result.tree = try DirectoryCodec.digest(
            of: Directory(
                directories: [.init(name: "d", tree: try DirectoryCodec.digest(of: inner))],
                symlinks: [.init(name: "l", target: "12345")]))
        #expect(try Self.refusal(record) == nil)
        record.result.tree?.size -= 2
        #expect(try Self.refusal(record)?.subject == "result.tree.size")
    }

    // MARK: What was observed

    private static func twoSteps(_ definition: inout BuildRecord.Definition) {
        definition.steps.append(.init(name: "install", argv: definition.steps[0].argv, directory: "/build"))
    }

    private static func ran(_ steps: [(String, UInt64)]) -> [BuildRecord.StepUsage] {
        steps.map { .init(name: $0.0, milliseconds: 1, peakBytes: 2, logOffset: $0.1) }
    }

    @Test func stepsAreThoseOfTheDefinition() throws {
        let most = ResourceLimits.standard.logBytes
        let cases: [(String?, [(String, UInt64)])] = [
            (nil, [("build", 0), ("install", 0)]), (nil, [("build", 0), ("install", most)]),
            ("observed.steps", []), ("observed.steps", [("build", 0)]),
            ("observed.steps", [("build", 0), ("install", 0), ("more", 0)]),
            ("observed.steps[0].name", [("install", 0), ("build", 0)]),
            ("observed.steps[1].name", [("build", 0), ("build", 0)]),
            ("observed.steps[0].logOffset", [("build", 1), ("install", 1)]),
            ("observed.steps[1].logOffset", [("build", 0), ("install", most + 1)]),
        ]
        for (place, steps) in cases {
            var record = try RecordCodecTests.record(Self.twoSteps)
            record.observed.steps = Self.ran(steps)
            #expect(try Self.refusal(record)?.subject == place, "\(steps)")
        }
        // A build that failed did not reach every step, and an offset never falls.
        var failed = try RecordCodecTests.record { definition in
            Self.twoSteps(&definition)
            definition.steps.append(.init(name: "test", argv: definition.steps[0].argv, directory: "/build"))
        }
        failed.result = .init(status: .buildFailed, outputs: [], tree: nil)
        for steps in [[], [("build", 0)], [("build", 0), ("install", 9), ("test", 9)]] as [[(String, UInt64)]] {
            failed.observed.steps = Self.ran(steps)
            #expect(try Self.refusal(failed) == nil)
        }
        failed.observed.steps = Self.ran([("build", 0), ("install", 9), ("test", 8)])
        #expect(try Self.refusal(failed)?.subject == "observed.steps[2].logOffset")
        // In place of a secret more may stand than it had.
        var secret = try RecordCodecTests.record { definition in
            Self.twoSteps(&definition)
            definition.secrets = [.init(name: "token", variable: "", steps: ["build"])]
        }
        secret.observed.steps = Self.ran([("build", 0), ("install", most + 1)])
        #expect(try Self.refusal(secret) == nil)
    }

    @Test func channelsAreSortedAndFitTheControls() throws {
        let own = BuildRecord.openChannels
        let cases: [(maker: String, clock: ControlState, channels: [String], place: String?)] = [
            ("9.9", .frozen, [], nil), ("9.9", .frozen, ["a-channel-of-tomorrow"], nil),
            ("9.9", .frozen, ["b", "a"], "observed.openChannels[1]"),
            ("9.9", .frozen, ["a", "a"], "observed.openChannels[1]"),
            ("9.9", .frozen, ["clock"], "observed.openChannels[0]"), ("9.9", .real, ["clock"], nil),
            ("9.9", .real, ["cpuid"], "observed.openChannels"),
            ("9.9", .frozen, ["a\u{1b}[2J"], "observed.openChannels[0]"),
            ("9.9", .frozen, ["two words"], "observed.openChannels[0]"),
            (OwnVersion.text, .frozen, own, nil),
            (OwnVersion.text, .frozen, (own + ["inherited", "nested"]).sorted(), nil),
            (OwnVersion.text, .real, (own + ["clock"]).sorted(), nil),
            (OwnVersion.text, .frozen, Array(own.dropLast()), "observed.openChannels"),
            (OwnVersion.text, .frozen, own + ["zebra"], "observed.openChannels[\(own.count)]"),
        ]
        for (maker, clock, channels, place) in cases {
            var record = try RecordCodecTests.record { $0.controls[.clock] = clock }
            (record.observed.runnerVersion, record.observed.openChannels) = (maker, channels)
            #expect(try Self.refusal(record)?.subject == place, "\(maker) \(channels)")
        }
    }

    @Test func workingTreesAreLocalSources() throws {
        let local = BuildRecord.Source(
            kind: .local(path: "/a"), digest: Digest(of: []), size: 0, into: "")
        var other = local
        (other.kind, other.into) = (.local(path: "/b"), "b")
        let cases: [(addresses: [String], place: String?)] = [
            ([], nil), (["/a"], nil), (["/a", "/b"], nil), (["/b", "/a"], "observed.worktrees[1].address"),
            (["/a", "/a"], "observed.worktrees[1].address"), (["/c"], "observed.worktrees[0].address"),
        ]
        for (addresses, place) in cases {
            var record = try RecordCodecTests.record { $0.sources += [local, other] }
            record.observed.worktrees = addresses.map { .init(address: $0, commit: nil, changes: 2) }
            #expect(try Self.refusal(record)?.subject == place, "\(addresses)")
            if place == nil { #expect(try RecordDecoder.decode(try record.canonicalBytes()) == record) }
        }
    }

    @Test func aLimitThatEndedABuildIsTheDefinitions() throws {
        let limited = try RecordCodecTests.limited()
        #expect(try Self.refusal(limited) == nil)
        var record = limited
        record.observed.exceeded?.value = 71
        #expect(try Self.refusal(record)?.subject == "observed.exceeded.value")
        // A host may have less memory for a build, and what follows from another limit may follow otherwise elsewhere.
        record.observed.exceeded = .init(limit: .memory, value: 1 << 20, seen: "x")
        #expect(try Self.refusal(record) == nil)
        record.observed.exceeded = .init(limit: .memory, value: 1 << 40, seen: "x")
        #expect(try Self.refusal(record)?.subject == "observed.exceeded.value")
        record.observed.exceeded = .init(limit: .files, value: 77, seen: "x")
        #expect(try Self.refusal(record) == nil)
        for status in BuildStatus.allCases {
            var record = status == .ok ? try RecordCodecTests.record() : limited
            (record.result.status, record.observed.exceeded) = (status, limited.observed.exceeded)
            let isGood = status == .timeout || status == .resourceExceeded
            #expect(try Self.refusal(record)?.subject == (isGood ? nil : "observed.exceeded"), "\(status)")
        }
    }

    // MARK: What is said of it

    @Test(arguments: ["a\u{1b}]0;owned\u{7}", "two\nlines", "", "Overlay", String(repeating: "f", count: 65)])
    func featuresAreNames(feature: String) throws {
        let record = try RecordCodecTests.record { $0.requirements.features = [feature] }
        let error = try Self.refusal(record)
        #expect(error?.subject == "definition.requires.features[0]")
        #expect(error?.description.unicodeScalars.contains("\u{1b}") == false)
        // One that this version does not know, a newer one may.
        let newer = try RecordCodecTests.record { $0.requirements.features = ["feature-of-tomorrow"] }
        #expect(try Self.refusal(newer) == nil)
    }

    /// Whatever is wrong, somebody has to know what to do.
    @Test func everyRefusalHasARemedy() throws {
        let document = try RecordCodecTests.record().json()
        var count = 0
        func tryOut(_ changed: JSONValue, _ comment: String) {
            do throws(BelljarError) { _ = try RecordDecoder.record(changed) } catch {
                count += 1
                #expect(error.remedy?.isEmpty == false, "\(comment): \(error)")
                #expect(error.remedy?.contains("recipe.yaml") == false)
            }
        }
        func visit(_ value: JSONValue, _ path: [String]) {
            guard case .object(let members) = value else { return }
            for (name, inner) in members {
                let here = path + [name]
                for wrong in [nil, .null, 7, "x", .array([]), .object([:])] as [JSONValue?] {
                    tryOut(RecordCodecTests.edit(document, here) { $0[name] = wrong }, "\(here) \(wrong as Any)")
                }
                visit(inner, here)
            }
        }
        visit(document, [])
        #expect(count > 300)
        for text in ["", "{", "\u{feff}{}", "[]", "null", "{\"v\":2}"] {
            let error = #expect(throws: BelljarError.self) { try RecordDecoder.decode(Array(text.utf8)) }
            #expect(error?.remedy?.isEmpty == false, "\(text)")
        }
    }

    @Test func aByteOrderMarkIsNamed() throws {
        let bytes = try [0xEF, 0xBB, 0xBF] + RecordCodecTests.record().canonicalBytes()
        let error = #expect(throws: BelljarError.self) { try RecordDecoder.decode(bytes) }
        #expect(error?.answer.contains("byte order mark") == true && error?.remedy?.contains("UTF-8") == true)
    }

    @Test func longNamesAreCutOff() throws {
        let name = String(repeating: "n", count: 100_000)
        let document = try RecordCodecTests.record().json()
        for path in [[name], ["definition", name], ["definition", "environment", name], ["closure", "locks", name]] {
            let changed = RecordCodecTests.edit(document, path) { $0[name] = 1 }
            let error = #expect(throws: BelljarError.self) { try RecordDecoder.record(changed) }
            #expect(error?.subject.hasSuffix("nnn...") == true)
            #expect((error?.description.utf8.count ?? .max) < 1000)
        }
        #expect(shortened(String(repeating: "é", count: 80)) == String(repeating: "é", count: 80))
        #expect(shortened(String(repeating: "é", count: 81)) == String(repeating: "é", count: 80) + "...")
    }

    @Test func aClosureThatDoesNotFitNamesItsDigests() throws {
        let record = try RecordCodecTests.record()
        let input = record.definition.inputs[0].definition
        var missing = record
        missing.closure.definitions = [:]
        var extra = record
        extra.closure.locks[Self.digest("more")] = "more"
        var renamed = try RecordCodecTests.record { $0.inputs[0].name = "png" }
        renamed.closure = record.closure
        for (record, words) in [
            (missing, "it lacks \(input), which the record's definition needs"),
            (extra, "it has \(Self.digest("more")), which nothing needs"),
            (renamed, "it defines zlib, and the input of hello that it stands for is png"),
        ] {
            let error = try Self.refusal(record)
            #expect(error?.code == .integrity && error?.answer == words, "\(error as Any)")
            #expect(error?.remedy?.hasPrefix(RecordDecoder.remedy) == true)
        }
    }
}
