import BelljarKernel
import BelljarModel
import Testing

/// `belljar check`: whether a recipe comes out alike on a host that varies, and what makes it so.
@Suite struct CheckTests {
    /// A script that writes something of its host to `$OUT/seen`, and the control that keeps it from builds.
    struct Channel: CustomTestStringConvertible, Sendable {
        var control: String
        var script: String

        var testDescription: String { control }
    }

    static let channels: [Channel] = [
        .init(control: "addresses", script: "grep stack /proc/self/maps"),
        .init(control: "clock", script: "date +%s"),
        .init(control: "cpu", script: "nproc; grep -c ^processor /proc/cpuinfo"),
        .init(control: "memory", script: "grep MemAvailable /proc/meminfo; cat /proc/loadavg"),
        .init(control: "mtimes", script: "touch new; sleep 0.01; stat -c %y new"),
        .init(control: "order", script: "find . -type f"),
        .init(control: "random", script: "od -An -N8 -tx1 /dev/urandom"),
        .init(control: "stat", script: "stat -c %i a b c"),
    ]

    private func project(_ script: String, controls: String = "{}") throws -> Project {
        let project = try Project()
        for name in ["a", "b", "c"] { try project.write("Recipes/seen/src/\(name)", name) }
        try project.recipe(
            "seen", run: "(\(script)) > $OUT/seen\necho same > $OUT/same",
            more: "controls: \(controls)\nsources:\n  - local: src")
        return project
    }

    private func controls(_ answer: Answer, _ member: String) throws -> [String] {
        try answer.json()[member]?.array?.compactMap { $0["control"]?.string } ?? []
    }

    @Test(arguments: channels) func theControlThatIsMissingIsNamed(channel: Channel) throws {
        let project = try project(channel.script, controls: "{\(channel.control): real}")
        let answer = try project.belljar("check", "seen", "--json")
        #expect(answer.code == 3, "\(answer)")
        #expect(try controls(answer, "causes") == [channel.control], "\(answer)")
        let differences = try answer.json()["rounds"]?.array?.first?["differences"]?.array ?? []
        #expect(differences.compactMap { $0["path"]?.string } == ["seen"])
        // The control: with it, the same recipe comes out alike, and the audit says what it is owed to.
        let pinned = try self.project(channel.script)
        let audited = try pinned.belljar("check", "seen", "--audit", "--json")
        #expect(audited.code == 0, "\(audited)")
        let saving = try audited.json()["audit"]?.array?.filter { $0["differences"]?.array?.isEmpty == false } ?? []
        #expect(saving.contains { $0["control"]?.string == channel.control }, "\(audited)")
    }

    @Test func whatDependsOnNothingIsAlike() throws {
        let project = try project("cat a b c")
        let answer = try project.belljar("check", "seen", "--rounds", "3", "--audit")
        #expect(answer.code == 0 && answer.text.hasPrefix("seen 1  alike in 3 rounds\n"), "\(answer)")
        let audit = answer.text.split(separator: "\n").dropFirst()
        #expect(audit.count == 11 && audit.dropLast().allSatisfy { $0.hasSuffix(": the same") }, "\(answer)")
        // No trial is this project's build of that name.
        let built = try project.belljar("build", "seen", "--json").json()["builds"]?.array?.first
        #expect(built?["cached"]?.bool == true, "\(String(describing: built))")
    }

