import BelljarKernel
import BelljarModel
import Testing

/// Sessions before a terminal, typed as people type them. What is typed is shown as well, so what is waited for is written
/// otherwise: `$((1+1))` for 2.
@Suite struct ShellTests {
    private func project() throws -> Project {
        let project = try Project()
        try project.recipe(
            "hello",
            steps: [
                ("first", "echo made by first > first.txt; echo elsewhere > /tmp/first.txt"),
                ("second", "mkdir -p $OUT; cp first.txt $OUT/"),
            ], more: "environment: {COLOUR: green}", outputs: "[first.txt]")
        return project
    }

    @Test func aShellHasATerminalOfItsOwn() throws {
        let project = try project()
        let session = try project.sitting("shell", "hello")
        let before = try session.settings()
        #expect(try session.sees("hello: shell in place of step first (1 of 2)"), "\(session.screen)")
        #expect(try session.sees("$ "))
        #expect(try session.settings() != before)
        try session.type("tty; stty size; echo $TERM $COLOUR $((40+2)); id -u; hostname; pwd; ls -A\n")
        #expect(
            try session.sees("/dev/pts/0\r\n33 101\r\nxterm green 42\r\n1000\r\nbelljar\r\n/build\r\n.home\r\n"),
            "\(session.rest)")
        try session.resize(rows: 44, columns: 111)
        // Of the signal that tells of it, nobody says when it has come.
        try session.type("until [ \"$(stty size)\" = '44 111' ]; do :; done; echo resized$((1+1))\n")
        #expect(try session.sees("resized2"), "\(session.rest)")
        try session.type("stty raw; exit 7\n")
        #expect(try session.end() == .status(7), "\(session.rest)")
        #expect(try session.settings() == before)
        #expect(try project.belljar("records", "--json").json() == ["records": []])
    }

    @Test func theClockMovesByWaitingAlone() throws {
        let project = try project()
        let session = try project.sitting("shell", "hello")
        #expect(try session.sees("$ "))
        try session.type("a=$(date +%s)\n")
        #expect(try session.sees("$ "))
        pause(milliseconds: 1500)
        try session.type("b=$(date +%s); sleep 1; echo idle $((b-a)) waited $(($(date +%s)-b))\n")
        #expect(try session.sees("idle 0 waited 1\r\n"), "\(session.rest)")
        #expect(try session.sees("$ "))
        try session.type("\u{4}")
        #expect(try session.end() == .status(0))
    }

    @Test func jobsAreTheShells() throws {
        let project = try project()
        let session = try project.sitting("shell", "hello")
        #expect(try session.sees("$ "))
        // The shell reads keys as they come; only what it has started can be stopped by one.
        try session.type("sh -c 'echo begun$((1+1)); exec sleep 1000'\n")
        #expect(try session.sees("begun2\r\n"), "\(session.rest)")
        #expect(try session.press("\u{1a}", until: "Stopped"), "\(session.rest)")
        #expect(try session.sees("$ "))
        try session.type("jobs; sleep 0.1 & fg %1\n")
        #expect(try session.sees("Stopped"), "\(session.rest)")
        #expect(try session.sees("sleep 1000"), "\(session.rest)")
        #expect(try session.sees("sleep 1000"), "\(session.rest)")
        // To whatever is in the foreground by then: the sleep, or nobody yet.
        #expect(try session.press("\u{3}", until: "$ "), "\(session.rest)")
        try session.type("echo first $((100+30))\n")
        #expect(try session.sees("first 130"), "\(session.rest)")
        try session.type("sh -c 'echo begun$((1+1)); while :; do sleep 1; done'\n")
        #expect(try session.sees("begun2\r\n"), "\(session.rest)")
        #expect(try session.press("\u{3}", until: "$ "), "\(session.rest)")
        try session.type("echo ended $? $((1+1))\n")
        #expect(try session.sees("ended 130 2"), "\(session.rest)")
        try session.type("sh -c 'echo begun$((1+1)); exec cat'\n")
        #expect(try session.sees("begun2\r\n"), "\(session.rest)")
        #expect(try session.press("\u{1c}", until: "$ "), "\(session.rest)")
        try session.type("kill -TERM $$; kill -KILL $$\n")
        #expect(try session.end() == .status(137), "\(session.rest)")
    }

    @Test(arguments: ["2", "second"]) func theStepsBeforeHaveRun(step: String) throws {
        let project = try project()
        let session = try project.sitting("shell", "hello", "--step", step)
        #expect(try session.sees("shell in place of step second (2 of 2)"), "\(session.screen)")
        #expect(try session.sees("$ "))
        try session.type("cat first.txt /tmp/first.txt; ls /out | wc -l; stat -c %Y first.txt\n")
        #expect(try session.sees("made by first\r\nelsewhere\r\n0\r\n1700000000\r\n"), "\(session.rest)")
        try session.type("exit\n")
        #expect(try session.end() == .status(0))
    }

    @Test func aFailedBuildIsEnteredWhereItCame() throws {
        let project = try project()
        try project.recipe(
            "bad", run: "echo left > left.txt; date +%N > $OUT/number; sleep 2; mkdir /tmp/deep; exit 3")
        let failed = try project.belljar("build", "bad", "--json")
        #expect(failed.code == 1)
        // Whatever the recipe says by now.
        try project.recipe("bad", run: "true")
        for arguments in [["shell", "bad", "--failed"], ["shell", "--failed"]] {
            let session = try TerminalSession(
                Project.programs + "/belljar", arguments, environment: project.environment, directory: project.path)
            #expect(try session.sees("bad: shell after step build (1 of 1): exit status 3"), "\(session.screen)")
            #expect(!session.screen.contains("note:"))
            #expect(try session.sees("$ "))
            try session.type("cat left.txt; cd /tmp/deep && stat -c %Y .; echo $((1+1)) $OUT/*\n")
            #expect(try session.sees("left\r\n1700000002\r\n2 /out/number\r\n"), "\(session.rest)")
            try session.type("exit 0\n")
            #expect(try session.end() == .status(0))
        }
        #expect(try project.belljar("records", "--json").json()["records"]?.array?.count == 1)
    }

    /// What it takes in is built before, with secrets of its own; those of the step are the shell's.
    @Test func inputsAreThereAndSecretsToo() throws {
        let project = try project()
        try project.write("token.txt", "sesame-open\n")
        try project.write(
            "Recipes/user/recipe.yaml",
            """
            name: user
            version: "1"
            toolchain: tiny
            epoch: 1700000000
            inputs: [hello]
            secrets:
              - {name: token, file: /nowhere/token}
            steps:
              - name: first
                run: echo 7 > seven
              - name: second
                run: "true"
                secrets: [token]
            outputs: [.]

            """)
        let secret = "token=file:\(project.path)/token.txt"
        let session = try project.sitting("shell", "user", "--step", "second", "--secret", secret)
        #expect(try session.sees("$ "), "\(session.screen)")
        try session.type("cat seven $INPUTS/hello/first.txt /run/secrets/token; exit\n")
        #expect(try session.sees("7\r\nmade by first\r\nsesame-open\r\n"), "\(session.rest)")
        #expect(try session.end() == .status(0))
        let other = try project.sitting("shell", "user", "--secret", secret)
        #expect(try other.sees("$ "), "\(other.screen)")
        try other.type("ls /run/secrets | wc -l; exit\n")
        #expect(try other.sees("0\r\n"), "\(other.rest)")
        #expect(try other.end() == .status(0))
    }

    /// A build that failed by its limit has more than that limit for who looks at what it left.
    @Test func aBuildThatWasTooSlowIsEntered() throws {
        let project = try project()
        try project.recipe("slow", run: "echo left > left.txt; sleep 1000", more: "limits: {timeout: 2s, grace: 1s}")
        #expect(try project.belljar("build", "slow").code == 7)
        let session = try project.sitting("shell", "slow", "--failed")
        #expect(try session.sees("shell after step build (1 of 1): limit timeout of 2s"), "\(session.screen)")
        #expect(try session.sees("$ "))
        pause(milliseconds: 4000)
        try session.type("cat left.txt; exit 5\n")
        #expect(try session.sees("left\r\n"), "\(session.rest)")
        #expect(try session.end() == .status(5), "\(session.rest)")
    }

    @Test func whatWasChangedIsAPatch() throws {
        let project = try project()
        try project.write("Recipes/fix/src/file.txt", "one\ntwo\n")
        try project.write("Recipes/fix/src/gone.txt", "gone\n")
        try project.write("Recipes/fix/src/same.txt", "same\n")
        try project.recipe("fix", run: "false", more: "sources:\n  - local: src")
        #expect(try project.belljar("build", "fix").code == 1)
        let session = try project.sitting("shell", "fix", "--failed", "--patch", "fix.patch")
        #expect(try session.sees("$ "), "\(session.screen)")
        try session.type(
            "echo three >>file.txt; rm gone.txt; mkdir d; echo new >d/new.txt; head -c 9 /dev/zero >binary\n")
        #expect(try session.sees("$ "))
        try session.type("ln -s file.txt link; echo secret >~/.history; exit 4\n")
        #expect(try session.end() == .status(4), "\(session.rest)")
        #expect(session.rest.contains("patch: \(project.path)/fix.patch"), "\(session.rest)")
        #expect(session.rest.contains("not in the patch: binary") && session.rest.contains("not in the patch: link"))
        let patch = try project.read("fix.patch")
        #expect(!patch.contains("same.txt") && !patch.contains("history") && !patch.contains("binary"), "\(patch)")
        let applied = try project.run(
            "/bin/sh", "-c",
            "cd Recipes/fix/src && patch -p1 <../../../fix.patch && cat file.txt d/new.txt && ! test -e gone.txt")
        #expect(
            applied.code == 0 && applied.text.hasSuffix("one\ntwo\nthree\nnew\n"),
            "\(applied.text) \(applied.complaint)")
        // Somebody's file stays.
        let again = try project.sitting("shell", "fix", "--patch", "fix.patch")
        #expect(try again.end() == .status(2), "\(again.screen)")
        #expect(try project.read("fix.patch") == patch)
        let idle = try project.sitting("shell", "fix", "--patch", "none.patch")
        #expect(try idle.sees("$ "), "\(idle.screen)")
        try idle.type("exit\n")
        #expect(try idle.end() == .status(0))
        #expect(idle.rest.contains("nothing was changed") && !project.exists("none.patch"), "\(idle.rest)")
    }

    @Test func whatIsNotAsItWasIsSaid() throws {
        let project = try project()
        try project.recipe("odd", run: "cat /proc/sys/kernel/random/uuid; exit 1", more: "controls: {random: real}")
        #expect(try project.belljar("build", "odd").code == 1)
        let session = try project.sitting("shell", "odd", "--failed")
        #expect(try session.sees("note: 1 line of what the steps wrote cannot be found"), "\(session.screen)")
        #expect(try session.sees("shell after step build (1 of 1)"))
        try session.type("exit\n")
        #expect(try session.end() == .status(0))
    }
}

