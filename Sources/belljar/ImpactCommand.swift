internal import ArgumentParser
internal import BelljarBuild
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

struct ImpactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "impact",
        abstract: "Say which recipes a change of a file or of a package would change.",
        usage: "belljar impact [<options>] [<file> ...] [--package <name> ...]",
        discussion: """
            Looks at what the last builds of the project's recipes have read, which is known of builds with --trace. \
            Nothing is built, and the change need not be made yet.

              belljar impact src/version.h
              belljar impact --package zlib1g-dev

              affected    a process has read it, or looked for it or into its folder
              taken       it is a part of the source, and no process has read it: the
                          recipe is built again, and most likely comes out the same
              unknown     the last build has no trace, or the recipe has other steps now

            Recipes that do not take it in are not named. It is told of the recorded builds: what a changed file makes \
            others read, only a build can show. Exit codes: 0, whatever the answer is.
            """)

    @Argument(help: ArgumentHelp("Files of the project, there or not.", valueName: "file"), completion: .file())
    var files: [String] = []

    @Option(help: ArgumentHelp("A package of the toolchains.", valueName: "name"))
    var package: [String] = []

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !files.isEmpty || !package.isEmpty else {
            throw ValidationError("name a file, or a package with --package")
        }
    }

    func run() throws {
        let session = Session(options, isOffline: true)
        let library = try session.recipes()
        let recipes = try RecipeGraph.resolve(try library.names(), in: library)
        let built = try newest(recipes.map(\.name), session)
        let engine = try session.engine(jobs: 1)
        var found: [Impact] = []
        for file in files {
            let path = session.places.withoutLinks(try session.places.absolute(file))
            found.append(try engine.impact(of: .file(path), on: recipes, built: built))
        }
        for name in package { found.append(try engine.impact(of: .package(name), on: recipes, built: built)) }
        if options.json { return try Console.write(found, as: Answers.impacts) }
        let style = TextStyle(options.color, descriptor: 1)
        for impact in found { Console.write(impact.words(style)) }
    }

    /// The newest builds in this project that succeeded; of those, one that has a trace.
    private func newest(_ names: [String], _ session: Session) throws(BelljarError) -> [String: TracedBuild] {
        let store = try session.store()
        guard let builds = try session.builds() else { return [:] }
        let good = Set(try store.records().filter { $0.status == .ok }.compactMap(\.digest))
        var found: [String: TracedBuild] = [:]
        for name in names {
            guard let digest = builds.records(of: name).first(where: good.contains) else { continue }
            let read = try RecordReference.read(digest, store)
            found[name] = TracedBuild(record: read.record, digest: digest)
        }
        return found
    }
}

extension Impact {
    func words(_ style: TextStyle) -> String {
        let named = entries.filter { $0.state != .unaffected }
        guard !named.isEmpty else { return "\(style.bold(shown(subject)))  no recipe takes it in\n" }
        var lines = [style.bold(shown(subject))]
        for entry in named {
            let state = entry.state == .affected ? style.bad(entry.state.rawValue) : entry.state.rawValue
            lines.append(
                "  \(shown(entry.recipe))  \(state)  " + entry.reasons.map { shown($0) }.joined(separator: "; "))
            guard !entry.outputs.isEmpty else { continue }
            let more = entry.outputs.count > 5 ? " and \(entry.outputs.count - 5) more" : ""
            lines.append(
                "    outputs: " + entry.outputs.prefix(5).map { shown(PathText.shown($0)) }.joined(separator: ", ")
                    + more)
        }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension Answers {
    static let impacts = JSONType<[Impact]>.answer {
        JSONMember(says: "impacts", .list(of: impact), "one for each file and package") { $0 }
    }

    private static let impact = JSONType<Impact>.answer {
        JSONMember(says: "subject", .text, "the file's path, or the package's name") { $0.subject }
        JSONMember(says: "recipes", .list(of: affected), "all of the project, each behind its inputs") { $0.entries }
    }

    private static let affected = JSONType<Impact.Entry>.answer {
        JSONMember(says: "name", .name(.recipe), "the recipe's name") { $0.recipe }
        JSONMember(says: "state", .choice, "what the change means for it") { $0.state }
        JSONMember(says: "reasons", .list(of: .text), "why, in words; empty if it is unaffected") { $0.reasons }
        JSONMember(
            says: "outputs", .list(of: .text), "outputs that follow from the file by what processes read and wrote"
        ) { $0.outputs }
        JSONMember(maySay: "record", .digest, "SHA-256 of the record whose trace says so") { $0.record }
    }
}
