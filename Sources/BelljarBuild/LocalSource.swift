internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

/// A file or directory of a recipe's folder or project, taken into the store as a tree.
///
/// What it looked like (names, sizes, times, inode numbers) is remembered together with the tree it gave, so that a
/// build of unchanged sources reads no content; and for each file with its digest, so that of changed sources only those
/// files are read that changed.
struct LocalSource {
    /// The recipe's folder.
    let folder: String
    /// The project's folder, if it has one.
    var project: String?
    /// Relative to the recipe's folder, or with a slash in front to the project's; without `..`.
    let path: String
    /// Whether links may lead out of it. They are taken as they are, and never followed.
    var keepsLinks = false
    /// Patterns of what is left out, as lines of a `.gitignore` in the source.
    var ignore: [String] = []
    /// Which files are taken.
    var selection = LocalSelection.notIgnored
    /// Of `.tracked`, which these are.
    var tracked: TrackedFiles?
    let store: Store
    var limits = SourceLimits.standard

    private static let memoKind = "local-source"
    /// A file changed less than this long ago may change again without a change of its times, which come from a
    /// clock that ticks every 1 to 10 ms (CONFIG_HZ): what is that young is not remembered.
    private static let settleNanoseconds: Int64 = 100_000_000

    private static let linkRemedy =
        "remove the links, make them lead to something in the source, or keep them as they are with `links: keep` at the source "
        + "(what they lead to is then not pinned)"

    func tree() throws(BelljarError) -> TreeDigest {
        let place = place
        let root = try Self.open(place, to: "read source")
        let isDirectory =
            try hostCall("read source", path) { () throws(KernelError) in try root.status().kind } == .directory
        let first = try look(at: root, place)
        if let known = try store.memo(kind: Self.memoKind, key: Self.key(first)) { return known }
        let begun = Int64(Host.realNanoseconds())
        let before = try look(at: root, place, keepsEntries: true)
        let tree = isDirectory ? try ingest(root, before, place, begun: begun) : try ingestFile(root)
        guard Self.key(before) == Self.key(try look(at: root, place)) else {
            throw changed
        }
        if before.newest < begun - Self.settleNanoseconds {
            try store.setMemo(kind: Self.memoKind, key: Self.key(before), tree: tree)
        }
        return tree
    }

    /// What `tree` would give, without keeping anything: what it read is gone afterwards.
    func foreseen() throws(BelljarError) -> TreeDigest {
        let place = place
        let root = try Self.open(place, to: "read source")
        let kind = try hostCall("read source", path) { () throws(KernelError) in try root.status().kind }
        let survey = try look(at: root, place, keepsEntries: true)
        if let known = try store.memo(kind: Self.memoKind, key: Self.key(survey)) { return known }
        guard kind == .directory else { return try foreseenFile(root) }
        let selection = SourceMemory(store: store, source: place.absolute).selection(of: survey.entries)
        return try store.makeBatch().ingest(directory: root, options: options, selection: selection).tree
    }

    private func foreseenFile(_ file: borrowing Descriptor) throws(BelljarError) -> TreeDigest {
        let (status, digest) = try hostCall("read source", path) { () throws(KernelError) in
            let status = try file.status()
            var hasher = ContentHasher()
            while case let bytes = try file.readSome(atMost: 1 << 20), !bytes.isEmpty {
                unsafe bytes.withUnsafeBytes { unsafe hasher.update($0) }
            }
            return (status, hasher.finish())
        }
        return try DirectoryCodec.digest(of: single(status, digest))
    }

    /// Whether a file is a part of it, under whatever path.
    func takes(_ file: FileStatus) throws(BelljarError) -> Bool {
        let place = place
        return try look(at: try Self.open(place, to: "read source"), place, keepsEntries: true).entries
            .contains { $0.status.device == file.device && $0.status.inode == file.inode }
    }

    private var changed: BelljarError {
        BelljarError(
            .usage, operation: "read source", subject: path, answer: "it was changed while it was being read",
            remedy: "build again when nobody writes to it")
    }

    private static func key(_ survey: SourceSurvey) -> String { survey.digest.hex }

    var place: SourcePlace { SourcePlace(path, folder: folder, project: project) }

    /// Opens what lies in a recipe's folder or project component by component, so that no link leads out of it.
    static func open(_ place: SourcePlace, to operation: String) throws(BelljarError) -> Descriptor {
        // As far as there is something, and what is there with a name near the next one.
        var (reached, near): (String, String?) = ("", nil)
        do throws(KernelError) {
            var found = try Descriptor.workingDirectory.open(place.base, [.directory, .followingLinks])
            for component in place.rest.split(separator: "/") {
                do throws(KernelError) {
                    // Opening a FIFO would otherwise wait for a writer.
                    found = try found.open(String(component), [.read, .nonblocking])
                } catch {
                    let names = ((try? found.entries(limit: 10_000)) ?? []).map { PathText.text($0.name) }
                    near = NearMatch.nearest(to: String(component), among: names)
                    throw error
                }
                reached += component + "/"
            }
            return found
        } catch {
            switch error.errno {
            case .ELOOP:
                throw BelljarError(
                    .usage, operation: operation, subject: place.path,
                    answer: "it is a link, or its path leads through one",
                    remedy: "give the path that the link leads to; it has to be in \(place.baseWords)")
            case .ENOENT, .ENOTDIR:
                throw BelljarError(
                    .usage, operation: operation, subject: place.path,
                    answer: "\(place.baseWords) has nothing of that name"
                        + (near.map { "; did you mean \(quoted(place.prefix + reached + $0))?" } ?? ""),
                    remedy: place.remedy)
            default: throw .hostFailure(error, operation: operation, subject: place.path)
            }
        }
    }

