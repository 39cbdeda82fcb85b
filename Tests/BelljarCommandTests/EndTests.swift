import BelljarKernel
import BelljarModel
import Testing

/// SIGTERM, SIGINT and SIGHUP are heard within a second, whatever the command is doing.
@Suite struct EndTests {
    /// What a command answers to a signal, which has to come within a second.
    private func answer(
        of process: HostProcess, to signal: Int32, _ place: Testing.SourceLocation = #_sourceLocation
    ) throws -> Answer {
        let begun = Host.monotonicNanoseconds()
        process.signal(signal)
        let answer = try process.finish(seconds: 30)
        let milliseconds = (Host.monotonicNanoseconds() - begun) / 1_000_000
        #expect(milliseconds < 1000, "\(answer.complaint)", sourceLocation: place)
        return answer
    }

    private func expectCancelled(
        _ answer: Answer, _ code: Int32, during operation: String?, _ place: Testing.SourceLocation = #_sourceLocation
    ) throws {
        #expect(answer.code == code, "\(answer.text) \(answer.complaint)", sourceLocation: place)
        let error = try answer.json()["error"]
        #expect(error?["code"]?.string == "cancelled", sourceLocation: place)
        #expect(error?["exitCode"] == .integer(Int64(code)), sourceLocation: place)
        #expect(error?["operation"]?.string == "finish", "\(answer.text)", sourceLocation: place)
        let details = error?["details"]?.array?.compactMap(\.string) ?? []
        #expect(details.count == (operation == nil ? 0 : 1), "\(answer.text)", sourceLocation: place)
        if let operation {
            #expect(details.first?.contains("was to \(operation) ") == true, "\(answer.text)", sourceLocation: place)
        }
    }

    @Test(
        arguments: [(Signals.interrupt, 130), (Signals.quit, 131), (Signals.terminate, 143), (Signals.hangUp, 129)]
            as [(Int32, Int32)])
    func whileOutputsAreTakenIn(signal: Int32, code: Int32) throws {
        let project = try Project()
        // Takes seconds to hash, and no room.
        try project.recipe("large", run: "truncate -s 3G $OUT/file", more: "limits: {file: 8GiB}")
        let build = try project.starting("build", "large", "--json")
        #expect(try build.waits(for: "step build"))
        // Long after the step, and long before the end.
        pause(milliseconds: 600)
        try expectCancelled(try answer(of: build, to: signal), code, during: "store")
        #expect(try project.belljar("records", "--json").json() == ["records": []])
        let check = try project.belljar("store", "fsck")
        #expect(check.code == 0, "\(check.text)")
    }

    /// Half a look is no finding: a file that was not hashed to its end is not taken for damaged.
    @Test(arguments: [[], ["--repair"]]) func whileAStoreIsChecked(options: [String]) throws {
        let project = try Project()
        let blob = "store/blobs/00/" + String(repeating: "0", count: 64)
        try project.write(blob, "")
        #expect(try project.run("/bin/truncate", "-s", "64G", blob).code == 0)
        let check = try project.start(Project.programs + "/belljar", ["store", "fsck", "--json"] + options)
        pause(milliseconds: 700)
        try expectCancelled(try answer(of: check, to: Signals.terminate), 143, during: "check")
        #expect(project.exists(blob))
    }

    /// Nothing that waits for another process looks at whether it is still wanted; it is not waited for.
    @Test func whileAnotherProcessHoldsTheStore() throws {
        let project = try Project()
        try project.recipe("any", run: "true > $OUT/file")
        let lease = try Descriptor.workingDirectory.open(project.store + "/lease", .readWrite)
        try lease.lock(.exclusive)
        let build = try project.starting("build", "any", "--json")
        #expect(try build.waits(for: "waiting for another belljar"))
        let answer = try answer(of: build, to: Signals.terminate)
        try expectCancelled(answer, 143, during: nil)
        #expect(try answer.json()["error"]?["answer"]?.string == "ended by SIGTERM")
        try lease.unlock()
        #expect(try project.belljar("build", "any").code == 0)
    }

    /// As behind a pager that is not scrolled.
    @Test func whileNobodyReadsWhatItSays() throws {
        let project = try Project()
        try project.recipe("loud", run: "seq 1 200000; true > $OUT/file")
        #expect(try project.belljar("build", "loud", "--quiet").code == 0)
        let log = try project.starting("log", "loud")
        pause(milliseconds: 700)
        #expect(try log.end(within: 0) == nil)
        log.signal(Signals.terminate)
        #expect(try log.end(within: 1000) == .status(143))
    }

    @Test func aHangUpThatIsIgnoredStaysIgnored() throws {
        let project = try Project()
        try project.recipe("short", run: "sleep 1; true > $OUT/file")
        let build = try project.start(
            "/bin/sh", ["-c", "trap '' HUP; exec \(Project.programs)/belljar build short"])
        #expect(try build.waits(for: "step build"))
        build.signal(Signals.hangUp)
        #expect(try build.finish().code == 0)
    }

    @Test func aSecondSignalIsNotWaitedFor() throws {
        let project = try Project()
        try project.recipe("any", run: "true > $OUT/file")
        let lease = try Descriptor.workingDirectory.open(project.store + "/lease", .readWrite)
        try lease.lock(.exclusive)
        let build = try project.starting("build", "any", "--json")
        #expect(try build.waits(for: "waiting for another belljar"))
        build.signal(Signals.terminate)
        pause(milliseconds: 50)
        let begun = Host.monotonicNanoseconds()
        try expectCancelled(try answer(of: build, to: Signals.interrupt), 130, during: nil)
        #expect((Host.monotonicNanoseconds() - begun) / 1_000_000 < 400)
    }
}
