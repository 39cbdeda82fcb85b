internal import ArgumentParser
internal import BelljarBuild
internal import BelljarHost
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarToolchain

struct ToolchainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "toolchain", abstract: "Make, check and list toolchains: the root file systems that builds see.",
        discussion: """
            Toolchains/NAME/toolchain.yaml says which packages are wanted. `lock` finds their exact versions and pins \
            them in toolchain.lock.yaml. `build` makes the same image from the lock on any machine.
            """,
        subcommands: [New.self, Add.self, Lock.self, Build.self, List.self, Show.self, Verify.self, Import.self])
}

extension ToolchainCommand {
    struct Lock: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "lock",
            abstract: "Pin the newest packages for toolchain.yaml: resolve, build the image, write the lock.",
            usage: "belljar toolchain lock [<options>] <name> ...",
            discussion: """
                Debian packages need apt, with a source for the suite in /etc/apt. Run it after you changed \
                toolchain.yaml, or to get newer packages. It prints what changes, and writes nothing if nothing does. \
                The lock belongs in version control.

                  belljar toolchain lock debian-12-c
                  belljar toolchain lock debian-12-c --dry-run   print what would change
                """)

        @Argument(
            help: ArgumentHelp("The toolchains: folders of Toolchains/.", valueName: "name"), completion: .toolchains)
        var names: [String]
        @Flag(help: "Print which packages would change, and do nothing else.") var dryRun = false
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let session = Session(options, showsProgress: true, makesStore: true)
            _ = try session.project()
            var made: [ToolchainLock] = []
            for name in names {
                if let lock = try ToolchainWords.lock(name, session, onlyPlans: dryRun) { made.append(lock) }
            }
            if options.json { try Console.write(made, as: Answers.toolchains) }
        }
    }

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Write a toolchain.yaml of Debian packages, and lock it.",
            usage: "belljar toolchain new [<options>] <name> <package> ...",
            discussion: """
                Debian's essential packages (a shell, coreutils, tar, dpkg and so on) come along.

                  belljar toolchain new c build-essential
                  belljar toolchain new docs python3-sphinx --suite trixie
                """)

        @Argument(help: ArgumentHelp("The name of the new toolchain.", valueName: "name")) var name: String
        @Argument(help: ArgumentHelp("What to install; dependencies follow.", valueName: "package"))
        var packages: [String]
        @OptionGroup var suite: SuiteOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let session = Session(options, showsProgress: true, makesStore: true)
            let packages = DebianPackages(suite: try suite.name(), names: packages)
            try ToolchainWords.lock(name, session) { (files) throws(BelljarError) in try files.make(name, packages) }
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add packages to a toolchain.yaml, and lock it.",
            usage: "belljar toolchain add [<options>] <name> <package> ...",
            discussion: "  belljar toolchain add c cmake ninja-build")

        @Argument(
            help: ArgumentHelp("The toolchain: a folder of Toolchains/.", valueName: "name"), completion: .toolchains)
        var name: String
        @Argument(help: ArgumentHelp("What to install; dependencies follow.", valueName: "package"))
        var packages: [String]
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let session = Session(options, showsProgress: true, makesStore: true)
            try ToolchainWords.lock(name, session) { (files) throws(BelljarError) in try files.add(packages, to: name) }
        }
    }

    struct Build: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "build",
            abstract: "Build the image that the lock pins, if the store does not have it.",
            usage: "belljar toolchain build [<options>] <name> ...",
            discussion: """
                `belljar build` does this by itself when a recipe needs it.

                  belljar toolchain build debian-12-c

                Exit codes: 6 if a package or the image does not have the digest in the lock, 8 if a package cannot \
                be fetched.
                """)

        @Argument(
            help: ArgumentHelp("The toolchains: folders of Toolchains/.", valueName: "name"), completion: .toolchains)
        var names: [String]
        @OptionGroup var options: GlobalOptions

        func run() throws { try ToolchainWords.images(names, options) }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Check that the image in the store still has the digest in the lock.",
            usage: "belljar toolchain verify [<options>] <name> ...",
            discussion: """
                  belljar toolchain verify debian-12-c            hash the image in the store
                  belljar toolchain verify debian-12-c --rebuild  build it again, and compare

                Exit codes: 0 they are the same, 6 they differ; the error lists the paths.
                """)

        @Argument(
            help: ArgumentHelp("The toolchains: folders of Toolchains/.", valueName: "name"), completion: .toolchains)
        var names: [String]
        @Flag(help: "Build the image again from the lock, and compare that.") var rebuild = false
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let session = Session(options, showsProgress: true)
            _ = try session.toolchainFiles()
            var checked: [Answers.VerifiedToolchain] = []
            for name in names {
                if rebuild {
                    let toolchains = try session.toolchains()
                    let (lock, text) = try toolchains.lock(name)
                    _ = try toolchains.image(lock, lockText: text, rebuilding: true)
                }
                let found = try session.toolchains().verify(name)
                checked.append(
                    .init(name: name, image: found.image.digest, files: found.files, bytes: found.bytes))
                if !options.json {
                    Console.write(
                        "\(name)  image \(found.image)  \(rebuild ? "built again and " : "")verified (\(found.files) files, "
                            + "\(ProgressWords.size(found.bytes)))\n")
                }
            }
            if options.json { try Console.write(checked, as: Answers.verifiedToolchains) }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the toolchains, and whether their images are in the store.",
            usage: "belljar toolchain list [<options>]",
            discussion: """
                Lists the project's own, and those that came with belljar. `built`: the image is in the store. \
                `locked`: it is not yet. Otherwise: what is wrong.
                """)

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let session = Session(options)
            let files = try session.toolchainFiles()
            let store = try session.storeIfAny()
            var found: [Answers.ToolchainState] = []
            for name in try files.names() {
                let info = try files.show(name, in: store)
                found.append(.init(name: name, info: info))
                if !options.json { Console.write(shown("\(name)  \(ToolchainWords.state(info))") + "\n") }
            }
            if options.json { try Console.write(found, as: Answers.toolchainList) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print what a toolchain's lock pins: the image and the packages.",
            usage: "belljar toolchain show [<options>] <name>")

        @Argument(
            help: ArgumentHelp("The toolchain: a folder of Toolchains/.", valueName: "name"), completion: .toolchains)
        var name: String
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let (lock, text) = try Session(options).toolchainFiles().currentLock(name)
            if options.json {
                return try Console.write(.init(lock: lock, digest: Digest(of: text)), as: Answers.toolchain)
            }
            Console.write("\(lock.name)  image \(lock.image)\n")
            if let archive = lock.archive {
                Console.write("archive  \(archive.address)  sha256:\(archive.sha256.hex)\n")
            }
            for package in lock.packages {
                Console.write("\(package.name)  \(package.version)  \(package.archive):\(package.path)\n")
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Make a toolchain from a tar archive of a root file system.",
            usage: "belljar toolchain import [<options>] --sha256 <digits> <name> <address>",
            discussion: """
                Writes Toolchains/NAME/toolchain.yaml and its lock, which pin the archive by its digest.

                  belljar toolchain import alpine https://example.org/root.tgz --sha256 DIGITS
                """)

        @Argument(help: ArgumentHelp("The name of the new toolchain.", valueName: "name")) var name: String
        @Argument(
            help: ArgumentHelp(
                "Where the archive can be fetched: https://..., or ARCHIVE:PATH on a mirror.", valueName: "address"))
        var address: String
        @Option(help: ArgumentHelp("The SHA-256 of the archive: 64 hexadecimal digits.", valueName: "digits"))
        var sha256: String
        @Option(
            help: ArgumentHelp(
                "Read the archive from this file in place of fetching it. Others still fetch it.", valueName: "path"),
            completion: .file())
        var file: String?
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let session = Session(options, showsProgress: true, makesStore: true)
            guard let digest = Digest(hex: sha256) ?? Digest(prefixed: sha256) else {
                throw BelljarError(
                    .usage, operation: "use", subject: "--sha256 \(sha256)",
                    answer: "a SHA-256 has 64 hexadecimal digits, in lower case",
                    remedy: "`sha256sum FILE` prints it")
            }
            let source = try source()
            _ = try session.project()
            let lock = try session.toolchains().importArchive(
                name, address: source, sha256: digest,
                file: try file.map { path throws(BelljarError) in
                    try session.places.absolute(path)
                })
            if options.json {
                try Console.write([lock], as: Answers.toolchains)
            } else {
                Console.write("\(name)  image \(lock.image)\n")
            }
        }

        private func source() throws(BelljarError) -> SourceAddress {
            do throws(TextMistake) { return try SourceAddress(address) } catch {
                throw BelljarError(
                    .usage, operation: "use", subject: error.isSecret ? "the address" : address, answer: error.reason,
                    remedy: "https://... or ARCHIVE:PATH is expected")
            }
        }
    }
}

