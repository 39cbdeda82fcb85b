import BelljarModel
import Testing

/// What is written where it is asked for, and what is asked for in other words than belljar's.
@Suite struct WrittenFileTests {
    private func project() throws -> Project {
        let project = try Project()
        try project.write("Recipes/all/src/a.txt", "a\n")
        try project.recipe("all", run: "cp a.txt $OUT/", more: "sources:\n  - local: src")
        return project
    }

    @Test func aFileInASourceIsToldOf() throws {
        let project = try project()
        let note = "lies in a source of all (local: src), so the next build takes it in"
        let beside = try project.belljar("build", "--events", "events.jsonl")
        #expect(beside.code == 0 && !beside.complaint.contains(note), "\(beside.complaint)")
        let inside = try project.belljar("build", "--events", "Recipes/all/src/events.jsonl")
        #expect(
            inside.code == 0 && inside.complaint.contains("note: the file of events \(note)"), "\(inside.complaint)")
        let archive = try project.belljar("export", "all", "--tar", "Recipes/all/src/all.tar")
        #expect(archive.code == 0 && archive.complaint.contains("note: the archive \(note)"), "\(archive.complaint)")
        #expect(try !project.belljar("export", "all", "--tar", "all.tar").complaint.contains(note))
    }

    @Test func jobsAreTakenAsMakeTakesThem() throws {
        let project = try project()
        #expect(try project.belljar("build", "-j2", "-q").code == 0)
        let none = try project.belljar("build", "-j0")
        #expect(none.code == 2 && none.complaint.contains("--jobs must be between 1 and 1024"), "\(none.complaint)")
    }

    /// Two such names are one to who repairs them.
    @Test func namesThatAreNoTextAreRefused() throws {
        let project = try project()
        let script = "exec \"$1\" build -o \"$(printf 'o\\376')\""
        let answer = try project.run("/bin/sh", "-c", script, "sh", Project.programs + "/belljar")
        #expect(answer.code == 2 && answer.complaint.contains("not valid UTF-8"), "\(answer.complaint)")
        #expect(try project.run("/bin/ls", project.path).text.contains("o\u{FFFD}") == false)
    }
}
