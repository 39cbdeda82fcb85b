import BelljarHost
import BelljarKernel
import BelljarModel
import BelljarStore
import Testing

@testable import BelljarBuild

/// Local sources that are what git tracks.
@Suite struct GitWorktreeTests {
    /// A repository with one commit in `tree`.
    private struct Repository {
        let fixture: SourceFixture
        var folder: String { fixture.path + "/tree" }

        init(format: String = "sha1") throws {
            fixture = try SourceFixture()
            try fixture.write("tree/.gitignore", "*.o\n")
            try fixture.write("tree/a.txt", "1")
            try fixture.write("tree/forced.o", "2")
            try fixture.write("tree/inner/run", "3", mode: 0o755)
            try fixture.link("tree/inner/link", to: "../a.txt")
            try git("init", "--quiet", "--object-format=\(format)")
            try git("add", "--force", "--all")
            try git("commit", "--quiet", "--message", "first")
            try fixture.write("tree/untracked", "4")
            try fixture.write("tree/other.o", "5")
            fixture.settle()
        }

        @discardableResult func git(_ arguments: String..., in sub: String = "", succeeds: Bool = true) throws -> String
        {
            let settings = ["HOME": fixture.path, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"]
            let program = try #require(HostProgram.find("git", passing: ["PATH"], setting: settings))
            let author = [
                "-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "protocol.file.allow=always",
            ]
            let (end, text) = try program.output(of: ["-C", folder + sub] + author + arguments, limit: 1 << 20)
            #expect((end.exit == .status(0)) == succeeds, "\(arguments) \(end.errorText)")
            return String(text.prefix { $0 != "\n" })
        }

        func tracked(_ sub: String = "", _ variables: [String: String] = [:]) throws -> TrackedFiles {
            try GitWorktree(
                folder: folder + sub, subject: "tree", store: fixture.store, cancellation: Cancellation(),
                variables: variables
            ).files()
        }

        func source(_ sub: String = "", keepsLinks: Bool = false) throws -> LocalSource {
            LocalSource(
                folder: fixture.path, path: "tree" + sub, keepsLinks: keepsLinks, selection: .tracked,
                tracked: try tracked(sub), store: fixture.store)
        }

        func contents(_ sub: String = "") throws -> [String: String] { try fixture.contents(source(sub).tree()) }

        func refusal(_ sub: String = "", _ variables: [String: String] = [:]) -> BelljarError? {
            #expect(throws: BelljarError.self) { try tracked(sub, variables) }
        }
    }

    private static let whole = [
        ".gitignore": "*.o\n", "a.txt": "1", "forced.o": "2", "inner/run": "x 3", "inner/link": "-> ../a.txt",
    ]

    @Test(arguments: ["sha1", "sha256"]) func whatIsTrackedIsTaken(format: String) throws {
        let repository = try Repository(format: format)
        #expect(try repository.contents() == Self.whole)
        // Just what the commit holds.
        let commit = try repository.git("rev-parse", "HEAD")
        let fetched = try GitSource(
            repository: repository.folder, commit: commit, store: repository.fixture.store,
            opener: repository.fixture.opener(), cancellation: Cancellation()
        ).tree()
        #expect(try repository.source().tree() == fetched)
        #expect(try repository.source().foreseen() == fetched)
        let tracked = try repository.tracked()
        #expect(tracked.commit == commit && tracked.changes == 0 && tracked.count == 5)
        #expect(tracked.words == "git's working tree at \(commit.prefix(12)), unchanged")
        // A directory in it, with a link that stays in the repository and leaves the source.
        #expect(try repository.tracked("/inner").count == 2)
        let error = #expect(throws: BelljarError.self) { try repository.source("/inner").tree() }
        #expect(error?.code == .usage && error?.remedy?.contains("links: keep") == true, "\(String(describing: error))")
        #expect(
            try repository.fixture.contents(repository.source("/inner", keepsLinks: true).tree())
                == ["run": "x 3", "link": "-> ../a.txt"])
    }

