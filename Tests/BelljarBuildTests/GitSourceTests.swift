import BelljarFetch
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
