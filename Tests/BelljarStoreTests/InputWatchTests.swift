import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarStore

/// Checkouts that somebody writes to while a build uses them.
@Suite struct InputWatchTests {
    /// A checked out tree at `/in` that is being watched.
    private struct Watched {
        let fixture: StoreFixture
        let path: String
        let watch: InputWatch

        init(waits: Bool = true) throws {
            fixture = try StoreFixture()
            try fixture.write("in/a", "some text")
            try fixture.write("in/sub/b", "other", mode: 0o755)
            try fixture.makeDirectory("in/sub").makeSymlink("link", target: "b")
            let tree = try fixture.ingest("in")
            path = try fixture.store.checkout(tree)
            if waits { Self.tick() }
            watch = try InputWatch(store: fixture.store, inputs: [.init(place: "/in", tree: tree)])
        }

        /// Lets the clock that stamps files move on; it ticks every 1 to 10 ms.
        static func tick() { pause(milliseconds: 30) }

        func folder(_ name: String = ".") throws -> Descriptor {
            try Descriptor.workingDirectory.open(path + "/" + name, .directory)
        }

        func overwrite(_ name: String, _ text: String) throws {
            let file = try folder().open(name, .readWrite)
            try file.writeAll(Array(text.utf8))
            // As whoever does not want to be noticed would leave it.
            try file.setTimes(Layout.fileTime)
        }

        func difference(_ kind: Recheck = .changed) throws -> String? {
            try watch.look(kind).difference.map { "\($0.path) \($0.answer)" }
        }
    }

    @Test func whatNobodyTouchedIsNotHashed() throws {
        let watched = try Watched()
        let changed = try watched.watch.look(.changed)
        #expect((changed.entries, changed.hashed, changed.difference) == (5, 0, nil))
        let full = try watched.watch.look(.full)
        #expect((full.entries, full.hashed, full.difference) == (5, 2, nil))
        let none = try watched.watch.look(.none)
        #expect((none.entries, none.hashed, none.difference) == (0, 0, nil))
    }

    /// What was checked out a moment ago may have the time at which the watch began, and is compared.
    @Test func whatWasMadeJustBeforeIsRight() throws {
        #expect(try Watched(waits: false).difference() == nil)
    }

    @Test func contentIsCompared() throws {
        let watched = try Watched()
        try watched.overwrite("sub/b", "OTHER")
        for kind in [Recheck.changed, .full] {
            #expect(try watched.difference(kind)?.hasPrefix("/in/sub/b the file was changed: expected sha256:") == true)
        }
        #expect(try watched.difference(.none) == nil)
    }

    /// The time of change cannot be set, but it tells nothing of what was done before the beginning.
    @Test func whatWasChangedBeforeIsFoundByHashingOnly() throws {
        let watched = try Watched()
        try watched.overwrite("a", "SOME TEXT")
        Watched.tick()
        let tree = try watched.fixture.ingest("in")
        let later = try InputWatch(store: watched.fixture.store, inputs: [.init(place: "", tree: tree)])
        #expect(try later.look(.changed).difference == nil)
        #expect(try later.look(.full).difference?.path == "/a")
    }

    /// Equal content in another checkout is another name of the inode, which changes its time.
    @Test func anotherNameIsNoDifference() throws {
        let watched = try Watched()
        try watched.fixture.write("more/copy", "some text")
        let other = try watched.fixture.store.checkout(watched.fixture.ingest("more"))
        #expect(try watched.fixture.status(other + "/copy").inode == watched.fixture.status(watched.path + "/a").inode)
        let found = try watched.watch.look(.changed)
        #expect((found.hashed, found.difference) == (1, nil))
    }

    @Test func modesAreCompared() throws {
        let watched = try Watched()
        try watched.folder().open("a").setPermissions(0o755)
        #expect(try watched.difference() == "/in/a the file was changed: it has mode 0755")
    }

    @Test(arguments: [Recheck.changed, .full]) func namesAreCompared(kind: Recheck) throws {
        var watched = try Watched()
        try watched.folder("sub").open("new", [.write, .create]).writeAll([])
        #expect(try watched.difference(kind)?.hasPrefix("/in/sub the directory ") == true)
        watched = try Watched()
        try watched.folder().unlink("a")
        #expect(try watched.difference(kind)?.hasPrefix("/in/ the directory ") == true)
        watched = try Watched()
        try watched.folder("sub").unlink("link")
        try watched.folder("sub").makeSymlink("link", target: "../a")
        #expect(try watched.difference(kind)?.hasPrefix("/in/sub") == true)
    }

    /// The whole checkout moved away: what the build had is still looked at.
    @Test func theBuildsOwnCheckoutIsLookedAt() throws {
        let watched = try Watched()
        try Descriptor.workingDirectory.rename(
            watched.path, to: Descriptor.workingDirectory, as: watched.fixture.folder + "/away")
        let moved = try Descriptor.workingDirectory.open(watched.fixture.folder + "/away/a", .readWrite)
        try moved.writeAll(Array("SOME TEXT".utf8))
        #expect(try watched.difference(.full)?.hasPrefix("/in/a the file was changed") == true)
        #expect(try watched.difference()?.hasPrefix("/in/ the directory was changed") == true)
    }
}
