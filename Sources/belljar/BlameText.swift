internal import BelljarBuild
internal import BelljarModel

extension Blame {
    /// A few lines for people.
    var lines: [String] {
        guard let writer else { return ["  \(shown(PathText.shown(path))): who wrote it is not known"] }
        var lines = ["  \(shown(PathText.shown(path))): written by " + writer.words]
        guard let culprit, let file else {
            return lines + ["    two traced builds do not tell what differs first"]
        }
        let name = shown(PathText.shown(file))
        let isSame = culprit.command == writer.command && culprit.line == writer.line
        switch divergence {
        case .arguments:
            lines.append("    first differs: what ran was " + culprit.words)
            if let otherCommand { lines.append("      and in the other build: \(shown(otherCommand))") }
        case .content where isSame: lines.append("    first differs: what that wrote to \(name)")
        case .content: lines.append("    first differs: \(name), written by " + culprit.words)
        case .presence: lines.append("    first differs: \(name), which only one of the builds wrote: " + culprit.words)
        case .unknown: break
        }
        if let line = culprit.line { lines.append("    \(culprit.step), \(shown(line))") }
        for (control, programs) in consulted.sorted(by: { $0.key < $1.key }) {
            lines.append("    consulted the host's \(control): " + programs.map { shown($0) }.joined(separator: ", "))
        }
        return lines
    }
}

extension Blame.Actor {
    var words: String {
        "\(shown(program)) (\(shown(command))) in \(shown(directory))"
            + (parents.first.map { ", run by \(shown($0))" } ?? "")
    }
}

extension Answers {
    static let blame = JSONType<Blame>.answer {
        JSONMember(says: "path", .text, "the output") { $0.path }
        JSONMember(maySay: "writer", blamed, "the process that wrote it; missing if that is not known") { $0.writer }
        JSONMember(
            says: "divergence", .choice,
            "what differs first: another command, what the same command wrote, a file that one build alone wrote; or unknown"
        ) { $0.divergence }
        JSONMember(maySay: "file", .text, "the first file that differs, in the sandbox") { $0.file }
        JSONMember(maySay: "culprit", blamed, "the process that differs first") { $0.culprit }
        JSONMember(maySay: "otherCommand", .text, "what the other build ran in its place") { $0.otherCommand }
        JSONMember(
            says: "consulted", .map(.text, to: .list(of: .text)),
            "controls that are left to the host, and the programs that asked for what they answer"
        ) { $0.consulted }
    }

    private static let blamed = JSONType<Blame.Actor>.answer {
        JSONMember(says: "program", .text, "the program's name") { $0.program }
        JSONMember(says: "argv", .list(of: .text), "its arguments, as far as a trace takes them") { $0.argv }
        JSONMember(says: "directory", .text, "where it ran") { $0.directory }
        JSONMember(says: "step", .text, "the step's name") { $0.step }
        JSONMember(maySay: "line", .text, "the line of the step's script that it came from, if one stands out") {
            $0.line
        }
        JSONMember(says: "parents", .list(of: .text), "commands that it came from, the nearest first") { $0.parents }
    }
}
