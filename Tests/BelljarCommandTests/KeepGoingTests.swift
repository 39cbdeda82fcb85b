import BelljarModel
import Testing

/// Builds of several recipes of which some fail: what goes on, what is reported, and with what the command ends.
@Suite struct KeepGoingTests {
    /// `base` <- `left` (fails), `right`; `top` needs both; `slow` is ended by its limit; `apart` needs nothing.
    private func project() throws -> Project {
        let project = try Project()
        try project.recipe("base", run: "echo base > $OUT/base")
        try project.recipe("left", run: "echo left of it; exit 7", more: "inputs: [base]")
        try project.recipe("right", run: "echo right > $OUT/right", more: "inputs: [base]")
        try project.recipe("top", run: "echo top > $OUT/top", more: "inputs: [left, right]")
        try project.recipe("ziplog", run: "echo > $OUT/z; exec sleep 100", more: "limits:\n  timeout: 1s")
        try project.recipe("zone", run: "echo zone > $OUT/zone")
        return project
    }

    @Test(arguments: ["1", "3"]) func whatDoesNotDependOnAFailureIsBuilt(jobs: String) throws {
        let project = try project()
        let answer = try project.belljar("build", "--keep-going", "-j", jobs, "-o", "out")
        // The first of the recipes that failed: left, and not ziplog (7).
        #expect(answer.code == 1, "\(answer.complaint)")
        for name in ["base", "right", "zone"] {
            #expect(answer.text.contains("\(name) 1  built  record sha256:"), "\(answer.text)")
            #expect(try project.read("out/\(name)/\(name)") == "\(name)\n")
        }
        for name in ["left", "top", "ziplog"] {
            #expect(!answer.text.contains(name) && !project.exists("out/\(name)"))
        }
        // Each failure as if it were the only one.
        #expect(
            answer.complaint.contains("error: cannot build left 1 (stage step build): exit status 7\n  left of it\n"))
        #expect(answer.complaint.contains("error: cannot build ziplog 1 (stage step build): limit timeout of 1s"))
        #expect(answer.complaint.contains("summary: 3 built, 2 failed, 1 not tried\n"), "\(answer.complaint)")
        #expect(answer.complaint.contains("  left 1: failed, step build: exit status 7; belljar log "))
        #expect(answer.complaint.contains("  top 1: not tried, because left failed\n"))
        #expect(
            answer.complaint.contains("[6/6]") == false && answer.complaint.contains("[5/6] "), "\(answer.complaint)")
        // When it is mended, only what is new is built.
        try project.recipe("left", run: "echo left > $OUT/left", more: "inputs: [base]")
        let again = try project.belljar("build", "-k", "top", "zone")
        #expect(again.code == 0, "\(again.complaint)")
        #expect(again.complaint.contains("summary: 2 built, 3 cached\n"), "\(again.complaint)")
    }

    @Test func whatCannotBeReadKeepsNothingElse() throws {
        let project = try project()
        try project.recipe("odd", run: "true", more: "colour: red")
        try project.recipe("needs", run: "true", more: "inputs: [odd]")
        let words = ["build", "-k", "base", "left", "odd", "needs", "zone"]
        let program = Project.programs + "/belljar"
        let answer = try project.start(program, words + ["--json", "--events", "events.jsonl"]).finish()
        #expect(answer.code == 2, "\(answer)")
        let json = try answer.json()
        #expect(json["recipes"]?.array?.map { $0["fate"]?.string } == ["built", "failed", "built"], "\(answer)")
        #expect(json["refused"]?.array?.map { $0["name"]?.string } == ["odd", "needs"], "\(answer)")
        #expect(json["error"]?["exitCode"]?.integer == 2, "\(answer)")
        let events = try project.read("events.jsonl").split(separator: "\n").map(String.init)
        for line in events { try AnswerArchive.keep(Array(line.utf8), as: "build-event") }
        let refused = events.filter {
            $0.contains("\"failed\"") && $0.contains("unknown key") && !$0.contains("finished")
        }
        #expect(refused.count == 2, "\(events)")
        let told = try project.start(program, words).finish()
        #expect(told.complaint.contains("summary: 2 cached, 1 failed, 2 cannot be read\n"), "\(told.complaint)")
        #expect(told.complaint.split(separator: "\n").count { $0.hasPrefix("error: cannot read recipe") } == 1)
        // Without it, nothing is built.
        let none = try project.belljar("build", "--no-cache", "zone", "odd")
        #expect(none.code == 2 && !none.text.contains("zone"), "\(none)")
    }

    @Test func withoutItTheFirstFailureEndsTheBuild() throws {
        let project = try project()
        let answer = try project.belljar("build", "-j", "1", "-o", "out")
        #expect(answer.code == 1)
        #expect(answer.complaint.contains("summary: 1 built, 1 failed, 4 not tried\n"), "\(answer.complaint)")
        #expect(answer.complaint.contains("  zone 1: not tried; --keep-going goes on after a failure\n"))
        #expect(answer.text.contains("base 1  built") && !project.exists("out"))
        // Nothing but the error, as asked.
        let quiet = try project.belljar("build", "-j", "1", "--quiet", "left")
        #expect(quiet.complaint.hasPrefix("error: cannot build left") && !quiet.complaint.contains("summary"))
    }

    @Test func theAnswerHoldsWhatFailedAndWhatSucceeded() throws {
        let project = try project()
        let answer = try project.belljar("build", "--keep-going", "--json", "left", "top", "right", "ziplog")
        #expect(answer.code == 1)
        let json = try answer.json()
        #expect(json["builds"]?.array?.map { $0["name"]?.string } == ["left", "right", "ziplog"])
        #expect(json["builds"]?.array?.map { $0["status"]?.string } == ["build_failed", "ok", "timeout"])
        #expect(json["error"]?["subject"]?.string == "left 1" && json["error"]?["exitCode"]?.integer == 1)
        let recipes = json["recipes"]?.array ?? []
        #expect(recipes.map { $0["name"]?.string } == ["base", "left", "right", "top", "ziplog"])
        #expect(recipes.map { $0["fate"]?.string } == ["built", "failed", "built", "untried", "failed"])
        #expect(recipes[3]["failedInputs"]?.array == [.string("left")])
        #expect(recipes.map { $0["error"]?["code"]?.string } == [nil, "build_failed", nil, nil, "resource_exceeded"])
        // The record of the failed build can be had by what the answer says.
        let record = try #require(recipes[1]["record"]?.string)
        #expect(json["builds"]?.array?.first?["record"]?.string == record)
        #expect(try project.belljar("log", record).text == "left of it\n")
    }

    /// What keeps one recipe from being built, before any step of it, leaves the others alone as well.
    @Test func aRecipeThatCannotBeginIsOneFailure() throws {
        let project = try project()
        try project.recipe("absent", run: "true", more: "sources: [{local: nothing}]")
        let answer = try project.belljar("build", "-k", "--json", "absent", "zone")
        #expect(answer.code == 2, "\(answer.text)")
        let recipes = try answer.json()["recipes"]?.array ?? []
        #expect(recipes.map { $0["fate"]?.string } == ["failed", "built"])
        #expect(recipes.first?["record"] == nil && recipes.first?["error"]?["code"]?.string == "usage")
        #expect(try answer.json()["builds"]?.array?.map { $0["name"]?.string } == ["zone"])
    }

    @Test func ctrlCEndsAllOfIt() throws {
        let project = try Project()
        for name in ["a", "b", "c"] { try project.recipe(name, run: "echo begun; exec sleep 100") }
        let running = try project.starting("build", "-k", "-j", "2", "--log", "plain")
        #expect(try running.waits(for: "> begun"))
        running.signal(2)
        let answer = try running.finish()
        #expect(answer.code == 130, "\(answer.complaint)")
        #expect(answer.complaint.contains("ended by SIGINT"), "\(answer.complaint)")
        #expect(!answer.complaint.contains("c: step"))
    }
}
