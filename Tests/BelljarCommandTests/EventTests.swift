import BelljarKernel
import BelljarModel
import Testing

/// `belljar build --events` and `--log plain`: what whoever follows a build from outside gets.
@Suite struct EventTests {
    private func events(_ project: Project, _ file: String = "events.jsonl") throws -> [JSONValue] {
        try project.read(file).split(separator: "\n").map { line in
            let bytes = Array(line.utf8)
            let event = try CanonicalJSON.decode(bytes)
            try AnswerArchive.keep(bytes, as: "build-event")
            return event
        }
    }

    private func project() throws -> Project {
        let project = try Project()
        try project.recipe("base", run: "echo one; printf 'two\\n\\377\\n'; printf half; echo base > $OUT/base")
        try project.recipe(
            "bad", steps: [("begin", "echo begun"), ("end", "printf '\\033[31mred\\n'; exit 3")], more: "inputs: [base]"
        )
        try project.recipe("top", run: "echo top > $OUT/top", more: "inputs: [bad]")
        return project
    }

    @Test func everyEventIsALine() throws {
        let project = try project()
        let answer = try project.belljar("build", "-k", "-j", "1", "--json", "--events", "events.jsonl")
        #expect(answer.code == 1, "\(answer.complaint)")
        let events = try events(project)
        #expect(
            events.map { $0["event"]?.string } == [
                "started", "step", "log", "log", "built", "started", "step", "log", "step", "log", "failed", "untried",
                "finished",
            ]
                || events.map { $0["event"]?.string }.filter { $0 != "log" } == [
                    "started", "step", "built", "started", "step", "step", "failed", "untried", "finished",
                ], "\(events)")
        let text = events.filter { $0["name"]?.string == "base" }.compactMap { $0["text"]?.string }.joined()
        #expect(text == "one\ntwo\n\u{FFFD}\nhalf\n")
        let built = try #require(events.first { $0["event"]?.string == "built" })
        #expect(built["done"]?.integer == 1 && built["total"]?.integer == 3)
        let failed = try #require(events.first { $0["event"]?.string == "failed" })
        #expect(failed["status"]?.string == "build_failed" && failed["error"]?["stage"]?.string == "step end")
        // The digests are those of the answer and of the store.
        let recipes = try answer.json()["recipes"]?.array ?? []
        #expect(recipes.map { $0["record"] } == [built["record"], failed["record"], nil] && built["record"] != nil)
        let shown = try project.belljar("show", try #require(built["record"]?.string), "--json").json()
        #expect(shown["definition"] != nil)
        let untried = try #require(events.first { $0["event"]?.string == "untried" })
        #expect(untried["failedInputs"]?.array == [.string("bad")])
        let last = try #require(events.last)
        #expect(last["exitCode"]?.integer == 1 && last["error"]?["subject"]?.string == "bad 1")
        #expect(["built", "cached", "failed", "untried"].map { last[$0]?.integer } == [1, 0, 1, 1])
        let times = events.compactMap { $0["time"]?.integer }
        #expect(times == times.sorted() && times.count == events.count)

        #expect(try project.belljar("build", "base", "--events", "events.jsonl").code == 0)
        let again = try self.events(project)
        #expect(again.map { $0["event"]?.string } == ["started", "cached", "finished"])
        #expect(again[1]["record"] == built["record"] && again[2]["exitCode"]?.integer == 0)
    }

    @Test func whatKeepsABuildFromBeginningIsToldAtTheEnd() throws {
        let project = try project()
        #expect(try project.belljar("build", "nothing", "--events", "events.jsonl").code == 2)
        let events = try events(project)
        #expect(events.map { $0["event"]?.string } == ["finished"])
        #expect(events[0]["exitCode"]?.integer == 2 && events[0]["error"]?["code"]?.string == "usage")
    }

    @Test func placesThatAreNone() throws {
        let project = try project()
        for place in ["missing/events.jsonl", ".", "-"] {
            let answer = try project.belljar("build", "base", "--events", place)
            #expect(answer.code == 2 && answer.complaint.contains("remedy: "), "\(answer.complaint)")
        }
        for words in [["--dry-run", "--events", "events.jsonl"], ["--quiet", "--log", "plain"]] {
            let answer = try project.start(Project.programs + "/belljar", ["build"] + words).finish()
            #expect(answer.code == 2, "\(words)")
        }
        #expect(try project.belljar("records").text.isEmpty && !project.exists("events.jsonl"))
    }

