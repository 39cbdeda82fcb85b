import BelljarKernel
import BelljarModel
import Testing

/// Every mistake of the table is made, what is said is looked at, the remedy is followed, and then it works. docs/mistakes.md is
/// what was said.
@Suite struct FirstMistakeTests {
    private static let page =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/mistakes.md"

    /// Set by `make commands`, which writes the page.
    private static let writes = Host.environment("BELLJAR_WRITE_COMMANDS") != nil

    private static func section(_ number: Int, _ title: String, _ text: String) -> String {
        "## \(number). \(title)\n\n\(text)"
    }

    private func written() throws -> String {
        String(decoding: try Descriptor.workingDirectory.open(Self.page).readAll(limit: 1 << 20), as: UTF8.self)
    }

    @Test func thePageHasFortyAndEachOnce() throws {
        let titles = FirstMistakes.all.map(\.title)
        #expect(titles.count >= 40 && Set(titles).count == titles.count)
        if Self.writes {
            let sections = try FirstMistakes.all.enumerated().map { index, mistake in
                Self.section(index + 1, mistake.title, try text(of: mistake))
            }
            let file = try Descriptor.workingDirectory.open(Self.page, [.write, .create, .truncate], mode: 0o644)
            try file.writeAll(Array((Self.head + sections.joined(separator: "\n")).utf8))
        }
        let page = try written()
        #expect(page.hasPrefix(Self.head), "`make commands` writes it anew")
        let headings = page.split(separator: "\n").filter { $0.hasPrefix("## ") }
        #expect(headings.map(String.init) == titles.enumerated().map { "## \($0.offset + 1). \($0.element)" })
    }

    @Test(arguments: FirstMistakes.all) func theRemedyWorks(mistake: FirstMistake) throws {
        let text = try text(of: mistake)
        guard !Self.writes else { return }
        let number = FirstMistakes.all.firstIndex { $0.title == mistake.title } ?? 0
        #expect(
            try written().contains(Self.section(number + 1, mistake.title, text)),
            "`make commands` writes it anew: \(text)")
    }

    /// Makes the mistake and mends it.
    ///
    /// - Returns: what was typed and said.
    private func text(of mistake: FirstMistake) throws -> String {
        let project = try Project()
        try mistake.make(project)
        let answer = try project.start(Project.programs + "/belljar", mistake.command + ["--quiet"]).finish()
        #expect(answer.code == mistake.code, "\(mistake.title): \(answer.complaint)")
        let lines = answer.complaint.split(separator: "\n").drop { !$0.hasPrefix("error: cannot ") }
        let said = lines.joined(separator: "\n") + "\n"
        for part in mistake.says { #expect(said.contains(part), "\(mistake.title): \(said)") }
        #expect(lines.last?.hasPrefix("remedy: ") == true, "\(mistake.title): \(said)")
        let next = try mistake.then?(Said(text: said)) ?? mistake.command
        try mistake.follow(project, Said(text: said))
        let after = try project.start(Project.programs + "/belljar", next + ["--quiet"]).finish()
        #expect(after.code == 0, "\(mistake.title): \(said)\(after.complaint)")
        let typed = mistake.command.joined(separator: " ")
        return "```\n$ belljar \(typed)\n\(general(said, project))```\n\nExit code \(mistake.code).\n"
    }

    /// What was said, without what is another one each time.
    private func general(_ said: String, _ project: Project) -> String {
        var text = said.replacing(project.path, with: "/home/me/project")
        if let held = try? Said(text: text).between("the processes held ", " bytes") {
            text = text.replacing(held, with: "80000000")
        }
        while let found = text.firstRange(of: "belljar log ") {
            let digest = text[found.upperBound...].prefix { $0.isHexDigit }
            guard digest.utf8.count == 12 else { break }
            text = text.replacing(digest, with: "0123456789ab").replacing("belljar log ", with: "belljar\u{0}log ")
        }
        return text.replacing("\u{0}", with: " ")
    }

    private static let head = """
        # Mistakes of the first hour

        <!-- Made by `make commands` from a test that makes each mistake, and follows what it is told. -->

        Each is made in a test, which then does what the remedy says, and sees that it works. [Exit codes](exit-codes.md) ·
        [debug a failing build](howto/debug.md)


        """
}
