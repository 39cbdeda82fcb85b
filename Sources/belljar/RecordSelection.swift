internal import ArgumentParser
internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

/// Which records of builds that succeeded a command is about.
struct RecordSelection: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Only builds of these recipes.", valueName: "name"), completion: .recipes)
    var names: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only what is not older than this: 2026-11-22, 2026-11-22T20:00:00Z, 30d or 12h.",
            discussion: "Dates are of UTC. 30d is 30 days before now.", valueName: "date"))
    var since: String?

    @Flag(
        help: ArgumentHelp(
            "Builds of all projects in the store.",
            discussion: "Default: in a project, the last 64 builds of each of its recipes; elsewhere, all."))
    var all = false

    func validate() throws {
        guard let since, UTCTime.parse(since, now: 0) == nil else { return }
        throw ValidationError("--since \(since) is no date: write 2026-11-22, 2026-11-22T20:00:00Z, 30d or 12h")
    }

    /// Seconds since 1970.
    var begin: UInt64 {
        since.flatMap { UTCTime.parse($0, now: Host.realNanoseconds() / 1_000_000_000) } ?? 0
    }

    /// Of what the store lists, builds that succeeded and are no rebuilds, of any time; the newest first. Of builds that have both
    /// definition and outputs in common, the newest one.
    func builds(in session: Session, _ listed: [RecordEntry]) throws(BelljarError) -> [RecordEntry] {
        let builds = listed.filter { $0.rebuildOf == nil }
        let own = try all ? nil : ownRecords(session)
        let candidates = own.map { own in builds.filter { $0.digest.map(own.contains) ?? false } } ?? builds
        try candidates.requireNames(names)
        var seen: Set<[Digest]> = []
        return candidates.filter { entry in
            guard entry.status == .ok, names.isEmpty || names.contains(entry.name) else { return false }
            return seen.insert([entry.definition] + entry.roots.map(\.digest)).inserted
        }
    }

    /// Those of the project that the user is in; nil where there is none.
    private func ownRecords(_ session: Session) throws(BelljarError) -> Set<Digest>? {
        guard let builds = try session.builds() else { return nil }
        let recipes = try session.recipes().names()
        return Set(recipes.flatMap { builds.records(of: $0) })
    }
}

extension [RecordEntry] {
    /// A name that is misspelt would look like a recipe that was never built.
    func requireNames(_ names: [String]) throws(BelljarError) {
        let known = Set(map(\.name))
        guard let unknown = names.first(where: { !known.contains($0) }) else { return }
        throw BelljarError(
            .usage, operation: "list records of", subject: unknown,
            answer: "there is no record of this name" + NearMatch.hint(for: unknown, among: known),
            remedy: "`belljar records` lists all; `belljar build` makes one")
    }
}
