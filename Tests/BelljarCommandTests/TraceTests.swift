import BelljarModel
import Testing

/// Traces: what is written down of a build's processes, and what `check` and `timeline` make of it.
@Suite struct TraceTests {
    /// Writes a file that differs, and others that follow from it, through the programs that are usual for that.
    private static let chain = """
        cat one.txt > plain
        /bin/date +%s > stamp
        /bin/sort stamp plain > middle
        cp middle late
        mv late $OUT/result
        cp plain $OUT/same
        """

    private func project(_ run: String, controls: String = "{clock: real}") throws -> Project {
        let project = try Project()
        try project.write("Recipes/seen/src/one.txt", "one\n")
        try project.recipe("seen", run: run, more: "controls: \(controls)\nsources:\n  - local: src")
        return project
    }

    private func record(_ project: Project, _ name: String = "seen") throws -> JSONValue {
        try project.belljar("show", name, "--json").json()
    }

    /// The lines of the trace that the newest record has.
    private func lines(_ project: Project) throws -> [JSONValue] {
        let digest = try #require(try record(project)["observed"]?["trace"]?.string).dropFirst(7)
        let bytes = try project.bytes("store/blobs/\(digest.prefix(2))/\(digest)")
        return try bytes.split(separator: UInt8(ascii: "\n")).map { try CanonicalJSON.decode(Array($0)) }
    }

    @Test func aTraceChangesNothingOfTheResult() throws {
        let project = try project(
            "sh -c 'echo $$; ls -l; date; od -An -N8 -tx1 /dev/urandom' > $OUT/seen; for i in 1 2 3; do mktemp; done >> $OUT/seen",
            controls: "{}")
        let plain = try project.belljar("build", "seen", "--json")
        #expect(plain.code == 0, "\(plain)")
        let before = try record(project)
        #expect(before["observed"]?["trace"] == nil && before["observed"]?["traceTruncated"] == nil)
        let traced = try project.belljar("build", "seen", "--trace", "--json")
        #expect(traced.code == 0 && traced.text.contains("\"cached\":false"), "\(traced)")
        let after = try record(project)
        #expect(after["definition"] == before["definition"])
        #expect(after["result"] == before["result"], "\(plain)\n\(traced)")
        #expect(after["observed"]?["traceTruncated"]?.bool == false)
        // And such a result is an answer for both from now on.
        for options in [[], ["--trace"]] {
            let again = try project.start(Project.programs + "/belljar", ["build", "seen", "--json"] + options).finish()
            #expect(again.text.contains("\"cached\":true"), "\(again)")
        }
    }

    @Test func processesAndFilesAreInIt() throws {
        let project = try project(Self.chain + "\nsh -c 'exit 3' || true\nsleep 0.2", controls: "{}")
        #expect(try project.belljar("build", "seen", "--trace").code == 0)
        let lines = try lines(project)
        let paths = lines.filter { $0["kind"]?.string == "path" }.compactMap { $0["path"]?.string }
        let processes = lines.filter { $0["kind"]?.string == "process" }
        func process(_ argv: String) throws -> JSONValue {
            try #require(
                processes.first { $0["argv"]?.array?.compactMap(\.string).joined(separator: " ") == argv }, "\(argv)")
        }
        let sort = try process("/bin/sort stamp plain")
        let (number, parent) = (try #require(sort["number"]?.integer), try #require(sort["parent"]?.integer))
        #expect(processes[Int(parent)]["argv"]?.array?.first?.string == "/bin/sh")
        #expect(sort["directory"]?.string == "/build" && sort["step"]?.integer == 0)
        let reads = lines.filter { $0["kind"]?.string == "reads" && $0["process"]?.integer == number }
            .flatMap { $0["paths"]?.array ?? [] }.compactMap { $0.integer.map { paths[Int($0)] } }
        #expect(
            Set(["/build/stamp", "/build/plain"]).isSubset(of: reads) && !reads.contains("/build/one.txt"), "\(reads)")
        // What lasts 0.2 s lasts 0.2 s, and does not use it.
        let sleep = try process("sleep 0.2")
        let (start, end) = (try #require(sleep["start"]?.integer), try #require(sleep["end"]?.integer))
        #expect((190_000...3_000_000).contains(end - start), "\(sleep)")
        #expect(try #require(sleep["cpu"]?.integer) < 100_000)
        // Where the kernel tells it at all (6.15).
        if sleep["exit"] != nil { #expect(try process("sh -c exit 3")["exit"]?.integer == 3) }
        let moved = try #require(
            lines.first { line in
                line["kind"]?.string == "write" && line["how"]?.string == "rename"
                    && line["path"]?.integer.map { paths[Int($0)] } == "/out/result"
            })
        #expect(moved["from"]?.integer.map { paths[Int($0)] } == "/build/late" && moved["content"] != nil, "\(moved)")
    }

