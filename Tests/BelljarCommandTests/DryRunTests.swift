import BelljarModel
import Testing

/// `belljar build --dry-run`: it says what would be done, is right about it, and does nothing.
@Suite struct DryRunTests {
    private func project() throws -> Project {
        let project = try Project()
        try project.write("Recipes/base/src/a.txt", "1\n")
        try project.recipe("base", run: "cp a.txt $OUT/", more: "sources:\n  - local: src")
        try project.recipe("top", run: "cp $INPUTS/base/a.txt $OUT/top", more: "inputs: [base]")
        let pin = "sha256: \(Digest(of: [1]).hex)"
        try project.recipe(
            "far", run: "true", more: "sources:\n  - file: https://archive.invalid/x.txt\n    \(pin)\n    size: 1200")
        return project
    }

    private func plan(_ project: Project, _ names: String...) throws -> [String: JSONValue] {
        let answer = try project.start(Project.programs + "/belljar", ["build", "--dry-run", "--json"] + names).finish()
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        let entries = try answer.json()["recipes"]?.array ?? []
        return Dictionary(entries.map { ($0["name"]?.string ?? "", $0) }) { first, _ in first }
    }

    /// Everything in the project's folder, with times, contents and all, but for what processes of before left for the next one
    /// to remove.
    private func snapshot(_ project: Project) throws -> String {
        try project.run(
            "/usr/bin/find", project.path, "-path", "*/store/tmp", "-prune", "-o", "-printf", "%p %y %m %s %T@ %C@\n"
        ).text
            .split(separator: "\n").sorted().joined(separator: "\n")
    }

    @Test func itIsRightAndDoesNothing() throws {
        let project = try project()
        let before = try plan(project)
        #expect(before.mapValues { $0["fate"]?.string } == ["base": "build", "top": "depends", "far": "build"])
        #expect(before["top"]?["awaited"]?.array == [.string("base")])
        let fetches = before["far"]?["fetches"]?.array
        #expect(fetches?.count == 1 && fetches?.first?["address"]?.string == "https://archive.invalid/x.txt")
        #expect(fetches?.first?["size"]?.integer == 1200)
        #expect(try project.belljar("records").text.isEmpty)

        let built = try project.belljar("build", "top", "base", "--json")
        #expect(built.code == 0, "\(built.complaint)")
        let records = try built.json()["builds"]?.array ?? []
        let shot = try snapshot(project)
        let after = try plan(project, "base", "top")
        #expect(after["top"]?["record"] == records[0]["record"] && after["base"]?["record"] == records[1]["record"])
        #expect(after.values.allSatisfy { $0["fate"]?.string == "cached" && $0["makesImage"]?.bool == false })
        let words = try project.belljar("build", "-n", "base", "far")
        #expect(words.text.contains("base 1  cached  record sha256:"), "\(words.text)")
        #expect(words.text.contains("far 1  would be built\n  fetch https://archive.invalid/x.txt (1.2 kB)\n"))
        let last = try snapshot(project)
        #expect(last == shot, "\(Set(last.split(separator: "\n")).symmetricDifference(shot.split(separator: "\n")))")

        // A change is seen, and what may come of it is left open.
        try project.write("Recipes/base/src/a.txt", "2\n")
        let changed = try plan(project, "top")
        #expect(changed.mapValues { $0["fate"]?.string } == ["base": "build", "top": "depends"])
        // Touched, and the same.
        try project.write("Recipes/base/src/a.txt", "1\n")
        #expect(try plan(project, "top").values.allSatisfy { $0["fate"]?.string == "cached" })
        let anew = try project.belljar("build", "-n", "--no-cache", "top")
        #expect(anew.text == "base 1  would be built\ntop 1  would be built\n", "\(anew.text)")
    }

    @Test func whereThereIsNoStoreNoneIsMade() throws {
        let project = try Project()
        try project.remove("store")
        try project.recipe(
            "a", run: "true",
            more: "sources: [{git: \"https://example.invalid/a\", commit: \(String(repeating: "a", count: 40))}]")
        let answer = try project.belljar("build", "--dry-run")
        #expect(answer.code == 0, "\(answer.complaint)")
        #expect(
            answer.text.contains("a 1  would be built\n  make the image of toolchain tiny: fetch 1 file\n  fetch aaaa"),
            "\(answer.text)")
        try project.recipe("b", run: "true", more: "sources: [{local: nothing}]")
        #expect(try project.belljar("build", "-n", "b").code == 2)
        try project.remove("Toolchains/tiny/toolchain.lock.yaml")
        #expect(try project.belljar("build", "-n", "a").complaint.contains("toolchain lock tiny"))
        #expect(!project.exists("store"))
    }

    /// With a build beside each dry run: they end alike.
    @Test func withoutTheNetworkItEndsAsTheBuild() throws {
        let project = try project()
        func both(_ words: String...) throws -> (dry: Answer, real: Answer) {
            let program = Project.programs + "/belljar"
            let dry = try project.start(program, ["build", "-n", "--json"] + words).finish()
            return (dry, try project.start(program, ["build", "--json"] + words).finish())
        }
        #expect(try project.belljar("build", "-n", "far").code == 0)
        let commit = String(repeating: "a", count: 40)
        try project.recipe("git", run: "true", more: "sources: [{git: \"https://a.invalid/a\", commit: \(commit)}]")
        for name in ["far", "git"] {
            let (dry, real) = try both(name, "--offline")
            #expect(dry.code == 8 && real.code == 8, "\(dry) \(real)")
            #expect(try dry.json()["error"]?["answer"] == real.json()["error"]?["answer"], "\(dry.text) \(real.text)")
        }
        // Of an image, what it is made of has to be there.
        let other = project.path + "/other"
        try project.makeStore(other)
        let seen = try project.belljar("build", "-n", "base", "--json", "--store", other)
        let entry = try #require(try seen.json()["recipes"]?.array?.first)
        #expect(entry["makesImage"]?.bool == true, "\(seen)")
        let fetches = entry["imageFetches"]?.array
        #expect(
            fetches?.first?["address"]?.string == "https://archive.invalid/tiny.tar" && fetches?.count == 1, "\(seen)")
        let (dry, real) = try both("base", "--offline", "--store", other)
        #expect(dry.code == 8 && real.code == 8, "\(dry) \(real)")
    }

    /// What keeps a build from beginning is no reason to say that it would run.
    @Test func whatHasNoEpochIsSaid() throws {
        let project = try Project()
        let made = try project.run(
            "/bin/sh", "-c", "mkdir served; echo x >x; tar -c --mtime=@0 -f served/old.tar x; sha256sum served/old.tar")
        let server = try FileServer(project, folder: "served")
        let sources = "sources: [{archive: \(server.address)/old.tar, sha256: \(made.text.prefix(64)), strip: 0}]"
        try project.recipe("a", run: "cp x $OUT/", more: sources)
        try #require(try project.belljar("build", "a").code == 0)
        try project.edit("Recipes/a/recipe.yaml", "epoch: 1700000000", "epoch: auto")
        let real = try project.belljar("build", "a")
        let dry = try project.belljar("build", "-n", "a")
        #expect(real.code == 2 && real.complaint.contains("none has one since 1970"), "\(real)")
        #expect(dry.code == 2 && dry.complaint.contains("none has one since 1970"), "\(dry)")
        try server.stop()
    }

    @Test func whatIsWrongIsSaid() throws {
        let project = try Project()
        try project.recipe("a", run: "true", more: "sources: [{local: nothing}]")
        #expect(try project.belljar("build", "-n", "a").code == 2)
        #expect(try project.belljar("build", "-n", "none").code == 2)
    }
}
