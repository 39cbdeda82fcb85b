internal import ArgumentParser
internal import BelljarBuild
internal import BelljarDiff
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarSandbox
internal import BelljarStore
internal import BelljarToolchain
internal import BelljarUnpack

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what two files, folders or records differ in, and what usually makes such differences.",
        usage: "belljar diff [<options>] <first> <second>",
        discussion: """
              belljar diff old.deb new.deb            two files
              belljar diff build-1/ build-2/          two folders
              belljar diff 5131762c2f16 2b86a33e9d10  the outputs of two records
              belljar diff hello out/                 of a record and a folder
              belljar diff toolchain:a toolchain:b    the images of two toolchains
              belljar diff a.jar b.jar --html d.html  as a page that needs nothing else

            Archives (tar, zip, ar, deb, cpio; gzip, bzip2, xz, zstd, lz4) are opened, also within each other, by a confined process; of programs, \
            pictures, documents, Python and Java bytecode it is said which part differs. Everything else is compared line by line or byte by byte. \
            Exit codes: 0 they are the same, 3 they differ.
            """)

    @Argument(help: DiffOperand.help, completion: .records)
    var first: String

    @Argument(help: ArgumentHelp("What it is compared with.", valueName: "second"), completion: .records)
    var second: String

    @Option(
        help: ArgumentHelp("Write the differences to this file, as a page of HTML.", valueName: "file"),
        completion: .file())
    var html: String?

    @Option(
        name: .customLong("with"),
        help: ArgumentHelp(
            "Let a program of the host compare two paths instead: diffoscope.",
            discussion: "It knows more formats, and reads what it compares with all rights of its user.",
            valueName: "program"))
    var program: OtherProgram?

    enum OtherProgram: String, ExpressibleByArgument, CaseIterable { case diffoscope }

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if program != nil, options.json {
            throw ValidationError("--json has no place beside --with: the answer would be the other program's")
        }
        guard html != "", first != "", second != "" else {
            throw ValidationError("an empty name is none: write . for this folder")
        }
    }

    func run() throws {
        let session = Session(options, makesStore: options.store == nil)
        let arePaths = [first, second].allSatisfy { DiffOperand.isPath($0, session) }
        if let program { return try run(program, arePaths: arePaths, session) }
        // What a record names has to stay until it is compared.
        let lease = try arePaths ? nil : session.store().lease()
        defer { withExtendedLifetime(lease) {} }
        let one = try DiffOperand(first, session)
        let other = try DiffOperand(second, session)
        let found = try difference(one, other, session)
        if let html { try write(found, to: html) }
        if options.json {
            try Console.write(.init(first: first, second: second, difference: found), as: Answers.diff)
        } else if let found {
            show(found)
        }
        if found != nil { throw QuietExit(exitCode: ErrorCode.notReproducible.exitCode) }
    }

    private func difference(
        _ one: DiffOperand, _ other: DiffOperand, _ session: Session
    ) throws(BelljarError) -> TreeDifference? {
        let sandbox = session.sandbox
        let cancellation = session.cancellation
        // The sandbox is made when the first archive is opened: other things need neither it nor a store.
        let opener = ArchiveOpener { (job, archive, name) throws(BelljarError) in
            try sandbox().startArchiveReader(job, of: archive, name: name, cancellation: cancellation)
        }
        let inspection = Inspection(opener: opener, cancellation: cancellation)
        let nodes = try DiffOperand.nodes(one, other, session)
        // Says of some files what they are.
        let name = nodes.0.isFile ? first.split(separator: "/").last.map(String.init) ?? first : ""
        return try TreeDifference.between(nodes.0, nodes.1, named: name, by: inspection)
    }

    /// Ends as belljar would.
    private func run(_ program: OtherProgram, arePaths: Bool, _ session: Session) throws {
        func wrong(_ code: ErrorCode, _ answer: String, _ remedy: String) -> BelljarError {
            BelljarError(code, operation: "compare with", subject: program.rawValue, answer: answer, remedy: remedy)
        }
        guard arePaths else {
            throw wrong(
                .usage, "it compares files and folders, and knows nothing of records",
                "copy the outputs to folders first: belljar export RECORD -o FOLDER")
        }
        let passed = ["HOME", "LANG", "LC_ALL", "PATH", "TMPDIR"]
        guard var tool = HostProgram.find(program.rawValue, passing: passed) else {
            throw wrong(.host, "it is not installed", "install it (apt install diffoscope), or leave out --with")
        }
        // It is known to take hours for large packages.
        tool.bounds.seconds = 86_400
        let places = try [first, second].map { path throws(BelljarError) in try session.places.absolute(path) }
        let page = try html.map { file throws(BelljarError) in ["--html", try session.places.absolute(file)] } ?? []
        var rest: [UInt8] = []
        let end = unsafe try tool.run(["--text", "-"] + page + places) { () throws(BelljarError) in
            try session.cancellation.check("compare", first)
        } output: { (piece) throws(BelljarError) in
            unsafe rest.append(contentsOf: piece)
            guard let last = rest.lastIndex(of: 0x0a) else { return }
            // Whole lines, so that no character is cut in two.
            Console.write(String(decoding: rest[...last], as: UTF8.self))
            rest.removeSubrange(...last)
        }
        Console.write(String(decoding: rest, as: UTF8.self))
        switch end.exit {
        case .status(0): return
        case .status(1): throw QuietExit(exitCode: ErrorCode.notReproducible.exitCode)
        default: throw wrong(.host, "it failed: \(end.exit)", end.errorText.isEmpty ? "run it by hand" : end.errorText)
        }
    }

    private func write(_ found: TreeDifference?, to file: String) throws(BelljarError) {
        let page = DifferenceHTML.page(
            of: found, first: first, second: second)
        try hostCall("write", file) { () throws(KernelError) in
            try Descriptor.workingDirectory.open(file, [.write, .create, .truncate, .followingLinks], mode: 0o644)
                .writeAll(Array(page.utf8))
        }
    }

    private func show(_ found: TreeDifference) {
        let style = TextStyle(options.color, descriptor: 1)
        let lines = DifferenceText.lines(
            of: found, first: first, second: second, columns: Terminal.columns(1).map { max($0, 20) })
        for line in lines {
            let text = shown(line.text)
            switch line.role {
            case .plain: Console.write(text + "\n")
            case .heading, .place: Console.write(style.bold(text) + "\n")
            case .removed: Console.write(style.bad(text) + "\n")
            case .added: Console.write(style.good(text) + "\n")
            case .note: Console.write(style.warning(text) + "\n")
            }
        }
    }
}

