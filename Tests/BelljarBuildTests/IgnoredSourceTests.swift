import BelljarHost
import BelljarKernel
import BelljarModel
import BelljarStore
import Testing

@testable import BelljarBuild

/// What of a local source is left out.
@Suite struct IgnoredSourceTests {
    /// A project is the fixture's folder `project`, its recipe lies in `project/Recipes/r`.
    private func taken(
        _ fixture: SourceFixture, _ path: String = "/", ignore: [String] = [], selection: LocalSelection = .notIgnored
    ) throws -> Set<String> {
        let project = fixture.path + "/project"
        let tree = try LocalSource(
            folder: project + "/Recipes/r", project: project, path: path, ignore: ignore,
            selection: selection, store: fixture.store
        ).tree()
        return Set(try fixture.store.entries(of: tree).filter { $0.kind != .directory }.map(\.path))
    }

    private func fixture(_ files: [String: String]) throws -> SourceFixture {
        let fixture = try SourceFixture()
        for (path, text) in files { try fixture.write("project/" + path, text) }
        return fixture
    }

    @Test func theProjectIsASourceWithoutWhatIsBelljars() throws {
        let fixture = try fixture([
            "Makefile": "", "src/a.c": "", ".git/HEAD": "", "sub/.git": "", "belljar.yaml": "", "src/belljar.yaml": "",
            "Recipes/r/recipe.yaml": "", "Recipes/r/own.c": "", "Recipes/cake.txt": "", "Toolchains/arm.cmake": "",
            "Toolchains/t/toolchain.yaml": "", "Toolchains/t/toolchain.lock.yaml": "",
            "made/.belljar-export": #"{"usr/bin/x":"0644 sha256:0"}"#, "made/usr/bin/x": "", "made/own/y": "",
        ])
        let all: Set = [
            "Makefile", "src/a.c", "src/belljar.yaml", "Recipes/r/own.c", "Recipes/cake.txt", "Toolchains/arm.cmake",
            "made/own/y",
        ]
        #expect(try taken(fixture) == all)
        #expect(try taken(fixture, "/src") == ["a.c", "belljar.yaml"])
        #expect(try taken(fixture, "/src/a.c") == ["a.c"])
        #expect(try taken(fixture, "own.c") == ["own.c"])
        let withYAML = all.union(["Toolchains/t/toolchain.yaml"])
        #expect(try taken(fixture, ignore: ["!/Toolchains/*/toolchain.yaml"]) == withYAML)
    }

    /// Two spellings of an accent are one text to Swift, and two names to a file system.
    @Test func namesAreBytes() throws {
        let (one, two) = ("\u{E9}", "e\u{301}")
        let fixture = try fixture([one: "1"])
        try fixture.write("project/" + two, "2")
        func contents() throws -> [[UInt8]: String] {
            let tree = try LocalSource(
                folder: fixture.path, project: fixture.path + "/project", path: "/", store: fixture.store
            ).tree()
            var found: [[UInt8]: String] = [:]
            for entry in try fixture.store.entries(of: tree) {
                found[Array(entry.path.utf8)] = String(
                    decoding: try fixture.store.read(entry.digest, limit: 100), as: UTF8.self)
            }
            return found
        }
        fixture.settle()
        #expect(try contents() == [Array(one.utf8): "1", Array(two.utf8): "2"])
        try fixture.write("project/" + two, "4")
        #expect(try contents() == [Array(one.utf8): "1", Array(two.utf8): "4"])
        try fixture.write("project/.gitignore", one + "\n")
        #expect(try contents()[Array(one.utf8)] == nil)
        #expect(try contents()[Array(two.utf8)] == "4")
    }

    /// Some file systems keep whole seconds: a change may be as young as that.
    @Test func aTimeInWholeSecondsMayBeLater() {
        #expect(FileTime(seconds: 10, nanoseconds: 0).latest == 12_000_000_000)
        #expect(FileTime(seconds: 10, nanoseconds: 5).latest == 10_000_000_005)
        #expect(FileTime(seconds: .max, nanoseconds: 0).latest == .max)
        #expect(FileTime(seconds: .min, nanoseconds: 5).latest == .min)
    }

