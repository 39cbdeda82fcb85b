internal import ArgumentParser
internal import BelljarBuild
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the project's recipes, and the newest record of each.",
        usage: "belljar list [<options>]",
        discussion: """
            A line has the recipe's name and version, its file, toolchain, epoch and inputs, and the beginning of the \
            newest record of a build of it here that succeeded, or `not built`. Nothing is built, and no store is made.

              belljar list
              belljar list --json
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let session = Session(options)
        let library = try session.recipes()
        let names = try library.names()
        let records = try newest(names, session)
        let found = names.map { name -> Answers.ListedRecipe in
            var listed = Answers.ListedRecipe(name: name, record: records[name])
            do throws(BelljarError) { listed.recipe = try library.load(name) } catch { listed.mistake = error }
            return listed
        }
        if options.json { return try Console.write(found, as: Answers.recipes) }
        let style = TextStyle(options.color, descriptor: 1)
        for listed in found { Console.write(line(listed, style) + "\n") }
        if found.contains(where: { $0.mistake != nil }), !options.quiet {
            Console.complain("`belljar lint` says what is wrong with those that cannot be read\n")
        }
    }

    private func line(_ listed: Answers.ListedRecipe, _ style: TextStyle) -> String {
        guard let recipe = listed.recipe else {
            return "\(style.bold(shown(listed.name)))  \(style.bad("cannot be read"))"
                + (listed.mistake.map { ": \(shown($0.subject))" } ?? "")
        }
        let epoch =
            switch recipe.epoch {
            case .seconds(let seconds): "\(seconds)"
            case .auto: "auto"
            }
        let record = listed.record.map { style.good("record \($0.hex.prefix(16))") } ?? "not built"
        let inputs = recipe.inputs.isEmpty ? "" : "  needs \(recipe.inputs.joined(separator: ", "))"
        return "\(style.bold(shown(recipe.name))) \(shown(recipe.version))  \(shown(recipe.location.file))  "
            + "\(shown(recipe.toolchain))  epoch \(epoch)\(inputs)  \(record)"
    }

    /// The newest build in this project that succeeded, by the names of recipes; none where there is no store yet.
    private func newest(_ names: [String], _ session: Session) throws(BelljarError) -> [String: Digest] {
        guard let store = try session.storeIfAny(), let builds = try session.builds() else { return [:] }
        let good = Set(try store.records().filter { $0.status == .ok }.compactMap(\.digest))
        let pairs = names.compactMap { name in
            builds.records(of: name).first(where: good.contains).map { (name, $0) }
        }
        return Dictionary(pairs) { first, _ in first }
    }
}

enum GraphFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, dot, svg
}

struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph", abstract: "Print which recipes need which.",
        usage: "belljar graph [<options>] [<name> ...]",
        discussion: """
              belljar graph                         all, as indented text
              belljar graph app                     one, and what it needs
              belljar graph --format svg >deps.svg  a picture
              belljar graph --format dot | dot -Tpng >deps.png
            """)

    @Argument(help: ArgumentHelp("The recipes. Default: all of the project.", valueName: "name"), completion: .recipes)
    var names: [String] = []
    @Option(help: ArgumentHelp("How to print it.", discussion: "dot is the language of Graphviz.", valueName: "format"))
    var format: GraphFormat = .text
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let library = try Session(options).recipes()
        let recipes = try RecipeGraph.resolve(names.isEmpty ? library.names() : names, in: library)
        if options.json { return try Console.write(recipes, as: Answers.graph) }
        let drawing = GraphDrawing(recipes)
        switch format {
        case .text: Console.write(drawing.text)
        case .dot: Console.write(drawing.dot)
        case .svg: Console.write(drawing.svg)
        }
    }
}

struct LintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Say what is wrong with recipes, without building them.",
        usage: "belljar lint [<options>] [<name> ...]",
        discussion: """
            Looks at recipes and those that they need: whether they can be read, inputs are there and need no one in a \
            circle, toolchains are there and locked, and local sources and patches exist. All problems are listed, not \
            just the first. It takes no network, no store and no sandbox.

              belljar lint
              belljar lint hello --json

            Exit codes: 0 nothing is wrong, 2 something is.
            """)

    @Argument(
        help: ArgumentHelp("The recipes. Default: all of the project.", valueName: "name"), completion: .recipes)
    var names: [String] = []
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let session = Session(options)
        let library = try session.recipes()
        var check = RecipeCheck(library: library, toolchains: try session.toolchainFiles())
        let wanted = try names.isEmpty ? library.names() : names
        let problems = try check.problems(of: wanted)
        if options.json {
            try Console.write(.init(recipes: wanted, problems: problems), as: Answers.lint)
        } else {
            let style = TextStyle(options.color, descriptor: 1)
            for problem in problems { Console.write(words(problem, style)) }
            let count = wanted.count == 1 ? shown(wanted[0]) : "\(wanted.count) recipes"
            let found = "\(problems.count) \(problems.count == 1 ? "problem" : "problems")"
            Console.write(problems.isEmpty ? "\(count): nothing is wrong\n" : "\(count): \(style.bad(found))\n")
        }
        if !problems.isEmpty { throw QuietExit(exitCode: ErrorCode.usage.exitCode) }
    }

    private func words(_ problem: BelljarError, _ style: TextStyle) -> String {
        var lines = [
            "\(style.bad("problem:")) cannot \(shown(problem.operation)) \(shown(problem.subject)): \(shown(problem.answer))"
        ]
        lines += problem.details.map { "  \(shown($0))" }
        if let remedy = problem.remedy { lines.append("  \(style.bold("remedy:")) \(shown(remedy))") }
        return lines.map { $0 + "\n" }.joined()
    }
}
