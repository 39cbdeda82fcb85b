import BelljarControls
import BelljarModel
import Testing

@testable import BelljarRecipe

@Suite struct RecipeValueTests {
    private func recipe(_ text: String) throws -> Recipe {
        try RecipeDecoder.recipe(Array(text.utf8), file: "r.yaml", folder: "/project/Recipes/all")
    }

    private static let everyLimit = ResourceLimits(
        timeoutSeconds: 600, graceSeconds: 0, memoryBytes: 4 << 30, processes: 512, scratchBytes: 2 << 30,
        scratchInodes: 9000, fileBytes: 1 << 30, logBytes: 16 << 20, outputFiles: 10, outputBytes: 1024, cpus: 4)

    private func pin(_ address: SourceAddress, size: UInt64? = nil) throws -> Pin {
        Pin(address: address, sha256: try #require(Digest(hex: RecipeSamples.digits)), size: size)
    }

    /// Where a line of a script stands in the file.
    @Test func placesOfScripts() throws {
        let recipe = try recipe(
            """
            name: a
            version: 1
            toolchain: c
            epoch: 1
            steps:
              - name: block
                run: |  # a comment

                  first
                  second
              - name: plain
                run: make
              - name: quoted
                run: "make\\nmake check"
              - name: folded
                run: >
                  make

                  make check
            outputs: [.]
            """)
        let places = recipe.steps.map(\.script)
        #expect(recipe.steps[0].run == "\nfirst\nsecond\n")
        #expect(places[0] == ScriptPlace(file: "r.yaml", line: 8, isByLine: true))
        #expect(places[0]?.place(ofLine: 3) == "r.yaml:10")
        #expect(places[1] == ScriptPlace(file: "r.yaml", line: 12, isByLine: true))
        #expect(places[2] == ScriptPlace(file: "r.yaml", line: 14, isByLine: false))
        #expect(places[3]?.isByLine == false)
        #expect(places[3]?.place(ofLine: 2) == "r.yaml:16")
    }

    @Test func epochs() throws {
        let text =
            "{name: a, version: '1', toolchain: t, epoch: EPOCH, sources: [SOURCE], steps: [{name: s, run: x}], outputs: [.]}"
        func epoch(_ epoch: String, _ source: String) throws -> RecipeEpoch {
            try recipe(text.replacing("EPOCH", with: epoch).replacing("SOURCE", with: source)).epoch
        }
        let archive = "{archive: 'debian:pool/x.tar', sha256: \(RecipeSamples.digits)}"
        #expect(try epoch("auto", archive) == .auto)
        #expect(try epoch("auto", "{git: ../x, commit: \(RecipeSamples.commit)}") == .auto)
        #expect(try epoch("'auto'", archive) == .auto)
        #expect(try epoch("17", archive) == .seconds(17))
        for source in ["", "{local: x}", "{patch: x}", "{file: 'debian:pool/x', sha256: \(RecipeSamples.digits)}"] {
            #expect(throws: BelljarError.self) { try epoch("auto", source) }
        }
    }

    @Test func everyKey() throws {
        let recipe = try recipe(
            """
            name: all
            version: 1.10
            toolchain: debian-12-c
            epoch: 8589934591
            sources:
              - archive: debian:pool/main/x/x_1.orig.tar.gz
                sha256: \(RecipeSamples.digits)
                size: 725946
                strip: 0
                into: x
              - file: https://example.org/data.bin
                sha256: \(RecipeSamples.digits)
              - {file: 'debian:pool/x', sha256: \(RecipeSamples.digits), name: tool, executable: true, into: bin}
              - {local: src, links: keep}
              - {patch: fix.patch, strip: 2, into: x}
              - {git: ../other, commit: \(RecipeSamples.commit), into: vendor/other}
            inputs: [zlib, lua]
            environment: {CFLAGS: -O2, EMPTY: "", NUMBER: 010, YES: yes}
            steps:
              - name: build
                run: |
                  make
                  make check
                directory: x
              - {name: install, run: make install}
            outputs: [usr/bin/x, .]
            limits:
              {timeout: 10m, grace: 0s, memory: 4GiB, processes: 512, scratch: 2GiB, inodes: 9000, file: 1073741824,
               log: 16MiB, output-files: 10, output-size: 1KiB, cpus: 4}
            root: fake
            controls: {clock: real, mtimes: flat, owners: fake}
            seed: dice
            links: keep
            """)
        #expect(recipe.keepsLinks && recipe.sources.map(\.keepsLinks) == [false, false, false, true, false, false])
        #expect((recipe.name, recipe.version, recipe.toolchain) == ("all", "1.10", "debian-12-c"))
        #expect(recipe.epoch == 8_589_934_591)
        #expect(
            try recipe.sources.map(\.kind) == [
                .archive(pin(.archive(name: "debian", path: "pool/main/x/x_1.orig.tar.gz"), size: 725_946), strip: 0),
                .file(pin(.url("https://example.org/data.bin")), name: "data.bin", isExecutable: false),
                .file(pin(.archive(name: "debian", path: "pool/x")), name: "tool", isExecutable: true),
                .local(path: "src"),
                .patch(path: "fix.patch", strip: 2),
                .git(repository: "../other", commit: RecipeSamples.commit),
            ])
        #expect(recipe.sources.map(\.into) == ["x", "", "bin", "", "x", "vendor/other"])
        #expect(recipe.sources.map(\.location.line) == [6, 11, 13, 14, 15, 16])
        #expect(recipe.inputs == ["zlib", "lua"])
        #expect(recipe.environment == ["CFLAGS": "-O2", "EMPTY": "", "NUMBER": "010", "YES": "yes"])
        #expect(recipe.steps.map(\.run) == ["make\nmake check\n", "make install"])
        #expect(recipe.steps.map(\.directory) == ["x", ""])
        #expect(recipe.outputs == ["usr/bin/x", "."])
        #expect(recipe.limits == Self.everyLimit)
        var controls = ControlStates.standard
        (controls[.clock], controls[.mtimes], controls[.owners]) = (.real, .flat, .fake)
        #expect(recipe.controls == controls)
        #expect(recipe.seed == "dice")
        #expect(recipe.folder == "/project/Recipes/all")
    }