    @Test func whatIsSaidLeadsOn() throws {
        let project = try project("date +%s", controls: "{clock: real}")
        let answer = try project.belljar("check", "seen")
        #expect(answer.code == 3)
        let lines = answer.text.split(separator: "\n").map(String.init)
        try #require(lines.count >= 5, "\(answer)")
        #expect(lines[0] == "seen 1  not reproducible: 1 of 1 further rounds")
        #expect(lines[1] == "  seen came out otherwise")
        #expect(lines[4] == "  seen: the host's clock (the time of day); alike with `controls: {clock: frozen}`")
        // As it is printed.
        let compared = try #require(lines[2].split(separator: ": ").last).split(separator: " ").dropFirst().map(
            String.init)
        #expect(try project.start(Project.programs + "/belljar", compared).finish().code == 3)
        let commands = try #require(lines[3].split(separator: ": ").last).split(separator: ";")
        #expect(commands.count == 2)
        for command in commands {
            let words = command.split(separator: " ").dropFirst().map(String.init)
            #expect(try project.start(Project.programs + "/belljar", words).finish().code == 0)
        }
        #expect(try project.read("first/seen") != project.read("other/seen"))
    }

    @Test func eachOutputHasItsOwnCause() throws {
        let project = try project("date +%s", controls: "{clock: real, random: real, order: real}")
        try project.recipe(
            "seen",
            run: "date +%s > $OUT/date\nod -An -N8 -tx1 /dev/urandom > $OUT/random\n"
                + "(date +%s; od -An -N8 -tx1 /dev/urandom) > $OUT/two",
            more: "controls: {clock: real, random: real}")
        let answer = try project.belljar("check", "seen")
        #expect(answer.code == 3)
        let lines = answer.text.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("  date: the host's clock") }, "\(answer.text)")
        #expect(lines.contains { $0.hasPrefix("  random: the host's random") }, "\(answer.text)")
        #expect(lines.contains("  two: alike only with all of these pinned: clock, random"), "\(answer.text)")
    }

    /// One variation alone makes it differ, and what belljar keeps out of builds is varied and makes nothing differ.
    @Test func whatOfTheHostItComesFrom() throws {
        guard Host.cpus > 1 else { return }
        let seeing = "umask; pwd"
        let project = try project("nproc; \(seeing)", controls: "{cpu: real}")
        let answer = try project.belljar("check", "seen", "--json").json()
        let causes = answer["hostCauses"]?.array ?? []
        #expect(causes.count == 1 && causes.first?["variations"]?.array?.compactMap(\.string) == ["processors"])
        #expect(answer["spontaneous"]?.array?.isEmpty == true)
        let varied = answer["varied"]?.array?.compactMap(\.string) ?? []
        #expect(["umask", "directory", "processors"].allSatisfy(varied.contains), "\(varied)")
        #expect(try self.project(seeing).belljar("check", "seen").code == 0)
    }

    @Test func whatOnceCameOutOtherwiseIsNeverCalledAlike() throws {
        guard Host.cpus > 1 else { return }
        let project = try project("nproc", controls: "{cpu: real}")
        let pinned = ["-c", "0", Project.programs + "/belljar", "build", "seen"]
        #expect(try project.start("/usr/bin/taskset", pinned).finish().code == 0)
        // The control: each further round has one processor, as that build had.
        #expect(try project.belljar("check", "seen").code == 0)
        #expect(try project.belljar("rebuild", "seen").code == 3)
        let answer = try project.belljar("check", "seen")
        #expect(
            answer.code == 3 && answer.text.contains("of the same definition came out otherwise"),
            "\(answer)")
    }

    /// A build that fails when it sees that something is otherwise is no proof of anything.
    @Test func oneThatFailsInOneRoundOnly() throws {
        let project = try project("nproc | grep -v '^1$'", controls: "{cpu: real}")
        guard Host.cpus > 1 else { return }
        let answer = try project.belljar("check", "seen")
        #expect(answer.code == 1, "\(answer)")
        #expect(answer.text.hasPrefix("seen 1  not shown to be alike: 1 of 1 further rounds\n"), "\(answer)")
    }

    @Test func whatCannotBeChecked() throws {
        let project = try project("exit 3")
        #expect(try project.belljar("check", "seen").code == 1)
        for wrong in [["check"], ["check", "nope"], ["check", "seen", "--rounds", "1"]] {
            let answer = try project.start(Project.programs + "/belljar", wrong).finish()
            #expect(answer.code == 2 && answer.complaint.contains("remedy: "), "\(answer)")
        }
    }
}
