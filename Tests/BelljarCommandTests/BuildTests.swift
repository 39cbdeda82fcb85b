import BelljarModel
import Testing

/// Builds from end to end, with the real program, store and sandbox.
@Suite struct BuildTests {
    @Test func aBuildIsRecordedCachedAndRebuilt() throws {
        let project = try Project()
        try project.write("Recipes/hello/src/hello.txt", "hello\n")
        try project.recipe(
            "hello", run: "cat hello.txt; mkdir -p $OUT/bin; cp hello.txt $OUT/bin/; ln -s hello.txt $OUT/bin/link",
            more: "sources:\n  - local: src", outputs: "[bin/hello.txt, bin/link]")
        let built = try project.belljar("build", "hello", "--json", "-o", "result")
        #expect(built.code == 0, "\(built.text) \(built.complaint)")
        let build = try #require(try built.json()["builds"]?.array?.first)
        #expect(build["cached"]?.bool == false)
        #expect(build["outputs"]?.array?.map { $0["path"]?.string } == ["bin/hello.txt", "bin/link"])
        #expect(try project.read("result/hello/bin/hello.txt") == "hello\n")

        let again = try project.belljar("build", "hello", "--json")
        let cached = try #require(try again.json()["builds"]?.array?.first)
        #expect(cached["cached"]?.bool == true)
        #expect(cached["record"] == build["record"])

        let record = try #require(build["record"]?.string)
        #expect(try project.belljar("log", record).text == "hello\n")
        let shown = try project.belljar("show", record, "--json")
        #expect(Digest(of: shown.output).description == record)
        #expect(try project.belljar("show", "hello").text.contains("bin/hello.txt"))
        let listed = try project.belljar("records", "--json").json()["records"]?.array
        #expect(listed?.map { $0["digest"]?.string } == [record])

        let verified = try project.belljar("verify", "result/hello/bin/hello.txt", record)
        #expect(verified.code == 0)
        try project.write("result/other", "other\n")
        let other = try project.belljar("verify", "result/other", record)
        #expect(other.code == 6)

        let rebuilt = try project.belljar("rebuild", record, "--json")
        #expect(rebuilt.code == 0, "\(rebuilt.text)")
        #expect(try rebuilt.json()["verdict"]?.string == "identical")
        #expect(try rebuilt.json()["executed"]?.bool == true)
    }

    @Test func aStepThatFailsShowsItsLogsEnd() throws {
        let project = try Project()
        try project.recipe(
            "bad", run: "for i in $(seq 1 100); do echo line $i; done; printf '\\033[31mred\\n'; exit 7")
        let failed = try project.belljar("build", "bad")
        #expect(failed.code == 1)
        #expect(failed.complaint.contains("step build"))
        #expect(failed.complaint.contains("exit status 7"))
        #expect(failed.complaint.contains("line 100"))
        #expect(!failed.complaint.contains("line 10\n"))
        #expect(failed.complaint.contains("^[[31mred"))
        #expect(!failed.complaint.utf8.contains(0x1b))
        #expect(failed.complaint.contains("belljar log "))
        let log = try project.belljar("log", "bad")
        #expect(log.text.hasPrefix("line 1\n"))
        #expect(log.output.contains(0x1b))
        #expect(try project.belljar("log", "bad", "--step", "build").output == log.output)
        #expect(try project.belljar("log", "bad", "--step", "other").code == 2)
        // A failure is never an answer from the cache.
        let again = try project.belljar("build", "bad", "--json")
        #expect(again.code == 1)
        #expect(try again.json()["error"]?["stage"]?.string == "step build")
        #expect(try project.belljar("records", "--json").json()["records"]?.array?.count == 2)
    }

