import BelljarKernel
import BelljarModel
import Testing

/// `belljar run` before a terminal, and what the sandbox can do to that.
@Suite struct RunTerminalTests {
    @Test func aCommandHasATerminalWhereBelljarHasOne() throws {
        let project = try Project()
        let session = try project.sitting(
            "run", "-t", "tiny", "--", "sh", "-c", "tty; stty size; read x; echo got $x; exit 6")
        let before = try session.settings()
        #expect(try session.sees("/dev/pts/0\r\n33 101\r\n"), "\(session.screen)")
        try session.type("words\n")
        #expect(try session.sees("got words\r\n"), "\(session.rest)")
        #expect(try session.end() == .status(6))
        #expect(try session.settings() == before)
        let killed = try project.sitting(
            "run", "-t", "tiny", "--", "sh", "-c", "echo here; while :; do sleep 0.1; done")
        #expect(try killed.sees("here\r\n"), "\(killed.screen)")
        try killed.type("\u{3}")
        #expect(try killed.end() == .status(130))
        // Nobody would wake it up again, so it is not put to sleep.
        let awake = try project.sitting("run", "-t", "tiny", "--", "sh", "-c", "echo here; read x; echo got $x")
        #expect(try awake.sees("here\r\n"), "\(awake.screen)")
        try awake.type("\u{1a}")
        try awake.type("words\n")
        #expect(try awake.sees("got words"), "\(awake.rest)")
        #expect(try awake.end() == .status(0))
    }

    @Test func allThatWasShownIsShown() throws {
        let project = try Project()
        let session = try project.sitting("run", "-t", "tiny", "--", "seq", "60000")
        #expect(try session.sees("\r\n59999\r\n60000\r\n"))
        #expect(try session.end() == .status(0))
    }

    @Test(.enabled(if: !isRoot, "what root makes is not for the account of builds to change"))
    func whatIsBoundCanBeChangedAndWhatIsLeftIsKept() throws {
        let project = try Project()
        try project.write("work/file", "before\n")
        let run = ["run", "-q", "-t", "tiny", "--bind", "work:/build", "-o", "left", "--timeout", "1m", "--"]
        let script = "cat file; echo after >file; mkdir /out/deep; echo made >/out/deep/file; exit 3"
        let answer = try project.start(Project.programs + "/belljar", run + ["sh", "-c", script]).finish()
        #expect(answer.code == 3 && answer.text == "before\n", "\(answer.complaint)")
        #expect(try project.read("work/file") == "after\n")
        #expect(try project.read("left/deep/file") == "made\n")
        let readOnly = try project.belljar(
            "run", "-t", "tiny", "--bind-ro", "work:/build", "--", "sh", "-c", "echo never >file")
        #expect(readOnly.code == 1)
        #expect(try project.read("work/file") == "after\n")
        #expect(try project.belljar("records", "--json").json() == ["records": []])
        // What was there before is somebody's.
        try project.write("other/deep/file", "mine\n")
        let refused = try project.belljar("run", "-t", "tiny", "-o", "other", "--", "sh", "-c", script)
        #expect(refused.code == 2 && refused.complaint.contains("deep/file"), "\(refused.complaint)")
        #expect(try project.read("other/deep/file") == "mine\n")
    }

    @Test(arguments: ["0", " ", "1d", "-1s", "999h", "1.5h"]) func timesThatAreNone(text: String) throws {
        let project = try Project(toolchain: false)
        let answer = try project.belljar("run", "-t", "tiny", "--timeout=" + text, "--", "true")
        #expect(answer.code == 2 && answer.complaint.contains("for example --timeout 10m"), "\(answer.complaint)")
    }

    @Test func timeIsALimitWhereItIsAskedFor() throws {
        let project = try Project()
        let session = try project.sitting("run", "-t", "tiny", "--timeout", "2s", "--", "sleep", "1000")
        #expect(try session.end() == .status(7), "\(session.screen)")
        #expect(session.screen.contains("--timeout"))
    }

    @Test func pipesStayPipes() throws {
        let project = try Project()
        let run = "\(Project.programs)/belljar run -q -t tiny"
        let probe = "for i in 0 1 2; do [ -t $i ] && echo $i tty || echo $i none; done; cat"
        let piped = try project.run("/bin/sh", "-c", "echo typed | \(run) -- sh -c '\(probe)'")
        #expect(piped.text == "0 none\n1 none\n2 none\ntyped\n", "\(piped.complaint)")
        let forced = try project.run(
            "/bin/sh", "-c", "echo typed | \(run) --tty -- sh -c 'stty -echo; \(probe); stty size'")
        // What is typed before `stty -echo` is echoed. The lines end as terminals want it.
        let lines = forced.output.filter { $0 != 13 }
        let wanted = Array("0 tty\n1 tty\n2 tty\ntyped\n24 80\n".utf8)
        #expect(lines.suffix(wanted.count).elementsEqual(wanted), "\(forced.text)")
        let half = try project.run("/bin/sh", "-c", "\(run) --tty -- sh -c 'printf half; cat' </dev/null")
        #expect(half.code == 0 && half.text.hasPrefix("half"), "\(half.text)")
    }

