import BelljarModel
import Testing

/// `epoch: auto`: a number that pinned sources decide.
@Suite struct EpochTests {
    private func epoch(_ project: Project, _ name: String) throws -> Int64? {
        let answer = try project.belljar("build", name)
        guard answer.code == 0 else { throw Said.Unsaid(description: answer.complaint) }
        let recipe = try project.belljar("show", name, "--json").json()["definition"]
        let said = try project.belljar("log", name).text
        let number = recipe?["epoch"]?.integer
        #expect(said == "\(number ?? 0)\n")
        return number
    }

    private func auto(_ project: Project, _ name: String, _ sources: String) throws {
        try project.recipe(name, run: "echo $SOURCE_DATE_EPOCH; echo x > $OUT/x", more: "sources: \(sources)")
        try project.edit("Recipes/\(name)/recipe.yaml", "1700000000", "auto")
    }

    @Test func theNewestFileOfAnArchive() throws {
        let project = try Project()
        try project.type(
            "mkdir -p served/d && echo a > served/d/a && echo b > served/d/b && touch -d @1500000000 served/d/a && "
                + "touch -d @1600000000 served/d/b && touch -d @1650000000 served/d && tar -C served -cf served/x.tar d"
        )
        let digest = try project.type("sha256sum served/x.tar").prefix(64)
        let server = try FileServer(project, folder: "served")
        try auto(project, "a", "[{archive: \"\(server.address)/x.tar\", sha256: \"\(digest)\"}]")
        // Not the folder's, which is newer.
        #expect(try epoch(project, "a") == 1_600_000_000)
        try server.stop()
        // Remembered: the same without the server, and from the record alone.
        let again = try project.belljar("build", "a")
        #expect(again.code == 0 && again.text.contains("cached"), "\(again.complaint)")
        #expect(try project.belljar("rebuild", "a").code == 0)
        // The number itself is the same build.
        try project.edit("Recipes/a/recipe.yaml", "epoch: auto", "epoch: 1600000000")
        #expect(try project.belljar("build", "a").text.contains("cached"))
    }

    @Test func theCommit() throws {
        let project = try Project()
        try project.type(
            "git init -q library && cd library && echo a > a && git add a && GIT_COMMITTER_DATE='@1234567890 +0000' "
                + "git -c user.name=a -c user.email=a@example.org commit -q -m a --date '@1111111111 +0000'")
        let commit = try project.type("git -C library rev-parse HEAD")
        // As a store of before knows it, without its time.
        try project.recipe("a", run: "echo x > $OUT/x", more: "sources: [{git: ../../library, commit: \"\(commit)\"}]")
        #expect(try project.belljar("build", "a").code == 0)
        try auto(project, "b", "[{git: ../../library, commit: \"\(commit)\"}]")
        #expect(try epoch(project, "b") == 1_234_567_890)
    }

    @Test func whatIsNotPinnedHasNone() throws {
        let project = try Project()
        try project.write("src/a", "a")
        for (name, source) in [("none", "[]"), ("local", "[{local: /src}]")] {
            try auto(project, name, source)
            let answer = try project.belljar("build", name)
            #expect(answer.code == 2 && answer.complaint.contains("`date +%s`"), "\(answer.complaint)")
            #expect(
                answer.complaint.contains("Recipes/\(name)/recipe.yaml:4:8: epoch auto needs"), "\(answer.complaint)")
        }
        // One that has no time either.
        try project.type("mkdir served && cd served && echo a > a && touch -d @0 a && tar -cf x.tar a")
        let digest = try project.type("sha256sum served/x.tar").prefix(64)
        let server = try FileServer(project, folder: "served")
        try auto(project, "old", "[{archive: \"\(server.address)/x.tar\", sha256: \"\(digest)\", strip: 0}]")
        let answer = try project.belljar("build", "old")
        #expect(answer.code == 2 && answer.complaint.contains("none has one since 1970"), "\(answer.complaint)")
        try server.stop()
    }
}