/// How a session can end, and what cannot begin.
@Suite struct ShellEndTests {
    private func sitting(wrapper: [String] = []) throws -> (Project, TerminalSession, String) {
        let project = try Project()
        try project.recipe("hello", run: "true")
        let session = try TerminalSession(
            Project.programs + "/belljar", ["shell", "hello"], environment: project.environment,
            directory: project.path, wrapper: wrapper)
        let before = try session.settings()
        #expect(try session.sees("$ "), "\(session.screen)")
        try session.type("sleep 4321 & echo ready$((1+1))\n")
        #expect(try session.sees("ready2"), "\(session.rest)")
        return (project, session, before)
    }

    /// Whether a process of the sandbox is left on the host.
    private func isAlive(_ project: Project) throws -> Bool {
        for _ in 0..<200 {
            if try project.run("/usr/bin/pgrep", "-f", "sleep 4321").code != 0 { return false }
            pause(milliseconds: 50)
        }
        return true
    }

    @Test(arguments: [Signals.terminate, Signals.interrupt])
    func aSignalLeavesTheTerminalAsItWas(number: Int32) throws {
        let (project, session, before) = try sitting()
        session.signal(number)
        #expect(try session.end() == .status(128 + number), "\(session.rest)")
        #expect(try session.settings() == before)
        #expect(try !isAlive(project))
    }

