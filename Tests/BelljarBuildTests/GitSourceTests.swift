import BelljarHost
import BelljarKernel
import BelljarModel
import BelljarStore
import Testing

@testable import BelljarBuild

@Suite struct GitSourceTests {
    /// A repository whose attributes would change what is exported, and whose hooks would run.
    private func repository(_ fixture: SourceFixture) throws -> String {
        try fixture.write("repository/a.txt", "one\r\n$Format:%H$\n$Id$\n")
        try fixture.write("repository/left-out.txt", "here\n")
        try fixture.write(
            "repository/.gitattributes", "*.txt text eol=lf ident export-subst\nleft-out.txt export-ignore\n")
        try fixture.write("repository/run", "#!/bin/sh\n", mode: 0o755)
        try fixture.link("repository/link", to: "a.txt")
        let settings = ["HOME": fixture.path, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"]
        let git = try #require(HostProgram.find("git", passing: ["PATH"], setting: settings))
        let folder = ["-C", fixture.path + "/repository"]
        let author = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
        for arguments in [
            ["init", "--quiet"], ["add", "--all"], author + ["commit", "--quiet", "--message", "first"],
        ] {
            let end = try git.run(folder + arguments) { _ in }
            #expect(end.exit == .status(0), "\(end.errorText)")
        }
        var head: [UInt8] = []
        _ = try git.run(folder + ["rev-parse", "HEAD"]) { head += Array($0) }
        return String(decoding: head.dropLast(), as: UTF8.self)
    }

    private func source(_ fixture: SourceFixture, _ commit: String) throws -> GitSource {
        try GitSource(
            repository: fixture.path + "/repository", commit: commit, store: fixture.store, opener: fixture.opener(),
            cancellation: Cancellation())
    }

    @Test func theTreeIsWhatTheCommitHolds() throws {
        let fixture = try SourceFixture()
        let commit = try repository(fixture)
        let tree = try source(fixture, commit).tree()
        let contents = try fixture.contents(tree)
        #expect(contents.keys.sorted() == [".gitattributes", "a.txt", "left-out.txt", "link", "run"])
        // What git keeps, with the line ends that `text` gave it when it came in, and nothing filled in.
        #expect(contents["a.txt"] == "one\n$Format:%H$\n$Id$\n")
        #expect(contents["run"] == "x #!/bin/sh\n")
        #expect(contents["link"] == "-> a.txt")
        #expect(try source(fixture, commit).tree() == tree)
    }

    /// The threat: a repository that fills the disk.
    @Test(arguments: [SourceLimit.fetchSize, .size]) func noMoreIsFetchedThanMayBe(limit: SourceLimit) throws {
        let fixture = try SourceFixture()
        var state: UInt64 = 88_172_645_463_325_252
        // Of numbers that do not compress well.
        let noise = (0..<200_000).map { _ -> String in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return "\(state)"
        }
        try fixture.write("repository/noise", noise.joined())
        let commit = try repository(fixture)
        var source = try source(fixture, commit)
        source.limits.set(limit, to: 1 << 20, at: SourceLocation(file: "limits.yaml", line: 1, column: 1))
        let error = #expect(throws: BelljarError.self) { try source.tree() }
        #expect(error?.code == .resourceExceeded)
        #expect(
            error?.answer.contains("limit \(limit.rawValue) of 1MiB was reached") == true,
            "\(String(describing: error))")
        #expect(try fixture.files(below: "store/tmp").joined().isEmpty)
        #expect(try self.source(fixture, commit).tree().size > 0)
    }

    /// The threat: a server that takes the connection and then says nothing, on a way that has no time limits of git's.
    @Test func aSilentServerIsGivenUp() throws {
        let fixture = try SourceFixture()
        var error: BelljarError?
        // Until a port is free.
        for _ in 0..<10 where error?.answer.contains("1000 bytes per second") != true {
            let port = "\(Int.random(in: 20_000...60_000))"
            let null = try Descriptor.workingDirectory.open("/dev/null", .readWrite)
            let silent = try ChildProcess.spawn(
                "/bin/busybox", argv: ["nc", "-l", "-p", port, "-e", "/bin/sleep", "60"], environment: [:],
                descriptors: [(null.number, 0), (null.number, 1), (null.number, 2)])
            pause(until: .after(milliseconds: 300))
            let source = GitSource(
                repository: "git://127.0.0.1:\(port)/x", commit: String(repeating: "0123456789", count: 4),
                store: fixture.store, opener: try fixture.opener(), cancellation: Cancellation(), silentSeconds: 1)
            error = #expect(throws: BelljarError.self) { try source.tree() }
            silent.kill()
        }
        #expect(error?.code == .unavailable)
        #expect(error?.answer == "it was slower than 1000 bytes per second for 1 s", "\(String(describing: error))")
    }

    /// A repository of somebody else's is read once the user says that it is safe, by git's own setting.
    @Test func repositoriesOfOthersNeedAWord() throws {
        let fixture = try SourceFixture()
        let commit = try repository(fixture)
        try fixture.write("home/empty", "")
        var source = try source(fixture, commit)
        // git's own way to try that.
        source.variables = ["GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "HOME": fixture.path + "/home"]
        let error = #expect(throws: BelljarError.self) { try source.tree() }
        #expect(error?.code == .unavailable)
        #expect(error?.remedy?.contains("safe.directory") == true, "\(String(describing: error))")
        // What git prints is what helps.
        let hint = try #require(error?.details.first { $0.contains("git config --global --add safe.directory") })
        let folder = try #require(hint.split(separator: " ").last).filter { $0 != "'" }
        #expect(folder.hasPrefix(fixture.path))
        try fixture.write(
            "home/.gitconfig",
            "[core]\n\tbare = nonsense\n[safe]\n\tdirectory = /elsewhere\n\tdirectory = \"\(folder)\"\n")
        #expect(try fixture.contents(try source.tree()).keys.contains("left-out.txt"))
    }

    @Test func commitsThatAreNotThere() throws {
        let fixture = try SourceFixture()
        _ = try repository(fixture)
        let error = #expect(throws: BelljarError.self) {
            try source(fixture, String(repeating: "0123456789", count: 4)).tree()
        }
        #expect(error?.code == .unavailable)
    }

    @Test func repositoriesThatAreNotThere() throws {
        let fixture = try SourceFixture()
        let error = #expect(throws: BelljarError.self) {
            try source(fixture, String(repeating: "0123456789", count: 4)).tree()
        }
        #expect(error?.code == .unavailable)
        #expect(error?.details.isEmpty == false)
    }
}
