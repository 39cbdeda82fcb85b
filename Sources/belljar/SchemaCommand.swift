internal import ArgumentParser
internal import BelljarBuild
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of recipes, records, --json answers and the like.",
        usage: "belljar schema [<options>] [<name>]",
        discussion: """
            Editors use them to check and complete files; programs, to read answers.

              belljar schema                    list the names of the schemas
              belljar schema recipe             print the one of recipe.yaml
              belljar schema --output Schemas   write all of them to a folder
            """)

    @Argument(
        help: ArgumentHelp("The schema to print. Default: list them.", valueName: "name"), completion: .schemas)
    var name: String?
    @Option(
        help: ArgumentHelp("Write all schemas to this folder, as NAME.schema.json.", valueName: "folder"),
        completion: .directory)
    var output: String?
    @OptionGroup var options: GlobalOptions

    /// All that there are: of files that people and belljar write, of records, and of answers.
    static var all: [FileSchemas.Schema] {
        FileSchemas.all + [.init(name: "record", title: "what a build leaves", BuildRecord.schema)]
            + Answers.all.map { .init(name: $0.name, title: $0.title, $0.schema) }
    }

    func run() throws {
        if let output {
            try write(to: Places(options: options).absolute(output))
            return options.json ? try answer(isWritten: true) : ()
        }
        guard let name else { return try list() }
        guard let schema = Self.all.first(where: { $0.name == name }) else {
            let names = Self.all.map(\.name)
            throw BelljarError(
                .usage, operation: "print schema", subject: name,
                answer: "there is no schema of that name" + NearMatch.hint(for: name, among: names),
                remedy: "the schemas are: " + names.joined(separator: ", "))
        }
        Console.write(bytes: Array(schema.document.pretty.utf8))
    }

    private func list() throws(BelljarError) {
        guard !options.json else { return try answer(isWritten: false) }
        let width = Self.all.map(\.name.count).max() ?? 0
        for schema in Self.all {
            let space = String(repeating: " ", count: width - schema.name.count)
            Console.write("\(schema.name)\(space)  \(schema.title)\n")
        }
    }

    private func answer(isWritten: Bool) throws(BelljarError) {
        let answer = Self.all.map { schema in
            Answers.NamedSchema(
                name: schema.name, title: schema.title, file: isWritten ? schema.fileName : nil)
        }
        try Console.write(answer, as: Answers.schemas)
    }

    private func write(to folder: String) throws(BelljarError) {
        guard name == nil else {
            throw BelljarError(
                .usage, operation: "read", subject: "the command line",
                answer: "--output writes all schemas, so it cannot be used with the name of one",
                remedy: "leave out one of the two")
        }
        let operation = "write schemas to"
        let opened = try Exporter.makeFolder(folder, to: operation)
        try hostCall(operation, folder) { () throws(KernelError) in
            for schema in Self.all {
                let file = try opened.open(schema.fileName, [.write, .create, .truncate], mode: 0o644)
                try file.writeAll(Array(schema.document.pretty.utf8))
            }
        }
    }
}
