internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarToolchain

/// Writes a project's first recipe and the toolchain for it, for `init` and `observe`.
struct ProjectWriting {
    let session: Session
    /// Absolute path of the project's folder.
    let folder: String
    /// Whether the toolchain is locked, too.
    var locks = true

    /// Writes them and tells what to type next.
    func write(_ recipe: ProjectRecipe, _ suite: SuiteOption) throws(BelljarError) {
        let (files, lock) = try make(recipe, suite)
        if session.options.json {
            return try Console.write(
                .init(name: recipe.name, template: recipe.template.name, files: files, toolchain: lock),
                as: Answers.project)
        }
        let step = locks ? "" : "  belljar toolchain lock \(recipe.template.name)\n"
        Console.write("Now:\n\(step)  belljar build --output out\n")
    }

    /// - Throws: `usage` if the folder has a recipe.
    static func requireNoRecipe(in folder: ProjectFolder, _ path: String) throws(BelljarError) {
        for taken in [RecipeLibrary.singleName, "Recipes"] where folder.names.contains(taken) {
            throw BelljarError(
                .usage, operation: "write a recipe in", subject: path, answer: "there is \(taken) already",
                remedy: "change that; nothing is overwritten")
        }
    }

    /// Of the last commit if there is one, else of the day.
    static func epoch(of path: String) throws(BelljarError) -> (seconds: UInt64, origin: String) {
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

    /// Writes both files and the lock, or nothing: who misspelt a suite can repeat the command.
    ///
    /// - Returns: absolute paths of what is new, and the lock if there is one.
    private func make(
        _ recipe: ProjectRecipe, _ suite: SuiteOption
    ) throws(BelljarError) -> (files: [String], lock: ToolchainLock?) {
        let toolchain = recipe.template.name
        let toolchains = try session.toolchainFiles()
        // The recipe is read before anything is written, so that a bad name leaves nothing behind.
        let text = recipe.text
        _ = try RecipeDecoder.recipe(text, file: RecipeLibrary.singleName, folder: folder, project: folder)
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
            let lock = locks ? try ToolchainWords.lock(toolchain, session) : nil
            try hostCall("write", "\(folder)/\(single)") { () throws(KernelError) in
                try Descriptor.workingDirectory.open(folder, [.directory, .followingLinks]).replace(single, with: text)
            }
            say("wrote \(single)")
            return lock
        }
        return (((isThere ? [] : [own]) + [single]).map { "\(folder)/\($0)" }, lock)
    }

    private static func comment(_ toolchain: String) -> [String] {
        [
            "What builds see as their root file system: these packages, what they depend on, and those that",
            "Debian calls essential (a shell, coreutils, tar, perl-base, ...). To pin them anew:",
            "`belljar toolchain lock \(toolchain)`.",
        ]
    }

    private func say(_ text: String) {
        if !session.options.json { Console.write(shown(text) + "\n") }
    }
}
