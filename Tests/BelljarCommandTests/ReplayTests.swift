import BelljarKernel
import BelljarModel
import Testing

/// `belljar replay`, `stats`, and builds that have to come out alike to count: `build --check` and `policy`.
@Suite struct ReplayTests {
    private func verdicts(_ answer: Answer) throws -> [String: [String]] {
        let records = try answer.json()["records"]?.array ?? []
        return Dictionary(grouping: records) { $0["rebuild"]?["verdict"]?.string ?? "" }
            .mapValues { $0.compactMap { $0["name"]?.string }.sorted() }
    }

    @Test func ofFiftyRecordsThreeAreNamed() throws {
        let project = try Project()
        let odd: Set<Int> = [7, 23, 48]
        for index in 0..<50 {
            let controls = odd.contains(index) ? "controls: {random: real}" : ""
            try project.recipe(
                "r\(index)", run: "od -An -N8 -tx1 /dev/urandom > $OUT/seen; echo \(index) > $OUT/same", more: controls)
        }
        #expect(try project.starting("build", "-q").finish(seconds: 600).code == 0)
        let answer = try project.starting("replay", "--json", "-q").finish(seconds: 600)
        #expect(answer.code == 3)
        let verdicts = try verdicts(answer)
        #expect(verdicts["different"] == odd.map { "r\($0)" }.sorted(), "\(answer)")
        #expect(verdicts["identical"]?.count == 47)
        for record in try #require(answer.json()["records"]?.array) where record["failsSince"] != nil {
            #expect(record["rebuild"]?["differences"]?.array?.compactMap { $0["path"]?.string } == ["seen"])
            #expect(record["leftToHost"]?.array?.compactMap(\.string) == ["random"])
        }
        // The same to people, and only some of them.
        let sample = try project.belljar("replay", "-q", "--sample", "4")
        #expect(sample.text.split(separator: "\n").count { $0.contains(", built 20") } == 4, "\(sample)")
        let one = try project.belljar("replay", "-q", "r7")
        #expect(one.text.contains("does not reproduce: r7 1, record "), "\(one)")
        #expect(one.text.hasSuffix("summary: 0 identical, 1 different, 0 failed, 0 inconclusive\n"))
        // What they showed is counted.
        let all = try project.belljar("stats", "--json").json()["all"]
        #expect(all?["builds"]?.integer == 50 && all?["rebuilt"]?.integer == 50, "\(String(describing: all))")
        #expect(all?["different"]?.integer == 3 && all?["identical"]?.integer == 47)
        #expect(try project.belljar("stats", "--budget", "3").code == 0)
        #expect(try project.belljar("stats", "--budget", "2").code == 3)
        #expect(try project.belljar("stats", "--budget", "6%").code == 0)
        #expect(try project.belljar("stats", "--budget", "5%", "--json").code == 3)
    }

    /// One that is alike by luck: since when it is not, and when it was last, is told.
    @Test func sinceWhenIsTold() throws {
        let project = try Project()
        try project.recipe(
            "coin", run: "test $(od -An -N1 -tu1 /dev/urandom) -lt 128 && echo 1 > $OUT/seen || echo 2 > $OUT/seen",
            more: "controls: {random: real}")
        #expect(try project.belljar("build", "-q").code == 0)
        #expect(try comes(to: 0) { try project.belljar("rebuild", "-q", "coin").code })
        #expect(try comes(to: 3) { try project.belljar("rebuild", "-q", "coin").code })
        var answer = try project.belljar("replay", "-q", "--json")
        for _ in 0..<64 where answer.code != 3 { answer = try project.belljar("replay", "-q", "--json") }
        let record = try #require(answer.json()["records"]?.array?.first)
        let (alike, since) = (record["lastAlike"]?.integer, record["failsSince"]?.integer)
        #expect(try #require(alike) <= #require(since), "\(answer)")
        #expect(record["changes"]?.array?.isEmpty == true)
        // Nothing that differed once counts as reproducible, however often it is alike.
        #expect(try comes(to: 0) { try project.belljar("replay", "-q").code })
        let stats = try project.belljar("stats")
        #expect(stats.text.contains(" 1 build, 0 of 1 rebuilt alike, 1 different ("), "\(stats)")
    }

    private func comes(to code: Int32, _ body: () throws -> Int32) throws -> Bool {
        for _ in 0..<64 where try body() == code { return true }
        return false
    }

    @Test func whatCannotBeReplayed() throws {
        let project = try Project()
        try project.recipe("hello", run: "echo > $OUT/a")
        #expect(try project.belljar("build", "-q").code == 0)
        for words in [
            ["replay", "nope"], ["replay", "--since", "2999-01-01"], ["replay", "--since", "yesterday"],
            ["replay", "--since", "2026-02-30"], ["replay", "--sample", "0"], ["stats", "--budget", "many"],
            ["stats", "--budget", "0"], ["stats", "nope"],
        ] {
            let answer = try project.start(Project.programs + "/belljar", words).finish()
            #expect(answer.code == 2 && answer.complaint.contains("remedy: "), "\(words): \(answer)")
        }
        #expect(try project.belljar("stats").text.contains(" 1 build, none rebuilt\n"))
        #expect(try project.belljar("replay", "--since", "1h", "-q").code == 0)
    }

    @Test func aPolicyFailsWhatDoesNotComeOutAlike() throws {
        let project = try Project()
        try project.recipe("alike", run: "echo > $OUT/a", more: "policy: {check: 3}")
        try project.recipe("odd", run: "date +%s > $OUT/a", more: "controls: {clock: real}\npolicy: {check: 2}")
        try project.recipe("after", run: "true > $OUT/a", more: "inputs: [odd]")
        let answer = try project.belljar("build", "-k", "--json")
        #expect(answer.code == 3)
        let fates = try #require(answer.json()["recipes"]?.array).reduce(into: [String: String]()) {
            $0[$1["name"]?.string ?? ""] = $1["fate"]?.string
        }
        #expect(fates == ["alike": "built", "odd": "failed", "after": "untried"], "\(answer)")
        #expect(answer.complaint.contains("odd: came out otherwise in "), "\(answer)")
        // Two further builds for the one, and none when it is asked for again.
        #expect(try rebuilds(of: "alike", in: project) == 2)
        #expect(try project.belljar("build", "-q", "alike").code == 0)
        #expect(try rebuilds(of: "alike", in: project) == 2)
        // What came out otherwise is not built again to be alike by luck.
        let again = try project.belljar("build", "odd")
        #expect(again.code == 3 && again.complaint.contains("an earlier build of the same definition"), "\(again)")
        #expect(again.complaint.contains("`belljar diff "), "\(again)")
        #expect(try rebuilds(of: "odd", in: project) == 1)
    }

    /// Whoever builds anew gets another record of the same definition, and no clean slate.
    @Test func whatIsKnownOfADefinitionCountsForAllItsRecords() throws {
        let project = try Project()
        try project.recipe("odd", run: "od -An -N8 -tx1 /dev/urandom > $OUT/a", more: "controls: {random: real}")
        #expect(try project.belljar("build", "-q", "odd").code == 0)
        #expect(try project.belljar("rebuild", "-q", "odd").code == 3)
        for options in [["--no-cache"], ["--ledger"], ["--recheck", "full"]] {
            let words = ["build", "odd", "-q"] + options
            #expect(try project.start(Project.programs + "/belljar", words).finish().code == 0)
            let checked = try project.belljar("build", "odd", "--check", "2")
            #expect(checked.code == 3, "\(options): \(checked)")
            #expect(checked.complaint.contains("an earlier build of the same definition came out otherwise"))
            #expect(try project.belljar("stats", "odd", "--budget", "0").code == 3, "\(options)")
            let plan = try project.belljar("build", "odd", "-n", "--check", "2")
            #expect(plan.text.contains("is not taken for done: an earlier build of it"), "\(plan)")
        }
    }

    /// It fails on one processor, which is what the second round has.
    @Test func aRoundThatFailedIsNotForgotten() throws {
        try #require(Host.cpus > 1, "this test needs two processors")
        let project = try Project()
        try project.recipe(
            "odd", run: "test $(nproc) -gt 1; echo hi > $OUT/a", more: "controls: {cpu: real}\npolicy: {check: 2}")
        #expect(try project.belljar("build", "odd").code == 1)
        #expect(try project.belljar("why", "odd").text.contains("is not taken for done"))
        let again = try project.belljar("build", "odd")
        #expect(again.code == 3, "\(again)")
        #expect(again.complaint.contains("an earlier build of the same definition failed"), "\(again)")
        #expect(again.complaint.contains("`belljar log "))
    }

    @Test func whatIsDueIsSaid() throws {
        let project = try Project()
        try project.recipe("plain", run: "echo > $OUT/a")
        #expect(try project.belljar("build", "-q").code == 0)
        #expect(try project.belljar("build", "-n").text.contains("cached"))
        #expect(try project.belljar("build", "-n", "--check", "3").text.contains("it is then built 2 times more"))
        #expect(try project.belljar("build", "-q", "--check", "3").code == 0)
        #expect(try !project.belljar("build", "-n", "--check", "3").text.contains("then built"))
        try project.recipe("plain", run: "echo > $OUT/a", more: "policy: {check: 4}")
        #expect(try project.belljar("why", "plain").text.contains("it is then built once more"))
    }

    /// A record that cannot be read may be the one that speaks against it.
    @Test func damagedEvidenceIsNoEvidence() throws {
        let project = try Project()
        try project.recipe("odd", run: "od -An -N8 -tx1 /dev/urandom > $OUT/a", more: "controls: {random: real}")
        try project.recipe("other", run: "echo > $OUT/a")
        #expect(try project.belljar("build", "-q").code == 0)
        let rebuilt = try project.belljar("rebuild", "odd", "--json").json()
        let record = String(try #require(rebuilt["rebuilt"]?.string).dropFirst("sha256:".count))
        try damage(record, in: project)
        for words in [["stats", "odd", "--budget", "0"], ["build", "odd", "--check", "2"], ["stats"]] {
            let answer = try project.start(Project.programs + "/belljar", words).finish()
            #expect(answer.code == 6 && answer.complaint.contains("record \(record.prefix(12)) of odd"), "\(answer)")
        }
        // The first record of one recipe keeps none of the others from being looked at.
        let first = try #require(
            try project.belljar("records", "other", "--json").json()["records"]?.array?.first?["digest"]?.string)
        try damage(String(first.dropFirst("sha256:".count)), in: project)
        let replayed = try project.belljar("replay", "other", "odd", "-q", "--json").json()
        #expect(replayed["unreadable"]?.array?.count == 1, "\(replayed)")
        #expect(try project.belljar("store", "fsck", "--repair").code == 0)
        let stats = try project.belljar("stats", "--json")
        #expect(try stats.code == 0 && stats.json()["unreadable"]?.array?.isEmpty == true, "\(stats)")
    }

    private func damage(_ digest: String, in project: Project) throws {
        let blob = "\(project.store)/blobs/\(digest.prefix(2))/\(digest)"
        let answer = try project.run("/bin/sh", "-c", "chmod u+w \(blob) && printf x >>\(blob)")
        try #require(answer.code == 0, "\(answer)")
    }

    @Test func theOptionIsForAll() throws {
        let project = try Project()
        try project.recipe("hello", run: "date +%s > $OUT/a", more: "controls: {clock: real}")
        #expect(try project.belljar("build", "-q").code == 0)
        let answer = try project.belljar("build", "--check", "2")
        #expect(answer.code == 3 && answer.complaint.contains("round 2 of 2 came out otherwise"), "\(answer)")
        #expect(answer.complaint.contains("changed a\n"))
        #expect(try project.belljar("build", "--check", "1").code == 2)
    }

    private func rebuilds(of name: String, in project: Project) throws -> Int {
        let records = try project.belljar("records", name, "--json").json()["records"]?.array ?? []
        return records.count { $0["rebuildOf"] != nil }
    }
}
