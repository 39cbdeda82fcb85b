import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarStore

@Suite struct TreeTests {
    private func makeTree(_ fixture: StoreFixture, at root: String) throws {
        try fixture.write("\(root)/bin/tool", "#!/bin/sh\n", mode: 0o775)
        try fixture.write("\(root)/share/a", "a")
        try fixture.write("\(root)/share/empty", "")
        try fixture.write("\(root)/share/same", "#!/bin/sh\n", mode: 0o600)
        try fixture.write("\(root)/large", [UInt8](repeating: 5, count: 3 * workBufferBytes + 17))
        try fixture.makeDirectory("\(root)/nothing/within")
        let folder = try fixture.open("\(root)/share")
        try folder.makeSymlink("link", target: "../bin/tool")
        try folder.link("a", to: folder, as: "hard")
    }

    /// Holes take no room, so a few files may say that they have more bytes together than there are numbers for.
    @Test(.enabled(if: TestFolder.hasMemory, "no other file system takes such files"))
    func sizesBeyondAllNumbersAreTooMuch() throws {
        let fixture = try StoreFixture(inMemory: true)
        for name in ["a", "b", "c"] {
            try fixture.write("in/\(name)", "")
            let file = try Descriptor.workingDirectory.open("\(fixture.folder)/in/\(name)", .write)
            try file.truncate(to: UInt64(Int64.max))
        }
        let error = #expect(throws: BelljarError.self) { try fixture.ingest("in") }
        #expect(error?.subject == "a")
        #expect(error?.answer.contains("more than 1099511627776 bytes") == true, "\(error?.description ?? "")")
        #expect(error?.details.count == 2)
    }

    @Test func comesOutAsItWentIn() throws {
        let fixture = try StoreFixture()
        try makeTree(fixture, at: "in")
        let tree = try fixture.ingest("in")
        let path = try fixture.store.checkout(tree)
        #expect(path == "\(fixture.store.path)/trees/\(tree.digest.hex)")
        #expect(try fixture.store.checkout(tree) == path)
        #expect(try fixture.status(path + "/bin/tool").permissions == 0o755)
        #expect(try fixture.status(path + "/share/same").permissions == 0o644)
        #expect(try fixture.read(path + "/share/same") == Array("#!/bin/sh\n".utf8))
        #expect(try fixture.read(path + "/large").count == 3 * workBufferBytes + 17)
        #expect(try fixture.status(path + "/nothing/within").kind == .directory)
        for name in ["", "/bin", "/bin/tool", "/share/link", "/share/hard", "/nothing/within"] {
            #expect(try fixture.status(path + name).modified == FileTime(seconds: 315_619_200), "\(name)")
        }
        let share = try Descriptor.workingDirectory.open(path + "/share", .directory)
        #expect(try share.readLink("link") == Array("../bin/tool".utf8))
        #expect(try share.status(of: "a").permissions == 0o644)
        // A checkout taken in again is the same tree.
        let again = try fixture.store.ingest(
            directory: Descriptor.workingDirectory.open(path, .directory), options: IngestOptions())
        #expect(again == tree)
        #expect(try fixture.leftovers().filter { $0.contains("w") }.isEmpty)
    }

