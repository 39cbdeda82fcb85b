import BelljarKernel
import BelljarModel
import Testing

/// A build whose inputs somebody changes in the store, behind the sandbox's back.
@Suite struct RecheckTests {
    private static let text = "right\n"
    private static let wrong = "wrong\n"

    private func project(more: String = "") throws -> Project {
        let project = try Project()
        try project.write("Recipes/slow/src/a.txt", Self.text)
        try project.recipe(
            "slow", run: "sleep 3; cp a.txt $OUT/", more: "sources:\n  - local: src\n\(more)", outputs: "[a.txt]")
        return project
    }

    /// The same with an input, which a build reads where it lies. (Sources are copied before it begins.)
    private func inputProject(making: String, reading: String, outputs: String) throws -> Project {
        let project = try Project()
        try project.recipe("library", run: making)
        #expect(try project.belljar("build", "library").code == 0)
        try project.recipe("slow", run: "sleep 3; \(reading)", more: "inputs: [library]", outputs: outputs)
        return project
    }

    /// Writes to the file as its owner, of equal length, and puts its time back.
    private func tamper(_ project: Project, _ text: String) throws {
        let digest = Digest(of: Array(Self.text.utf8)).hex
        let blob = try Descriptor.workingDirectory.open(
            "\(project.store)/blobs/\(digest.prefix(2))/\(digest)", .readWrite)
        try blob.writeAll(Array(text.utf8))
        try blob.setTimes(FileTime(seconds: 315_619_200))
    }

    /// Builds, and changes the source while the build sleeps.
    private func attack(_ project: Project, _ options: [String]) throws -> Answer {
        let running = try project.start(
            Project.programs + "/belljar", ["build", "slow", "--json", "-o", "result"] + options)
        #expect(try running.waits(for: "step build"))
        pause(milliseconds: 500)
        try tamper(project, Self.wrong)
        return try running.finish()
    }

    /// Positive control: without looking again, what was never an input ends up in a build and in the cache.
    @Test func withoutLookingAgainItPasses() throws {
        let project = try inputProject(
            making: "echo right > $OUT/a.txt", reading: "cp $INPUTS/library/a.txt $OUT/", outputs: "[a.txt]")
        let answer = try attack(project, ["--recheck", "none"])
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        #expect(try project.read("result/slow/a.txt") == Self.wrong)
        let again = try project.belljar("build", "slow", "--recheck", "none", "--json").json()
        #expect(again["builds"]?.array?.first?["cached"]?.bool == true)
        let record = try project.belljar("show", "slow", "--json").json()
        #expect(record["observed"]?["recheck"] == nil)
    }

    @Test(arguments: [("", []), ("recheck: none", ["--recheck=full"]), ("recheck: full", [])])
    func itIsAViolationThatLeavesNothing(more: String, options: [String]) throws {
        let project = try project(more: more)
        let answer = try attack(project, options)
        #expect(answer.code == 5, "\(answer.text) \(answer.complaint)")
        let error = try #require(try answer.json()["error"])
        #expect(error["stage"]?.string == "recheck")
        #expect(error["answer"]?.string?.hasPrefix("violation: the input /build/a.txt was changed") == true, "\(error)")
        #expect(try project.belljar("records", "--json").json()["records"]?.array?.isEmpty == true)
        // What was put right again builds, for real.
        try tamper(project, Self.text)
        let built = try project.belljar("build", "slow", "--json", "-o", "result").json()
        #expect(built["builds"]?.array?.first?["cached"]?.bool == false)
        #expect(try project.read("result/slow/a.txt") == Self.text)
    }

    /// The mode of a directory of an input is what a build can see of it.
    private func attackDirectory(_ options: [String]) throws -> (Project, Answer) {
        let project = try inputProject(
            making: "mkdir $OUT/sub; echo right > $OUT/sub/a.txt",
            reading: "stat -c %a $INPUTS/library/sub > $OUT/mode",
            outputs: "[mode]")
        let running = try project.start(
            Project.programs + "/belljar", ["build", "slow", "--json", "-o", "result"] + options)
        #expect(try running.waits(for: "step build"))
        pause(milliseconds: 500)
        let changed = try project.run(
            "/bin/sh", "-c", "chmod 711 store/trees/*/sub && touch -d @315619200 store/trees/*/sub")
        #expect(changed.code == 0, "\(changed.complaint)")
        return (project, try running.finish())
    }

