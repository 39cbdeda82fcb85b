internal import ArgumentParser
internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarToolchain

/// What shells offer when somebody presses Tab: names of the project and of the store. Nothing is made and nothing is locked for it, and
/// what cannot be read is not offered: a shell that is asked while somebody types has no use for an error.
extension CompletionKind {
    static let recipes = CompletionKind.custom { words, _, _ in CompletedNames(words).recipes }
    static let toolchains = CompletionKind.custom { words, _, _ in CompletedNames(words).toolchains }
    /// A recipe's name stands for its newest record.
    static let records = CompletionKind.custom { words, _, _ in
        let names = CompletedNames(words)
        return names.recipes + names.records
    }
    /// Asked for when somebody wants one: to make all schemas takes a while.
    static let schemas = CompletionKind.custom { _, _, _ in SchemaCommand.all.map(\.name) }
    static let controls = CompletionKind.custom { _, _, _ in
        Control.allCases.flatMap { control in control.states.map { "\(control.rawValue)=\($0.rawValue)" } }
    }
}

private struct CompletedNames {
    private let places: Places

    /// Enough to choose from.
    private static let limit = 1000

    /// - Parameter words: the command line so far, in which the project and the store may be named.
    init(_ words: [String]) {
        places = Places(store: Self.value(of: "--store", in: words), project: Self.value(of: "--project", in: words))
    }

    private static func value(of option: String, in words: [String]) -> String? {
        for (index, word) in words.enumerated().reversed() {
            if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
            guard word == option, index + 1 < words.count else { continue }
            // bash takes `--project=DIR` apart.
            let next = words[index + 1]
            return next != "=" ? next : index + 2 < words.count ? words[index + 2] : nil
        }
        return nil
    }

    var recipes: [String] {
        guard let project = try? places.project() else { return [] }
        return (try? RecipeLibrary(project: project).names()) ?? []
    }

    var toolchains: [String] {
        guard let folders = try? places.toolchainFolders() else { return [] }
        return (try? ToolchainFiles(folders).names()) ?? []
    }

    /// The beginnings of digests, as `belljar records` prints them. Of the folder alone: opening the store would take locks and
    /// remove what others left.
    var records: [String] {
        guard let store = try? places.store(),
            let folder = try? Descriptor.workingDirectory.open(store + "/records", [.directory, .followingLinks]),
            let entries = try? folder.entries(limit: 100_000)
        else { return [] }
        return entries.compactMap { Digest(hex: String(decoding: $0.name, as: UTF8.self)) }.prefix(Self.limit)
            .map { String($0.hex.prefix(16)) }.sorted()
    }
}

/// A script of argument-parser's, which offers nothing behind `belljar help`.
enum CompletionScript {
    /// What there is help about.
    private static var words: [String] {
        Belljar.configuration.subcommands.filter { $0.configuration.shouldDisplay }
            .compactMap { $0.configuration.commandName }
            + HelpTopic.all.map(\.name)
    }

    /// Any text but such a script stays as it is.
    static func completed(_ text: String) -> String {
        let list = words.joined(separator: " ")
        let isFish = text.contains("complete -c 'belljar' -n")
        return text.replacing(
            "_belljar_help() {\n    :\n}",
            with: "_belljar_help() {\n    __belljar_add_completions -W '\(words.joined(separator: "'$'\\n''"))'\n}"
        ).replacing("'*:subcommands:'", with: "'*:subcommands:(\(list))'")
            + (isFish
                ? "\ncomplete -c 'belljar' -n '__belljar_should_offer_completions_for_positional \"belljar help\" -ge 1' "
                    + "-fka '\(list)'" : "")
    }
}
