internal import ArgumentParser
internal import BelljarBuild
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarToolchain

struct ToolchainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "toolchain", abstract: "Pin, build and look at toolchains.",
        subcommands: [Lock.self, Build.self, List.self, Show.self, Verify.self, Import.self])
}

extension ToolchainCommand {
    struct Lock: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "lock",
            abstract: "Resolve toolchain.yaml as the archives stand now, build the image, and write the lock.")

        @Argument(help: ArgumentHelp("Names of toolchains.", valueName: "name")) var names: [String]
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            let session = Session(options, showsProgress: true)
            _ = try session.project()
            var made: [ToolchainLock] = []
            for name in names {
                let lock = try session.toolchains().makeLock(name)
                made.append(lock)
                if !options.json { Console.write("\(name)  \(lock.packages.count) packages  image \(lock.image)\n") }
            }
            if options.json { try Console.write(made, as: Answers.toolchains) }
        }
    }

    struct Build: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "build",
            abstract: "Have the image that the lock names, building it if the store does not hold it.")

        @Argument(help: ArgumentHelp("Names of toolchains.", valueName: "name")) var names: [String]
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws { try ToolchainWords.images(names, options, rebuilding: false) }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Hash an image in the store again, and compare it with the lock's digest.",
            discussion: "Exit code 6 if they differ, with the paths that do.")

        @Argument(help: ArgumentHelp("Names of toolchains.", valueName: "name")) var names: [String]
        @Flag(help: "Build the image anew from the lock, and compare that.") var rebuild = false
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            if rebuild { return try ToolchainWords.images(names, options, rebuilding: true) }
            let session = Session(options, showsProgress: true)
            _ = try session.project()
            var checked: [Answers.VerifiedToolchain] = []
            for name in names {
                let found = try session.toolchains().verify(name)
                checked.append(
                    .init(name: name, image: found.image.digest, files: found.files, bytes: found.bytes))
                if !options.json {
                    Console.write(
                        "\(name)  image \(found.image)  verified (\(found.files) files, "
                            + "\(ProgressWords.size(found.bytes)))\n")
                }
            }
            if options.json { try Console.write(checked, as: Answers.verifiedToolchains) }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the project's toolchains.")

        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            let session = Session(options)
            _ = try session.project()
            var found: [Answers.ToolchainState] = []
            for name in try session.toolchains().names() {
                let state = try ToolchainWords.state(name, session)
                found.append(.init(name: name, state: state))
                if !options.json { Console.write("\(name)  \(state)\n") }
            }
            if options.json { try Console.write(found, as: Answers.toolchainList) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show what a toolchain's lock pins.")

        @Argument(help: ArgumentHelp("Name of a toolchain.", valueName: "name")) var name: String
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            let session = Session(options)
            _ = try session.project()
            let (lock, text) = try session.toolchains().lock(name)
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
            abstract: "Make a toolchain of a tar archive of a root file system, pinned by its digest.",
            discussion: "Writes Toolchains/NAME/toolchain.yaml and its lock.")

        @Argument(help: ArgumentHelp("Name of the new toolchain.", valueName: "name")) var name: String
        @Argument(
            help: ArgumentHelp("Where the archive is had from: https://... or ARCHIVE:PATH.", valueName: "address"))
        var address: String
        @Option(help: ArgumentHelp("The archive's digest.", valueName: "digits")) var sha256: String
        @Option(
            help: ArgumentHelp("Take the archive from this file instead of fetching it.", valueName: "path"),
            completion: .file())
        var file: String?
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            let session = Session(options, showsProgress: true)
            guard let digest = Digest(hex: sha256) ?? Digest(prefixed: sha256) else {
                throw BelljarError(
                    .usage, operation: "use", subject: "--sha256 \(sha256)",
                    answer: "64 lower-case hexadecimal digits were expected")
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

/// What the toolchain commands have in common.
enum ToolchainWords {
    static func images(_ names: [String], _ options: GlobalOptions, rebuilding: Bool) throws {
        let session = Session(options, showsProgress: true)
        _ = try session.project()
        var built: [ToolchainLock] = []
        for name in names {
            let toolchains = try session.toolchains()
            let (lock, text) = try toolchains.lock(name)
            _ = try toolchains.image(lock, lockText: text, rebuilding: rebuilding)
            built.append(lock)
            if !options.json { Console.write("\(name)  image \(lock.image)\(rebuilding ? "  verified" : "")\n") }
        }
        if options.json { try Console.write(built, as: Answers.toolchains) }
    }

    /// `built`, `locked`, or why the lock cannot be used.
    static func state(_ name: String, _ session: Session) throws(BelljarError) -> String {
        let info = try session.toolchains().show(name)
        if let problem = info.problem { return problem.answer }
        return info.isBuilt ? "built" : "locked"
    }
}
