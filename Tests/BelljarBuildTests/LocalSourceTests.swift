import BelljarHost
import BelljarKernel
import BelljarModel
import BelljarStore
import Testing

@testable import BelljarBuild

@Suite struct LocalSourceTests {
    private func tree(_ fixture: SourceFixture, _ path: String = "src") throws -> TreeDigest {
        try LocalSource(folder: fixture.path, path: path, store: fixture.store).tree()
    }

    @Test func everythingIsTaken() throws {
        let fixture = try SourceFixture()
        try fixture.write("src/a.txt", "1")
        try fixture.write("src/.hidden/run", "2", mode: 0o755)
        try fixture.link("src/link", to: "a.txt")
        let contents = try fixture.contents(try tree(fixture))
        #expect(contents == ["a.txt": "1", ".hidden/run": "x 2", "link": "-> a.txt"])
    }

    @Test func oneFileIsATreeOfIt() throws {
        let fixture = try SourceFixture()
        try fixture.write("src/a.txt", "1")
        #expect(try fixture.contents(try tree(fixture, "src/a.txt")) == ["a.txt": "1"])
    }

    /// The recipe is wrong then, and not the host.
    @Test func nothingOfThatName() throws {
        let fixture = try SourceFixture()
        try fixture.write("file", "1")
        for path in ["src", "src/inner", "file/inner"] {
            let error = #expect(throws: BelljarError.self) { try tree(fixture, path) }
            #expect(error?.code == .usage)
            #expect(error?.subject == path)
        }
    }

    @Test func everyChangeIsSeen() throws {
        let fixture = try SourceFixture()
        try fixture.write("src/a.txt", "1")
        try fixture.write("src/b.txt", "1")
        fixture.settle()
        let first = try tree(fixture)
        #expect(try tree(fixture) == first)
        // Of the same size, at once: only the time of change tells.
        try fixture.write("src/a.txt", "2")
        let second = try tree(fixture)
        #expect(second != first)
        try fixture.write("src/a.txt", "3")
        #expect(try fixture.contents(try tree(fixture))["a.txt"] == "3")
        try fixture.write("src/a.txt", "1")
        #expect(try tree(fixture) == first)
    }

    @Test func changesAreSeenAsDeepAsAnythingIsTakenIn() throws {
        let fixture = try SourceFixture()
        let path = "src" + String(repeating: "/d", count: IngestOptions.depthLimit) + "/a.txt"
        try fixture.write(path, "1")
        fixture.settle()
        let first = try tree(fixture)
        try fixture.write(path, "2")
        #expect(try tree(fixture) != first)
    }

    /// Where several threads look: whichever of them has the part that changed.
    @Test func changesAreSeenInEveryPart() throws {
        let fixture = try SourceFixture()
        let paths = (0..<9).map { "src/\($0)/inner/a.txt" }
        for path in paths { try fixture.write(path, "0") }
        fixture.settle()
        var seen: Set<TreeDigest> = [try tree(fixture)]
        #expect(try seen.contains(tree(fixture)))
        for path in paths {
            try fixture.write(path, "1")
            #expect(seen.insert(try tree(fixture)).inserted, "\(path)")
        }
        #expect(try fixture.contents(try tree(fixture)).values.allSatisfy { $0 == "1" })
    }

    @Test func unchangedSourcesAreRemembered() throws {
        let fixture = try SourceFixture()
        try fixture.write("src/a.txt", "1")
        fixture.settle()
        let first = try tree(fixture)
        // What is remembered is answered, so a memory that was tampered with shows.
        let planted = try fixture.store.write(Directory.empty)
        let memos = try fixture.memoKeys()
        #expect(memos.count == 1)
        for key in memos { try fixture.store.setMemo(kind: "local-source", key: key, tree: planted) }
        #expect(try tree(fixture) == planted)
        #expect(first != planted)
    }

    @Test(arguments: ["/etc/passwd", "../outside", "deep/../../outside"])
    func linksOutAreRefused(target: String) throws {
        let fixture = try SourceFixture()
        try fixture.write("src/a.txt", "1")
        try fixture.link("src/out", to: target)
        let error = #expect(throws: BelljarError.self) { try tree(fixture) }
        #expect(error?.code == .usage)
        #expect(error.map { "\($0)".contains("out") } == true)
    }

    /// Whoever wants them has them as they are, and that is no answer to whoever does not.
    @Test func linksOutAreKeptIfAsked() throws {
        let fixture = try SourceFixture()
        try fixture.write("src/a.txt", "1")
        try fixture.link("src/out", to: "/etc/passwd")
        try fixture.link("src/result", to: "../../nix/store/x")
        fixture.settle()
        var source = LocalSource(folder: fixture.path, path: "src", store: fixture.store)
        source.keepsLinks = true
        for _ in 0..<2 {
            let contents = try fixture.contents(try source.tree())
            #expect(contents == ["a.txt": "1", "out": "-> /etc/passwd", "result": "-> ../../nix/store/x"])
        }
        source.keepsLinks = false
        let error = #expect(throws: BelljarError.self) { try source.tree() }
        #expect(error?.remedy?.contains("`links: keep`") == true, "\(String(describing: error))")
    }

