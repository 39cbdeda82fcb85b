internal import ArgumentParser
internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore
internal import BelljarToolchain

struct ToolchainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "toolchain", abstract: "Pin, build and look at toolchains.",
        subcommands: [Lock.self, Build.self, List.self, Show.self, Verify.self, Import.self])
}

extension ToolchainCommand {
    struct Lock: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Resolve toolchain.yaml as the archives stand now, build the image, and write the lock.")

        @Argument(help: ArgumentHelp("Names of toolchains.", valueName: "name")) var names: [String]
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            let session = Session(options, showsProgress: true)
            _ = try session.project()
            var made: [JSONValue] = []
            for name in names {
                let lock = try session.toolchains().makeLock(name)
                made.append(try ToolchainWords.json(lock))
                if !options.json { Console.write("\(name)  \(lock.packages.count) packages  image \(lock.image)\n") }
            }
            if options.json { Console.writeJSON(["toolchains": .array(made)]) }
        }
    }

    struct Build: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have the image that the lock names, building it if the store does not hold it.")

        @Argument(help: ArgumentHelp("Names of toolchains.", valueName: "name")) var names: [String]
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws { try ToolchainWords.images(names, options, rebuilding: false) }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Build the image anew from the lock, and compare it with the lock's digest.",
            discussion: "Exit code 6 if they differ, with the paths that do.")

        @Argument(help: ArgumentHelp("Names of toolchains.", valueName: "name")) var names: [String]
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws { try ToolchainWords.images(names, options, rebuilding: true) }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the project's toolchains.")

        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            let session = Session(options)
            _ = try session.project()
            var found: [JSONValue] = []
            for name in try session.toolchains().names() {
                let state = try ToolchainWords.state(name, session)
                found.append(.object(["name": .string(name), "state": .string(state)]))
                if !options.json { Console.write("\(name)  \(state)\n") }
            }
            if options.json { Console.writeJSON(["toolchains": .array(found)]) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a toolchain's lock pins.")

        @Argument(help: ArgumentHelp("Name of a toolchain.", valueName: "name")) var name: String
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            let session = Session(options)
            _ = try session.project()
            let (lock, text) = try session.toolchains().lock(name)
            if options.json {
                guard case .object(var members) = try ToolchainWords.json(lock) else { return }
                members["lock"] = .digest(Digest(of: text))
                Console.writeJSON(members)
                return
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
            let text = ToolchainImport.spec(name: name, address: address, sha256: digest)
            // Refuses names and addresses that a toolchain cannot have, before anything is written.
            _ = try ToolchainDecoder.spec(text, file: "toolchain.yaml")
            if let file { try ToolchainImport.take(file, digest, into: try session.store()) }
            try ToolchainImport.write(text, folder: "\(try session.project())/Toolchains/\(name)")
            let lock = try session.toolchains().makeLock(name)
            if options.json {
                Console.writeJSON(["toolchains": .array([try ToolchainWords.json(lock)])])
            } else {
                Console.write("\(name)  image \(lock.image)\n")
            }
        }
    }
}

/// What the toolchain commands have in common.
enum ToolchainWords {
    static func images(_ names: [String], _ options: GlobalOptions, rebuilding: Bool) throws {
        let session = Session(options, showsProgress: true)
        _ = try session.project()
        var built: [JSONValue] = []
        for name in names {
            let toolchains = try session.toolchains()
            let (lock, text) = try toolchains.lock(name)
            _ = try toolchains.image(lock, lockText: text, rebuilding: rebuilding)
            built.append(try json(lock))
            if !options.json { Console.write("\(name)  image \(lock.image)\(rebuilding ? "  verified" : "")\n") }
        }
        if options.json { Console.writeJSON(["toolchains": .array(built)]) }
    }

    static func json(_ lock: ToolchainLock) throws(BelljarError) -> JSONValue {
        .object([
            "name": .string(lock.name), "image": .digest(lock.image.digest), "timestamp": try .unsigned(lock.timestamp),
            "packages": try .list(lock.packages) { package throws(BelljarError) in
                .object([
                    "name": .string(package.name), "version": .string(package.version),
                    "architecture": .string(package.architecture), "archive": .string(package.archive),
                    "path": .string(package.path), "size": try .unsigned(package.size),
                    "sha256": .digest(package.sha256),
                ])
            },
        ])
    }

    /// `built`, `locked`, or why the lock cannot be used.
    static func state(_ name: String, _ session: Session) throws(BelljarError) -> String {
        do throws(BelljarError) {
            let (lock, text) = try session.toolchains().lock(name)
            let image = try session.store().toolchainImage(lock: Digest(of: text))
            return image == lock.image ? "built" : "locked"
        } catch {
            guard error.code == .usage else { throw error }
            return error.answer
        }
    }
}

/// Writing a toolchain of an archive.
enum ToolchainImport {
    static func spec(name: String, address: String, sha256: Digest) -> [UInt8] {
        // Single quotes, in which only the quote itself has a meaning in YAML.
        let quoted = address.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        return Array("name: \(name)\narchive:\n  address: '\(quoted)'\n  sha256: \"\(sha256.hex)\"\n".utf8)
    }

    /// Streams a file into the store, if it is the one that is pinned.
    static func take(_ path: String, _ digest: Digest, into store: Store) throws(BelljarError) {
        let found = try FileDigest.of(path: path)
        guard found == digest else {
            throw BelljarError(
                .integrity, operation: "import", subject: path, answer: "expected \(digest), found \(found)")
        }
        try StoreFile.write(path: path, to: store, expected: digest)
    }

    static func write(_ text: [UInt8], folder: String) throws(BelljarError) {
        do throws(KernelError) {
            let directory = try Descriptor.makeDirectories(folder)
            let file = try directory.open("toolchain.yaml", [.write, .create, .exclusive], mode: 0o644)
            try file.writeAll(text)
        } catch {
            throw BelljarError(
                ErrorNumber.symbol(error.number) == "EEXIST" ? .usage : .host, operation: "write",
                subject: "\(folder)/toolchain.yaml", answer: error.answer)
        }
    }
}
