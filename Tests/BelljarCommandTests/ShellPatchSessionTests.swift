import BelljarKernel
import BelljarModel
import Testing

/// Sessions with `--patch`, before a terminal. What becomes of which change is `ShellPatchTests`.
@Suite struct ShellPatchSessionTests {
    private func project() throws -> Project {
        let project = try Project()
        try project.write("Recipes/fix/src/file.txt", "one\ntwo\n")
        try project.write("Recipes/fix/src/run.sh", "#!/bin/sh\n", mode: 0o755)
        try project.recipe("fix", run: "false", more: "sources:\n  - local: src")
        return project
    }

    @Test func whatWasClosedIsInThePatch() throws {
        let project = try project()
        let session = try project.sitting("shell", "fix", "--patch", "fix.patch")
        #expect(try session.sees("$ "), "\(session.screen)")
        try session.type("echo three >>file.txt; chmod -x run.sh; chmod 000 file.txt; mkfifo pipe; exit 3\n")
        #expect(try session.end() == .status(3), "\(session.rest)")
        #expect(session.rest.contains("note: comparing /build"), "\(session.rest)")
        #expect(session.rest.contains("not in the patch: file.txt (its mode, 0000)"), "\(session.rest)")
        #expect(session.rest.contains("not in the patch: pipe (a FIFO)"), "\(session.rest)")
        let expected = """
            diff --git a/file.txt b/file.txt
            --- a/file.txt
            +++ b/file.txt
            @@ -1,2 +1,3 @@
             one
             two
            +three
            diff --git a/run.sh b/run.sh
            old mode 100755
            new mode 100644

            """
        #expect(try project.read("fix.patch") == expected)
    }

    /// Names are a build's own text.
    @Test func namesAreSafeForATerminal() throws {
        let project = try project()
        let session = try project.sitting("shell", "fix", "--patch", "fix.patch")
        #expect(try session.sees("$ "), "\(session.screen)")
        try session.type("ln -s x \"$(printf 'l\\377')\"; printf '\\0' >\"$(printf 'e\\033[31m\\nx')\"; exit\n")
        #expect(try session.end() == .status(0), "\(session.rest)")
        #expect(session.rest.contains("not in the patch: l\\xff (a link)"), "\(session.rest)")
        let line = session.rest.split(whereSeparator: \.isNewline).first { $0.contains("(a binary file)") }
        #expect(line?.hasPrefix("not in the patch: e") == true && line?.contains("\u{1b}") == false, "\(session.rest)")
        #expect(!project.exists("fix.patch"))
    }

    @Test func aToolchainsShellHasOneToo() throws {
        let project = try project()
        let session = try project.sitting("shell", "-t", "tiny", "--patch", "new.patch")
        #expect(try session.sees("$ "), "\(session.screen)")
        try session.type("echo hi >new; exit 4\n")
        #expect(try session.end() == .status(4), "\(session.rest)")
        #expect(session.rest.contains("patch: \(project.path)/new.patch"), "\(session.rest)")
        #expect(try project.read("new.patch").hasSuffix("--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+hi\n"))
    }

    @Test func aPatchInsideOfASourceIsSaidToBe() throws {
        let project = try project()
        try project.recipe("all", run: "true", more: "sources:\n  - {local: /, ignore: [store, home, tmp, Toolchains]}")
        func tell(_ file: String) throws -> String {
            let session = try project.sitting("shell", "all", "--patch", file)
            #expect(try session.sees("$ "), "\(session.screen)")
            try session.type("echo hi >new; exit\n")
            #expect(try session.end() == .status(0), "\(session.rest)")
            #expect(session.rest.contains("patch: \(project.path)/\(file)"), "\(session.rest)")
            return session.rest
        }
        #expect(try tell("fix.patch").contains("in a source of all (local: /)"))
        #expect(try !tell("tmp/fix.patch").contains("in a source"))
        try project.write(".belljarignore", "*.patch\n")
        #expect(try !tell("other.patch").contains("in a source"))
    }

    /// A diff that takes long stands for many files.
    private func comparing() throws -> (Project, TerminalSession) {
        let project = try project()
        try project.write("bin/diff", "#!/bin/sh\nexec sleep 1000\n", mode: 0o755)
        var environment = project.environment
        environment["PATH"] = project.path + "/bin:" + (environment["PATH"] ?? "")
        let session = try TerminalSession(
            Project.programs + "/belljar", ["shell", "fix", "--patch", "fix.patch"], environment: environment,
            directory: project.path)
        #expect(try session.sees("$ "), "\(session.screen)")
        try session.type("echo three >>file.txt; exit\n")
        #expect(try session.sees("comparing"), "\(session.rest)")
        return (project, session)
    }

    @Test(arguments: [Signals.terminate, Signals.interrupt])
    func whoDoesNotWantToWaitEndsIt(number: Int32) throws {
        let (project, session) = try comparing()
        session.signal(number)
        #expect(try session.end() == .status(128 + number), "\(session.rest)")
        #expect(session.rest.contains("ended by \(Signals.name(of: number))"), "\(session.rest)")
        #expect(!project.exists("fix.patch"))
    }

    @Test func soDoesAWindowThatIsClosed() throws {
        let (project, session) = try comparing()
        session.hangUp()
        #expect(try session.end() == .status(129))
        #expect(!project.exists("fix.patch"))
    }

    /// The sandbox waits for its command meanwhile, and never starts it.
    @Test(arguments: [Signals.terminate, Signals.interrupt])
    func whoDoesNotWaitForTheBeginningEndsIt(number: Int32) throws {
        let project = try project()
        try project.recipe("many", run: "seq 20000 | xargs touch; false")
        #expect(try project.belljar("build", "many").code == 1)
        let session = try project.sitting("shell", "many", "--failed", "--patch", "fix.patch")
        let before = try session.settings()
        #expect(try session.sees("noting what is in /build"), "\(session.screen)")
        session.signal(number)
        #expect(try session.end() == .status(128 + number), "\(session.rest)")
        #expect(session.rest.contains("ended by \(Signals.name(of: number))"), "\(session.rest)")
        #expect(try session.settings() == before)
        #expect(!project.exists("fix.patch"))
    }

    @Test func whatCannotBeComparedIsKept() throws {
        let project = try project()
        try project.write("bin/diff", "#!/bin/sh\necho broken >&2\nexit 2\n", mode: 0o755)
        var environment = project.environment
        environment["PATH"] = project.path + "/bin:" + (environment["PATH"] ?? "")
        let session = try TerminalSession(
            Project.programs + "/belljar", ["shell", "fix", "--patch", "fix.patch"], environment: environment,
            directory: project.path)
        #expect(try session.sees("$ "), "\(session.screen)")
        try session.type("echo three >>file.txt; exit\n")
        #expect(try session.end() == .status(9), "\(session.rest)")
        #expect(session.rest.contains("broken") && session.rest.contains("remedy: "), "\(session.rest)")
        let place = session.rest.split(whereSeparator: \.isNewline).first { $0.hasPrefix("  kept: \(project.path)/") }
        let folder = try #require(place).dropFirst("  kept: \(project.path)/".count)
        #expect(try project.read("\(folder)/build/file.txt") == "one\ntwo\nthree\n")
    }
}
