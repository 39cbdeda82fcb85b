import BelljarModel
import Testing

/// Controls in recipes and on the command line, and what records say of them.
@Suite struct ControlTests {
    private func build(_ project: Project, _ arguments: String...) throws -> JSONValue {
        let answer = try project.start(Project.programs + "/belljar", ["build", "--json"] + arguments).finish()
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        return try #require(try answer.json()["builds"]?.array?.first)
    }

    @Test func aSettingIsPartOfTheDefinition() throws {
        let project = try Project()
        try project.recipe("input", run: "touch $OUT/a")
        try project.recipe("hello", run: "echo hello > $OUT/a", more: "inputs: [input]")
        let plain = try build(project, "hello")
        let other = try build(project, "hello", "--control", "clock=real", "--control", "mtimes=flat")
        #expect(other["cached"]?.bool == false)
        #expect(other["action"] != plain["action"])
        #expect(try build(project, "hello")["record"] == plain["record"])
        #expect(try build(project, "input")["cached"]?.bool == true, "inputs keep their states")

        let record = try #require(other["record"]?.string)
        let shown = try project.belljar("show", record, "--json").json()
        #expect(shown["definition"]?["controls"]?["clock"]?.string == "real")
        #expect(shown["definition"]?["controls"]?["mtimes"]?.string == "flat")
        #expect(shown["definition"]?["controls"]?["random"]?.string == "seeded")
        let open = shown["observed"]?["openChannels"]?.array?.compactMap(\.string) ?? []
        // A container's filters are inherited by these tests too.
        #expect(
            open.filter { $0 != "inherited" } == [
                "clock", "cpu-time", "cpuid", "elapsed-time", "kernel-answers", "kernel-numbers", "rdrand", "rdtsc",
                "scheduling", "threads",
            ])

