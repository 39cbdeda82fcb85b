internal import ArgumentParser
internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

/// How a user names a record: by the beginning of its digest, by a recipe's name (the last build of the project's recipe; outside
/// of a project, and of what is no recipe of it, the newest build of that name in the store), or by a file that holds one. A rebuild's record has no name: it shows that something came out again, or that it did not. What
/// could be a digest's beginning is a name if the project has such a recipe; `sha256:` in front says that it is a digest.
struct RecordReference {
    let text: String
    let session: Session

    struct Found {
        var record: BuildRecord
        var digest: Digest
        /// The file that it was read from; nil for a record of the store.
        var file: String?

        /// What finds it again, for a remedy.
        var reference: String { file.map { $0.contains("/") ? $0 : "./" + $0 } ?? String(digest.hex.prefix(12)) }
    }

    /// Whether something on the disk is meant by a name without a slash, and no recipe of the project.
    var isOnlyPath: Bool {
        guard !isRecipe, !text.hasPrefix("sha256:") else { return false }
        return (try? Descriptor.workingDirectory.status(of: text)) != nil
    }

    /// What help says of a reference.
    /// - Parameter name: what is meant where a recipe's name is given, in a sentence.
    static func help(_ abstract: String, _ name: String) -> ArgumentHelp {
        ArgumentHelp(
            abstract,
            discussion: """
                \(name) A record of a rebuild is found by its digest alone. Of a digest, 4 digits are enough if no other one begins with \
                them; where a recipe of the project has the same name, write `sha256:` in front. In a project, a recipe's \
                name means its builds in this project; elsewhere, all builds of that name in the store. A file is meant \
                if its path has a slash in it or ends in .json, or if nothing else has the name.
                """, valueName: "record")
    }

    /// - Parameter succeeded: for a name, only records of builds that succeeded count.
    func find(succeeded: Bool = false) throws(BelljarError) -> Found {
        try first(succeeded: succeeded) { _ in true }
    }

    /// The record that is meant, or, if the reference is a name, the newest of its records that is accepted; the newest of
    /// all if none is.
    func first(
        succeeded: Bool, where accepts: (BuildRecord) -> Bool
    ) throws(BelljarError) -> Found {
        if let recipe = namedRecipe {
            throw BelljarError(
                .usage, operation: "find record", subject: text, answer: "that is a recipe, and no record of its build",
                remedy: "name it by its name: \(recipe)")
        }
        if isFile { return try read(file: text) }
        let store = try session.store()
        let records = try store.records()
        if isDigits, !isRecipe {
            let matches = records.compactMap(\.digest).filter { $0.hex.hasPrefix(digits) }
            if Set(matches).count > 1 {
                throw BelljarError(
                    .usage, operation: "find record", subject: text, answer: "several digests begin like this",
                    remedy: "give more digits", details: matches.map(\.description))
            }
            if let digest = matches.first { return try Self.read(digest, store) }
        }
        let named = try self.named(in: records, store).filter { !succeeded || $0.status == .ok }
        for digest in named.compactMap(\.digest) {
            // Of the newest, whatever is wrong with it is told; of an older one, that it is no answer.
            let found = digest == named.first?.digest ? try Self.read(digest, store) : try? Self.read(digest, store)
            if let found, accepts(found.record) { return found }
        }
        if let digest = named.first?.digest { return try Self.read(digest, store) }
        if !isRecipe, isPresent { return try read(file: text) }
        if isDigits, let damaged = try store.damagedRecords().first(where: { $0.hex.hasPrefix(digits) }) {
            throw BelljarError(
                .integrity, operation: "find record", subject: text,
                answer: "the store's entry of record \(damaged) is damaged", remedy: "run `belljar store fsck --repair`"
            )
        }
        throw BelljarError(
            .usage, operation: "find record", subject: text,
            answer: isRecipe
                ? "the store has no record of this project's recipe" + (succeeded ? " from a build that succeeded" : "")
                : "no record in the store has this name, or a digest that begins like this (at least \(Self.leastDigits) "
                    + "digits: 0-9 and a-f)" + NearMatch.hint(for: text, among: Set(records.map(\.name))),
            remedy: (isRecipe ? "`belljar build \(text)` makes one; " : "")
                + "`belljar records` lists all records; for a file, give a path with a slash in it, such as ./\(text)"
        )
    }

