internal import ArgumentParser
internal import BelljarBuild
internal import BelljarControls
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarToolchain

struct ObserveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "observe",
        abstract: "Watch an ordinary build of the current folder, and write a recipe and a toolchain for it.",
        usage: "belljar observe [<options>] -- <command> [<argument> ...]",
        discussion: """
            The command runs in a copy of the folder, without what .gitignore names, and with the programs that are \
            installed here. From what it runs and reads come the packages of the toolchain, and from what it leaves the \
            outputs of the recipe. Whatever it used that no package has is listed.

              belljar observe -- make
              belljar observe -- sh -c 'cmake -B made && cmake --build made'
              belljar observe --print -- ./build.sh   print the recipe, write nothing

            There is no network, as in every build, and nobody's home folder. Of belljar's own environment the command gets \
            what compilers and build tools look at, such as CC and CFLAGS; the recipe has that, too.

            Exit codes: 0 written, 2 there is a recipe already or the command left nothing; that of the command if it \
            fails, or 128 plus the number of the signal that ended it.
            """)

    @Option(
        help: ArgumentHelp("The recipe's and the toolchain's name. Default: that of the folder.", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp("End the command after this time: 90s, 10m or 2h. Default: 1h.", valueName: "time"))
    var timeout: String?

    @Flag(name: .customLong("print"), help: "Print the recipe and the packages, and write nothing.")
    var prints = false

    @Flag(help: "Do not lock the toolchain; `belljar toolchain lock` does it later.") var noLock = false
    @OptionGroup var suite: SuiteOption
    @OptionGroup var options: GlobalOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The command that builds the project, and its arguments.", valueName: "command"))
    var command: [String] = []

    /// What compilers and build tools look up in their environment, and people set.
    private static let variables = [
        "AR", "AS", "CC", "CFLAGS", "CGO_ENABLED", "CMAKE_BUILD_TYPE", "CMAKE_GENERATOR", "CONFIG_SITE", "CPP",
        "CPPFLAGS",
        "CXX", "CXXFLAGS", "FC", "FFLAGS", "GOFLAGS", "JAVA_HOME", "LD", "LDFLAGS", "LIBS", "MAKEFLAGS", "NM",
        "PKG_CONFIG_PATH", "PYTHONPATH", "RANLIB", "RUSTFLAGS",
    ]

    func run() throws {
        // Nothing else is required, so argument-parser takes it for the command.
        if let first = command.first, ["-h", "--help"].contains(first) {
            throw CleanExit.helpRequest(ObserveCommand.self)
        }
        let argv = try RunCommand.argv(
            command, of: "observe", "a build", usage: "belljar observe",
            among: OptionNames(of: ObserveCommand.self).names)
        let folder = try Places(options: options).absolute(options.project ?? ".")
        let files = try hostCall("read", folder) { () throws(KernelError) in try ProjectFolder(folder) }
        if !prints { try ProjectWriting.requireNoRecipe(in: files, folder) }
        let base = folder.split(separator: "/").last.map(String.init) ?? ""
        let name = name ?? ProjectRecipe.name(from: base)
        var inside = options
        inside.project = folder
        let session = Session(inside, showsProgress: true, makesStore: true)
        if try session.toolchainFiles().ownNames().contains(name), !prints {
            throw BelljarError(
                .usage, operation: "write toolchain", subject: name,
                answer: "there is already a toolchain of that name",
                remedy: "choose another name for this one: --name NAME")
        }
        let own = Self.variables.reduce(into: [String: String]()) { $0[$1] = Host.environment($1) }
        let (epoch, origin) = try ProjectWriting.epoch(of: folder)
        let build = try observe(argv, folder, own, epoch, session)
        let packages = try HostPackages(of: build.used)
        let found = ObservedProject(
            command: argv, packages: packages.wanted, environment: own,
            products: build.outputs.isEmpty ? build.products : [], foreign: packages.foreign)
        try requireResult(build, argv)
        tell(build, packages)
        let recipe = ProjectRecipe(
            name: name, version: ProjectRecipe.version(of: files), template: found.template(name), folder: files,
            epoch: epoch, epochOrigin: origin)
        if prints { return Console.write(bytes: recipe.text) }
        try ProjectWriting(session: session, folder: folder, locks: !noLock).write(recipe, suite)
    }

    private func observe(
        _ argv: [String], _ folder: String, _ own: [String: String], _ epoch: UInt64, _ session: Session
    ) throws -> ObservedBuild {
        let hostLimits = try session.hostLimits()
        var limits = hostLimits.clamped(.standard)
        if let timeout { limits.timeoutSeconds = try RecipeDecoder.timeout(timeout) }
        try hostLimits.check(limits, of: "the command")
        let states = ControlStates.standard
        let environment = BuildWorld.environment(adding: own, epoch: epoch, limits: limits, controls: states)
        let build = try session.engine(jobs: 1).observe(
            argv, project: folder, environment: environment, limits: limits,
            world: BuildWorld.world(states, epoch: epoch, limits: limits)
        ) { _, bytes in Console.complain(bytes) }
        LiveProgress.stop()
        try Attended.conclude(build.end, "observe", argv[0], isWanted: true)
        return build
    }

    private func requireResult(_ build: ObservedBuild, _ argv: [String]) throws(BelljarError) {
        if build.isTruncated {
            throw BelljarError(
                .resourceExceeded, operation: "observe", subject: ObservedProject.words(argv),
                answer: "it used so much that not all of it could be written down",
                remedy: "observe a part of it, or write the toolchain with `belljar init` and add packages to it")
        }
        guard build.products.isEmpty, build.outputs.isEmpty else { return }
        throw BelljarError(
            .usage, operation: "observe", subject: ObservedProject.words(argv),
            answer: "it left no new file in the folder, nor in $OUT",
            remedy: "give the command that builds it; what is built already and not in .gitignore is taken for a source"
        )
    }

    private func tell(_ build: ObservedBuild, _ packages: HostPackages) {
        if options.json || prints { return }
        let programs = Set(build.programs.compactMap { $0.split(separator: "/").last.map(String.init) })
        Console.write(
            shown("it ran \(programs.count) programs of this machine and looked at \(build.used.count) files") + "\n")
        Console.write("packages: " + shown(packages.wanted.joined(separator: " ")) + "\n")
        for path in packages.foreign {
            Console.write(shown("no package has \(path): the recipe says what to do about it") + "\n")
        }
    }
}
