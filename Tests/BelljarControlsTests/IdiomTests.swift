import FoundationEssentials
import Testing

/// The table of idioms in docs/world.md against the idioms' files, and the battery's table.
@Suite struct IdiomTests {
    /// A file of Tests/Fixtures/Probes/idioms/probes, or the row that should say the same of it.
    struct Idiom: Hashable {
        var file: String
        var language: String
        var expectation: String
        var inside: String
    }

    static let languages = [
        "sh": "shell", "bash": "bash", "pl": "Perl", "py": "Python", "awk": "awk", "c": "C", "js": "Node.js",
        "tcl": "Tcl",
    ]
    static let project = ProbeTests.folder.deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: project.appending(path: path)), as: UTF8.self)
    }

    static func language(of file: String) throws -> String {
        try #require(languages[String(file.split(separator: ".").last ?? "")], "\(file): no language has this ending")
    }

    /// What the first line says, and the reason that the second may give why it cannot hold in a build.
    static func files() throws -> [Idiom] {
        let folder = "Tests/Fixtures/Probes/idioms/probes"
        return try FileManager.default.contentsOfDirectory(atPath: project.appending(path: folder).path).map { file in
            let lines = try text("\(folder)/\(file)").split(separator: "\n", maxSplits: 2).map(String.init)
            func comment(_ line: String) -> String? {
                ["# ", "// "].first { line.hasPrefix($0) }.map { String(line.dropFirst($0.count)) }
            }
            let expectation = try #require(comment(lines[0]), "\(file): the first line is no comment")
            let second = comment(lines[1])
            let inside = second?.hasPrefix("not inside: ") == true ? second ?? "" : "ok"
            return Idiom(file: file, language: try language(of: file), expectation: expectation, inside: inside)
        }
    }

    /// The cells of a row, in which `\|` stands for a bar.
    static func cells(_ row: Substring) -> [String] {
        row.replacing("\\|", with: "\u{0}").split(separator: "|", omittingEmptySubsequences: false).map {
            $0.replacing("\u{0}", with: "|").split(separator: " ", omittingEmptySubsequences: true)
                .joined(separator: " ")
        }
    }

    static func rows() throws -> [Idiom] {
        let section = try #require(try text("docs/world.md").components(separatedBy: "\n## Idioms\n").last)
        let rows = section.components(separatedBy: "\n## ")[0].split(separator: "\n").filter { $0.hasPrefix("| `") }
        return try rows.map { row in
            let cells = cells(row)
            try #require(cells.count == 7, "not five cells: \(row)")
            #expect(cells[4] == "ok", "\(row): what does not hold outside is no idiom")
            return Idiom(
                file: cells[1].replacing("`", with: ""), language: cells[2], expectation: cells[3], inside: cells[5])
        }
    }

    @Test func everyIdiomHasARowThatSaysTheSame() throws {
        let files = try Self.files(), rows = try Self.rows()
        let missing = Set(files).subtracting(rows).map(\.file).sorted()
        let strange = Set(rows).subtracting(files).map(\.file).sorted()
        #expect(missing == [], "no row, or one that says something else")
        #expect(strange == [], "no file, or one that says something else")
        #expect(rows.count == files.count)
    }

    @Test func thereAreManyInEveryLanguage() throws {
        let files = try Self.files()
        #expect(files.filter { $0.inside == "ok" }.count >= 150)
        #expect(Set(files.map(\.language)) == Set(Self.languages.values))
        // Their outputs are named without the ending.
        #expect(Set(files.map { $0.file.split(separator: ".")[0] }).count == files.count)
    }

    @Test func manyAreAboutTime() throws {
        let holding = try Self.files().filter { $0.inside == "ok" }.map { String($0.file.split(separator: ".")[0]) }
        let timed = try ProbeTests.table().filter { $0.groups.contains("idioms") && $0.controls.contains("clock") }
        #expect(Set(holding).intersection(timed.map(\.name)).count >= 60)
    }

    @Test func theBatteryRunsEveryIdiom() throws {
        let probes = try ProbeTests.table().filter { $0.groups.contains("idioms") }.map(\.name)
        #expect(probes.sorted() == (try Self.files()).map { String($0.file.split(separator: ".")[0]) }.sorted())
    }
}
