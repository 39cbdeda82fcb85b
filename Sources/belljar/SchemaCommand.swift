internal import ArgumentParser
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a file, a record or an answer, for editors and other programs.",
        discussion: "Without a name it lists them.")

    @Argument(help: ArgumentHelp("Name of a schema.", valueName: "name")) var name: String?
    @Option(
        help: ArgumentHelp("Write all schemas to this folder instead, as NAME.schema.json.", valueName: "folder"),
        completion: .directory)
    var output: String?
    @OptionGroup(title: "Global options") var options: GlobalOptions

    /// All that there are: of files that people and belljar write, of records, and of answers.
    private static var all: [FileSchemas.Schema] {
        FileSchemas.all + [.init(name: "record", title: "what a build leaves", BuildRecord.schema)]
            + Answers.all.map { .init(name: $0.name, title: $0.title, $0.schema) }
    }

    func run() throws {
        if let output { return try write(to: Places(options: options).absolute(output)) }
        guard let name else { return try list() }
        guard let schema = Self.all.first(where: { $0.name == name }) else {
            let names = Self.all.map(\.name)
            throw BelljarError(
                .usage, operation: "print schema", subject: name,
                answer: "there is none of that name" + NearMatch.hint(for: name, among: names),
                remedy: "there are: " + names.joined(separator: ", "))
        }
        Console.write(schema.document.pretty)
    }

    private func list() throws(BelljarError) {
        guard !options.json else {
            return try Console.write(Self.all.map { .init(name: $0.name, title: $0.title) }, as: Answers.schemas)
        }
        let width = Self.all.map(\.name.count).max() ?? 0
        for schema in Self.all {
            let space = String(repeating: " ", count: width - schema.name.count)
            Console.write("\(schema.name)\(space)  \(schema.title)\n")
        }
    }

    private func write(to folder: String) throws(BelljarError) {
        guard name == nil else {
            throw BelljarError(
                .usage, operation: "read", subject: "the command line",
                answer: "--output writes all schemas, so no name goes with it")
        }
        try hostCall("write schemas", folder) { () throws(KernelError) in
            let opened = try Descriptor.makeDirectories(folder)
            for schema in Self.all {
                let file = try opened.open(schema.fileName, [.write, .create, .truncate], mode: 0o644)
                try file.writeAll(Array(schema.document.pretty.utf8))
            }
        }
    }
}