    @Test func defaults() throws {
        let recipe = try recipe(
            "{name: a, version: '1', toolchain: t, epoch: 1, steps: [{name: s, run: x}], outputs: [.]}")
        #expect(recipe.sources.isEmpty && recipe.inputs.isEmpty && recipe.environment.isEmpty)
        #expect(recipe.limits == .standard)
        #expect(recipe.controls == .standard)
        #expect(recipe.seed == "")
        #expect(recipe.recheck == .changed)
        #expect(recipe.rounds == 1)
    }

    @Test func aLocalSourceSaysWhatIsTaken() throws {
        let cases: [(more: String, selection: LocalSelection?, mistake: String)] = [
            ("", .notIgnored, ""), (", gitignore: true", .notIgnored, ""), (", tracked: false", .notIgnored, ""),
            (", gitignore: false", .notIgnoredByOwn, ""), (", tracked: true", .tracked, ""),
            (", tracked: true, ignore: ['*.md']", .tracked, ""),
            (
                ", tracked: true, gitignore: false", nil,
                "6:44: a source has either gitignore or tracked: git can track what is ignored"
            ),
            (", tracked: yes", nil, "6:27: tracked must be true or false, without quotes"),
            (
                ", worktree: true", nil,
                "6:18: unknown key \"worktree\" in a source; a git working tree is a local source: `local: PATH` with `tracked: true`"
            ),
        ]
        for (more, selection, mistake) in cases {
            let text = RecipeSamples.good.replacing(RecipeSamples.source, with: "{local: src\(more)}")
            if let selection { #expect(try recipe(text).sources.map(\.selection) == [selection]) }
            #expect(
                RecipeMistakeTests.mistakes(of: Array(text.utf8)) == (selection == nil ? [mistake] : []), "\(more)")
        }
    }

