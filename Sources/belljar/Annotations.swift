internal import ArgumentParser
internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel

enum AnnotationChoice: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, github, gitlab, none
}

/// What a CI service understands in the log of a job, on standard error: where a failure comes from, and what to fold.
struct Annotations {
    private enum Service { case github, gitlab }

    private let service: Service
    /// Absolute path of the folder that paths are relative to there.
    private let workspace: String?
    /// What nobody knows who writes to the log.
    private let token = "belljar-\(UInt64.random(in: 0 ... .max))\(UInt64.random(in: 0 ... .max))"

    struct Failure {
        var error: BelljarError
        /// Nil for what is not one recipe's.
        var recipe: Recipe?
    }

    init?(_ choice: AnnotationChoice) {
        func isSet(_ name: String) -> Bool { Host.environment(name) == "true" }
        switch choice {
        case .github: service = .github
        case .gitlab: service = .gitlab
        case .auto where isSet("GITHUB_ACTIONS"): service = .github
        case .auto where isSet("GITLAB_CI"): service = .gitlab
        case .auto, .none: return nil
        }
        workspace = Host.environment(service == .github ? "GITHUB_WORKSPACE" : "CI_PROJECT_DIR")
    }

    /// Before anything else is written. A line of a build's own could be a command to the service; so it takes none until the end.
    func begin() {
        switch service {
        case .github: write("::stop-commands::\(token)\n")
        case .gitlab: write(section("start", "[collapsed=true]") + "belljar build\n")
        }
    }

    /// What comes now is not folded.
    func beforeErrors() {
        if service == .gitlab { write(section("end")) }
    }

    /// - Parameter project: absolute path of its folder, if there is one.
    func end(_ failures: [Failure], project: String?) {
        if service == .github { write("::\(token)::\n") }
        for failure in failures {
            let place = Self.place(of: failure).map { (file: path($0.file, project), line: $0.line) }
            switch service {
            case .github: write(command(failure, place))
            case .gitlab:
                guard let place else { continue }
                Console.complain("\(place.file):\(place.line): error: \(shown(failure.error.summary))\n")
            }
        }
    }

    private func write(_ text: String) { Console.complain(exactly: Array(text.utf8)) }

    // MARK: GitLab

    /// docs.gitlab.com, "Custom collapsible sections".
    private func section(_ kind: String, _ options: String = "") -> String {
        "\u{1b}[0Ksection_\(kind):\(Host.realSeconds()):belljar\(options)\r\u{1b}[0K"
    }

    // MARK: GitHub

    /// docs.github.com, "Workflow commands for GitHub Actions".
    private func command(_ failure: Failure, _ place: (file: String, line: Int)?) -> String {
        let error = failure.error
        let stage = error.stage.map { ": \($0)" } ?? ""
        let title = failure.recipe.map { "\($0.name) \($0.version)\(stage)" } ?? "belljar build"
        let lines =
            [error.summary] + error.details.suffix(Self.shownDetails) + (error.remedy.map { ["remedy: \($0)"] } ?? [])
        let text = lines.map { LogTail.sanitised($0.utf8) }.joined(separator: "\n")
        let at = place.map { "file=\(Self.property($0.file)),line=\($0.line)," } ?? ""
        return "::error \(at)title=\(Self.property(title))::\(Self.data(text))\n"
    }

    /// Lines of an error's details; an annotation is short.
    private static let shownDetails = 10

    private static func data(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    private static func property(_ text: String) -> String {
        data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }

    // MARK: Places

    /// Where in a file a failure comes from: the step that failed, the source that cannot be had, or else the recipe.
    private static func place(of failure: Failure) -> (file: String, line: Int)? {
        let error = failure.error
        guard let recipe = failure.recipe else { return place(in: error.subject) }
        if let stage = error.stage, stage.hasPrefix("step "),
            let step = recipe.steps.last(where: { stage == "step " + $0.name })
        {
            return (step.location.file, step.location.line)
        }
        let asked = error.details.first { $0.hasPrefix("asked for by ") }.map { String($0.dropFirst(13)) }
        return asked.flatMap(place) ?? (recipe.location.file, recipe.location.line)
    }

    /// `file:line:column`
    private static func place(in text: String) -> (file: String, line: Int)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, Int(parts[parts.count - 1]) != nil, let line = Int(parts[parts.count - 2]) else {
            return nil
        }
        return (parts.dropLast(2).joined(separator: ":"), line)
    }

    /// As the service knows it, if the project lies in what it has checked out.
    private func path(_ file: String, _ project: String?) -> String {
        let whole = file.hasPrefix("/") ? file : (project.map { $0 + "/" } ?? "") + file
        guard let workspace, whole.hasPrefix(workspace + "/") else { return file }
        return String(whole.dropFirst(workspace.utf8.count + 1))
    }
}
