internal import ArgumentParser
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarToolchain

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a recipe and a toolchain for the project in the current folder.",
        usage: "belljar init [<options>]",
        discussion: """
            Looks at the folder, writes belljar.yaml and Toolchains/NAME/toolchain.yaml for what it finds, and locks \
            the toolchain. Nothing is overwritten.

              belljar init                   for what is there
              belljar init --template make   as if it were a project with a Makefile
              belljar init --template list   print the templates

            Exit codes: 0 written, 2 there is a recipe already, or nothing that a template fits.
            """)

    @Option(
        help: ArgumentHelp("The kind of project. Default: what the folder looks like.", valueName: "name"),
        completion: .list(ProjectTemplate.all.map(\.name)))
    var template: String?

    @Option(
        help: ArgumentHelp("The recipe's name. Default: that of the folder.", valueName: "name"))
    var name: String?

    @Flag(help: "Do not lock the toolchain; `belljar toolchain lock` does it later.") var noLock = false
    @OptionGroup var suite: SuiteOption
    @OptionGroup var options: GlobalOptions

    func run() throws {
        if template == "list" { return list() }
        let folder = try Places(options: options).absolute(options.project ?? ".")
        let recipe = try recipe(in: folder)
        var inside = options
        inside.project = folder
        let session = Session(inside, showsProgress: true, makesStore: true)
        try ProjectWriting(session: session, folder: folder, locks: !noLock).write(recipe, suite)
    }

    private func list() {
        for template in ProjectTemplate.all { Console.write("\(template.name)  \(template.title)\n") }
    }

    // MARK: What is found

    private func recipe(in path: String) throws(BelljarError) -> ProjectRecipe {
        let folder = try hostCall("read", path) { () throws(KernelError) in try ProjectFolder(path) }
        try ProjectWriting.requireNoRecipe(in: folder, path)
        let template = try chosen(folder, path)
        let (epoch, origin) = try ProjectWriting.epoch(of: path)
        let base = path.split(separator: "/").last.map(String.init) ?? ""
        return ProjectRecipe(
            name: name ?? ProjectRecipe.name(from: base), version: ProjectRecipe.version(of: folder),
            template: template, folder: folder, epoch: epoch, epochOrigin: origin)
    }

    private func chosen(_ folder: ProjectFolder, _ path: String) throws(BelljarError) -> ProjectTemplate {
        let known = ProjectTemplate.all.map(\.name)
        if let template {
            if let found = ProjectTemplate.named(template) { return found }
            throw BelljarError(
                .usage, operation: "use", subject: "--template \(template)", answer: "there is no such template",
                remedy: "the templates are: \(known.joined(separator: ", "))")
        }
        guard let (found, others) = ProjectTemplate.found(in: folder) else {
            throw BelljarError(
                .usage, operation: "write a recipe for", subject: path,
                answer: folder.names.isEmpty
                    ? "the folder is empty" : "it has no file that tells how it is built, such as a Makefile",
                remedy: "say what it is: belljar init --template \(known.joined(separator: "|"))")
        }
        say("found \(found.title)")
        if !others.isEmpty { say("could also be: \(others.joined(separator: ", ")) (--template)") }
        return found
    }

    private func say(_ text: String) {
        if !options.json { Console.write(shown(text) + "\n") }
    }
}
