import BelljarHost
import BelljarKernel
import BelljarModel
import Testing

/// `belljar observe`: from an ordinary build to a recipe. What comes of it is built by Scripts/first-hour.sh, with real packages.
@Suite struct ObserveTests {
    private static let makefile = """
        tool: part.o
        \tprintf '#!/bin/sh\\necho hi\\n' >tool && cat part.o >>tool && chmod +x tool
        part.o: part.txt
        \tcp part.txt part.o

        """

    /// A folder that is no project yet.
    private func folder() throws -> Project {
        let project = try Project(toolchain: false)
        try project.write("my/Makefile", Self.makefile)
        try project.write("my/part.txt", "# a part\n")
        return project
    }

    @Test func aBuildBecomesARecipe() throws {
        let project = try folder()
        // Left by a build on the host; with it make would have nothing to do.
        try project.write("my/tool", "")
        try project.write("my/part.o", "")
        try project.write("my/.gitignore", "/tool\n*.o\n")
        let answer = try project.belljar(
            "observe", "--project", "my", "--no-lock", "--suite", "bookworm", "--", "make")
        #expect(answer.code == 0, "\(answer)")
        #expect(answer.text.contains("packages: make\n"), "\(answer)")
        #expect(answer.text.contains("wrote Toolchains/my/toolchain.yaml\nwrote belljar.yaml\n"))
        let recipe = try project.read("my/belljar.yaml")
        #expect(recipe.contains("    run: |\n      make\n"))
        #expect(recipe.contains("outputs:\n  - \"tool\"\n"), "\(recipe)")
        #expect(try project.read("my/Toolchains/my/toolchain.yaml").contains("  packages:\n    - make\n"))
        // The folder itself was not built in.
        #expect(try project.read("my/tool") == "")
        // Once is enough.
        let again = try project.belljar("observe", "--project", "my", "--no-lock", "--", "make")
        #expect(again.code == 2 && again.complaint.contains("there is belljar.yaml already"), "\(again)")
        #expect(try project.read("my/belljar.yaml") == recipe)
    }

    @Test func theHostIsReadOnlyAndNobodysHomeIsThere() throws {
        let project = try folder()
        try project.write("home/secret", "secret\n")
        let home = "\(project.path)/home"
        let script =
            "ls \(home) /home/* /root /srv /tmp/.* 2>/dev/null | grep secret; touch /usr/x /etc/x 2>/dev/null || echo no >made"
        let answer = try project.belljar(
            "observe", "--project", "my", "--print", "--", "sh", "-c", script, environment: ["HOME": home])
        #expect(answer.code == 0, "\(answer)")
        #expect(!answer.complaint.contains("secret"))
        #expect(answer.text.contains("  - \"made\"\n"))
        #expect(!project.exists("my/belljar.yaml") && !project.exists("my/made"))
    }

    @Test func whatTheCommandGetsOfTheEnvironmentIsInTheRecipe() throws {
        let project = try folder()
        let answer = try project.belljar(
            "observe", "--project", "my", "--print", "--", "sh", "-c", "echo \"$CFLAGS $PRIVATE\" | tee flags >&2",
            environment: ["CFLAGS": "-O3", "PRIVATE": "mine"])
        #expect(answer.code == 0, "\(answer)")
        #expect(answer.complaint.contains("-O3 \n"), "\(answer)")
        #expect(answer.text.contains("environment:\n  CFLAGS: \"-O3\"\n"))
    }

    @Test func itEndsAsTheCommandDoes() throws {
        let project = try folder()
        #expect(try project.belljar("observe", "--project", "my", "--", "sh", "-c", "exit 7").code == 7)
        let nothing = try project.belljar("observe", "--project", "my", "--", "true")
        #expect(nothing.code == 2 && nothing.complaint.contains("it left no new file"), "\(nothing)")
        let missing = try project.belljar("observe", "--project", "my")
        #expect(missing.code == 2 && missing.complaint.contains("no command was given"), "\(missing)")
        let late = try project.belljar("observe", "--project", "my", "--timeout", "1s", "--", "sleep", "60")
        #expect(late.code == 7, "\(late)")
        #expect(!project.exists("my/belljar.yaml") && !project.exists("my/Toolchains"))
    }

    @Test func answersInJSON() throws {
        let project = try folder()
        let answer = try project.belljar(
            "observe", "--project", "my", "--no-lock", "--suite", "bookworm", "--name", "other", "--json", "--", "make")
        let json = try answer.json()
        #expect(json["name"]?.string == "other" && json["template"]?.string == "other", "\(answer)")
        #expect(project.exists("my/Toolchains/other/toolchain.yaml"))
    }
}
