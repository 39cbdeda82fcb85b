import BelljarKernel
import BelljarModel
import Testing

/// Builds that are cut short: by their user, by SIGKILL, by a full disk.
@Suite struct InterruptionTests {
    private func slowProject() throws -> Project {
        let project = try Project()
        try project.recipe("slow", run: "echo begun; sleep 60; echo done > $OUT/done")
        return project
    }

    private func isQuiet(_ text: String) throws -> Bool { try comesTrue { try HostProcess.all(holding: text).isEmpty } }

    /// Whether something is so within ten seconds, half of what curl waits for a silent server.
    private func comesTrue(_ condition: () throws -> Bool) throws -> Bool {
        let deadline = Host.monotonicNanoseconds() + 10_000_000_000
        while Host.monotonicNanoseconds() < deadline {
            if try condition() { return true }
            pause(milliseconds: 10)
        }
        return false
    }

    @Test(arguments: [(Signals.interrupt, Int32(130)), (Signals.terminate, Int32(143))] as [(Int32, Int32)])
    func signalsEndABuildInGoodOrder(signal: Int32, code: Int32) throws {
        let project = try slowProject()
        let build = try project.starting("build", "slow", "--json")
        #expect(try build.waits(for: "step build"))
        build.signal(signal)
        let answer = try build.finish(seconds: 20)
        #expect(answer.code == code)
        #expect(try answer.json()["error"]?["code"]?.string == "cancelled")
        #expect(try project.belljar("records", "--json").json() == ["records": []])
    }

    /// What programs are told is what people are, in the answer and in the events.
    @Test(arguments: [(Signals.interrupt, Int64(130)), (Signals.terminate, 143)] as [(Int32, Int64)])
    func whatIsCutShortIsNoFailure(signal: Int32, code: Int64) throws {
        let project = try slowProject()
        try project.recipe("after", run: "true", more: "inputs: [slow]")
        let words = ["build", "after", "--json", "--events", "events.jsonl"]
        let build = try project.start(Project.programs + "/belljar", words)
        #expect(try build.waits(for: "step build"))
        build.signal(signal)
        let answer = try build.finish(seconds: 20)
        let json = try answer.json()
        let recipe = try #require(json["recipes"]?.array?.first, "\(answer.text) \(answer.complaint)")
        #expect(recipe["fate"]?.string == "cancelled", "\(answer.text)")
        #expect(answer.complaint.contains("summary: 1 cut short, 1 not tried\n"), "\(answer.complaint)")
        let events = try project.read("events.jsonl").split(separator: "\n").map { line in
            try AnswerArchive.keep(Array(line.utf8), as: "build-event")
            return try CanonicalJSON.decode(Array(line.utf8))
        }
        let cut = try #require(events.first { $0["event"]?.string == "cancelled" })
        let last = try #require(events.last)
        #expect(last["failed"]?.integer == 0 && last["cancelled"]?.integer == 1 && last["exitCode"]?.integer == code)
        for error in [json["error"], recipe["error"], cut["error"], last["error"]] {
            #expect(error?["exitCode"]?.integer == code, "\(answer.text)")
            #expect(error?["operation"]?.string == "finish", "\(answer.text)")
            #expect(error?["answer"]?.string == "ended by \(Signals.name(of: signal))", "\(answer.text)")
        }
    }

    /// Which call the signal came upon says nothing to whoever sent it.
    @Test func theErrorNamesTheCommandAndTheSignal() throws {
        let project = try slowProject()
        for (signal, name) in [(Signals.interrupt, "SIGINT"), (Signals.terminate, "SIGTERM")] {
            let build = try project.starting("build", "slow")
            #expect(try build.waits(for: "step build"))
            build.signal(signal)
            let complaint = try build.finish(seconds: 20).complaint
            #expect(complaint.contains("error: cannot finish `belljar build slow`: ended by \(name)\n"), "\(complaint)")
        }
    }

    @Test func aRebuildThatIsEndedHasNoVerdict() throws {
        let project = try Project()
        try project.recipe("slow", run: "sleep 5; echo done > $OUT/done")
        #expect(try project.belljar("build", "slow").code == 0)
        for (signal, code) in [(Signals.interrupt, Int32(130)), (Signals.terminate, 143)] {
            let rebuild = try project.starting("rebuild", "slow", "--json")
            #expect(try rebuild.waits(for: "step build"))
            rebuild.signal(signal)
            let answer = try rebuild.finish(seconds: 20)
            #expect(answer.code == code, "\(answer.text)")
            #expect(try answer.json()["error"]?["code"]?.string == "cancelled", "\(answer.text)")
            #expect(try answer.json()["verdict"] == nil)
        }
    }