    private var options: IngestOptions {
        IngestOptions(
            refusesEscapingLinks: !keepsLinks, linkRemedy: Self.linkRemedy, entries: limits[.files],
            bytes: limits[.size], refusal: .usage)
    }

    private func ingest(
        _ root: borrowing Descriptor, _ survey: SourceSurvey, _ place: SourcePlace, begun: Int64
    ) throws(BelljarError) -> TreeDigest {
        let memory = SourceMemory(store: store, source: place.absolute)
        let batch = try store.makeBatch()
        let result = try batch.ingest(
            directory: root, options: options, selection: memory.selection(of: survey.entries))
        try batch.commit()
        try memory.note(survey.entries, result, unchangedSince: begun - Self.settleNanoseconds)
        return result.tree
    }

    /// - Throws: `usage` for what has no files that git could track.
    func requireDirectory() throws(BelljarError) {
        let root = try Self.open(place, to: "read source")
        let kind = try hostCall("read source", path) { () throws(KernelError) in try root.status().kind }
        guard kind != .directory else { return }
        throw BelljarError(
            .usage, operation: "read source", subject: path,
            answer: "it is a \(kind.words), and `tracked` is about directories",
            remedy: "leave `tracked` out, or give a directory")
    }

    static func neither(_ kind: FileKind, _ path: String) -> BelljarError {
        BelljarError(
            .usage, operation: "read source", subject: path, answer: "it is a \(kind.words)",
            remedy: "a local source is a file or a directory")
    }

    private func ingestFile(_ file: borrowing Descriptor) throws(BelljarError) -> TreeDigest {
        let status = try hostCall("read source", path) { () throws(KernelError) in try file.status() }
        guard status.kind == .regular else { throw Self.neither(status.kind, path) }
        let digest = try store.write(
            contentOf: file, named: path, isExecutable: status.permissions & 0o100 != 0, limit: limits[.size])
        return try store.write(single(status, digest))
    }

    /// The directory that a source which is one file is taken for.
    private func single(_ status: FileStatus, _ digest: Digest) -> Directory {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return Directory(
            files: [
                .init(name: name, digest: digest, size: status.size, isExecutable: status.permissions & 0o100 != 0)
            ])
    }

    // MARK: What it looks like

    private func look(
        at root: borrowing Descriptor, _ place: SourcePlace, keepsEntries: Bool = false
    ) throws(BelljarError) -> SourceSurvey {
        let inProject = place.inProject
        var rules = IgnoreRules(
            isProject: inProject != nil, own: ignore, base: Array((inProject ?? "").utf8),
            selection: selection)
        let survey: SourceSurvey
        do throws(KernelError) {
            try EndWish.check("read", path)
            if let inProject, let project, !inProject.isEmpty { try Self.enter(&rules, project, to: inProject) }
            let options = SourceSurvey.Options(
                limits: limits, keepsLinks: keepsLinks, rules: rules, tracked: tracked,
                base: Array((inProject ?? "").utf8), keepsEntries: keepsEntries)
            let status = try root.status()
            survey =
                status.kind == .directory
                ? try SourceSurvey(root, options)
                : SourceSurvey(file: status, named: Array(place.rest.utf8), options)
        } catch {
            // A name that was listed is gone.
            if error.errno == .ENOENT { throw changed }
            throw .hostFailure(error, operation: "read source", subject: path)
        }
        if let (limit, seen) = survey.reached {
            throw BelljarError(
                .resourceExceeded, operation: "read source", subject: path, answer: limits.words(limit, seen: seen),
                remedy: "leave out what the build does not need, or \(limits.remedy(limit))")
        }
        return survey
    }

    /// Takes the files of the folders around the source into account, up to the project.
    private static func enter(_ rules: inout IgnoreRules, _ project: String, to source: String) throws(KernelError) {
        var folder = try Descriptor.workingDirectory.open(project, [.directory, .followingLinks])
        var path: [UInt8] = []
        for component in source.split(separator: "/") {
            try rules.enter(folder, path, names: nil)
            path += (path.isEmpty ? [] : [UInt8(ascii: "/")]) + Array(component.utf8)
            // The recipe's folder may be somewhere else, by a link; the source itself may be a file.
            guard let inner = try? folder.open(String(component), [.directory, .followingLinks]) else { return }
            folder = inner
        }
    }
}