/// Which of Debian's suites packages come from.
struct SuiteOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The suite that the packages come from, such as bookworm or trixie. Default: that of this machine.",
            valueName: "suite"))
    var suite: String?

    func name() throws(BelljarError) -> String {
        if let suite { return suite }
        if let suite = try HostRelease.codename() { return suite }
        throw BelljarError(
            .usage, operation: "find", subject: "the suite of this machine",
            answer: "/etc/os-release names none (VERSION_CODENAME)", remedy: "name one: --suite bookworm")
    }
}

/// What the toolchain commands have in common.
enum ToolchainWords {
    /// Locks a toolchain and prints what changes.
    ///
    /// - Returns: nil if something would change and only the plan was wanted.
    static func lock(_ name: String, _ session: Session, onlyPlans: Bool = false) throws(BelljarError) -> ToolchainLock?
    {
        let isJSON = session.options.json
        var isUnchanged = false
        let lock = try session.toolchains().makeLock(name, onlyPlans: onlyPlans) { (plan) throws(BelljarError) in
            isUnchanged = plan.isEmpty
            guard !isJSON else { return }
            // What a first lock adds is all that it has; `toolchain show` lists it.
            let lines = plan.isFirst && !onlyPlans ? [] : plan.lines
            if !lines.isEmpty { Console.write(lines.map { "\(shown($0))\n" }.joined()) }
            // Before the image is made, not when all is over.
            Console.flush()
        }
        guard let lock else { return nil }
        if !isJSON {
            let note = isUnchanged && lock.archive == nil ? "unchanged" : "locked"
            Console.write("\(shown(name))  \(note)  \(lock.packages.count) packages  image \(lock.image)\n")
        }
        return lock
    }