    private func limits(_ limit: SourceLimit, _ value: UInt64) -> SourceLimits {
        var limits = SourceLimits.standard
        limits.set(limit, to: value, at: SourceLocation(file: "limits.yaml", line: 1, column: 1))
        return limits
    }

    /// The threat: a tree that takes hours to hash, or fills the disk, without being large itself.
    @Test(arguments: ["src", "src/hole"]) func moreThanMayBeIsRefusedBeforeAnyOfItIsRead(path: String) throws {
        let fixture = try SourceFixture()
        try fixture.write("src/hole", "1")
        try Descriptor.workingDirectory.open(fixture.path + "/src/hole", .write).truncate(to: 1 << 40)
        let begun = Host.monotonicNanoseconds()
        let error = #expect(throws: BelljarError.self) { try tree(fixture, path) }
        #expect((Host.monotonicNanoseconds() - begun) / 1_000_000 < 1000)
        #expect(error?.code == .resourceExceeded)
        #expect(
            error?.answer.contains("limit source-size of 64GiB was reached") == true, "\(String(describing: error))")
        #expect(error?.remedy?.contains("`source-size`") == true)
    }

    @Test func asManyEntriesAsMayBe() throws {
        let fixture = try SourceFixture()
        for name in ["a", "d/b", "d/c"] { try fixture.write("src/" + name, "1") }
        func take() throws -> TreeDigest {
            try LocalSource(folder: fixture.path, path: "src", store: fixture.store, limits: limits(.files, 4)).tree()
        }
        #expect(try fixture.contents(try take()).count == 3)
        try fixture.write("src/d/e", "1")
        let error = #expect(throws: BelljarError.self) { try take() }
        #expect(error?.code == .resourceExceeded)
        #expect(error?.remedy?.contains("raise `source-files` in limits.yaml") == true)
    }

    @Test(arguments: ["src", "src/hole"]) func holesStayHoles(path: String) throws {
        let fixture = try SourceFixture()
        try fixture.write("src/hole", "1")
        let file = try Descriptor.workingDirectory.open(fixture.path + "/src/hole", .write)
        // In its middle a few bytes, at its end a hole.
        try file.seek(to: 40_000_000)
        try file.writeAll(Array("2".utf8))
        try file.truncate(to: 100_000_000)
        let found = try #require(try fixture.store.entries(of: try tree(fixture, path)).first)
        #expect(found.size == 100_000_000)
        #expect(try fixture.store.open(found.digest).digest() == found.digest)
        let du = try #require(HostProgram.find("du", passing: ["PATH"]))
        let used = try du.output(of: ["-sk", fixture.path + "/store/blobs"], limit: 1000).text
        #expect(try #require(Int(used.prefix { $0 != "\t" })) < 4000, "\(used)")
        // And where a copy has to be made of it.
        let target = try Descriptor.workingDirectory.open(fixture.path + "/copy", [.readWrite, .create])
        #expect(try fixture.store.open(found.digest).copyAll(to: target) == 100_000_000)
        try target.seek(to: 0)
        #expect(try target.digest() == found.digest)
        #expect(
            try #require(
                Int(try du.output(of: ["-k", fixture.path + "/copy"], limit: 1000).text.prefix { $0 != "\t" })) < 4000)
    }

    /// The threat: whoever opens a FIFO waits for somebody to write to it.
    @Test(arguments: ["src", "src/d/fifo"]) func whatIsNoFileBlocksNobody(path: String) throws {
        let fixture = try SourceFixture()
        try fixture.write("src/d/a", "1")
        let mkfifo = try #require(HostProgram.find("mkfifo", passing: ["PATH"]))
        #expect(try mkfifo.run([fixture.path + "/src/d/fifo"]) { _ in }.exit == .status(0))
        let error = #expect(throws: BelljarError.self) { try tree(fixture, path) }
        #expect(error?.code == .usage)
        #expect(error.map { "\($0)".contains("FIFO") } == true, "\(String(describing: error))")
    }

    @Test func theWayThereIsNoLinkEither() throws {
        let fixture = try SourceFixture()
        try fixture.write("secret/a.txt", "1")
        try fixture.link("src", to: "secret")
        #expect(throws: BelljarError.self) { try tree(fixture) }
        #expect(throws: BelljarError.self) { try tree(fixture, "src/a.txt") }
        #expect(throws: BelljarError.self) { try tree(fixture, "missing") }
    }
}

extension SourceFixture {
    /// Keys of what the store remembers of local sources.
    func memoKeys() throws -> [String] {
        var keys: [String] = []
        for text in try files(below: "store/memos") {
            let memo = try CanonicalJSON.decode(Array(text.utf8))
            if memo["kind"]?.string == "local-source", let key = memo["key"]?.string { keys.append(key) }
        }
        return keys
    }
}
