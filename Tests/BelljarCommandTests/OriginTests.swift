import BelljarModel
import Testing

/// That the store has what a digest names says nothing of the address beside it.
@Suite struct OriginTests {
    private let text = "hello\n"
    private var digest: String { Digest(of: Array(text.utf8)).hex }

    private func recipe(_ project: Project, _ address: String, version: String = "1") throws {
        try project.recipe(
            "hello", run: "cp */* $OUT/ # \(version)",
            more: "sources:\n  - file: \(address)\n    sha256: \(digest)\n    into: d")
    }

    private func notFetched(_ project: Project) throws -> [String] {
        try project.belljar("show", "hello", "--json").json()["observed"]?["notFetched"]?.array?.compactMap(\.string)
            ?? []
    }

    @Test func aChangedAddressIsAsked() throws {
        let project = try Project()
        try project.write("served/hello-1", text)
        try project.write("served/hello-2", "hello, again\n")
        try project.write("served/mirror", text)
        let server = try FileServer(project, folder: "served")
        try recipe(project, server.address + "/hello-1")
        try #require(try project.belljar("build", "hello").code == 0)
        #expect(try notFetched(project) == [])
        // The version raised, the digest forgotten.
        try recipe(project, server.address + "/hello-2")
        let forgotten = try project.belljar("build", "hello", "--json")
        #expect(forgotten.code == 6, "\(forgotten)")
        #expect(
            try forgotten.json()["error"]?["remedy"]?.string?.contains(
                "sha256:\(digest) is the digest of "
                    + "\(server.address)/hello-1:") == true, "\(forgotten)")
        // An address that was made up.
        try recipe(project, server.address + "/hello-3")
        let absent = try project.belljar("build", "hello")
        #expect(absent.code == 8 && absent.complaint.contains("--offline"), "\(absent)")
        #expect(absent.complaint.contains("(they came from \(server.address)/hello-1)"), "\(absent)")
        // Another that serves the same is fetched once, and is as good as the first.
        try recipe(project, server.address + "/mirror")
        try #require(try project.belljar("build", "hello").complaint.contains("fetched mirror"))
        #expect(try notFetched(project) == [])
        try project.belljar("build", "hello", "--no-cache").expectSuccess(without: "fetched")
        try server.stop()
        try project.belljar("build", "hello", "--no-cache").expectSuccess(without: "fetched")
        try project.belljar("build", "hello").expectSuccess(without: "fetched")
    }

    @Test func withoutTheNetworkTheRecordSaysSo() throws {
        let project = try Project()
        try project.write("served/hello-1", text)
        let server = try FileServer(project, folder: "served")
        try recipe(project, server.address + "/hello-1")
        let offline = try project.belljar("build", "hello", "--offline")
        #expect(offline.code == 8 && offline.complaint.contains("--offline"), "\(offline)")
        try #require(try project.belljar("build", "hello").code == 0)
        let other = server.address + "/nowhere"
        try recipe(project, other)
        try #require(try project.belljar("build", "hello", "--offline").code == 0)
        #expect(try notFetched(project) == [other])
        #expect(try project.belljar("show", "hello").text.contains("never fetched from \(other)"))
        try server.stop()
        let rebuilt = try project.belljar("rebuild", "hello", "--json")
        #expect(rebuilt.code == 0, "\(rebuilt)")
        // The same digest, and no pair that is known.
        let again = try #require(try rebuilt.json()["rebuilt"]?.string)
        let record = try project.belljar("show", again, "--json").text
        #expect(record.contains("\"notFetched\":[\"\(other)\"]"))
        // Nobody says it of what is no source.
        try project.write("edited.json", record.replacing("/nowhere\"]", with: "/elsewhere\"]"))
        let edited = try project.belljar("show", "./edited.json")
        #expect(edited.code == 2 && edited.complaint.contains("is the address of no source"), "\(edited)")
    }

    /// The record that answers is of a build with another address, and cannot say it.
    @Test func aCachedAnswerSaysIt() throws {
        let project = try Project()
        try project.write("served/hello-1", text)
        let server = try FileServer(project, folder: "served")
        func recipe(at address: String) throws {
            try project.recipe(
                "hello", run: "cp */* $OUT/",
                more: "sources:\n  - file: \(address)\n    name: hello\n    sha256: \(digest)\n    into: d")
        }
        try recipe(at: server.address + "/hello-1")
        try project.recipe("top", run: "cp $INPUTS/hello/hello $OUT/", more: "inputs: [hello]")
        let built = try project.belljar("build", "top")
        try #require(built.code == 0, "\(built)")
        let usual = try project.belljar("build", "top", "--offline", "--json")
        #expect(usual.code == 0 && !usual.text.contains("notFetched"), "\(usual)")
        let other = server.address + "/nowhere"
        try recipe(at: other)
        // Also of an input, and where nothing is told of the way.
        let words = try project.belljar("build", "top", "--offline", "--quiet", "--events", "events.jsonl")
        #expect(words.code == 0 && words.text.contains("top 1  cached"), "\(words)")
        #expect(words.text.contains("  hello: never fetched from \(other): found by its digest\n"), "\(words)")
        let answer = try project.belljar("build", "top", "--offline", "--json").json()
        let hello = try #require(answer["recipes"]?.array?.first)
        #expect(hello["fate"]?.string == "cached" && hello["notFetched"]?.array == [.string(other)], "\(hello)")
        let cached = try #require(
            try project.read("events.jsonl").split(separator: "\n").first { $0.contains("cached") })
        try AnswerArchive.keep(Array(cached.utf8), as: "build-event")
        #expect(cached.contains("\"notFetched\":[\"\(other)\"]"), "\(cached)")
        try server.stop()
    }

    @Test func aRepositoryIsAskedForItsCommit() throws {
        let project = try Project()
        let made = try project.run(
            "/bin/sh", "-c",
            """
            set -e; git init -q one; cd one; git config user.email a@b; git config user.name a; echo x > x; git add x
            git commit -q -m x; cd ..; git init -q two; git -C one rev-parse HEAD
            """)
        let commit = made.text.split(separator: "\n").last.map(String.init) ?? ""
        try #require(commit.utf8.count == 40, "\(made)")
        func recipe(_ folder: String) throws {
            try project.recipe(
                "hello", run: "cp x $OUT/", more: "sources:\n  - git: \(project.path)/\(folder)\n    commit: \(commit)")
        }
        try recipe("one")
        let built = try project.belljar("build", "hello")
        try #require(built.code == 0, "\(built)")
        try recipe("two")
        let absent = try project.belljar("build", "hello")
        #expect(absent.code == 8 && absent.complaint.contains("no such commit"), "\(absent)")
        #expect(absent.complaint.contains("it is a commit of \(project.path)/one"), "\(absent)")
        #expect(try project.belljar("build", "hello", "--offline", "--no-cache").code == 0)
        #expect(try notFetched(project) == ["\(project.path)/two"])
    }
}

extension Answer {
    fileprivate func expectSuccess(without part: String) {
        #expect(code == 0 && !complaint.contains(part), "\(self)")
    }
}