    /// The records of builds that the name can mean, the last one first.
    ///
    /// - Parameter records: all that the store lists, the newest first.
    private func named(in records: [RecordEntry], _ store: Store) throws(BelljarError) -> [RecordEntry] {
        let all = records.filter { $0.name == text && $0.rebuildOf == nil }
        guard isRecipe, !all.isEmpty, let builds = try session.builds() else { return all }
        let own = ownRecords(builds, among: all)
        if !own.isEmpty { return own }
        // What no project is known to have built is of before there was such a memory.
        let others = builds.recordsOfAll()
        let rest = all.filter { entry in entry.digest.map { !others.contains($0) } ?? true }
        if !rest.isEmpty {
            session.progress.report(
                .notice(
                    "the store knows of no build of \(text) in this project (\(builds.project)): the newest of that name "
                        + "is taken that is no other project's"))
        }
        return rest
    }

    private func ownRecords(_ builds: ProjectBuilds, among listed: [RecordEntry]) -> [RecordEntry] {
        builds.records(of: text).compactMap { digest in listed.first { $0.digest == digest } }
    }

    /// The recipe whose file it is; nil for everything else.
    private var namedRecipe: String? {
        try? session.recipes().recipe(inFile: text)
    }

    /// Whether a file of that name is in the working directory.
    private var isPresent: Bool { (try? Descriptor.workingDirectory.statusIfPresent(of: text))??.kind == .regular }

    /// Whether it is the path of a file.
    var isFile: Bool { text.contains("/") || text.hasSuffix(".json") }

    private var digits: String { text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text }

    /// Whether a digest can begin like this.
    var isDigits: Bool { digits.utf8.count >= Self.leastDigits && digits.utf8.allSatisfy(Self.isHexadecimal) }

    /// Of a digest, so that names of recipes are seldom taken for one.
    private static let leastDigits = 4

    /// Whether the project that the user is in, if any, has a recipe of that name.
    var isRecipe: Bool { (try? session.recipes().names().contains(text)) ?? false }

    /// A record that the store lists.
    static func read(_ digest: Digest, _ store: Store) throws(BelljarError) -> Found {
        let bytes: [UInt8]
        do throws(BelljarError) { bytes = try store.read(digest, limit: BuildRecord.sizeLimit) } catch {
            guard error.code == .integrity else { throw error }
            let again = "build the recipe again, or rebuild a copy of the record"
            throw BelljarError(
                .integrity, operation: "read record", subject: "\(digest)", answer: error.answer,
                remedy: (try? store.contains(digest)) == true
                    ? "the record was edited or damaged after belljar wrote it, and nothing makes it whole: \(again); "
                        + "`belljar store fsck --repair` takes this one out of the store"
                    : "the record is listed, and its content is gone: \(again); `belljar store fsck` finds what else is missing"
            )
        }
        return Found(record: try RecordDecoder.decode(bytes), digest: digest)
    }

    private func read(file path: String) throws(BelljarError) -> Found {
        let bytes = try ForeignFile(
            path: path, operation: "read record",
            remedy:
                "name a file that `belljar show RECORD --json` wrote; without a slash and .json, a record of the store"
        ).content(limit: BuildRecord.sizeLimit)
        do throws(BelljarError) {
            let record = try RecordDecoder.decode(bytes)
            return Found(record: record, digest: try record.recordDigest(), file: path)
        } catch {
            var named = error
            named.subject = "\(path): \(error.subject)"
            named.remedy =
                error.remedy ?? "get the record again: `belljar show NAME --json >FILE` writes one where it was built"
            throw named
        }
    }

    private static func isHexadecimal(_ unit: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(unit) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(unit)
    }
}

extension RecordReference.Found {
    /// The outputs that the record names.
    ///
    /// - Parameter operation: what they are wanted for, for errors.
    /// - Throws: `usage` if the build failed, `unavailable` if the store does not have them.
    func outputs(for operation: String, in store: Store) throws(BelljarError) -> TreeDigest {
        let name = record.definition.name
        guard let tree = record.result.tree else {
            throw BelljarError(
                .usage, operation: operation, subject: "\(digest)",
                answer: "this build of \(name) ended as \(record.result.status.rawValue): it has no outputs",
                remedy: "`belljar records \(name)` lists the others")
        }
        guard try store.holds(tree) else {
            throw BelljarError(
                .unavailable, operation: operation, subject: "\(digest)",
                answer:
                    "this store does not have the outputs (\(tree.digest)): a record names them, and the store of the "
                    + "build keeps them",
                remedy:
                    "run this where \(name) was built, or `belljar rebuild` the record, and \(operation) what comes out"
            )
        }
        return tree
    }
}
