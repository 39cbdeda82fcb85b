import BelljarKernel
import BelljarModel
import Testing

/// Records that somebody else wrote, to be rebuilt here.
@Suite struct ForeignRecordTests {
    private func record(_ project: Project, _ run: String) throws -> String {
        try project.recipe("hello", run: run)
        #expect(try project.belljar("build", "hello").code == 0)
        return try project.belljar("show", "hello", "--json").text
    }

    /// Zero would lift the host's limits further down, and what no recipe can ask for ended the program.
    @Test(arguments: [
        ("\"scratchBytes\":8589934592", "\"scratchBytes\":0", "scratchBytes"),
        ("\"scratchBytes\"", "\"scratchInodes\":0,\"scratchBytes\"", "scratchInodes"),
        ("\"processes\":4096", "\"memoryBytes\":0,\"processes\":4096", "memoryBytes"),
        ("\"cpus\":2", "\"cpus\":0", "cpus"), ("\"cpus\":2", "\"cpus\":9007199254740991", "cpus"),
    ])
    func limitsAreHeldToARecipesRanges(member: String, evil: String, name: String) throws {
        let project = try Project()
        let text = try record(project, "echo hello > $OUT/a")
        try project.write("config/belljar/limits.yaml", "memory: 64MiB\nscratch: 8GiB\ninodes: 4000000\n")
        let host = ["XDG_CONFIG_HOME": project.path + "/config"]
        try project.write("record.json", text)
        #expect(try project.belljar("rebuild", "./record.json", environment: host).code == 0)
        #expect(text.contains(member))
        try project.write("record.json", text.replacing(member, with: evil))
        let answer = try project.belljar("rebuild", "./record.json", environment: host)
        #expect(answer.code == 2, "\(answer.text) \(answer.complaint)")
        #expect(
            answer.complaint.contains("cannot read record ./record.json: definition.limits.\(name): "),
            "\(answer.complaint)")
        #expect(answer.complaint.contains(" is not between "))
    }

    /// A name that leads out of the folder for kept builds, and one that speaks to the terminal.
    @Test(arguments: ["../../escaped", "\\u001b]0;owned\\u0007"]) func namesAreARecipes(name: String) throws {
        let project = try Project()
        let text = try record(project, "echo hello > $OUT/a")
        try project.write("record.json", text.replacing("{\"name\":\"hello\"", with: "{\"name\":\"\(name)\""))
        #expect(try project.read("record.json").contains(name))
        let answer = try project.belljar("rebuild", "./record.json", "--keep-failed")
        #expect(answer.code == 2, "\(answer.text) \(answer.complaint)")
        #expect(answer.complaint.contains("definition.recipe.name: "), "\(answer.complaint)")
        #expect(!answer.complaint.utf8.contains(0x1b) && !answer.output.contains(0x1b))
        #expect(try project.run("/usr/bin/find", project.path, "-name", "escaped*").text == "")
    }

    /// Few files with paths of nearly 4 KiB, because the record's size counts: more than 16 MiB.
    @Test func recordsOfManyOutputsAreReadAgain() throws {
        let project = try Project()
        try project.recipe(
            "many",
            run: """
                cd $OUT
                name=$(printf %0250d 0)
                for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do mkdir $name; cd $name; done
                seq 4400 | xargs touch
                """)
        let built = try project.belljar("build", "many")
        #expect(built.code == 0, "\(built.complaint)")
        let shown = try project.belljar("show", "many", "--json")
        #expect(shown.output.count > 16 << 20)
        let cached = try project.belljar("build", "many")
        #expect(cached.code == 0 && cached.text.contains("  cached  "), "\(cached.text) \(cached.complaint)")
        #expect(try project.belljar("log", "many").code == 0)
    }
}
