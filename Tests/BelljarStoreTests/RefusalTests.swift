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

    /// Attributes would be lost in silence; where that is not wanted they are refused, on directories too.
    @Test(arguments: ["file", "sub"]) func extendedAttributes(name: String) throws {
        let fixture = try StoreFixture()
        try fixture.write("in/file", "x")
        try fixture.makeDirectory("in/sub")
        let options = IngestOptions(refusesAttributes: true)
        #expect(throws: Never.self) { try fixture.ingest("in", options) }
        try fixture.open("in").open(name).setAttribute("user.note", [1])
        let error = #expect(throws: BelljarError.self) { try fixture.ingest("in", options) }
        #expect(error?.subject == name)
        #expect(error?.answer.hasSuffix("with the extended attribute user.note") == true)
        let tree = try fixture.ingest("in")
        let path = try fixture.store.checkout(tree)
        #expect(try Descriptor.workingDirectory.open("\(path)/\(name)").attributes().isEmpty)
    }

    /// An ordinary user can give capabilities to a file in a user namespace of their own.
    @Test func fileCapabilities() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/tool", "x", mode: 0o755)
        let argv = ["unshare", "-Ur", "/usr/sbin/setcap", "cap_net_raw+ep", fixture.folder + "/in/tool"]
        var child = try ChildProcess.spawn("/usr/bin/unshare", argv: argv, environment: [:], descriptors: [(2, 2)])
        #expect(try child.wait().exit == .status(0))
        let error = try refusal(fixture)
        #expect(error.subject == "tool")
        #expect(error.answer == "a file with capabilities (setcap)")
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

    /// Refused before a file is read: what would be moved in is still where it was.
    private func exceeds(
        _ fixture: StoreFixture, _ answer: String, _ change: (inout IngestOptions) -> Void
    ) throws {
        var options = IngestOptions(adopting: true)
        change(&options)
        let error = try refusal(fixture, options)
        #expect(error.code == .resourceExceeded)
        #expect(error.answer.contains(answer), "\(error)")
        #expect(try fixture.exists(fixture.folder + "/in/a/file"))
    }

    @Test func sizesOfWhatIsWritten() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/a/file", "123")
        let folder = try fixture.makeDirectory("in/d")
        for name in ["one", "two"] { try folder.makeSymlink(name, target: String(repeating: "t", count: 1000)) }
        let links = Directory(
            symlinks: ["one", "two"].map { .init(name: $0, target: String(repeating: "t", count: 1000)) })
        let largest = DirectorySize(of: links).bytes
        try exceeds(fixture, "for one directory") { $0.directoryBytes = largest - 1 }
        // a, d, a/file, d/one, d/two, and the targets.
        let listing = 1 + 1 + 6 + 5 + 5 + 2000
        try exceeds(fixture, "for the paths and the targets") { $0.listingBytes = listing - 1 }
        try exceeds(fixture, "for the paths and the targets") { $0.listingBytes = 1 }
        var outputs = OutputListSize()
        for path in ["a/file", "d/one", "d/two"] { outputs.add(path: path) }
        try exceeds(fixture, "for a record") { $0.recordBytes = outputs.bytes - 1 }
        var options = IngestOptions(adopting: true)
        (options.directoryBytes, options.listingBytes, options.recordBytes) = (largest, listing, outputs.bytes)
        #expect(throws: Never.self) { try fixture.ingest("in", options) }
    }

    /// As long as the kernel takes a path, and longer by one byte: of a file, of a link, and of a folder that nobody enters.
    @Test(arguments: [0, 1]) func longPaths(_ beyond: Int) throws {
        let fixture = try StoreFixture()
        let folder = try fixture.makeFar("in", bytes: IngestOptions.pathLimit - 5)
        let name = String(repeating: "f", count: 4 + beyond)
        _ = try folder.open(name, [.write, .create])
        guard beyond > 0 else {
            #expect(throws: Never.self) { try fixture.ingest("in") }
            return
        }
        try folder.makeDirectory(String(repeating: "d", count: 200))
        let error = try refusal(fixture)
        #expect(error.subject.utf8.count == IngestOptions.pathLimit + 196)
        #expect(error.answer == "a path of more than 4095 bytes")
        #expect(error.details.count == 1 && error.details[0].hasSuffix("/\(name): a path of more than 4095 bytes"))
    }

    @Test func whatItsOwnerMayNotRead() throws {
        // Root could read it; the answer must not depend on who runs belljar.
        let fixture = try StoreFixture()
        try fixture.write("in/closed", "x", mode: 0o200)
        #expect(try refusal(fixture).answer.contains("may not read"))
    }
}