    /// Names and targets that are no UTF-8 keep every byte, and none is taken for another.
    @Test func namesThatAreNotUTF8() throws {
        let fixture = try StoreFixture()
        let folder = try fixture.makeDirectory("in")
        let names: [[UInt8]] = [
            [0x61, 0xfe], [0x61, 0xff], [0x61, 0xef, 0xbf, 0xbd], [0xc3, 0xa9], [0x65, 0xcc, 0x81],
        ]
        for name in names { try folder.open(name, [.write, .create]).writeAll(name) }
        try folder.makeDirectory([0xff] as [UInt8])
        try folder.open([0xff] as [UInt8], .directory).makeSymlink([0xfe] as [UInt8], target: [0x2e, 0xff] as [UInt8])
        for adopting in [false, true] {
            let tree = try fixture.ingest("in", IngestOptions(adopting: adopting))
            let path = try fixture.store.checkout(tree)
            let checkout = try Descriptor.workingDirectory.open(path, .directory)
            #expect(Set(try checkout.entries().map(\.name)) == Set(names + [[0xff]]))
            for name in names { #expect(try checkout.open(name).readAll(limit: 9) == name) }
            let inner = try checkout.open([0xff] as [UInt8], .directory)
            #expect(try inner.readLink([0xfe] as [UInt8]) == [0x2e, 0xff])
            let link = try #require(try fixture.store.entries(of: tree).first { $0.path == "\u{0}ff/\u{0}fe" })
            #expect(link.kind == .symlink(target: ".\u{0}ff"))
            #expect((link.size, link.digest) == (2, Digest(of: [0x2e, 0xff])))
            let again = try fixture.store.ingest(directory: checkout, options: IngestOptions())
            #expect(again == tree)
            let watch = try InputWatch(store: fixture.store, inputs: [.init(place: "", tree: tree)])
            #expect(try watch.look(.full).difference == nil)
            #expect(try watch.look(.changed).difference == nil)
        }
        #expect(try fixture.store.fsck(repair: false).problems.isEmpty)
    }

    @Test func listsEverything() throws {
        let fixture = try StoreFixture()
        try makeTree(fixture, at: "in")
        let batch = try fixture.store.makeBatch()
        let result = try batch.ingest(directory: fixture.open("in"), options: IngestOptions())
        try batch.commit()
        #expect(try fixture.store.entries(of: result.tree) == result.entries)
        #expect(
            result.entries.map(\.path) == [
                "bin", "bin/tool", "large", "nothing", "nothing/within", "share", "share/a", "share/empty",
                "share/hard", "share/link", "share/same",
            ])
        let link = try #require(result.entries.first { $0.path == "share/link" })
        #expect(link.kind == .symlink(target: "../bin/tool"))
        #expect(link.size == 11)
        #expect(link.digest == Digest(of: Array("../bin/tool".utf8)))
        let hard = try #require(result.entries.first { $0.path == "share/hard" })
        #expect(hard.digest == Digest(of: Array("a".utf8)))
        #expect(result.bytes == UInt64(10 + 1 + 0 + 10 + 1 + 3 * workBufferBytes + 17))
    }

    @Test func freshInodesUnlessAdopted() throws {
        let fixture = try StoreFixture()
        try fixture.write("in/f", "content")
        let outside = try fixture.open("in").open("f", .readWrite)
        let tree = try fixture.ingest("in")
        // Whoever kept the file open from before cannot change the store by it.
        try outside.writeAll(Array("CHANGED".utf8))
        #expect(try fixture.read(try fixture.store.checkout(tree) + "/f") == Array("content".utf8))

        let temporary = try fixture.store.makeTemporaryFolder()
        let folder = try Descriptor.workingDirectory.open(temporary.path, .directory)
        try folder.open("g", [.write, .create], mode: 0).writeAll([1, 2, 3])
        try folder.makeDirectory("closed", mode: 0)
        let inode = try folder.status(of: "g").inode
        let adopted = try fixture.store.ingest(directory: folder, options: IngestOptions(adopting: true))
        let path = try fixture.store.checkout(adopted)
        #expect(try fixture.status(path + "/g").inode == inode)
        #expect(try fixture.status(path + "/g").permissions == 0o644)
        #expect(try folder.statusIfPresent(of: "g") == nil)
    }

    @Test func adoptedHardLinksBecomeOneBlob() throws {
        let fixture = try StoreFixture()
        let temporary = try fixture.store.makeTemporaryFolder()
        let folder = try Descriptor.workingDirectory.open(temporary.path, .directory)
        try folder.open("a", [.write, .create], mode: 0o644).writeAll([1])
        for number in 0..<50 { try folder.link("a", to: folder, as: "b\(number)") }
        let tree = try fixture.store.ingest(directory: folder, options: IngestOptions(adopting: true))
        let entries = try fixture.store.entries(of: tree)
        #expect(entries.count == 51)
        #expect(Set(entries.map(\.digest)) == [Digest(of: [1])])
        #expect(try fixture.read(try fixture.store.checkout(tree) + "/b49") == [1])
    }
}
