import BelljarModel
import Testing

/// `belljar schema`: what editors and other programs get.
@Suite struct SchemaCommandTests {
    @Test func everyNameIsListedAndPrinted() throws {
        let project = try Project(toolchain: false)
        let listed = try project.belljar("schema", "--json").json()["schemas"]?.array ?? []
        let names = listed.compactMap { $0["name"]?.string }
        let some: Set = ["recipe", "toolchain", "toolchain-lock", "limits", "record", "build-answer"]
        #expect(some.isSubset(of: names))
        #expect(try project.belljar("schema").text.split(separator: "\n").count == names.count)
        #expect(try project.belljar("schema", "--output", "Schemas").code == 0)
        for name in names {
            let printed = try project.belljar("schema", name)
            #expect(try printed.json()["$id"]?.string == "urn:belljar:schema:\(name)")
            #expect(try project.read("Schemas/\(name).schema.json") == printed.text)
        }
    }

    /// Editors and readers of answers are told what each member means, in one line.
    @Test func everyMemberIsDescribed() throws {
        let project = try Project(toolchain: false)
        #expect(try project.belljar("schema", "--output", "Schemas").code == 0)
        var count = 0
        for schema in try project.belljar("schema", "--json").json()["schemas"]?.array ?? [] {
            let name = try #require(schema["name"]?.string)
            let document = try CanonicalJSON.decode(Array(try project.read("Schemas/\(name).schema.json").utf8))
            for (path, member) in Self.members(of: document) {
                let description = member["description"]?.string ?? ""
                #expect(!description.isEmpty && !description.contains("\n"), "\(name): \(path)")
                #expect(description.utf8.count < 120, "\(name): \(path)")
                count += 1
            }
        }
        #expect(count > 500)
    }

    /// All members of all objects, however deep they are, by their paths.
    private static func members(of schema: JSONValue, at path: String = "") -> [(path: String, member: JSONValue)] {
        switch schema {
        case .object(let keywords):
            let own = keywords["properties"]?.object ?? [:]
            return own.map { (path: path + "/" + $0.key, member: $0.value) }
                + keywords.filter { $0.key != "properties" && $0.key != "anyOf" && $0.key != "allOf" }
                .flatMap { members(of: $0.value, at: path) }
                + own.flatMap { members(of: $0.value, at: path + "/" + $0.key) }
        case .array(let schemas): return schemas.flatMap { members(of: $0, at: path) }
        default: return []
        }
    }

    @Test func whatWasWrittenIsAnswered() throws {
        let project = try Project(toolchain: false)
        let listed = try project.belljar("schema", "--json").json()["schemas"]?.array ?? []
        #expect(listed.allSatisfy { $0["file"] == nil })
        let written = try project.belljar("schema", "--output", "Schemas", "--json").json()["schemas"]?.array ?? []
        #expect(written.map { $0["name"] } == listed.map { $0["name"] } && !written.isEmpty)
        for schema in written { #expect(project.exists("Schemas/\(schema["file"]?.string ?? "none")")) }
    }

    /// `make schemas` writes them: formats are promises, so a change has to be seen.
    @Test func theProjectsFilesAreWhatIsDeclared() throws {
        let project = try Project(toolchain: false)
        #expect(try project.belljar("schema", "--output", "Schemas").code == 0)
        let folder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Schemas"
        let compared = try project.run("/usr/bin/diff", "-r", folder, project.path + "/Schemas")
        #expect(compared.code == 0, "\(compared.text)")
    }

    /// What no other test asks for with `--json`; like all answers, these are held against their schemas afterwards.
    @Test func answersAboutTheHostAndToolchains() throws {
        let project = try Project()
        let doctor = try project.belljar("doctor", "--json").json()
        #expect(doctor["complete"]?.bool == true && doctor["features"]?.array?.isEmpty == false)
        let listed = try project.belljar("toolchain", "list", "--json").json()["toolchains"]?.array
        let folder = JSONValue.string(project.path + "/Toolchains/tiny")
        #expect(listed == [["name": "tiny", "state": "built", "origin": "project", "folder": folder]])
        let lock = try project.belljar("toolchain", "show", "tiny", "--json").json()["lock"]?.string
        #expect(lock == "\(Digest(of: Array(try project.read("Toolchains/tiny/toolchain.lock.yaml").utf8)))")
        let verified = try project.belljar("toolchain", "verify", "tiny", "--json").json()["toolchains"]?.array
        #expect(verified?.first?["files"]?.integer ?? 0 > 0)
    }

    @Test func unknownName() throws {
        let project = try Project(toolchain: false)
        let answer = try project.belljar("schema", "recip")
        #expect(answer.code == 2)
        #expect(answer.complaint.contains("did you mean \"recipe\"?"))
        #expect(answer.complaint.contains("the schemas are: "))
        #expect(try project.belljar("schema", "recipe", "--output", "x").code == 2)
    }

    /// A project that has the schemas gets toolchains whose files name theirs; the toolchain is the same.
    @Test func importedToolchainsNameTheirSchema() throws {
        let project = try Project()
        let line = "# yaml-language-server: $schema=../../Schemas/toolchain.schema.json\n"
        let (plain, lock) = try (
            project.read("Toolchains/tiny/toolchain.yaml"), project.read("Toolchains/tiny/toolchain.lock.yaml")
        )
        #expect(!plain.contains("$schema"))
        try project.remove("Toolchains/tiny")
        #expect(try project.belljar("schema", "--output", "Schemas").code == 0)
        try project.importToolchain()
        #expect(try project.read("Toolchains/tiny/toolchain.yaml") == line + plain)
        #expect(try project.read("Toolchains/tiny/toolchain.lock.yaml") == lock)
    }
}