    /// A file that is no list of events was not meant.
    @Test func noFileOfItsUsersIsOverwritten() throws {
        let project = try project()
        let recipe = try project.read("Recipes/base/recipe.yaml")
        try project.write("answer.json", "{\"event\":\"party\",\"time\":1}\n")
        for file in ["Recipes/base/recipe.yaml", "answer.json"] {
            let answer = try project.belljar("build", "base", "--events", file)
            #expect(answer.code == 2 && answer.complaint.contains("it is no list of events"), "\(answer)")
        }
        #expect(try project.read("Recipes/base/recipe.yaml") == recipe)
        try project.write("events.jsonl", "")
        for _ in 1...2 { #expect(try project.belljar("build", "base", "--events", "events.jsonl").code == 0) }
        #expect(try events(project).first?["event"]?.string == "started")
    }

    /// The build is as good as any other, and its record is kept; only who follows it has lost something, and is told.
    @Test func aFullDiskLosesNothingOfTheBuild() throws {
        let project = try project()
        let answer = try project.belljar("build", "base", "--json", "--events", "/dev/full")
        #expect(answer.code == 9, "\(answer.complaint)")
        #expect(answer.complaint.contains("error: cannot write events to /dev/full"), "\(answer.complaint)")
        #expect(answer.complaint.contains("No space left on device"))
        let record = try #require(try answer.json()["builds"]?.array?.first?["record"]?.string)
        #expect(try project.belljar("log", record).text.hasPrefix("one\n"))
        // A failure of the build goes first.
        #expect(try project.belljar("build", "bad", "--events", "/dev/full").code == 1)
    }

    @Test func aReaderThatGoesAwayIsNoReasonToEnd() throws {
        let project = try project()
        let script = "\"$0\" build base --quiet --events /dev/fd/3 3>&1 >/dev/null | head -n 1"
        let answer = try project.run("/bin/sh", "-c", script, Project.programs + "/belljar")
        #expect(answer.text.hasPrefix("{\"done\":0,\"event\":\"started\""), "\(answer.text)")
        #expect(try project.belljar("log", "base").text.hasPrefix("one\n"))
    }

    // MARK: The log as it comes

    @Test func everyLineHasItsRecipe() throws {
        let project = try project()
        let answer = try project.belljar("build", "-k", "-j", "1", "--log", "plain")
        let lines = answer.complaint.split(separator: "\n").map(String.init)
        let head = [
            "[0/3] base: step build (1 of 1)", "base> one", "base> two", "base> \u{FFFD}", "base> half",
        ]
        #expect(lines.prefix(head.count).elementsEqual(head), "\(answer.complaint)")
        #expect(lines[head.count].hasPrefix("[1/3] base: built in "))
        // What moves the cursor is shown as what it is.
        #expect(lines.contains("bad> ^[[31mred") && !answer.complaint.utf8.contains(0x1b))
        // Without it, only what happens.
        let short = try project.belljar("build", "bad")
        #expect(!short.complaint.contains("bad> ") && short.complaint.contains("bad: step begin (1 of 2)"))
        let none = try project.belljar("build", "base", "--log", "quiet")
        #expect(none.complaint.isEmpty && none.text.contains("cached"))
    }

    @Test func severalAtOnceKeepTheirLinesApart() throws {
        let project = try Project()
        for name in ["a", "b"] {
            try project.recipe(
                name,
                run: "for i in $(seq 1 200); do printf '\(name)\(name)'; printf \"\(name) $i\\n\"; done; true > $OUT/x")
        }
        let answer = try project.belljar("build", "-j", "2", "--log", "plain")
        #expect(answer.code == 0)
        for name in ["a", "b"] {
            let lines = answer.complaint.split(separator: "\n").filter { $0.hasPrefix("\(name)> ") }
            #expect(lines.map(String.init) == (1...200).map { "\(name)> \(name)\(name)\(name) \($0)" })
        }
    }
}
