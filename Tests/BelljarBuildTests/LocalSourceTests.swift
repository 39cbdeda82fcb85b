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