    @Test func filesSayWhatIsLeftOut() throws {
        let fixture = try fixture([
            ".gitignore": "*.o\n/out/\n", "a.c": "", "a.o": "", "out/x": "", "src/out/y": "", "src/b.o": "",
            "src/.gitignore": "!b.o\n", "src/deep/b.o": "", "src/deep/c.o": "", "docs/.belljarignore": "*\n",
            "docs/x": "",
        ])
        let all: Set = [".gitignore", "a.c", "src/out/y", "src/.gitignore", "src/b.o", "src/deep/b.o"]
        #expect(try taken(fixture) == all)
        // Files of the folders around it count as well.
        #expect(try taken(fixture, "/src/deep") == ["b.o"])
        let without = all.union(["a.o", "out/x", "src/deep/c.o"])
        #expect(try taken(fixture, selection: .notIgnoredByOwn) == without)
        #expect(
            try taken(fixture, ignore: ["!*.o", "*.c", "/src/out"]) == [
                ".gitignore", "a.o", "src/.gitignore", "src/b.o", "src/deep/b.o", "src/deep/c.o",
            ])
    }

    /// A fresh clone does not have them, and has to give the same tree.
    @Test func directoriesInWhichNothingIsLeftAreLeftOut() throws {
        let fixture = try fixture([
            ".gitignore": "*.o\n", "a.c": "", "obj/a.o": "", "obj/deep/b.o": "", "both/deep/b.o": "", "both/c": "",
        ])
        _ = try Descriptor.makeDirectories(fixture.path + "/project/empty")
        let tree = { () throws in
            try LocalSource(folder: fixture.path, project: fixture.path + "/project", path: "/", store: fixture.store)
                .tree()
        }
        let paths = Set(try fixture.store.entries(of: try tree()).map(\.path))
        #expect(paths == [".gitignore", "a.c", "both", "both/c", "empty"])
    }

    @Test func whatIsLeftOutMayBeAnything() throws {
        let fixture = try fixture([".gitignore": "/pipe\n/out\n", "a": ""])
        let mkfifo = try #require(HostProgram.find("mkfifo", passing: ["PATH"]))
        #expect(try mkfifo.run([fixture.path + "/project/pipe"]) { _ in }.exit == .status(0))
        try fixture.link("project/out", to: "/etc")
        #expect(try taken(fixture) == [".gitignore", "a"])
        try fixture.write("project/.gitignore", "")
        #expect(throws: BelljarError.self) { try taken(fixture) }
    }

    @Test func ofAChangedSourceOnlyThatIsReadWhichChanged() throws {
        let fixture = try fixture(["a": "1", "b": "1", "d/c": "1"])
        fixture.settle()
        #expect(try taken(fixture) == ["a", "b", "d/c"])
        // What is remembered of a file is answered, so a memory of another one shows.
        let memory = fixture.store.cache
        let name = try #require(try fixture.names(in: "store/cache").first { $0.hasPrefix("source-") })
        let bytes = try #require(memory.read(name, limit: 1 << 20))
        let real = Digest(of: Array("1".utf8)).bytes
        let other = try fixture.store.write(Array("2".utf8)).bytes
        var planted = bytes
        let at = try #require(planted.firstRange(of: real))
        planted.replaceSubrange(at, with: other)
        try memory.write(planted, as: name)
        try fixture.write("project/e", "1")
        let tree = try LocalSource(
            folder: fixture.path, project: fixture.path + "/project", path: "/", store: fixture.store
        ).tree()
        #expect(try fixture.contents(tree) == ["a": "2", "b": "1", "d/c": "1", "e": "1"])
        // A damaged memory is none.
        planted[0] ^= 1
        try fixture.write("store/cache/" + name, String(decoding: planted, as: UTF8.self))
        try fixture.write("project/f", "1")
        #expect(try taken(fixture) == ["a", "b", "d/c", "e", "f"])
    }

    /// Without the quotes that git has around some.
    private func paths(_ listed: String) -> Set<String> {
        var paths: Set<String> = []
        for line in listed.split(separator: "\n") { paths.insert(String(line.filter { $0 != "\"" })) }
        return paths
    }

    /// git itself is asked what it would leave out.
    @Test func asGitHasIt() throws {
        let git = try #require(HostProgram.find("git", passing: ["PATH"]))
        let lines = [
            "*.o", "/b*/", "c/**/a", "!a.o", "**/d", "a/b", "[a-c].x", "e/", "!/a/e/", "*?.y", "f/*/b", "#x", "!c.o",
            "a ",
            "c/**", "\\!a", "[!a].o", "d/**/",
        ]
        let names = ["a", "b", "c", "d", "e", "f", "a.o", "c.o", "b.x", "xx.y", "!a", "#x"]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<30 {
            let fixture = try SourceFixture()
            var left = 0
            func grow(_ folder: String, _ depth: Int) throws {
                for name in names where Bool.random(using: &random) {
                    let path = folder + name
                    if depth < 3, Int.random(in: 0..<3, using: &random) == 0 {
                        try grow(path + "/", depth + 1)
                    } else {
                        try fixture.write(path, "")
                        left += 1
                    }
                }
                if Int.random(in: 0..<3, using: &random) == 0 || depth == 0 {
                    try fixture.write(
                        folder + ".gitignore", lines.shuffled(using: &random).prefix(4).joined(separator: "\n"))
                }
            }
            try grow("project/", 0)
            let project = fixture.path + "/project"
            #expect(try git.run(["init", "--quiet", project]) { _ in }.exit == .status(0))
            let listed = try git.output(
                of: ["-C", project, "ls-files", "--others", "--exclude-standard"], limit: 1 << 20
            ).text
            #expect(try taken(fixture) == paths(listed))
        }
    }
}

extension SourceFixture {
    func names(in relative: String) throws -> [String] {
        try Descriptor.workingDirectory.open(path + "/" + relative, .directory).entries().map {
            String(decoding: $0.name, as: UTF8.self)
        }
    }
}
