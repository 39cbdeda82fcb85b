internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
package import BelljarStore

/// Which records the builds of a project's recipes led to, kept in the store's cache, so that a recipe's name means this
/// project's build although the store has builds of other projects under the same name.
///
/// Where the memory is lost, a name means the newest build of that name in the store, which is said.
package struct ProjectBuilds: Sendable {
    let store: Store
    /// Absolute path.
    package let project: String

    /// A path of a project, a zero byte, and digests.
    static let names = CacheNames("builds", format: 2)
    /// Digests alone; still read.
    private static let oldNames = CacheNames("builds", format: 1)
    /// Records remembered of one recipe.
    private static let limit = 64
    private static let digestSize = 32
    /// Of a file: the longest path that the kernel takes, and the records.
    private static let bytes = 4096 + limit * digestSize

    /// - Parameter project: absolute path of the project's folder.
    package init(store: Store, project: String) {
        self.store = store
        self.project = project
    }

    /// Digests of the records that builds of this recipe led to, the last one first: also those that the store does not list
    /// any more.
    package func records(of recipe: String) -> [Digest] {
        let old = Self.oldNames.name(of: key(of: recipe))
        return Self.memory(in: file(of: recipe), of: store)?.records
            ?? Self.digests(store.cache.read(old, limit: Self.bytes)?[...])
    }

    /// The records that builds of any project led to.
    package func recordsOfAll() -> Set<Digest> {
        let new = store.cache.names(of: Self.names).compactMap { Self.memory(in: $0, of: store, isUse: false)?.records }
        let old = store.cache.names(of: Self.oldNames).map {
            Self.digests(store.cache.read($0, limit: Self.bytes, isUse: false)?[...])
        }
        return Set((new + old).joined())
    }

    /// What a file says: of which project, and which records; nil if it cannot be read.
    static func memory(
        in file: String, of store: Store, isUse: Bool = true
    ) -> (project: String, records: [Digest])? {
        guard let text = store.cache.read(file, limit: bytes, isUse: isUse), let end = text.firstIndex(of: 0) else {
            return nil
        }
        return (String(decoding: text[..<end], as: UTF8.self), digests(text[(end + 1)...]))
    }

    private static func digests(_ bytes: ArraySlice<UInt8>?) -> [Digest] {
        guard let bytes else { return [] }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: digestSize).compactMap { start in
            Digest(bytes: Array(bytes[start...].prefix(digestSize)))
        }
    }

    /// - Parameter record: what the last build of this recipe led to, whether it ran or was cached.
    func note(_ record: Digest, of recipe: String) throws(KernelError) {
        let known = records(of: recipe)
        // A build that is cached writes nothing.
        guard known.first != record else { return }
        let records = ([record] + known.filter { $0 != record }).prefix(Self.limit)
        try store.cache.write(Array("\(project)\0".utf8) + records.flatMap(\.bytes), as: file(of: recipe))
    }

    /// One for each recipe: two builds at once of different recipes do not lose each other's.
    private func file(of recipe: String) -> String {
        Self.names.name(of: key(of: recipe))
    }

    private func key(of recipe: String) -> [UInt8] { Array("\(project)\0\(recipe)".utf8) }
}

/// Notes for the project which record each build led to.
struct NotingExecutor: Executor {
    let builds: ProjectBuilds
    let progress: any ProgressSink
    let inner: any Executor

    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome {
        let outcome = try inner.execute(job)
        guard let record = outcome.digest else { return outcome }
        do throws(KernelError) { try builds.note(record, of: job.definition.name) } catch {
            progress.report(
                .notice(
                    "the name \(job.definition.name) does not mean record \(record.hex.prefix(12)) for other commands: "
                        + "writing to \(builds.store.cache.path): \(error.answer)"))
        }
        return outcome
    }
}
