import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarStore

/// What may not come into the store: each refused by its path, and nothing kept.
@Suite struct RefusalTests {
    private func refusal(
        _ fixture: StoreFixture, _ options: IngestOptions = IngestOptions()
    ) throws -> BelljarError {
        let error = #expect(throws: BelljarError.self) { try fixture.ingest("in", options) }
        #expect(try fixture.blobPaths().isEmpty)
        return try #require(error)
    }

    @Test func specialFiles() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/ok", "x")
        let folder = try fixture.makeDirectory("in/sub")
        try folder.makeFifo("pipe")
        var error = try refusal(fixture)
        #expect(error.subject == "sub/pipe")
        #expect(error.answer == "a FIFO")
        #expect(error.code == .refused)
        try folder.unlink("pipe")
        try folder.makeSocket("socket")
        error = try refusal(fixture, IngestOptions(refusal: .buildFailed))
        #expect(error.subject == "sub/socket")
        #expect(error.answer == "a socket")
        #expect(error.code == .buildFailed)
    }

    @Test func whiteouts() throws {
        // An ordinary user can make this one device: overlayfs uses it for "was removed".
        let fixture = try StoreFixture()
        try fixture.makeDirectory("in").makeWhiteout("gone")
        let error = try refusal(fixture)
        #expect(error.subject == "gone")
        #expect(error.answer.contains("whiteout"))
    }

    @Test func setuidAndSetgid() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/su", "x", mode: 0o4755)
        try fixture.write("in/sg", "x", mode: 0o2755)
        let error = try refusal(fixture)
        #expect(error.subject == "sg")
        #expect(error.answer == "a setgid file (mode 02755)")
        #expect(error.details == ["su: a setuid file (mode 04755)"])
        let tree = try fixture.ingest("in", IngestOptions(dropsSetuid: true))
        #expect(try fixture.status(fixture.store.checkout(tree) + "/su").permissions == 0o755)
    }

    @Test func namesAndTargetsThatAreNotUTF8() throws {
        let fixture = try StoreFixture()
        let folder = try fixture.makeDirectory("in")
        try folder.open([0x61, 0xff], [.write, .create]).writeAll([])
        #expect(try refusal(fixture).answer == "a name that is not UTF-8")
        try folder.unlink([0x61, 0xff])
        try folder.makeSymlink("link", target: [0xff])
        #expect(try refusal(fixture).answer == "a link whose target is not UTF-8")
    }

    @Test(arguments: ["/etc/passwd", "../x", "a/../../x", "up/..", "./../x", "../in/x"])
    func escapingLinks(target: String) throws {
        let fixture = try StoreFixture()
        try fixture.makeDirectory("in").makeSymlink("link", target: target)
        let error = try refusal(fixture, IngestOptions(refusesEscapingLinks: true))
        #expect(error.subject == "link")
        #expect(error.answer.contains(target))
        // A toolchain may have such links.
        #expect(throws: Never.self) { try fixture.ingest("in") }
    }

    @Test(arguments: ["../lib/x", "./x", "../../top", "x/y", ".", ".."])
    func innerLinksAreFine(target: String) throws {
        let fixture = try StoreFixture()
        try fixture.makeDirectory("in/usr/bin").makeSymlink("link", target: target)
        #expect(throws: Never.self) { try fixture.ingest("in", IngestOptions(refusesEscapingLinks: true)) }
    }

    @Test func aLinkIsNeverFollowed() throws {
        let fixture = try StoreFixture()
        try fixture.write("secret/file", "secret")
        let folder = try fixture.makeDirectory("in")
        try folder.makeSymlink("d", target: "../secret")
        try folder.makeSymlink("f", target: "../secret/file")
        let tree = try fixture.ingest("in")
        #expect(
            try fixture.store.entries(of: tree).map(\.kind) == [
                .symlink(target: "../secret"), .symlink(target: "../secret/file"),
            ])
        #expect(try !fixture.store.contains(Digest(of: Array("secret".utf8))))
    }

    @Test func limits() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/a/b/c", "123")
        try fixture.write("in/a/b/d", "456")
        #expect(try refusal(fixture, IngestOptions(entries: 3)).answer.contains("more than 3 files"))
        let bytes = try refusal(fixture, IngestOptions(bytes: 5))
        #expect(bytes.subject == "a/b/d")
        #expect(bytes.answer.contains("5 bytes"))
        let depth = try refusal(fixture, IngestOptions(depth: 1))
        #expect(depth.subject == "a/b")
        #expect(throws: Never.self) { try fixture.ingest("in", IngestOptions(entries: 4, bytes: 6, depth: 2)) }
    }

    @Test func whatItsOwnerMayNotRead() throws {
        // Root could read it; the answer must not depend on who runs belljar.
        let fixture = try StoreFixture()
        try fixture.write("in/closed", "x", mode: 0o200)
        #expect(try refusal(fixture).answer.contains("may not read"))
    }
}
