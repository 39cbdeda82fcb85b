import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarStore

/// Checkouts that somebody writes to while a build uses them.
@Suite struct InputWatchTests {
    /// A checked out tree at `/in` that is being watched.
    fileprivate struct Watched {
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

    /// Too few descriptors, no memory and a wish to end say nothing of a file: whoever took them for damage would blame the store.
    @Test(arguments: ["EMFILE": 24, "ENOMEM": 12, "ECANCELED": 125] as [String: Int32])
    func onlyWhatTellsOfAFileIsADifference(_ symbol: String, _ number: Int32) throws {
        let watched = try Watched()
        var failures: [String] = []
        for call in 1...1000 {
            var (count, hit) = (0, "")
            _ = Recording.of(
                answering: { name, subject in
                    count += 1
                    guard count == call else { return .real }
                    hit = "\(name) \(subject)"
                    return .failure(number)
                },
                {
                    do throws(BelljarError) {
                        #expect(try watched.watch.look(.full).difference == nil, "\(hit)")
                    } catch {
                        #expect(error.code == .host && error.answer.contains("(\(symbol))"), "\(hit): \(error)")
                        failures.append(hit)
                    }
                })
            guard !hit.isEmpty else { break }
        }
        #expect(failures.count > 8, "\(failures)")
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

    /// An image that is made meanwhile gives every file another name. What the look does then is counted, because a time would
    /// depend on the machine: each directory is read once, however many of its files are suspicious, and each inode hashed once.
    @Test func manyOtherNamesAreLookedAtInOneWalk() throws {
        let fixture = try StoreFixture()
        let folders = (0..<12).map { "a/b\($0 % 3)/c\($0)" }
        for (index, folder) in folders.enumerated() {
            for file in 0..<20 { try fixture.write("in/\(folder)/f\(file)", "text \(index) \(file)") }
        }
        // The same inode at two paths.
        try fixture.write("in/a/copy", "text 0 0")
        let tree = try fixture.ingest("in")
        _ = try fixture.store.checkout(tree)
        Watched.tick()
        let watches = try (0..<3).map { index in
            try InputWatch(store: fixture.store, inputs: [.init(place: "/in\(index)", tree: tree)])
        }
        let foreign = try InputWatch(store: fixture.reopened(), inputs: [.init(place: "", tree: tree)])
        #expect(try watches[0].look(.changed).directories == 0)
        try fixture.write("in/another", "text")
        _ = try fixture.store.checkout(fixture.ingest("in"))
        Watched.tick()
        let first = try watches[0].look(.changed)
        #expect(first.difference == nil)
        // The root, `a`, three folders in it and twelve in those; of the root, only because a directory below it is asked for.
        #expect((first.hashed, first.remembered, first.directories) == (240, 0, 17))
        let second = try watches[1].look(.changed)
        #expect((second.hashed, second.remembered, second.difference) == (0, 240, nil))
        // Whoever wants all hashed gets that.
        #expect(try watches[2].look(.full).hashed == 240)
        // Other processes know nothing of it.
        let third = try foreign.look(.changed)
        #expect((third.hashed, third.remembered, third.directories) == (240, 0, 17))
    }

    /// What was hashed once is found when it is changed later, also in the tick of the clock in which it was hashed.
    @Test func whatIsRememberedIsForgottenWithTheNextChange() throws {
        for _ in 0..<20 {
            let watched = try Watched()
            try watched.fixture.write("more/copy", "some text")
            _ = try watched.fixture.store.checkout(watched.fixture.ingest("more"))
            #expect(try watched.difference() == nil)
            try watched.overwrite("a", "SOME TEXT")
            #expect(try watched.difference()?.hasPrefix("/in/a the file was changed: expected sha256:") == true)
        }
    }

    /// Whoever looks at everything finds what the times of change tell, and so does the check of the whole store.
    @Test(arguments: Tampering.allCases) fileprivate func attributesAreCompared(_ tampering: Tampering) throws {
        let watched = try Watched()
        try tampering.apply(watched)
        #expect(try watched.difference(.full) == tampering.answer)
        let difference = try #require(try watched.watch.look(.changed).difference)
        #expect(difference.path == tampering.answer.prefix { $0 != " " })
        #expect(try !watched.fixture.store.fsck(repair: false).isSound)
        #expect(try watched.fixture.store.fsck(repair: true).isSound)
        #expect(try watched.fixture.store.fsck(repair: false).problems.isEmpty)
    }

    fileprivate enum Tampering: CaseIterable {
        case modeOfFile, modeOfDirectory, modeOfRoot, timeOfDirectory, timeOfLink, noteOnDirectory, noteOnFile

        func apply(_ watched: Watched) throws {
            let other = FileTime(seconds: 4711)
            switch self {
            case .modeOfFile: try watched.folder().open("a").setPermissions(0o755)
            case .modeOfDirectory: try watched.folder("sub").setPermissions(0o711)
            case .modeOfRoot: try watched.folder().setPermissions(0o700)
            case .timeOfDirectory: try watched.folder("sub").setTimes(other)
            case .timeOfLink: try watched.folder("sub").setTimes(of: "link", other)
            case .noteOnDirectory: try watched.folder("sub").setAttribute("user.overlay.opaque", [121])
            case .noteOnFile: try watched.folder().open("a").setAttribute("user.overlay.metacopy", [])
            }
        }

        var answer: String {
            switch self {
            case .modeOfFile: "/in/a the file was changed: it has mode 0755"
            case .modeOfDirectory: "/in/sub it has mode 0711"
            case .modeOfRoot: "/in/ it has mode 0700"
            case .timeOfDirectory: "/in/sub it has another modification time"
            case .timeOfLink: "/in/sub/link it has another modification time"
            case .noteOnDirectory: "/in/sub it has the extended attribute user.overlay.opaque"
            case .noteOnFile: "/in/a the file was changed: it has the extended attribute user.overlay.metacopy"
            }
        }
    }

    /// A build sees other owners as other users.
    @Test(.enabled(if: Host.effectiveUid == 0, "only root can give files away"), arguments: ["a", "sub", "sub/link"])
    func ownersAreComparedAsRoot(name: String) throws {
        let watched = try Watched()
        try watched.folder().setOwner(of: name, uid: 4711, gid: 4712)
        for kind in [Recheck.changed, .full] {
            #expect(try watched.difference(kind)?.hasPrefix("/in/\(name) ") == true)
        }
        #expect(try watched.difference(.full)?.hasSuffix(" it has owner 4711:4712") == true)
        #expect(try !watched.fixture.store.fsck(repair: false).isSound)
        #expect(try watched.fixture.store.fsck(repair: true).isSound)
        #expect(try watched.fixture.store.fsck(repair: false).problems.isEmpty)
    }

    @Test(arguments: [Recheck.changed, .full]) func namesAreCompared(kind: Recheck) throws {
        var watched = try Watched()
        try watched.folder("sub").open("new", [.write, .create]).writeAll([])
        let answer = kind == .full ? "it has different names in it" : "the directory was changed"
        #expect(try watched.difference(kind) == "/in/sub \(answer)")
        watched = try Watched()
        try watched.folder().unlink("a")
        #expect(try watched.difference(kind) == "/in/ \(answer)")
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