    /// The size is what everybody may set who has a terminal open, by whatever descriptor.
    @Test func thePersonsTerminalIsNotInTheSandbox() throws {
        let project = try Project()
        func reach(_ processes: String) -> String {
            "for f in /proc/self/fd/* /proc/\(processes)/fd/* /dev/tty; do stty cols 55 <$f; done 2>/dev/null"
        }
        // It works where the terminal is to be had.
        let outside = try TerminalSession(
            "/bin/sh", ["-c", reach("$$")], environment: project.environment, directory: project.path)
        #expect(try outside.end() != nil)
        #expect(outside.size?.columns == 55)
        let session = try project.sitting("run", "-t", "tiny", "--", "sh", "-c", "\(reach("[0-9]*")); stty size")
        #expect(try session.sees("33 55\r\n"), "\(session.screen)")
        #expect(try session.end() == .status(0))
        #expect(session.size?.columns == 101)
    }

    /// What a program pushes into the input of a terminal (TIOCSTI) would be read by the person's own shell, if it were that
    /// one's; so would what it leaves unread there.
    @Test func nothingIsLeftToBeReadOutside() throws {
        let project = try Project()
        let program = "\(Project.programs)/belljar run -q -t tiny -- sh -c 'echo begun; sleep 1'"
        let session = try TerminalSession(
            "/bin/sh", ["-c", "\(program); stty -icanon min 0 time 2; echo rest=\"$(cat)\"."],
            environment: project.environment,
            directory: project.path)
        #expect(try session.sees("begun"), "\(session.screen)")
        try session.type("rm -rf everything\n")
        #expect(try session.sees("rest=.\r\n"), "\(session.rest)")
        #expect(try session.end() == .status(0))
    }

    /// bash with readline, as in Debian's images: this machine's, with the libraries that it needs.
    @Test(
        .enabled(
            if: (try? Descriptor.workingDirectory.status(of: "/usr/bin/bash")) != nil, "this test needs a dynamic bash")
    )
    func bashEditsLines() throws {
        let project = try Project(toolchain: false)
        let script = """
            set -e
            mkdir -p root/bin root/usr/bin root/lib/terminfo/x
            cp /bin/busybox root/bin/busybox
            for applet in $(/bin/busybox --list); do [ "$applet" = busybox ] || ln -s busybox "root/bin/$applet"; done
            cp /usr/bin/bash root/bin/bash
            for file in $(ldd /usr/bin/bash | grep -o '/[^ ]*'); do
                mkdir -p "root${file%/*}"; cp -L "$file" "root$file"
            done
            for file in /lib/terminfo/x/xterm /usr/share/terminfo/x/xterm; do
                [ ! -e $file ] || cp -L $file root/lib/terminfo/x/
            done
            tar -c -C root --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -f bash.tar .
            sha256sum bash.tar
            """
        let made = try project.run("/bin/sh", "-c", script)
        #expect(made.code == 0, "\(made.complaint)")
        let answer = try project.belljar(
            "toolchain", "import", "bash", "https://archive.invalid/bash.tar", "--sha256", String(made.text.prefix(64)),
            "--file", "bash.tar")
        #expect(answer.code == 0, "\(answer.complaint)")
        let session = try project.sitting("shell", "-t", "bash")
        let before = try session.settings()
        #expect(try session.sees("$ "), "\(session.screen)")
        // To the beginning of the line, a word before it; the word before the cursor out again.
        try session.type("edited gone\u{17}$((20+2))\u{1}echo \n")
        #expect(try session.sees("edited 22\r\n"), "\(session.rest)")
        try session.type(
            "read -t 2 x; echo waited $? $BASH_VERSION; shopt -s checkwinsize; a=$SECONDS; sleep 3; echo $((SECONDS-a)) s\n"
        )
        #expect(try session.sees("waited 142"), "\(session.rest)")
        #expect(try session.sees("3 s\r\n"), "\(session.rest)")
        try session.type("sh -c 'echo begun$((1+1)); exec sleep 1000'\n")
        #expect(try session.sees("begun2\r\n"), "\(session.rest)")
        #expect(try session.press("\u{1a}", until: "Stopped"), "\(session.rest)")
        #expect(try session.sees("$ "))
        try session.type("jobs; fg\n")
        #expect(try session.sees("sleep 1000'\r\n"), "\(session.rest)")
        #expect(try session.sees("sleep 1000'\r\n"), "\(session.rest)")
        pause(milliseconds: 300)
        #expect(try session.press("\u{3}", until: "$ "), "\(session.rest)")
        try session.type("echo ended $? $((1+1))\n")
        #expect(try session.sees("ended 130 2\r\n"), "\(session.rest)")
        try session.resize(rows: 20, columns: 66)
        try session.type("until [ \"$(stty size)\" = '20 66' ]; do :; done; true; echo $LINES $COLUMNS wide\n")
        #expect(try session.sees("20 66 wide\r\n"), "\(session.rest)")
        #expect(try session.sees("$ "))
        try session.type("\u{4}")
        #expect(try session.sees("exit\r\n"), "\(session.rest)")
        #expect(try session.end() == .status(0))
        #expect(try session.settings() == before)
    }
}