    @Test func linksGoWithLocalSourcesOnly() {
        let source = "{file: 'debian:pool/x', sha256: \(RecipeSamples.digits), links: keep}"
        let text = RecipeSamples.good.replacing(RecipeSamples.source, with: source)
        #expect(
            RecipeMistakeTests.mistakes(of: Array(text.utf8)) == [
                "6:110: \"links\" does not go with a source of kind \"file\""
            ])
    }

    @Test func aPolicySaysHowManyBuildsAreCompared() throws {
        #expect(try recipe(RecipeSamples.good + "policy: {check: 1000}\n").rounds == 1000)
    }

    @Test(arguments: Recheck.allCases) func everyRecheckCanBeAskedFor(recheck: Recheck) throws {
        #expect(try recipe(RecipeSamples.good + "recheck: \(recheck.rawValue)\n").recheck == recheck)
    }

    @Test(arguments: Control.allCases) func everyControlCanBeSet(control: Control) throws {
        for state in control.states {
            let text = RecipeSamples.good + "controls: {\(control.rawValue): \(state.rawValue)}\n"
            #expect(try recipe(text).controls[control] == state)
            #expect(try ControlDecoder.setting("\(control.rawValue)=\(state.rawValue)") == (control, state))
        }
    }

    @Test(arguments: [
        ("clock", "it is not of the form NAME=STATE"), ("clok=real", "did you mean \"clock\"?"),
        ("clock=fixed", "is not one of its states: frozen, real"), ("=real", "there is no control \"\""),
        ("clock=", "clock \"\" is not one of its states"),
    ]) func settingsThatAreNone(text: String, named: String) {
        let error = #expect(throws: BelljarError.self) { try ControlDecoder.setting(text) }
        #expect(error?.code == .usage)
        #expect(error?.subject == "--control \(text)")
        #expect(error?.answer.contains(named) == true)
    }

    /// A version is text however it looks: a detour by way of a number would make 1.1 of 1.10, and 8 of 010.
    @Test(arguments: ["1.10", "010", "1e3", "0x10", "2024-01-01", "1_000", "12:30", "\"1.10\"", "'1.10'", "true"])
    func versionIsText(version: String) throws {
        let text = RecipeSamples.good.replacing("\"2.10\"", with: version)
        #expect(try recipe(text).version == version.filter { $0 != "\"" && $0 != "'" })
    }

    @Test func windowsLineEndsAndByteOrderMark() throws {
        let text = "\u{FEFF}" + RecipeSamples.good.replacing("run: make\n", with: "run: |\n      a\n      b\n")
        #expect(try recipe(text.replacing("\n", with: "\r\n")).steps.map(\.run) == ["a\nb\n"])
    }

    @Test func manyMistakesAreCountedAndNotAllListed() {
        let text = (0..<60).map { "key\($0): x\n" }.joined()
        let error = #expect(throws: BelljarError.self) { try recipe(text) }
        // The sixty, and six keys that are missing.
        #expect(error?.answer == "66 mistakes")
        #expect(error?.details.count == 51)
        #expect(error?.details.last == "and 16 more")
    }

    @Test func tooLarge() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: YAMLParser.maximumBytes + 1)
        #expect(RecipeMistakeTests.mistakes(of: bytes) == ["1:1: the file has 1048577 bytes; at most 1048576 are read"])
    }

    @Test func tooManyValues() {
        let text = "name: [" + String(repeating: "a,", count: YAMLParser.maximumNodes + 10) + "]"
        #expect(RecipeMistakeTests.mistakes(of: Array(text.utf8)).contains { $0.hasSuffix("more than 100000 values") })
    }

    @Test func notUTF8() {
        let bytes = Array("name: h\u{E9}\nversion: ".utf8) + [0xFF, 0x0A]
        #expect(
            RecipeMistakeTests.mistakes(of: bytes) == [
                "2:10: the text is not valid UTF-8 without control characters: invalid leading UTF-8 octet"
            ])
    }
}
