internal import ArgumentParser
internal import BelljarBuild
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Copy the outputs that a record names from the store into a folder or a tar archive.",
        usage: "belljar export [<options>] <record>",
        discussion: """
              belljar export hello -o out            of the last build of this recipe
              belljar export hello --tar hello.tar   as an archive
              belljar export hello --tar - | tar -t  to standard output
              belljar export 5131762c2f16 -o b       of any record

            A rebuild leaves a record, too, so that both sides of a difference can be had. The archive has the same bytes wherever it is made: paths are sorted, owners are 0, and the time of all \
            files is the build's epoch.
            """)

    @Argument(
        help: RecordReference.help(
            "The record: a recipe's name, the beginning of a digest, or a file.",
            "A name means the newest record of a build that succeeded."),
        completion: .records)
    var record: String

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Make this folder hold the outputs.",
            discussion: """
                What an earlier export left there and is no output any more is removed. Files that are not from an \
                export stay, and none is overwritten.
                """, valueName: "folder"), completion: .directory)
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Write a tar archive of the outputs to this file; `-` is standard output.", valueName: "file"),
        completion: .file())
    var tar: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (output == nil) != (tar == nil) else {
            throw ValidationError(
                "say where the outputs go, with one of --output <folder> and --tar <file>")
        }
        guard output != "", tar != "" else {
            throw ValidationError("an empty name is none: write . for this folder")
        }
        if tar == "-", options.json {
            throw ValidationError("--json has no place beside --tar -: standard output belongs to the archive")
        }
    }

    func run() throws {
        let session = Session(options)
        let store = try session.store()
        // What is exported has to stay until it is copied.
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        let found = try RecordReference(text: record, session: session).find(succeeded: true)
        let tree = try found.outputs(for: "export", in: store)
        var answer = Answers.Export(record: found.digest, outputs: UInt64(found.record.result.outputs.count))
        if let output {
            let folder = try session.places.absolute(output)
            answer.folder = output
            answer.kept = try OutputFolder(path: folder, session: session).export(tree)
        } else if let tar {
            answer.file = tar
            try write(tree, epoch: found.record.definition.epoch, to: tar, store)
            try tellOfSource(tar, session)
        }
        try show(answer, found.record)
    }

    /// Where there is no project, there is no next build.
    private func tellOfSource(_ tar: String, _ session: Session) throws(BelljarError) {
        guard tar != "-", !options.quiet, let library = try? session.recipes() else { return }
        let recipes = try library.names().compactMap { try? library.load($0) }
        let file = WrittenFile(path: try session.places.absolute(tar), what: "the archive")
        try file.tell(of: recipes, try session.engine(jobs: 1), options)
    }

    // MARK: Archive

    private func write(_ tree: TreeDigest, epoch: UInt64, to file: String, _ store: Store) throws(BelljarError) {
        guard file == "-" else { return try write(tree, epoch: epoch, toFile: file, store) }
        guard !Terminal.isTerminal(1) else {
            throw BelljarError(
                .usage, operation: "export to", subject: "standard output", answer: "it is a terminal",
                remedy: "name a file, or send it on: belljar export \(record) --tar - | tar -t")
        }
        try TarExporter(store: store, time: epoch).export(tree) { bytes throws(BelljarError) in
            Console.write(bytes: bytes)
        }
    }

    /// Under another name first: whoever looks sees the archive that was there before, or all of the new one.
    private func write(_ tree: TreeDigest, epoch: UInt64, toFile file: String, _ store: Store) throws(BelljarError) {
        let place = UserFile(file, "export to")
        try place.requireReplaceable("tar archive", where: TarExporter.isBeginning)
        let part = place.folder + "/" + PartName().text
        let archive = try place.open(part, [.write, .create, .exclusive])
        do throws(BelljarError) {
            try TarExporter(store: store, time: epoch).export(tree) { bytes throws(BelljarError) in
                do throws(KernelError) { try archive.writeAll(bytes) } catch {
                    throw .hostFailure(error, operation: "export to", subject: file)
                }
            }
            try hostCall("export to", file) { () throws(KernelError) in
                try Descriptor.workingDirectory.rename(part, to: Descriptor.workingDirectory, as: file)
            }
        } catch {
            try? Descriptor.workingDirectory.unlink(part)
            throw error
        }
    }

    // MARK: Answer

    private func show(_ answer: Answers.Export, _ record: BuildRecord) throws(BelljarError) {
        if options.json { return try Console.write(answer, as: Answers.export) }
        guard tar != "-" else { return }
        let style = TextStyle(options.color, descriptor: 1)
        let place = answer.folder ?? answer.file ?? ""
        Console.write(
            "\(style.bold(shown(record.definition.name))) \(shown(record.definition.version))  record \(answer.record)"
                + "  \(answer.outputs) outputs in \(shown(place))\n")
    }
}

/// A folder of the user's that gets the outputs of a record.
struct OutputFolder {
    /// Absolute.
    let path: String
    let session: Session

    /// - Returns: what stays although it is no output any more, because somebody changed it since it was exported.
    @discardableResult
    func export(_ tree: TreeDigest) throws(BelljarError) -> [String] {
        let kept = try Exporter(store: try session.store(), folder: path).export(tree, removing: true)
        for file in kept.map({ PathText.shown($0) }) {
            session.progress.report(
                .notice(
                    "\(path)/\(file) is no output any more; it stays, because it was changed since it was exported"))
        }
        return kept
    }
}
