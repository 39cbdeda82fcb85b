import BelljarModel
import Testing

/// What CI services are told of failures, in the log of a job.
@Suite struct AnnotationTests {
    private func project() throws -> Project {
        let project = try Project()
        try project.recipe(
            "bad",
            steps: [("begin", "true"), ("end", "echo ::error::mine; echo '##[add-mask]mine'; echo 100%; exit 3")])
        return project
    }

    /// Where in the recipe the step stands.
    private func line(_ project: Project, of text: String) throws -> Int {
        let lines = try project.read("Recipes/bad/recipe.yaml").split(separator: "\n", omittingEmptySubsequences: false)
        return try #require(lines.firstIndex { $0.contains(text) }) + 1
    }

    @Test func gitHubIsToldWhichStepFailed() throws {
        let project = try project()
        let environment = ["GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": project.path]
        let answer = try project.belljar("build", "--log", "plain", environment: environment)
        #expect(answer.code == 1)
        let lines = answer.complaint.split(separator: "\n").map(String.init)
        let token = try #require(lines.first?.split(separator: ":").last)
        #expect(lines.first == "::stop-commands::\(token)" && token.utf8.count > 20)
        let end = try #require(lines.firstIndex(of: "::\(token)::"))
        // Whatever the build writes is between the two, and is no command.
        let rest = lines[(end + 1)...]
        #expect(lines[..<end].contains("bad> ::error::mine") && lines[..<end].contains("  ::error::mine"))
        #expect(rest.count == 1 && lines[..<end].contains { $0.hasPrefix("error: cannot build bad") })
        let place = "file=Recipes/bad/recipe.yaml,line=\(try line(project, of: "name: end"))"
        #expect(
            rest.first?.hasPrefix("::error \(place),title=bad 1%3A step end::cannot build bad 1 ") == true, "\(rest)")
        #expect(rest.first?.contains("%0A100%25%0A") == true)

        let none = try project.belljar("build", "--annotations", "none", environment: environment)
        #expect(!none.complaint.contains("::stop") && none.complaint.hasPrefix("bad: step begin"))
        #expect(try !project.belljar("build").complaint.contains("::stop-commands::"))
        // The project may be a folder of what was checked out.
        let parent = String(project.path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 })
        let inner = try project.belljar(
            "build", "--annotations", "github", "--json", environment: ["GITHUB_WORKSPACE": parent])
        let name = project.path.split(separator: "/").last ?? ""
        #expect(inner.complaint.contains("::error file=\(name)/Recipes/bad/recipe.yaml,line="), "\(inner.complaint)")
        #expect(try inner.json()["error"]?["code"]?.string == "build_failed")
    }

    @Test func aMistakeInARecipeHasItsPlace() throws {
        let project = try project()
        try project.recipe("bad", run: "true", more: "epcoh: 1")
        let answer = try project.belljar("build", "--annotations", "github")
        #expect(answer.code == 2)
        let place = "file=Recipes/bad/recipe.yaml,line=\(try line(project, of: "epcoh"))"
        #expect(answer.complaint.contains("::error \(place),title=belljar build::"), "\(answer.complaint)")
        #expect(answer.complaint.components(of: "error: cannot").count == 2)
        try project.recipe("bad", run: "true", more: "sources:\n  - local: nothing")
        let source = try project.belljar("build", "--annotations", "github")
        #expect(
            source.complaint.contains("recipe.yaml,line=\(try line(project, of: "local: nothing"))"),
            "\(source.complaint)")
    }

    @Test func gitLabFoldsAllButTheFailures() throws {
        let project = try project()
        let answer = try project.belljar("build", "--log", "plain", environment: ["GITLAB_CI": "true"])
        let parts = answer.complaint.components(of: "\u{1b}[0Ksection_end:")
        #expect(answer.code == 1 && parts.count == 2)
        #expect(
            parts[0].hasPrefix("\u{1b}[0Ksection_start:") && parts[0].contains(":belljar[collapsed=true]\r\u{1b}[0K"))
        #expect(parts[0].contains("bad> 100%") && !parts[0].contains("error: cannot"))
        let line = try line(project, of: "name: end")
        #expect(parts[1].contains("error: cannot build bad 1"))
        #expect(parts[1].contains("Recipes/bad/recipe.yaml:\(line): error: cannot build bad 1"), "\(parts[1])")
    }
}

extension String {
    fileprivate func components(of separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