    /// Two builds on one host that differ in nothing: neither do what the processes are told by, nor what files held.
    @Test func idsAndContentsRepeat() throws {
        let project = try project(Self.chain + "\n(echo a > x) & (echo b > y) & wait", controls: "{}")
        var seen: [[String]] = []
        for _ in 0..<2 {
            #expect(try project.belljar("build", "seen", "--trace", "--no-cache").code == 0)
            let lines = try lines(project)
            seen.append(
                lines.compactMap { $0["id"]?.string }.sorted() + lines.compactMap { $0["content"]?.string }.sorted())
        }
        #expect(seen[0].count > 12 && seen[0] == seen[1])
    }

    @Test func blameFollowsAFileToWhatDiffersFirst() throws {
        let project = try project(Self.chain)
        let answer = try project.belljar("check", "seen", "--json")
        #expect(answer.code == 3, "\(answer)")
        let blames = try answer.json()["blames"]?.array ?? []
        try #require(blames.count == 1, "\(answer)")
        // The control: what does not differ is nobody's fault.
        #expect(blames[0]["path"]?.string == "result")
        // This shell opens files itself, for commands that it forks and that may be a part of it.
        #expect(blames[0]["writer"]?["program"]?.string == "sh", "\(answer)")
        #expect(
            blames[0]["file"]?.string == "/build/stamp" && blames[0]["divergence"]?.string == "content", "\(answer)")
        #expect(
            blames[0]["culprit"]?["line"]?.string?.hasSuffix("recipe.yaml:12: /bin/date +%s > stamp") == true,
            "\(answer)")
        #expect(blames[0]["consulted"]?["clock"]?.array?.isEmpty == false, "\(answer)")
        let text = try project.belljar("check", "seen").text
        #expect(text.contains("  result: written by sh ("), "\(text)")
        #expect(text.contains("    consulted the host's clock: "), "\(text)")
    }

    @Test func otherArgumentsAreTold() throws {
        let project = try project("sh -c 'echo \"$1\" > $OUT/said' sh \"$(date +%s)\"")
        let answer = try project.belljar("check", "seen", "--json")
        let blame = try #require(try answer.json()["blames"]?.array?.first, "\(answer)")
        #expect(blame["divergence"]?.string == "arguments", "\(answer)")
        let (argv, other) = (blame["culprit"]?["argv"]?.array?.last?.string, blame["otherCommand"]?.string)
        #expect(argv != nil && other != nil && other?.hasSuffix(argv ?? "") == false, "\(answer)")
    }

    @Test func theTimelineShowsWhatTakesLong() throws {
        let project = try project("sleep 0.3 & sleep 0.6 & wait; /bin/sort one.txt > $OUT/seen", controls: "{}")
        #expect(try project.belljar("build", "seen").code == 0)
        // Of a record without a trace, a further build's.
        let answer = try project.belljar("timeline", "seen", "--json", "--trace", "t.json", "--svg", "t.svg")
        #expect(answer.code == 0, "\(answer)")
        let found = try answer.json()
        let longest = found["longest"]?.array ?? []
        #expect(longest.first?["argv"]?.array?.compactMap(\.string) == ["sleep", "0.6"], "\(answer)")
        let path = (found["criticalPath"]?.array ?? []).compactMap { $0["argv"]?.array?.last?.string }
        #expect(path.contains("0.6") && !path.contains("0.3"), "\(answer)")
        let events = try CanonicalJSON.decode(project.bytes("t.json"))["traceEvents"]?.array ?? []
        #expect(events.contains { $0["name"]?.string == "sort" && $0["ph"]?.string == "X" }, "\(events)")
        let picture = try project.read("t.svg")
        #expect(picture.hasPrefix("<svg ") && picture.contains("class=\"c\""), "\(picture)")
        // With one, there is nothing to build.
        #expect(try project.belljar("build", "seen", "--trace").code == 0)
        let kept = try project.belljar("timeline", "seen", "--json")
        #expect(try kept.json()["record"] == .string("sha256:" + digest(project)), "\(kept)")
    }

    private func digest(_ project: Project) throws -> String {
        Digest(of: try project.belljar("show", "seen", "--json").output).hex
    }
}