        // Nothing but the record says it to a rebuild.
        let rebuilt = try project.belljar("rebuild", record, "--json")
        #expect(rebuilt.code == 0, "\(rebuilt.text)")
        let again = try #require(try rebuilt.json()["rebuilt"]?.string)
        #expect(try project.belljar("show", again, "--json").json()["definition"] == shown["definition"])
    }

    @Test func theLabelOfABuild() throws {
        let project = try Project()
        try project.recipe(
            "hello", run: "touch $OUT/a", more: "seed: dice\ncontrols: {order: real}\nlimits: {cpus: 1}")
        _ = try build(project, "hello")
        let text = try project.belljar("show", "hello").text.replacing("inherited, ", with: "")
        let label = """
            determinism
              addresses   fixed
              clock       frozen
              cpu         fixed
              fs          plain
              identity    fixed
              memory      fixed
              mtimes      ordinal
              order       real  (by default sorted)
              owners      real
              random      seeded, seed dice
              stat        virtual
              open        cpu-time, cpuid, elapsed-time, kernel-answers, kernel-numbers, order, rdrand, rdtsc, scheduling, threads
            constants
              environment: allow-list
              hostname: belljar
              locale: C.UTF-8
              outputs: normalised
              paths: /build /inputs /out
              timezone: UTC
              umask: 022
              user: builder 1000:1000
              world: 3

            """
        #expect(text.contains(label), "\(text)")
    }

    @Test func aBuildMayBeRoot() throws {
        let project = try Project()
        try project.recipe(
            "package",
            run: "id -u; id -g; id -un; echo $USER $HOME; mkdir -p $HOME; touch $HOME/x /tmp/x $OUT/a; id -u > $OUT/a",
            more: "root: fake")
        let built = try build(project, "package")
        let record = try #require(built["record"]?.string)
        #expect(try project.belljar("log", record).text == "0\n0\nroot\nroot /build/.home\n")
        let shown = try project.belljar("show", record, "--json").json()
        #expect(shown["definition"]?["controls"]?["owners"]?.string == "fake")
        #expect(shown["definition"]?["controls"]?["user"]?.string == "root 0:0")
        let inside = try project.belljar("run", "-t", "tiny", "--control", "owners=fake", "--", "id", "-u")
        #expect(inside.text == "0\n", "\(inside.complaint)")
    }

    @Test func settingsThatAreNone() throws {
        let project = try Project()
        try project.recipe("hello", run: "touch $OUT/a")
        for (setting, named) in [
            ("clok=real", "did you mean \"clock\"?"), ("clock=sorted", "frozen, real"), ("clock", "NAME=STATE"),
        ] {
            for command in [["build", "hello"], ["run", "-t", "tiny"]] {
                let tail = command[0] == "run" ? ["--", "true"] : []
                let answer = try project.start(
                    Project.programs + "/belljar", command + ["--control", setting] + tail
                ).finish()
                #expect(answer.code == 2, "\(command) \(setting)")
                #expect(answer.complaint.contains(named), "\(answer.complaint)")
            }
        }
        let twice = try project.belljar("build", "hello", "--control", "clock=real", "--control", "clock=frozen")
        #expect(twice.code == 2)
        #expect(twice.complaint.contains("given more than once"))
    }

    @Test func addressesAreFixedUnlessTheyAreReal() throws {
        let project = try Project()
        func maps(_ options: String...) throws -> String {
            let command = ["--", "sh", "-c", "while read a b; do echo $a; done < /proc/self/maps"]
            return try project.start(
                Project.programs + "/belljar", ["run", "-q", "-t", "tiny"] + options + command
            ).finish().text
        }
        let fixed = try maps()
        #expect(!fixed.isEmpty)
        #expect(try maps() == fixed)
        #expect(try maps("--control", "addresses=real") != fixed)
    }

    /// A program of a few instructions that overwrites the beginning of its stack and then asks for its heap: nobody
    /// can tell any more what it has been told of the host.
    private static let unhookable = """
        f0VMRgIBAQAAAAAAAAAAAAIAPgABAAAAeABAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAEAAOAAB
        AEAAAAAAAAEAAAAFAAAAAAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAkQAAAAAAAACRAAAAAAAAAAAQ
        AAAAAAAASInnMcC5UAAAAPNIqzH/sAwPBTH/sDwPBQ==
        """

    @Test func aProgramThatCannotBeVirtualisedEndsTheBuild() throws {
        let project = try Project()
        let program = Self.unhookable.replacing("\n", with: "")
        try project.recipe(
            "odd", run: "echo \(program) | base64 -d > odd; chmod +x odd; ./odd || true; touch $OUT/a")
        let answer = try project.belljar("build", "odd", "--json", "--keep-failed")
        #expect(answer.code == 5, "\(answer.text) \(answer.complaint)")
        let error = try #require(try answer.json()["error"])
        #expect(error["code"]?.string == "refused")
        #expect(error["stage"]?.string == "step build")
        #expect(error["answer"]?.string?.hasPrefix("/build/odd: ") == true, "\(error)")
        #expect(error["details"]?.array?.compactMap(\.string) == ["nothing could be kept"])
        let records = try project.belljar("records", "--json").json()["records"]?.array
        #expect(records?.first?["status"]?.string == "violation")
        let run = try project.belljar(
            "run", "-t", "tiny", "--", "sh", "-c", "echo \(program) | base64 -d > odd; chmod +x odd; ./odd")
        #expect(run.code == 5, "\(run.complaint)")
        #expect(run.complaint.contains("/build/odd: "))
    }

    @Test func aLedgerSaysWhoConsultedWhat() throws {
        let project = try Project()
        try project.recipe(
            "hello",
            run: "/bin/date > /dev/null; (/bin/date; /bin/date) > /dev/null; /bin/head -c 4 /dev/urandom > $OUT/a")
        let plain = try build(project, "hello")
        let none = try project.belljar("show", "hello", "--ledger")
        #expect(none.code == 2)
        #expect(none.complaint.contains("belljar build --ledger hello"))

        let built = try build(project, "hello", "--ledger")
        #expect(built["cached"]?.bool == false)
        #expect(built["action"] == plain["action"] && built["result"] == plain["result"])
        #expect(try build(project, "hello", "--ledger")["record"] == built["record"])
        let record = try #require(built["record"]?.string)
        let shown = try project.belljar("show", record, "--ledger")
        #expect(shown.code == 0, "\(shown.complaint)")
        let lines = try shown.text.split(separator: "\n").map { try CanonicalJSON.decode(Array($0.utf8)) }
        let dates = lines.filter { $0["argv"]?.array?.map(\.string) == ["/bin/date"] }
        #expect(dates.count == 3, "\(shown.text)")
        for line in dates {
            #expect(line["executable"]?.string == "/bin/busybox")
            #expect(line["consulted"]?["clock"]?.integer ?? 0 >= 1)
            #expect(line["parent"]?.integer ?? 0 > 1)
        }
        let head = try #require(lines.first { $0["argv"]?.array?.first?.string == "/bin/head" })
        let usual = dates.first?["consulted"]?["random"]?.integer ?? 0
        #expect(head["consulted"]?["random"]?.integer ?? 0 > usual, "\(head)")
        let about = try project.belljar("show", record, "--ledger", "--json").json()
        #expect(about["truncated"]?.bool == false)
        #expect(about["ledger"]?.string == Digest(of: shown.output).description)
        #expect(try project.belljar("store", "gc").code == 0)
        #expect(try project.belljar("show", record, "--ledger").output == shown.output)
    }

    /// PID 1 keeps a descriptor for each process that it knows, twice with a ledger.
    @Test func manyProcessesFitFewDescriptors() throws {
        let project = try Project()
        try project.recipe(
            "many", run: "i=0; while [ $i -lt 1100 ]; do /bin/date >> $OUT/a; i=$((i + 1)); done")
        let answer = try project.start(
            "/bin/sh", ["-c", "ulimit -n 1024; exec \"$0\" build --ledger many", Project.programs + "/belljar"]
        ).finish()
        #expect(answer.code == 0, "\(answer.complaint)")
        let ledger = try project.belljar("show", "many", "--ledger").text
        #expect(ledger.split(separator: "\n").count == 1101)
    }
}
