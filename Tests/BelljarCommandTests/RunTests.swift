import BelljarModel
import Testing

/// `belljar run`, and that root and an ordinary user see and make the same.
@Suite struct RunTests {
    @Test func theWorldInside() throws {
        let project = try Project()
        let answer = try project.belljar(
            "run", "-t", "tiny", "--", "sh", "-c",
            "id -u; id -g; hostname; pwd; ls /sys | wc -l; ls -A /build; env | sort; umask",
            environment: ["SECRET": "canary"])
        #expect(answer.code == 0, "\(answer.complaint)")
        let lines = answer.text.split(separator: "\n").map(String.init)
        #expect(lines.prefix(6) == ["1000", "1000", "belljar", "/build", "2", ".home"])
        #expect(lines.contains("SOURCE_DATE_EPOCH=315619200"))
        #expect(lines.contains("HOME=/build/.home"))
        #expect(lines.last == "0022")
        #expect(!answer.text.contains("canary"))
    }

    @Test func exitCodesAreTheCommands() throws {
        let project = try Project()
        #expect(try project.belljar("run", "-t", "tiny", "--", "sh", "-c", "exit 42").code == 42)
        #expect(try project.belljar("run", "-t", "tiny", "--", "sh", "-c", "kill -SEGV $$").code == 139)
        let slow = try project.belljar("run", "-t", "tiny", "--timeout", "2", "--", "sleep", "60")
        #expect(slow.code == 7, "\(slow.complaint)")
        // As in recipes, where a unit is needed.
        let slower = try project.belljar("run", "-t", "tiny", "--timeout", "1s", "--", "sleep", "60")
        #expect(slower.code == 7 && slower.complaint.contains("timeout of 1s"), "\(slower.complaint)")
        for wrong in ["0", "1d", "", "s", "999h", "99999999999999999999", "-1"] {
            let answer = try project.belljar("run", "-t", "tiny", "--timeout=\(wrong)", "--", "true")
            #expect(answer.code == 2, "\(wrong): \(answer.complaint)")
        }
        let missing = try project.belljar("run", "-t", "tiny", "--", "no-such-program")
        #expect(missing.code == 2, "\(missing.complaint)")
        #expect(missing.complaint.contains("no-such-program"))
    }

    @Test func streamsAreKeptApart() throws {
        let project = try Project()
        let answer = try project.belljar("run", "-q", "-t", "tiny", "--", "sh", "-c", "echo out; echo err >&2")
        #expect(answer.text == "out\n")
        #expect(answer.complaint == "err\n")
    }

    @Test func bindsAndVariables() throws {
        let project = try Project()
        try project.write("shared/file", "from the host\n")
        let answer = try project.belljar(
            "run", "-t", "tiny", "--bind-ro", "shared:/build/seen", "--env", "A=b=c", "--", "sh", "-c",
            "cat seen/file; echo $A; touch seen/new || echo refused")
        #expect(answer.text == "from the host\nb=c\nrefused\n", "\(answer.complaint)")
        #expect(try project.belljar("run", "-t", "tiny", "--env", "PATH=/x", "--", "true").code == 2)
        #expect(try project.belljar("run", "-t", "tiny", "--env", "novalue", "--", "true").code == 2)
        #expect(try project.belljar("run", "-t", "tiny", "--bind-ro", "missing", "--", "true").code == 2)
        #expect(try project.belljar("run", "-t", "tiny", "--bind-ro", "./shared", "--", "true").code == 0)
        #expect(try project.belljar("run", "-t", "tiny", "--bind-ro", "shared:../x", "--", "true").code == 2)
    }

    /// Toolchains are a project's.
    @Test func aCommandOutsideOfProjectsIsToldSo() throws {
        let project = try Project()
        let answer = try project.belljar("run", "-t", "tiny", "--project", project.path + "/Recipes/none", "--", "true")
        #expect(answer.code == 2)
        let outside = try project.run("/bin/sh", "-c", "cd / && exec \(Project.programs)/belljar run -t tiny -- true")
        #expect(outside.code == 2 && outside.complaint.contains("cannot find the project"), "\(outside.complaint)")
    }