    /// Everybody but root is refused that, and not everybody knows why.
    @Test func whoGivesFilesAwayIsToldOfRoot() throws {
        let project = try Project()
        try project.recipe("giver", run: "echo > x; busybox chown 0:0 x")
        let failed = try project.belljar("build", "giver")
        #expect(failed.code == 1)
        #expect(failed.complaint.contains("x: Operation not permitted"), "\(failed.complaint)")
        #expect(failed.complaint.contains("`root: fake`"), "\(failed.complaint)")
        // The failure has another reason.
        try project.recipe("other", run: "echo > x; busybox chown $(id -u):$(id -g) x; exit 3")
        let other = try project.belljar("build", "other")
        #expect(other.code == 1 && !other.complaint.contains("root: fake"), "\(other.complaint)")
    }

    @Test func aFailedBuildIsKeptIfAsked() throws {
        let project = try Project()
        try project.recipe("bad", run: "echo half > half; mkdir $OUT/x; echo done > $OUT/x/done; exit 1")
        let failed = try project.belljar("build", "bad", "--keep-failed", "--json")
        #expect(failed.code == 1)
        let kept = try failed.json()["error"]?["details"]?.array?.compactMap(\.string).first { $0.hasPrefix("kept: ") }
        let folder = try #require(kept).dropFirst("kept: \(project.path)/".count)
        #expect(try project.read("\(folder)/build/half") == "half\n")
        #expect(try project.read("\(folder)/out/x/done") == "done\n")
    }

    @Test func aStepThatRunsTooLongIsEnded() throws {
        let project = try Project()
        try project.recipe("slow", run: "sleep 100", more: "limits:\n  timeout: 2s")
        let answer = try project.belljar("build", "slow", "--json")
        #expect(answer.code == 7, "\(answer.text) \(answer.complaint)")
        #expect(try answer.json()["error"]?["code"]?.string == "resource_exceeded")
        let records = try project.belljar("records", "--json").json()["records"]?.array
        #expect(records?.first?["status"]?.string == "timeout")
    }

    @Test(arguments: [
        ("true", "[bin/missing]", "bin/missing"),
        ("true", "[.]", "/out is empty"),
        ("mkfifo $OUT/pipe", "[.]", "pipe"),
        ("touch $OUT/setuid; chmod 4755 $OUT/setuid", "[.]", "setuid"),
        ("touch $OUT/setgid; chmod 2755 $OUT/setgid", "[.]", "setgid"),
        ("ln -s /etc/passwd $OUT/absolute", "[.]", "absolute"),
        ("mkdir $OUT/d; ln -s ../../etc/passwd $OUT/d/climbing", "[.]", "climbing"),
        (
            """
            n=$(printf %0200d 0); p=$n; for i in 1 2 3 4 5 6 7 8 9 10; do p=$p/$n; done
            mkdir -p $OUT/deep/$p $OUT/below/$p; cd $OUT/deep/$p; mv $OUT/below .
            """, "[.]", "a path of more than 4095 bytes"
        ),
    ]) func outputsThatAreNone(script: String, outputs: String, named: String) throws {
        let project = try Project()
        try project.recipe("bad", run: script, outputs: outputs)
        let answer = try project.belljar("build", "bad", "--json")
        #expect(answer.code == 1, "\(answer.text) \(answer.complaint)")
        let error = try #require(try answer.json()["error"])
        #expect(error["code"]?.string == "build_failed")
        #expect(error["stage"]?.string == "collect")
        #expect(error["answer"]?.string?.contains(named) == true, "\(error)")
    }

    /// Show 4 of the first build: zlib and pigz.
    @Test func earlyCutoff() throws {
        let project = try Project()
        try project.write("Recipes/library/src/a.txt", "# comment\nvalue\n")
        try project.recipe(
            "library", run: "grep -v '#' a.txt > $OUT/a.txt", more: "sources:\n  - local: src")
        try project.recipe("program", run: "cp $INPUTS/library/a.txt $OUT/b.txt", more: "inputs: [library]")
        func build() throws -> [Bool?] {
            let answer = try project.belljar("build", "library", "program", "--json")
            #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
            return try answer.json()["builds"]?.array?.map { $0["cached"]?.bool } ?? []
        }
        #expect(try build() == [false, false])
        #expect(try build() == [true, true])
        let recipe = try project.read("Recipes/library/recipe.yaml")
        try project.write("Recipes/library/recipe.yaml", recipe + "# a comment\n")
        #expect(try build() == [true, true])
        // A change that leaves the output as it was stops there.
        try project.write("Recipes/library/src/a.txt", "# other comment\nvalue\n")
        #expect(try build() == [false, true])
        try project.write("Recipes/library/src/a.txt", "# other comment\nother value\n")
        #expect(try build() == [false, false])
    }