    @Test func soDoesOneThatCannotBeHandled() throws {
        let (project, session, before) = try sitting()
        session.signal(9)
        #expect(try session.end() == .signal(9))
        #expect(try session.settings(become: before))
        #expect(try !isAlive(project))
    }

    /// Stopped from outside, the terminal is somebody else's; then it is the sandbox's again.
    @Test func whoWasStoppedGoesOn() throws {
        let (project, session, before) = try sitting()
        let raw = try session.settings()
        session.signal(19)
        try session.set("sane")
        #expect(try session.settings() != raw)
        session.signal(18)
        #expect(try session.settings(become: raw))
        try session.type("kill %1; exit 3\n")
        #expect(try session.end() == .status(3), "\(session.rest)")
        #expect(try session.settings() == before)
        #expect(try !isAlive(project))
    }

    @Test(arguments: [[], ["/usr/bin/env", "--ignore-signal=HUP"]])
    func aWindowThatIsClosedEndsTheSandbox(wrapper: [String]) throws {
        let (project, session, _) = try sitting(wrapper: wrapper)
        session.hangUp()
        #expect(try session.end() == .status(129))
        #expect(try !isAlive(project))
    }

    @Test func whatCannotBeOpenedIsSaid() throws {
        let project = try Project()
        try project.recipe("hello", run: "false\n")
        let plain = try project.belljar("shell", "hello")
        #expect(plain.code == 2)
        #expect(
            plain.complaint.contains("is no terminal") && plain.complaint.contains("belljar run"), "\(plain.complaint)")
        func failure(_ arguments: String...) throws -> String {
            let session = try TerminalSession(
                Project.programs + "/belljar", arguments, environment: project.environment, directory: project.path)
            #expect(try session.end() == .status(2), "\(session.screen)")
            return session.screen
        }
        #expect(try failure("shell", "hello", "--json").contains("belongs to the shell"))
        #expect(try failure("shell", "hello", "--step", "3").contains("it has no step \"3\""))
        #expect(try failure("shell", "hello", "--step", "-1").contains("it has no step \"-1\""))
        #expect(try failure("shell", "hello", "--step", "bulid").contains("the steps are: 1 build"))
        #expect(try failure("shell", "helo").contains("did you mean \"hello\""))
        #expect(try failure("shell", "hello", "--failed").contains("no record"))
        #expect(try failure("shell", "--failed").contains("no record"))
        #expect(try failure("shell", "-t", "tiny", "--step", "1").contains("no build"))
        #expect(try failure("shell", "hello", "--failed", "--step", "1").contains("choose one"))
    }

    /// The remedy is a command that can be given.
    @Test func aBuildThatTheSandboxEndedIsEnteredBeforeThat() throws {
        let project = try Project()
        try project.recipe("viol", run: "true")
        let recipe = try project.read("Recipes/viol/recipe.yaml").replacing(
            "  - name: build\n    run: |\n      true\n",
            with: "  - {name: prep, run: \"ln -s /proc/self d\"}\n  - {name: boom, directory: d, run: \"true\"}\n")
        try project.write("Recipes/viol/recipe.yaml", recipe)
        #expect(try project.belljar("build", "viol").code == 5)
        try project.write("record.json", try project.belljar("show", "viol", "--json").text)
        let digest = try #require(
            try project.belljar("records", "--json").json()["records"]?.array?.first?["digest"]?.string
        ).dropFirst(7)
        for (reference, named) in [("viol", String(digest.prefix(12))), ("record.json", "./record.json")] {
            let failed = try project.sitting("shell", reference, "--failed")
            #expect(try failed.end() == .status(2), "\(failed.screen)")
            #expect(failed.screen.contains("belljar shell \(named) --step 2;"), "\(failed.screen)")
            #expect(failed.screen.contains("belljar shell \(named) --step 1"), "\(failed.screen)")
            let session = try project.sitting("shell", named, "--step", "1")
            #expect(try session.sees("shell in place of step prep (1 of 2)"), "\(session.screen)")
            #expect(try session.sees("$ "))
            try session.type("exit 6\n")
            #expect(try session.end() == .status(6))
        }
    }

    @Test func aRecordThatTellsOfAnotherEndIsNoted() throws {
        let project = try Project()
        try project.recipe("bad", run: "exit 3")
        #expect(try project.belljar("build", "bad").code == 1)
        let record = try project.belljar("show", "bad", "--json").text
        let edited = record.replacing("\"status\":\"build_failed\"", with: "\"status\":\"timeout\"")
        #expect(edited != record)
        try project.write("edited.json", edited)
        let session = try project.sitting("shell", "edited.json", "--failed")
        #expect(
            try session.sees("note: the recorded build ended as timeout, this one as build_failed"), "\(session.screen)"
        )
        #expect(try session.sees("$ "), "\(session.screen)")
        try session.type("exit\n")
        #expect(try session.end() == .status(0))
    }

    @Test func aToolchainWithoutAShellIsSaidToBeOne() throws {
        let project = try Project(toolchain: false)
        let made = try project.run(
            "/bin/sh", "-c", "mkdir -p root/bin && cp /bin/busybox root/bin/cat && tar -cf bare.tar -C root .")
        #expect(made.code == 0)
        let sum = try project.run("/usr/bin/sha256sum", "bare.tar").text.prefix(64)
        let answer = try project.belljar(
            "toolchain", "import", "bare", "https://archive.invalid/bare.tar", "--sha256", String(sum), "--file",
            "bare.tar")
        #expect(answer.code == 0, "\(answer.complaint)")
        let session = try project.sitting("shell", "-t", "bare")
        let before = try session.settings()
        #expect(try session.end() == .status(2), "\(session.screen)")
        #expect(session.screen.contains("the toolchain has no /bin/sh"), "\(session.screen)")
        #expect(try session.settings() == before)
    }

    @Test func aStepBeforeTheShellThatFailsIsAnError() throws {
        let project = try Project()
        try project.recipe("hello", steps: [("one", "echo why; exit 4"), ("next", "true")])
        let session = try project.sitting("shell", "hello", "--step", "next")
        #expect(try session.end() == .status(1), "\(session.screen)")
        #expect(session.screen.contains("why") && session.screen.contains("--step 1"), "\(session.screen)")
    }
}