    /// As the files are now, and not as they are in the index or the commit.
    @Test func changesAreTakenAndCounted() throws {
        let repository = try Repository()
        try repository.fixture.write("tree/a.txt", "changed")
        #expect(try repository.contents()["a.txt"] == "changed")
        #expect(try repository.tracked().changes == 1)
        #expect(try repository.tracked("/inner").changes == 0)
        try repository.git("add", "a.txt")
        try repository.fixture.write("tree/new.txt", "6")
        #expect(try repository.contents()["new.txt"] == nil)
        try repository.git("add", "--intent-to-add", "new.txt")
        #expect(try repository.contents()["new.txt"] == "6")
        #expect(try repository.tracked().words.hasSuffix("with 2 files changed"))
        try repository.git("commit", "--quiet", "--all", "--message", "second")
        #expect(try repository.tracked().changes == 0)
        // Deleted, and something else in its place.
        try Descriptor.workingDirectory.removeTree(repository.folder + "/inner")
        try Descriptor.workingDirectory.unlink(repository.folder + "/forced.o")
        try repository.fixture.write("tree/forced.o/untracked", "7")
        #expect(try repository.contents() == [".gitignore": "*.o\n", "a.txt": "changed", "new.txt": "6"])
        #expect(try repository.tracked().changes == 3)
    }

    @Test func whatGitDoesNotCompareCountsAsChanged() throws {
        let repository = try Repository()
        try repository.git("update-index", "--assume-unchanged", "a.txt")
        try repository.git("update-index", "--skip-worktree", "forced.o")
        try repository.fixture.write("tree/a.txt", "changed")
        #expect(try repository.git("status", "--porcelain", "--untracked-files=no") == "")
        #expect(try repository.tracked().changes == 2)
        #expect(try repository.contents()["a.txt"] == "changed")
    }