    /// As for a local source: the recipe is wrong, and not the host.
    @Test(arguments: [("none", "has nothing of that name"), ("folder", "it is a directory"), ("link", "it is a link")])
    func aPatchIsAFileBesideTheRecipe(name: String, answer: String) throws {
        let project = try Project()
        try project.write("Recipes/p/folder/a", "")
        #expect(try project.run("/bin/ln", "-s", "/etc/passwd", "Recipes/p/link").code == 0)
        try project.recipe("p", run: "true > $OUT/a", more: "sources: [{patch: \(name)}]")
        let result = try project.belljar("build", "p", "--json")
        #expect(result.code == 2, "\(result.complaint)")
        let error = try result.json()["error"]
        #expect(error?["answer"]?.string?.contains(answer) == true && error?["remedy"]?.string != nil, "\(result.text)")
    }

    @Test func patchesAreApplied() throws {
        let project = try Project()
        try project.write("Recipes/p/src/a.txt", "one\ntwo\n")
        try project.write(
            "Recipes/p/fix.patch", "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n")
        try project.recipe(
            "p", run: "cp a.txt $OUT/", more: "sources:\n  - local: src\n  - patch: fix.patch")
        let answer = try project.belljar("build", "p", "-o", "result")
        #expect(answer.code == 0, "\(answer.complaint)")
        #expect(try project.read("result/p/a.txt") == "one\nthree\n")
    }

    @Test func exportsOverwriteOnlyTheirOwn() throws {
        let project = try Project()
        try project.write("Recipes/e/src/a.txt", "1\n")
        try project.recipe("e", run: "cp a.txt $OUT/", more: "sources:\n  - local: src")
        try project.write("result/e/a.txt", "mine\n")
        let refused = try project.belljar("build", "e", "-o", "result")
        #expect(refused.code == 2)
        #expect(refused.complaint.contains("a.txt"))
        #expect(try project.read("result/e/a.txt") == "mine\n")
        try project.remove("result/e/a.txt")
        #expect(try project.belljar("build", "e", "-o", "result").code == 0)
        try project.write("Recipes/e/src/a.txt", "2\n")
        #expect(try project.belljar("build", "e", "-o", "result").code == 0)
        #expect(try project.read("result/e/a.txt") == "2\n")
        try project.write("result/e/a.txt", "changed\n")
        #expect(try project.belljar("build", "e", "-o", "result").code == 2)
    }

    @Test func buildsInParallelKeepTheirOrder() throws {
        let project = try Project()
        for name in ["a", "b", "c"] { try project.recipe(name, run: "echo \(name) > $OUT/\(name)") }
        let answer = try project.belljar("build", "-j", "3", "--json")
        #expect(answer.code == 0, "\(answer.complaint)")
        #expect(try answer.json()["builds"]?.array?.map { $0["name"]?.string } == ["a", "b", "c"])
    }

    @Test func twoProcessesMayUseOneStore() throws {
        let project = try Project()
        for name in ["a", "b"] { try project.recipe(name, run: "sleep 1; echo \(name) > $OUT/\(name)") }
        let first = try project.starting("build", "a", "--json")
        let second = try project.starting("build", "b", "--json")
        for answer in [try first.finish(), try second.finish()] {
            #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        }
        let checked = try project.belljar("store", "fsck")
        #expect(checked.code == 0, "\(checked.text) \(checked.complaint)")
    }
}