    /// Changes a `toolchain.yaml`, and locks it; if that fails, it is as it was.
    static func lock(
        _ name: String, _ session: Session, after change: (ToolchainFiles) throws(BelljarError) -> Void
    ) throws {
        let files = try session.toolchainFiles()
        let lock = try files.takingBack(name) { () throws(BelljarError) in
            try change(files)
        } doing: { () throws(BelljarError) -> ToolchainLock? in
            try Self.lock(name, session)
        }
        if session.options.json { try Console.write(lock.map { [$0] } ?? [], as: Answers.toolchains) }
    }

    static func images(_ names: [String], _ options: GlobalOptions) throws {
        let session = Session(options, showsProgress: true, makesStore: true)
        _ = try session.toolchainFiles()
        var built: [ToolchainLock] = []
        for name in names {
            let toolchains = try session.toolchains()
            let (lock, text) = try toolchains.lock(name)
            _ = try toolchains.image(lock, lockText: text)
            built.append(lock)
            if !options.json { Console.write("\(name)  image \(lock.image)\n") }
        }
        if options.json { try Console.write(built, as: Answers.toolchains) }
    }

    /// `built`, `locked`, or why the lock cannot be used; and where the toolchain comes from, if not from the project.
    static func state(_ info: ToolchainInfo) -> String {
        let state = info.problem?.answer ?? (info.isBuilt ? "built" : "locked")
        return info.isShipped ? "\(state)  from belljar" : state
    }
}
