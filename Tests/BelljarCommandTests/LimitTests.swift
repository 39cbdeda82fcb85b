import BelljarModel
import Testing

/// Limits as their user meets them: in recipes, errors, logs and records.
@Suite struct LimitCommandTests {
    @Test func aLimitIsNamedInTheErrorAndInTheRecord() throws {
        let project = try Project()
        let run = "dd if=/dev/zero of=big bs=1M count=20"
        try project.recipe("disk", run: run + "; echo fits > $OUT/x")
        #expect(try project.belljar("build", "disk").code == 0)
        try project.recipe("disk", run: run, more: "limits: {scratch: 8MiB}")
        let answer = try project.belljar("build", "disk", "--json")
        #expect(answer.code == 7, "\(answer.text) \(answer.complaint)")
        let error = try #require(try answer.json()["error"])
        #expect(error["code"]?.string == "resource_exceeded")
        #expect(error["limit"]?["limit"]?.string == "scratch")
        #expect(error["limit"]?["value"]?.integer == 8 << 20)
        #expect(error["answer"]?.string?.hasPrefix("limit scratch of 8MiB was reached: ") == true, "\(error)")
        #expect(error["remedy"]?.string?.contains("limits: {scratch: ...}") == true, "\(error)")
        let shown = try project.belljar("show", "disk", "--json").json()
        #expect(shown["result"]?["status"]?.string == "resource_exceeded")
        #expect(shown["observed"]?["exceeded"] == error["limit"])
        #expect(try project.belljar("show", "disk").text.contains("limit scratch of 8MiB was reached"))
    }

    /// A limit on outputs decides whether there is a result, so a cached one does not answer for a smaller limit.
    @Test(arguments: [
        ("output-files: 99", "output-files", "more than 99 files"), ("output-size: 399", "output-size", "400 bytes"),
    ]) func outputsAreCounted(limit: String, name: String, seen: String) throws {
        let project = try Project()
        let run = "cd $OUT; mkdir d; for i in $(seq 100); do echo 123 > d/$i; done"
        try project.recipe("many", run: run)
        #expect(try project.belljar("build", "many").code == 0)
        try project.recipe("many", run: run, more: "limits: {\(limit)}")
        let answer = try project.belljar("build", "many", "--json")
        #expect(answer.code == 7, "\(answer.text) \(answer.complaint)")
        let error = try #require(try answer.json()["error"])
        #expect(error["stage"]?.string == "collect")
        #expect(error["limit"]?["limit"]?.string == name)
        #expect(error["answer"]?.string?.contains(seen) == true, "\(error)")
        #expect(
            try project.belljar("records", "--json").json()["records"]?.array?.first?["status"]?.string
                == "resource_exceeded")
    }

    @Test func aHundredThousandOutputsAreTooManyIfTheRecipeSaysSo() throws {
        let project = try Project()
        try project.recipe(
            "many", run: "cd $OUT; seq 100000 | xargs touch",
            more: "limits: {output-files: 50000}\ncontrols: {mtimes: real, stat: real, order: real}")
        let answer = try project.belljar("build", "many", "--json")
        #expect(answer.code == 7, "\(answer.text) \(answer.complaint)")
        #expect(try answer.json()["error"]?["limit"]?["limit"]?.string == "output-files")
    }

    @Test func aCutLogSaysSo() throws {
        let project = try Project()
        try project.recipe("loud", run: "yes | head -c 1000000; echo > $OUT/x", more: "limits: {log: 8KiB}")
        #expect(try project.belljar("build", "loud").code == 0)
        let log = try project.belljar("log", "loud", "--json").text
        let mark = "[belljar: the log was cut off here, at its limit of 8KiB]"
        let text = try project.belljar("log", "loud").text
        #expect(text.hasSuffix("\n\(mark)\n"), "\(log)")
        #expect(text.utf8.count == 8192 + mark.utf8.count + 2)
        #expect(try project.belljar("show", "loud").text.contains("(cut off at its limit)"))
        let other = try Project()
        try other.recipe("quiet", run: "echo quiet; echo > $OUT/x")
        #expect(try other.belljar("build", "quiet").code == 0)
        #expect(try other.belljar("log", "quiet").text == "quiet\n")
    }

    /// A grace changes no result, so it is no reason to build again; every other limit is.
    @Test func whichLimitsAreAReasonToBuildAgain() throws {
        let project = try Project()
        func isCached(_ limits: String) throws -> Bool? {
            try project.recipe("a", run: "echo > $OUT/x", more: "limits: {\(limits)}")
            let answer = try project.belljar("build", "a", "--json")
            #expect(answer.code == 0, "\(answer.text)")
            return try answer.json()["builds"]?.array?.first?["cached"]?.bool
        }
        #expect(try isCached("grace: 5s") == false)
        #expect(try isCached("grace: 1s") == true)
        for limit in ["inodes: 5000", "memory: 1GiB", "output-files: 5", "output-size: 1MiB", "processes: 100"] {
            #expect(try isCached(limit) == false, "\(limit)")
        }
    }
}
