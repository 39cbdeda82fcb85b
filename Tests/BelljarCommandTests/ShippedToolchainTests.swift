import BelljarModel
import Testing

/// Toolchains that an installed belljar brings along: `../share/belljar/toolchains`, as seen from the program.
@Suite struct ShippedToolchainTests {
    private let project: Project

    /// A project whose one toolchain has become one of an installed belljar's.
    init() throws {
        project = try Project()
        try project.recipe("hello", run: "echo hi > $OUT/hello", outputs: "[hello]")
        #expect(try project.belljar("build").text.contains("built"))
        let moved = try project.run(
            "/bin/sh", "-ec",
            """
            mkdir -p opt/bin opt/share/belljar/toolchains
            mv Toolchains/tiny opt/share/belljar/toolchains/
            cp \(Project.programs)/belljar \(Project.programs)/belljar-init opt/bin/
            """)
        try #require(moved.code == 0, "\(moved)")
    }

    private func installed(_ arguments: String...) throws -> Answer {
        try project.start(project.path + "/opt/bin/belljar", arguments).finish()
    }

    @Test func isFoundFromTheProgramAndIsInNoKey() throws {
        // The one in the build folder has none.
        let without = try project.belljar("build")
        #expect(without.code == 2 && without.complaint.contains("tiny"), "\(without)")
        #expect(try installed("build").text.contains("hello 1  cached  record"))
        #expect(try installed("toolchain", "list").text == "tiny  built  from belljar\n")
        #expect(try installed("toolchain", "verify", "tiny").code == 0)
        let listed = try installed("toolchain", "list", "--json").json()["toolchains"]?.array?.first
        #expect(listed?["state"]?.string == "built" && listed?["origin"]?.string == "belljar")
        #expect(listed?["folder"]?.string == project.path + "/opt/share/belljar/toolchains/tiny")
        #expect(listed?["problem"] == nil)
        // All of it can be moved.
        #expect(try project.run("/bin/mv", "opt", "elsewhere").code == 0)
        let moved = try project.start(project.path + "/elsewhere/bin/belljar", ["build"]).finish()
        #expect(moved.text.contains("cached"), "\(moved)")
    }

    @Test func theProjectsOwnTakesItsPlace() throws {
        let specification = try project.read("opt/share/belljar/toolchains/tiny/toolchain.yaml")
        try project.write("Toolchains/tiny/toolchain.yaml", specification)
        #expect(try installed("toolchain", "list").text.hasPrefix("tiny  there is no \(project.path)/Toolchains/tiny/"))
        let listed = try installed("toolchain", "list", "--json").json()["toolchains"]?.array?.first
        #expect(listed?["state"]?.string == "unusable" && listed?["origin"]?.string == "project")
        #expect(listed?["problem"]?.string?.contains("toolchain.lock.yaml") == true)
        #expect(try installed("build").code == 2)
    }

    @Test func isNotChanged() throws {
        let before = try project.run("/bin/sh", "-c", "cd opt/share && find . -type f -exec cat {} + | cksum")
        for arguments in [["lock", "tiny"], ["add", "tiny", "gcc"]] {
            let answer = try project.start(
                project.path + "/opt/bin/belljar", ["toolchain"] + arguments
            ).finish()
            #expect(answer.code == 2 && answer.complaint.contains("it came with belljar"), "\(answer)")
            #expect(answer.complaint.contains("cp -r"))
        }
        // What the remedy says is enough.
        let copied = try project.run(
            "/bin/sh", "-c",
            "mkdir -p \(project.path)/Toolchains && cp -r \(project.path)/opt/share/belljar/toolchains/tiny \(project.path)/Toolchains/"
        )
        #expect(copied.code == 0)
        #expect(try installed("toolchain", "list").text == "tiny  built\n")
        #expect(
            try project.run("/bin/sh", "-c", "cd opt/share && find . -type f -exec cat {} + | cksum").text
                == before.text)
    }

    @Test func needsNoProject() throws {
        for folder in ["Recipes", "Toolchains"] { try project.remove(folder) }
        #expect(try installed("run", "-t", "tiny", "--", "echo", "hi").text == "hi\n")
        #expect(try installed("toolchain", "show", "tiny").code == 0)
        let lock = try installed("toolchain", "lock", "tiny")
        #expect(lock.code == 2 && lock.complaint.contains("belljar init"), "\(lock)")
        let none = try project.belljar("toolchain", "list")
        #expect(none.code == 2 && none.complaint.contains("belljar init"), "\(none)")
    }
}
