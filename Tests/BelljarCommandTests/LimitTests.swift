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
        #expect(error["remedy"]?.string?.contains("limits: {scratch: ") == true, "\(error)")
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

    // MARK: The host's word

    private func configure(_ project: Project, _ text: String) throws -> [String: String] {
        try project.write("config/belljar/limits.yaml", text)
        return ["XDG_CONFIG_HOME": project.path + "/config"]
    }

    @Test func moreThanTheHostAllowsIsRefusedBeforeAnythingStarts() throws {
        let project = try Project()
        try project.recipe("big", run: "echo > $OUT/x", more: "limits: {scratch: 2GiB, timeout: 2h}")
        let host = try configure(project, "scratch: 1GiB\ntimeout: 1h\nprocesses: 4096\n")
        let answer = try project.belljar("build", "big", "--json", environment: host)
        #expect(answer.code == 5, "\(answer.text) \(answer.complaint)")
        let error = try #require(try answer.json()["error"])
        let file = "\(project.path)/config/belljar/limits.yaml"
        let lines = [error["answer"]?.string ?? ""] + (error["details"]?.array?.compactMap(\.string) ?? [])
        #expect(
            lines == [
                "limit timeout of the recipe is 7200s, and this host allows at most 3600s (\(file):2:10)",
                "limit scratch of the recipe is 2GiB, and this host allows at most 1GiB (\(file):1:10)",
            ])
        #expect(error["remedy"]?.string?.contains("limits: {timeout: 3600s, scratch: 1GiB}") == true)
        #expect(try project.belljar("records", "--json").json()["records"]?.array?.isEmpty == true)
        try project.recipe("big", run: "echo > $OUT/x", more: "limits: {scratch: 1GiB}")
        #expect(try project.belljar("build", "big", environment: host).code == 0)
        // A rebuild asks for what its record says.
        let smaller = try configure(project, "scratch: 512MiB\n")
        #expect(try project.belljar("rebuild", "big", environment: smaller).code == 5)
    }

    @Test func theHostsMemoryHoldsForBuildsWithoutALimit() throws {
        let project = try Project()
        try project.recipe(
            "hogs", run: "for i in 1 2 3 4; do dd if=/dev/zero of=/dev/null bs=64M & done; sleep 100", more: "")
        let host = try configure(project, "memory: 128MiB\n")
        let answer = try project.belljar("build", "hogs", "--json", environment: host)
        #expect(answer.code == 7, "\(answer.text) \(answer.complaint)")
        #expect(try answer.json()["error"]?["limit"]?["limit"]?.string == "memory")
        #expect(try answer.json()["error"]?["limit"]?["value"]?.integer == 128 << 20)
    }

    @Test func whatTheHostSaysIsReadStrictly() throws {
        let project = try Project()
        try project.recipe("a", run: "echo > $OUT/x")
        let answer = try project.belljar("build", "a", environment: try configure(project, "scrach: 1GiB\n"))
        #expect(answer.code == 2)
        #expect(answer.complaint.contains("limits.yaml:1:1: unknown key \"scrach\""), "\(answer.complaint)")
    }

    /// Nobody asks for these limits, and so nothing about them is refused.
    @Test func sourcesKeepToTheHostsLimits() throws {
        let project = try Project()
        try project.recipe("a", run: "cp -r . $OUT", more: "sources: [{local: src}]")
        try project.write("Recipes/a/src/file", String(repeating: "x", count: 20_000))
        let host = try configure(project, "source-size: 16KiB\nsource-files: 10\nfetch-size: 1GiB\nfetch-time: 1h\n")
        let answer = try project.belljar("build", "a", "--json", environment: host)
        #expect(answer.code == 7, "\(answer.text) \(answer.complaint)")
        let error = try #require(try answer.json()["error"])
        #expect(error["answer"]?.string?.contains("limit source-size of 16KiB was reached") == true, "\(answer.text)")
        #expect(
            error["remedy"]?.string?.contains("raise `source-size` in \(project.path)/config/belljar/limits.yaml")
                == true)
        #expect(try project.belljar("build", "a").code == 0)
        let wrong = try project.belljar("build", "a", environment: try configure(project, "fetch-time: 8\n"))
        #expect(wrong.code == 2)
        #expect(wrong.complaint.contains("limits.yaml:1:13:"), "\(wrong.complaint)")
        // A FIFO would read as a file without any limit.
        try project.remove("config/belljar/limits.yaml")
        #expect(try project.run("/bin/busybox", "mkfifo", "config/belljar/limits.yaml").code == 0)
        #expect(try project.belljar("build", "a", environment: host).code == 9)
    }

    @Test func commandsRunWithinTheHostsLimits() throws {
        let project = try Project()
        let host = try configure(project, "processes: 50\ntimeout: 10m\n")
        let answer = try project.belljar("run", "-t", "tiny", "--", "sh", "-c", "echo ok", environment: host)
        #expect(answer.text == "ok\n", "\(answer.complaint)")
        let refused = try project.belljar(
            "run", "-t", "tiny", "--timeout", "3600", "--", "true", environment: host)
        #expect(refused.code == 5)
        #expect(refused.complaint.contains("is 3600s, and this host allows at most 600s"), "\(refused.complaint)")
    }

    // MARK: Requirements and profiles

    @Test func whatIsRequiredAndMissingIsListed() throws {
        let project = try Project()
        try project.recipe(
            "a", run: "echo > $OUT/x",
            more: "requires: {kernel: 99.1, memory: 900TiB, features: [overlay]}".replacing("900TiB", with: "900000GiB")
        )
        let answer = try project.belljar("build", "a", "--json")
        #expect(answer.code == 4, "\(answer.text) \(answer.complaint)")
        let details = try answer.json()["error"]?["details"]?.array?.compactMap(\.string) ?? []
        #expect(details.count == 2)
        #expect(details.first?.hasPrefix("kernel 99.1 or newer is required, and there is ") == true)
        #expect(try project.belljar("records", "--json").json()["records"]?.array?.isEmpty == true)
    }

    @Test func whatIsRequiredAndThereIsNoReasonToBuildAgain() throws {
        let project = try Project()
        try project.recipe("a", run: "echo > $OUT/x")
        #expect(try project.belljar("build", "a").code == 0)
        try project.recipe(
            "a", run: "echo > $OUT/x",
            more: "requires: {kernel: 5.1, memory: 1MiB, disk: 1MiB, isa: x86-64, features: [overlay, seccomp]}")
        let again = try project.belljar("build", "a", "--json")
        #expect(try again.json()["builds"]?.array?.first?["cached"]?.bool == true, "\(again.text)")
        #expect(try project.belljar("build", "a", "--no-cache").code == 0)
        let shown = try project.belljar("show", "a", "--json").json()
        #expect(shown["definition"]?["requires"]?["isa"]?.string == "x86-64")
        #expect(try project.belljar("rebuild", "a").code == 0)
    }

    @Test func aNestedProfileIsAnotherActionAndStandsInTheRecord() throws {
        let project = try Project()
        let run = "unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /tmp && id -u' > $OUT/x"
        try project.recipe("nest", run: run)
        #expect(try project.belljar("build", "nest").code == 1)
        try project.recipe("nest", run: run, more: "profile: nested")
        let answer = try project.belljar("build", "nest", "-o", "result")
        #expect(answer.code == 0, "\(answer.complaint)")
        #expect(try project.read("result/nest/x") == "0\n")
        let shown = try project.belljar("show", "nest", "--json").json()
        #expect(shown["definition"]?["sandbox"]?["profile"]?.string == "nested/1")
        #expect(shown["observed"]?["openChannels"]?.array?.compactMap(\.string).contains("nested") == true)
        #expect(try project.belljar("rebuild", "nest").code == 0)
        // The same build in the other profile is another one.
        try project.recipe("plain", run: "echo > $OUT/x")
        #expect(try project.belljar("build", "plain").code == 0)
        try project.recipe("plain", run: "echo > $OUT/x", more: "profile: nested")
        let other = try project.belljar("build", "plain", "--json")
        #expect(try other.json()["builds"]?.array?.first?["cached"]?.bool == false)
    }
}