    /// The kernel's names are bytes, and git would quote them.
    @Test func namesAreBytes() throws {
        let repository = try Repository()
        let name: [UInt8] = Array("tree/two\nlines \"\\ ".utf8) + [0xFF]
        let folder = try Descriptor.workingDirectory.open(repository.fixture.path, .directory)
        try folder.open(name, [.write, .create], mode: 0o644).writeAll(Array("8".utf8))
        #expect(try repository.contents().count == 5)
        try repository.git("add", "--all")
        #expect(
            try repository.contents()
                == Self.whole.merging(["untracked": "4", PathText.text(Array(name.dropFirst(5))): "8"]) { $1 })
    }

    @Test func aMergeThatIsNotOver() throws {
        let repository = try Repository()
        try repository.git("checkout", "--quiet", "-b", "other")
        try repository.fixture.write("tree/a.txt", "theirs\n")
        try repository.git("commit", "--quiet", "--all", "--message", "theirs")
        try repository.git("checkout", "--quiet", "-")
        try repository.fixture.write("tree/a.txt", "ours\n")
        try repository.git("commit", "--quiet", "--all", "--message", "ours")
        try repository.git("merge", "--quiet", "other", succeeds: false)
        #expect(try repository.contents()["a.txt"]?.contains("<<<<<<<") == true)
        let tracked = try repository.tracked()
        #expect(tracked.changes == 1 && tracked.conflicts == 1 && tracked.count == 5)
        #expect(tracked.words.hasSuffix("with 1 file changed, 1 of them not merged"))
    }

    @Test func beforeTheFirstCommitAndAfterInTwoPieces() throws {
        let repository = try Repository()
        try Descriptor.workingDirectory.removeTree(repository.folder + "/.git")
        try repository.git("init", "--quiet")
        let error = repository.refusal()
        #expect(error?.code == .usage && error?.answer == "git tracks no file in it")
        try repository.git("add", "a.txt")
        #expect(try repository.contents() == ["a.txt": "1"])
        #expect(try repository.tracked().words == "git's working tree before its first commit, with 1 file changed")
        // An index whose other piece is a file beside it, and a working tree whose repository is elsewhere.
        try repository.git("commit", "--quiet", "--message", "first")
        try repository.git("update-index", "--split-index")
        try repository.git("add", "untracked")
        #expect(try repository.contents().keys.sorted() == ["a.txt", "untracked"])
        try repository.git("worktree", "add", "--quiet", "../tree/linked", "HEAD")
        #expect(try repository.tracked("/linked").words.hasSuffix("unchanged"))
        #expect(try repository.contents("/linked") == ["a.txt": "1"])
    }

    /// Of a repository in the repository only the place is taken, as in a commit; what is in it is its own.
    @Test func submodulesAreEmptyDirectories() throws {
        let repository = try Repository()
        let other = try Repository()
        try repository.git("submodule", "--quiet", "add", other.folder, "sub")
        try repository.git("commit", "--quiet", "--message", "second")
        let contents = try repository.contents()
        #expect(contents.keys.contains(".gitmodules") && !contents.keys.contains { $0.hasPrefix("sub") })
        let entries = try repository.fixture.store.entries(of: try repository.source().tree())
        #expect(entries.contains { $0.path == "sub" && $0.kind == .directory })
        #expect(try repository.tracked().words.hasSuffix("1 submodule taken as empty directories"))
        // Asked for itself it is a working tree like others.
        #expect(try repository.contents("/sub") == Self.whole)
    }

    @Test func whatIsNoWorkingTree() throws {
        let repository = try Repository()
        for (sub, code, words) in [
            ("/.git", ErrorCode.usage, "no working tree"), ("/bare", .usage, "no working tree"),
            ("/broken", .host, "git ended with exit status 128"),
        ] {
            try repository.git("init", "--quiet", "--bare", "bare")
            try repository.git("init", "--quiet", "broken")
            try repository.fixture.write("tree/broken/.git/index", "DIRC and nothing that git wrote")
            let error = repository.refusal(sub)
            #expect(error?.code == code && error?.answer.contains(words) == true, "\(sub) \(String(describing: error))")
            #expect(error?.remedy != nil)
        }
        try Descriptor.workingDirectory.removeTree(repository.folder + "/.git")
        // The folder of tests may lie in a repository; git looks no further than this.
        let none = repository.refusal("", ["GIT_CEILING_DIRECTORIES": repository.fixture.path])
        #expect(none?.code == .usage && none?.answer == "it is in no git repository", "\(String(describing: none))")
    }

    @Test func repositoriesOfOthersNeedAWord() throws {
        let repository = try Repository()
        try repository.fixture.write("home/empty", "")
        // git's own way to try that.
        let variables = ["GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "HOME": repository.fixture.path + "/home"]
        guard repository.fixture.store.owner == nil else { return }
        let error = repository.refusal("", variables)
        #expect(
            error?.code == .unavailable && error?.remedy?.contains("safe.directory") == true,
            "\(String(describing: error))")
        try repository.fixture.write("home/.gitconfig", "[safe]\n\tdirectory = \(repository.folder)\n")
        #expect(try repository.tracked("", variables).count == 5)
    }

    /// The threat: a repository that comes with a configuration and attributes of its maker's.
    @Test func nothingOfTheRepositoryRuns() throws {
        let repository = try Repository()
        let witness = repository.fixture.path + "/ran"
        try repository.fixture.write("evil", "#!/bin/sh\necho >> \(witness)\ncat 2>/dev/null\n", mode: 0o755)
        let evil = repository.fixture.path + "/evil"
        for hook in ["post-index-change", "fsmonitor-watchman"] {
            try repository.fixture.write("tree/.git/hooks/\(hook)", "#!/bin/sh\n\(evil)\n", mode: 0o755)
        }
        for (key, value) in [
            ("core.fsmonitor", evil), ("filter.evil.clean", evil), ("filter.evil.smudge", evil), ("core.pager", evil),
            ("diff.external", evil), ("core.sshCommand", evil), ("extensions.partialClone", "origin"),
            ("remote.origin.url", "ext::\(evil)"), ("remote.origin.promisor", "true"), ("protocol.allow", "always"),
        ] { try repository.git("config", key, value) }
        try repository.fixture.write("tree/.gitattributes", "* filter=evil diff=evil\n")
        try repository.fixture.write("tree/a.txt", "2")
        func ran() throws -> Bool { try Descriptor.workingDirectory.statusIfPresent(of: witness) != nil }
        _ = try repository.source().tree()
        #expect(try repository.tracked().changes == 1)
        #expect(try !ran())
        // git itself would.
        try repository.git("status", "--porcelain")
        #expect(try ran())
    }

    /// Which is what makes a build of 80,000 files that did not change quick.
    @Test func unchangedFilesAreNotRead() throws {
        let repository = try Repository()
        let tree = try repository.source().tree()
        let index = try Descriptor.workingDirectory.status(of: repository.folder + "/.git/index")
        let planted = try repository.fixture.store.write(Directory.empty)
        for key in try repository.fixture.memoKeys() {
            try repository.fixture.store.setMemo(kind: "local-source", key: key, tree: planted)
        }
        #expect(try repository.source().tree() == planted && tree != planted)
        // Looking changes nothing in the repository.
        #expect(try Descriptor.workingDirectory.status(of: repository.folder + "/.git/index").inode == index.inode)
    }
}