    /// Nothing gets to clean up, and nothing has to: the sandbox dies with its lifeline, and the next run is as if the
    /// killed one had not been.
    @Test func killedInTheMiddle() throws {
        let project = try Project()
        let marker = "\(UInt64.random(in: 1_000_000 ... 9_999_999))"
        try project.recipe(
            "slow", run: "test -e fast && echo done > $OUT/done && exit 0\nsleep \(marker)",
            more: "sources:\n  - local: src")
        try project.write("Recipes/slow/src/file", "")
        let build = try project.starting("build", "slow")
        #expect(try build.waits(for: "step build"))
        build.signal(9)
        #expect(try build.finish(seconds: 20).code == 137)
        #expect(try isQuiet("sleep\0\(marker)"))
        #expect(try project.belljar("records", "--json").json() == ["records": []])
        try project.write("Recipes/slow/src/fast", "")
        let next = try project.belljar("build", "slow", "--json")
        #expect(next.code == 0, "\(next.text) \(next.complaint)")
        #expect(try project.belljar("store", "fsck").code == 0)
    }

    /// A program of the host that waits for a server which says nothing ends with belljar.
    @Test(.disabled(if: isRoot, "as root curl is the account's, with another home"))
    func killedWhileAServerIsSilent() throws {
        let project = try Project()
        try project.write("served/cgi-bin/silent", "#!/bin/sh\nexec sleep 15\n", mode: 0o755)
        let server = try FileServer(project, folder: "served")
        let pin = "sha256: \(String(repeating: "0", count: 64))"
        try project.recipe(
            "waits", run: "true", more: "sources:\n  - archive: \(server.address)/cgi-bin/silent\n    \(pin)")
        let build = try project.starting("build", "waits")
        // Other tests fetch as well; this one's curl has this one's home.
        func isFetching() throws -> Bool {
            try HostProcess.all(holding: "/curl\0").contains { pid in
                let environment = try? Descriptor.workingDirectory.open("/proc/\(pid)/environ").readAll(limit: 1 << 20)
                return String(decoding: environment ?? [], as: UTF8.self).contains("HOME=\(project.path)/home\0")
            }
        }
        #expect(try comesTrue(isFetching))
        build.signal(9)
        #expect(try build.finish(seconds: 20).code == 137)
        #expect(try comesTrue { try !isFetching() })
        try server.stop()
    }

    /// What is listed after a kill is whole, and everything is readable.
    private func expectWhole(_ project: Project, _ context: Comment) throws {
        let records = try #require(try project.belljar("records", "--json").json()["records"]?.array)
        for record in records {
            let digest = try #require(record["digest"]?.string)
            let shown = try project.belljar("show", digest, "--json")
            #expect(Digest(of: shown.output).description == digest, context)
            #expect(try project.belljar("log", digest).code == 0, context)
        }
    }

    /// Killed at random moments between the first step of quick builds and their end, the recording included. How long that
    /// is on this host is measured first; a kill that came too late does not count, and there is another.
    @Test(.timeLimit(.minutes(20))) func killedAtRandomMoments() throws {
        let project = try Project()
        try project.recipe("quick", run: "echo $RANDOM > $OUT/a; seq 1 2000 > $OUT/b")
        func begin() throws -> HostProcess {
            let build = try project.starting("build", "quick", "--no-cache")
            #expect(try build.waits(for: "step build"))
            return build
        }
        let measured = try begin()
        let begun = Host.monotonicNanoseconds()
        #expect(try measured.finish(seconds: 60).code == 0)
        let milliseconds = Int32(clamping: (Host.monotonicNanoseconds() - begun) / 1_000_000)
        var (rounds, killed) = (0, 0)
        while killed < 8, rounds < 60 {
            rounds += 1
            let build = try begin()
            pause(milliseconds: Int32.random(in: 0...max(milliseconds, 1)))
            build.signal(9)
            if try build.finish(seconds: 20).exit == .signal(9) { killed += 1 }
            try expectWhole(project, "round \(rounds)")
        }
        #expect(killed == 8, "of \(rounds) kills within \(milliseconds) ms")
        let last = try project.belljar("build", "quick", "--no-cache")
        #expect(last.code == 0, "\(last.complaint)")
        #expect(try project.belljar("store", "fsck").code == 0)
    }
}