/// What `belljar diff` is to compare: a path, or a record.
struct DiffOperand {
    static let help = ArgumentHelp(
        "A file or folder, or a record (a recipe's name, the beginning of a digest), or toolchain:NAME.",
        discussion: """
            A path is meant if it has a slash in it, or if something of that name is there and no recipe of the project has the name. \
            Of a record its outputs are compared; of two records also their definitions, if these differ. A name means \
            the newest record of a build that succeeded. A record in a file is compared as a file. toolchain:NAME means the image that \
            the toolchain's lock names.
            """, valueName: "first")

    private enum Kind {
        case path(ComparedNode)
        case record(RecordReference.Found, TreeDigest)
        case image(TreeDigest)
    }

    private static let imagePrefix = "toolchain:"

    private let kind: Kind

    init(_ text: String, _ session: Session) throws(BelljarError) {
        if Self.isPath(text, session) {
            kind = .path(try .onDisk(text, leavingOut: Exporter.listName))
        } else if text.hasPrefix(Self.imagePrefix) {
            kind = .image(try Self.image(String(text.dropFirst(Self.imagePrefix.count)), session))
        } else {
            let found = try RecordReference(text: text, session: session).find(succeeded: true)
            kind = .record(found, try found.outputs(for: "compare", in: session.store()))
        }
    }

    private static func image(_ name: String, _ session: Session) throws(BelljarError) -> TreeDigest {
        let store = try session.store()
        let info = try session.toolchainFiles().show(name, in: store)
        if let problem = info.problem { throw problem }
        guard let lock = info.lock, info.isBuilt else {
            throw BelljarError(
                .unavailable, operation: "compare", subject: imagePrefix + name,
                answer: "this store does not have its image",
                remedy: "`belljar toolchain build \(name)` makes it")
        }
        return lock.image
    }

    static func isPath(_ text: String, _ session: Session) -> Bool {
        text.contains("/") || RecordReference(text: text, session: session).isOnlyPath
    }

    /// Both as trees. The definitions of two records come in where they differ: they are why the outputs do.
    static func nodes(
        _ one: DiffOperand, _ other: DiffOperand, _ session: Session
    ) throws(BelljarError) -> (ComparedNode, ComparedNode) {
        guard case .record(let first, let tree) = one.kind, case .record(let second, let against) = other.kind,
            first.record.definition != second.record.definition
        else { return (try one.node(session), try other.node(session)) }
        func folder(_ record: BuildRecord, _ tree: TreeDigest) throws(BelljarError) -> ComparedNode {
            let definition = Array(try record.definition.json().pretty.utf8)
            return .folder(of: [
                ("definition", .bytes(definition)), ("outputs", .stored(tree, in: try session.store())),
            ])
        }
        return (try folder(first.record, tree), try folder(second.record, against))
    }

    private func node(_ session: Session) throws(BelljarError) -> ComparedNode {
        switch kind {
        case .path(let node): node
        case .record(_, let tree), .image(let tree): .stored(tree, in: try session.store())
        }
    }
}