    /// The same definition, result and image as an ordinary user's, with stores of their own.
    @Test(.enabled(if: isRoot, "only root can be two users"))
    func rootAndAnOrdinaryUserAgreeAsRoot() throws {
        let project = try Project()
        try project.write("Recipes/hello/src/hello.txt", "hello\n")
        try project.recipe(
            "hello", run: "id; cat hello.txt > $OUT/a; chmod 700 $OUT/a; echo $SOURCE_DATE_EPOCH >> $OUT/a",
            more: "sources:\n  - local: src")
        let asRoot = try project.belljar("build", "hello", "--json")
        #expect(asRoot.code == 0, "\(asRoot.text) \(asRoot.complaint)")
        #expect(try project.run("/bin/sh", "-c", "mkdir nobody && chown 65534:65534 nobody").code == 0)
        let store = project.path + "/nobody/store"
        let drop = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
        func asNobody(_ arguments: String...) throws -> Answer {
            try project.start(
                "/usr/bin/setpriv", drop + [Project.programs + "/belljar"] + arguments + ["--store", store, "--json"],
                environment: ["HOME": project.path + "/nobody", "TMPDIR": project.path + "/nobody"]
            ).finish()
        }
        #expect(
            try asNobody(
                "toolchain", "import", "--project", project.path + "/nobody", "tiny",
                "https://archive.invalid/tiny.tar",
                "--sha256", try project.makeArchive().hex, "--file", "tiny.tar"
            ).code == 0)
        let plain = try asNobody("build", "hello")
        #expect(plain.code == 0, "\(plain.text) \(plain.complaint)")
        let first = try asRoot.json()["builds"]?.array?.first
        let second = try plain.json()["builds"]?.array?.first
        for member in ["definition", "result", "image", "action", "tree", "outputs"] {
            #expect(first?[member] != nil)
            #expect(first?[member] == second?[member], "\(member)")
        }
    }
}

/// What `--bind` and standard streams cannot be.
@Suite struct RunRefusalTests {
    @Test(
        arguments: [
            ("folder:/dev", "of the sandbox's own"), ("folder:/proc", "of the sandbox's own"),
            ("folder:/sys/x", "of the sandbox's own"), ("tiny.tar:/dev/tty", "of the sandbox's own"),
            ("folder:/", "of the sandbox's own"), ("folder:/./", "of the sandbox's own"),
            ("/:/mnt/x", "the host's root"), ("/tmp/..:/mnt/x", "the host's root"), ("root:/mnt/x", "the host's root"),
        ])
    func placesThatCannotBeBound(bind: String, part: String) throws {
        let project = try Project()
        try project.write("folder/a", "1\n")
        #expect(try project.run("/bin/ln", "-s", "/", "root").code == 0)
        for option in ["--bind", "--bind-ro"] {
            let answer = try project.belljar("run", "-t", "tiny", option, bind, "--", "true")
            #expect(answer.code == 2 && answer.complaint.contains(part), "\(answer)")
            #expect(answer.complaint.contains("remedy: "))
        }
        // Positive control.
        let seen = try project.belljar("run", "-t", "tiny", "--bind-ro", "folder:/mnt/x", "--", "cat", "/mnt/x/a")
        #expect(seen.text == "1\n", "\(seen)")
    }

    @Test func whatIsKeptIsNotAHostsFolder() throws {
        let project = try Project()
        try project.write("folder/a", "1\n")
        let answer = try project.belljar("run", "-t", "tiny", "--bind", "folder:/out", "-o", "kept", "--", "true")
        #expect(answer.code == 2 && answer.complaint.contains("--output"), "\(answer)")
        #expect(!project.exists("kept"))
    }

    /// It would go on until its time is over.
    @Test func aCommandWhoseOutputGoesNowhereIsEnded() throws {
        let project = try Project()
        let answer = try project.start(
            "/bin/sh", ["-c", "exec \(Project.programs)/belljar run -t tiny -- yes </dev/null >/dev/full"]
        ).finish(seconds: 60)
        #expect(answer.code == 9, "\(answer)")
        #expect(answer.complaint.contains("ENOSPC") && answer.complaint.contains("remedy: "))
    }
}
