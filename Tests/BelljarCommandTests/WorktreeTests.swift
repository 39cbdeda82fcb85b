import BelljarModel
import Testing

/// A source that is what git tracks, from the recipe to the record.
@Suite struct WorktreeTests {
    private func git(_ project: Project, _ arguments: String...) throws {
        let answer = try project.start(
            "/usr/bin/git", ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"] + arguments
        ).finish()
        #expect(answer.code == 0, "\(arguments) \(answer.complaint)")
    }

    private func project() throws -> Project {
        let project = try Project()
        try project.write("src/a.txt", "1\n")
        try project.write("src/untracked.txt", "2\n")
        try project.recipe("hello", run: "cp * $OUT/", more: "sources: [{local: /src, tracked: true}]")
        try git(project, "init", "--quiet")
        try git(project, "add", "src/a.txt", "Recipes")
        try git(project, "commit", "--quiet", "--message", "first")
        return project
    }

    private func worktree(_ project: Project) throws -> JSONValue? {
        try project.belljar("show", "hello", "--json").json()["observed"]?["worktrees"]?.array?.first
    }

    @Test func theRecordSaysWhatItWas() throws {
        let project = try project()
        let first = try project.belljar("build", "hello")
        #expect(first.code == 0, "\(first)")
        #expect(first.complaint.contains("hello: source /src is git's working tree at "))
        #expect(first.complaint.contains(", unchanged\n"))
        let commit = try #require(try worktree(project)?["commit"]?.string)
        #expect(try worktree(project) == ["address": "/src", "changes": 0, "commit": .string(commit)])
        #expect(try project.belljar("show", "hello").text.contains("git's working tree at \(commit), unchanged"))
        // Another commit with the same files is the same build.
        try git(project, "commit", "--quiet", "--allow-empty", "--message", "second")
        let second = try project.belljar("build", "hello")
        #expect(second.text.contains("cached") && !second.complaint.contains(commit.prefix(12)), "\(second)")
        try project.write("src/a.txt", "3\n")
        let changed = try project.belljar("build", "hello")
        #expect(changed.complaint.contains("with 1 file changed\n"), "\(changed)")
        #expect(try worktree(project)?["changes"] == 1)
        #expect(try project.belljar("export", "hello", "-o", "out").code == 0)
        #expect(try project.read("out/a.txt") == "3\n" && !project.exists("out/untracked.txt"))
        // From the store alone.
        try project.remove(".git")
        try project.remove("src")
        #expect(try project.belljar("rebuild", "hello").text.contains("verdict: identical"))
    }

    @Test func withoutGitOrARepository() throws {
        let project = try project()
        try project.write("bin/none", "")
        let answer = try project.belljar("build", "hello", environment: ["PATH": project.path + "/bin"])
        #expect(answer.code == 9 && answer.complaint.contains("git is not installed"), "\(answer)")
        try project.remove(".git")
        let none = try project.belljar(
            "build", "hello", environment: ["GIT_DIR": "/nonexistent", "GIT_CONFIG_COUNT": "not a number"])
        #expect(none.code == 2 && none.complaint.contains("it is in no git repository"), "\(none)")
        #expect(none.complaint.contains("remedy: leave `tracked` out"))
    }
}