    @Test func theModeOfADirectoryIsLookedAt() throws {
        let (unguarded, passed) = try attackDirectory(["--recheck", "none"])
        #expect(passed.code == 0, "\(passed.text) \(passed.complaint)")
        #expect(try unguarded.read("result/slow/mode") == "711\n")
        for recheck in ["changed", "full"] {
            let (project, answer) = try attackDirectory(["--recheck", recheck])
            #expect(answer.code == 5, "\(recheck): \(answer.text) \(answer.complaint)")
            #expect(try answer.json()["error"]?["answer"]?.string?.contains("/inputs/library/sub was changed") == true)
            #expect(!project.exists("result/slow/mode"))
            #expect(try project.belljar("store", "fsck").code == 6)
            #expect(try project.belljar("store", "fsck", "--repair").code == 0)
        }
    }

    /// A change of the image from before the build has a time of change from before the build. The end of busybox is no part
    /// of what runs.
    @Test func whatTheFastWayMisses() throws {
        let project = try project()
        #expect(try project.belljar("build", "slow").code == 0)
        let busybox = try Descriptor.workingDirectory.open("/bin/busybox", .followingLinks).readAll(limit: 64 << 20)
        try project.flip(Digest(of: busybox), at: busybox.count - 1)
        let fast = try project.belljar("build", "slow", "--no-cache", "--json")
        #expect(fast.code == 0, "\(fast.text) \(fast.complaint)")
        let full = try project.belljar("build", "slow", "--no-cache", "--recheck=full", "--json")
        #expect(full.code == 5, "\(full.text) \(full.complaint)")
        #expect(try full.json()["error"]?["answer"]?.string?.contains("/bin/busybox") == true)
    }

    /// Sources, patches and inputs are hashed before anything runs, so a change from before is found there.
    @Test func whatWasChangedBeforeIsNotUsed() throws {
        let project = try project()
        #expect(try project.belljar("build", "slow").code == 0)
        try tamper(project, Self.wrong)
        let answer = try project.belljar("build", "slow", "--no-cache", "--json", "-o", "result")
        #expect(answer.code == 6, "\(answer.text) \(answer.complaint)")
        #expect(try answer.json()["error"]?["stage"]?.string == "verify")
        #expect(try answer.json()["error"]?["answer"]?.string?.contains("/build/a.txt") == true)
        #expect(!project.exists("result/slow"))
        #expect(try project.belljar("records", "--json").json()["records"]?.array?.count == 1)
    }

    /// Who wants more is not answered with less.
    @Test func theCacheKnowsHowWellWasLooked() throws {
        let project = try Project()
        try project.recipe("quick", run: "echo x > $OUT/x")
        func build(_ recheck: String) throws -> (isCached: Bool?, facts: JSONValue?) {
            let answer = try project.belljar("build", "quick", "--json", "--recheck", recheck)
            #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
            let build = try answer.json()["builds"]?.array?.first
            let record = try project.belljar("show", build?["record"]?.string ?? "", "--json").json()
            return (build?["cached"]?.bool, record["observed"]?["recheck"])
        }
        #expect(try build("none") == (false, nil))
        #expect(try build("none").isCached == true)
        let changed = try build("changed")
        #expect(changed.isCached == false)
        #expect(changed.facts?["kind"]?.string == "changed")
        #expect(changed.facts?["entries"]?.integer ?? 0 > 100)
        let full = try build("full")
        #expect(full.isCached == false)
        #expect(full.facts?["kind"]?.string == "full")
        #expect(full.facts?["hashed"]?.integer ?? 0 > 0)
        #expect(try build("changed") == (true, full.facts))
        #expect(try project.belljar("show", "quick").text.contains("inputs checked again ("))
        #expect(try project.belljar("build", "quick", "--recheck", "some").code == 2)
    }
}
