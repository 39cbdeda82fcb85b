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
        let (files, lock) = try make(recipe, in: folder, session)
        if options.json {
            return try Console.write(
                .init(name: recipe.name, template: recipe.template.name, files: files, toolchain: lock),
                as: Answers.project)
        }
        let step = noLock ? "  belljar toolchain lock \(recipe.template.name)\n" : ""
        Console.write("Now:\n\(step)  belljar build --output out\n")
    }

    private func list() {
        for template in ProjectTemplate.all { Console.write("\(template.name)  \(template.title)\n") }
    }

    // MARK: What is found

    private func recipe(in path: String) throws(BelljarError) -> ProjectRecipe {
        let folder = try hostCall("read", path) { () throws(KernelError) in try ProjectFolder(path) }
        for taken in [RecipeLibrary.singleName, "Recipes"] where folder.names.contains(taken) {
            throw BelljarError(
                .usage, operation: "write a recipe in", subject: path, answer: "there is \(taken) already",
                remedy: "change that; nothing is overwritten")
        }
        let template = try chosen(folder, path)
        let (epoch, origin) = try epoch(of: path)
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

    /// Of the last commit if there is one, else of the day.
    private func epoch(of path: String) throws(BelljarError) -> (seconds: UInt64, origin: String) {
        if let git = HostProgram.find("git", passing: ["HOME", "PATH"]) {
            let said = try git.output(of: ["-C", path, "log", "-1", "--format=%ct"], limit: 1000)
            if said.end.exit == .status(0), let seconds = UInt64(said.text.prefix { $0.isNumber }),
                Recipe.epochs.contains(seconds)
            {
                return (seconds, "the last commit")
            }
        }
        let day: UInt64 = 86_400
        return (Host.realSeconds() / day * day, "the day on which this was written")
    }

    // MARK: What is written

    /// Writes both files and the lock, or nothing: who misspelt a suite can repeat the command.
    ///
    /// - Returns: absolute paths of what is new, and the lock if there is one.
    private func make(
        _ recipe: ProjectRecipe, in path: String, _ session: Session
    ) throws(BelljarError) -> (files: [String], lock: ToolchainLock?) {
        let toolchain = recipe.template.name
        let toolchains = try session.toolchainFiles()
        // The recipe is read before anything is written, so that a bad name leaves nothing behind.
        let text = recipe.text
        _ = try RecipeDecoder.recipe(text, file: RecipeLibrary.singleName, folder: path, project: path)
        let isThere = try toolchains.ownNames().contains(toolchain)
        let (own, single) = ("Toolchains/\(toolchain)/toolchain.yaml", RecipeLibrary.singleName)
        let suite = isThere ? "" : try suite.name()
        let lock = try toolchains.takingBack(toolchain) { () throws(BelljarError) in
            if isThere { return }
            try toolchains.make(
                toolchain, DebianPackages(suite: suite, names: recipe.packages),
                comment: Self.comment(toolchain))
            say("wrote \(own)")
        } doing: { () throws(BelljarError) -> ToolchainLock? in
            let lock = noLock ? nil : try ToolchainWords.lock(toolchain, session)
            try hostCall("write", "\(path)/\(single)") { () throws(KernelError) in
                try Descriptor.workingDirectory.open(path, [.directory, .followingLinks]).replace(single, with: text)
            }
            say("wrote \(single)")
            return lock
        }
        return (((isThere ? [] : [own]) + [single]).map { "\(path)/\($0)" }, lock)
    }

    private static func comment(_ toolchain: String) -> [String] {
        [
            "What builds see as their root file system: these packages, what they depend on, and those that",
            "Debian calls essential (a shell, coreutils, tar, perl-base, ...). To pin them anew:",
            "`belljar toolchain lock \(toolchain)`.",
        ]
    }

    private func say(_ text: String) {
        if !options.json { Console.write(shown(text) + "\n") }
    }
}
