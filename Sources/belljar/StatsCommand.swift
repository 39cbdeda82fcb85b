internal import ArgumentParser
internal import BelljarBuild
internal import BelljarModel
internal import BelljarStore

struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Count what came out alike when it was rebuilt, by recipe and by month.",
        usage: "belljar stats [<options>] [<name> ...]",
        discussion: """
            Counts the rebuilds whose records are in the store: those of `belljar rebuild`, `replay`, `check` and \
            `build --check`. A build that ever came out otherwise counts as different, however often it came out alike.

              belljar stats
              belljar stats --since 30d --by day
              belljar stats --budget 2%          for CI: fail if more than that differ

            Exit codes: 0, 3 if the budget is overdrawn, 6 if a record that counts cannot be read.
            """)

    enum Period: String, ExpressibleByArgument, CaseIterable, Sendable {
        case day, month, year

        /// The part of a date that names it.
        func name(of time: UInt64) -> String {
            let day = UTCTime(time).day
            return switch self {
            case .day: day
            case .month: String(day.prefix(7))
            case .year: String(day.prefix(4))
            }
        }
    }

    @OptionGroup var selection: RecordSelection

    @Option(help: "The periods of the trend.")
    var by = Period.month

    @Option(
        help: ArgumentHelp(
            "How many builds that were rebuilt may be different or fail: 3, or 2% of them.",
            discussion: "More is exit code 3. Where nothing was rebuilt, nothing is shown: exit code 2.",
            valueName: "count"))
    var budget: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard let budget, Budget(budget) == nil else { return }
        throw ValidationError("--budget \(budget) is neither a count such as 3 nor a percentage such as 2%")
    }

    func run() throws {
        let session = Session(options)
        let stats = try gathered(session)
        let isOverdrawn = try budget.flatMap(Budget.init).map { budget throws(BelljarError) in
            try budget.isOverdrawn(by: stats.total)
        }
        if options.json {
            try Console.write(stats, as: Answers.stats)
        } else {
            Console.write(stats.words(TextStyle(options.color, descriptor: 1)))
        }
        guard isOverdrawn == true, let budget else { return try stats.requireAll(options) }
        if options.json { throw QuietExit(exitCode: ErrorCode.notReproducible.exitCode) }
        throw BelljarError(
            .notReproducible, operation: "keep within", subject: "the budget of \(budget)",
            answer: "\(stats.total.odd) of \(stats.total.rebuilt) builds that were rebuilt did not come out alike",
            remedy: "`belljar replay` names them; `belljar check NAME` finds the cause")
    }

    private func gathered(_ session: Session) throws(BelljarError) -> RebuildStats {
        let store = try session.store()
        let listed = try store.records()
        let history = RebuildHistory(store: store, entries: listed)
        let begin = selection.begin
        var unreadable: [BelljarError] = []
        var (recipes, periods) = ([String: RebuildStats.Count](), [String: RebuildStats.Count]())
        for entry in try selection.builds(in: session, listed) {
            guard let digest = entry.digest else { continue }
            let record: BuildRecord
            do throws(BelljarError) { record = try RecordReference.read(digest, store).record } catch {
                unreadable.append(RebuildHistory.unreadable(entry, digest, error))
                continue
            }
            let rebuilds = try history.rebuilds(of: record, digest).filter { $0.time >= begin }
            guard entry.created >= begin || !rebuilds.isEmpty else { continue }
            recipes[entry.name, default: .init()].add(rebuilds)
            for (period, part) in Dictionary(grouping: rebuilds, by: { by.name(of: $0.time) }) {
                periods[period, default: .init()].add(part)
            }
        }
        return RebuildStats(
            recipes: recipes.sorted { $0.key < $1.key }.map { .init(name: $0.key, count: $0.value) },
            periods: periods.sorted { $0.key < $1.key }.map { .init(name: $0.key, count: $0.value) },
            unreadable: unreadable)
    }
}

/// How much may come out otherwise.
private struct Budget {
    let number: Int
    let isPercentage: Bool

    init?(_ text: String) {
        isPercentage = text.hasSuffix("%")
        let digits = isPercentage ? text.dropLast() : text[...]
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(digits), number <= (isPercentage ? 100 : 1_000_000)
        else { return nil }
        self.number = number
    }

    func isOverdrawn(by count: RebuildStats.Count) throws(BelljarError) -> Bool {
        guard count.rebuilt > 0 else {
            throw BelljarError(
                .usage, operation: "keep within", subject: "a budget", answer: "none of these builds was rebuilt",
                remedy: "`belljar replay` rebuilds them")
        }
        return isPercentage ? count.odd * 100 > number * count.rebuilt : count.odd > number
    }
}

/// What rebuilds showed, by recipe and over time.
struct RebuildStats {
    struct Count: Equatable {
        var builds = 0
        /// Of them, those that were rebuilt at all.
        var rebuilt = 0
        /// Of those, the ones that every rebuild showed to be alike.
        var identical = 0
        /// The ones that a rebuild showed to be otherwise.
        var different = 0
        /// The ones of which a rebuild failed, and none came out otherwise.
        var failed = 0
        var rebuilds = 0

        var odd: Int { different + failed }

        /// One build.
        mutating func add(_ made: [RebuildHistory.Rebuild]) {
            builds += 1
            rebuilds += made.count
            guard !made.isEmpty else { return }
            rebuilt += 1
            if made.contains(where: { $0.kind == .different }) {
                different += 1
            } else if made.contains(where: { $0.kind == .failed }) {
                failed += 1
            } else {
                identical += 1
            }
        }
    }

    struct Line {
        /// Of a recipe, or a period such as 2026-11.
        var name: String
        var count: Count
    }

    var recipes: [Line]
    /// The oldest first.
    var periods: [Line]
    /// Why records of builds could not be read.
    var unreadable: [BelljarError]

    /// - Throws: for the first of what could not be read: who counts has to count all.
    func requireAll(_ options: GlobalOptions) throws {
        guard let first = unreadable.first else { return }
        if options.json { throw QuietExit(exitCode: first.code.exitCode) }
        throw first
    }

    var total: Count {
        recipes.reduce(into: Count()) { sum, line in
            sum.builds += line.count.builds
            sum.rebuilt += line.count.rebuilt
            sum.identical += line.count.identical
            sum.different += line.count.different
            sum.failed += line.count.failed
            sum.rebuilds += line.count.rebuilds
        }
    }

    func words(_ style: TextStyle) -> String {
        let lines = [("", recipes), ("", [Line(name: "all", count: total)]), ("over time", periods)]
        let width = (recipes + periods).map { shown($0.name).count }.max() ?? 0
        var text: [String] = []
        for (title, part) in lines where !part.isEmpty {
            if !title.isEmpty { text.append(title + ":") }
            text += part.map { line in
                let name = shown(line.name)
                return style.bold(name) + String(repeating: " ", count: max(0, max(width, 3) - name.count)) + "  "
                    + Self.words(line.count, style, ofPeriod: !title.isEmpty)
            }
        }
        return text.map { $0 + "\n" }.joined()
    }

    private static func words(_ count: Count, _ style: TextStyle, ofPeriod: Bool) -> String {
        let of = ofPeriod ? "" : "\(count.builds) \(count.builds == 1 ? "build" : "builds"), "
        guard count.rebuilt > 0 else { return of + "none rebuilt" }
        let alike = "\(count.identical) of \(count.rebuilt) rebuilt alike"
        let odd = [("different", count.different), ("failed", count.failed)].filter { $0.1 > 0 }
            .map { ", " + style.bad("\($0.1) \($0.0)") }.joined()
        return of + alike + odd + " (\(count.rebuilds) \(count.rebuilds == 1 ? "rebuild" : "rebuilds"))"
    }
}

extension Answers {
    static let stats = JSONType<RebuildStats>.answer {
        JSONMember(says: "recipes", .list(of: statsLine), "by recipe, sorted by name") { $0.recipes }
        JSONMember(says: "periods", .list(of: statsLine), "over time, the oldest first; only those with rebuilds") {
            $0.periods
        }
        JSONMember(says: "all", statsCount, "all recipes together") { $0.total }
        JSONMember(says: "unreadable", .list(of: error), "why records of builds could not be read, and do not count") {
            $0.unreadable.map { ReportedError($0) }
        }
    }

    private static let statsLine = JSONType<RebuildStats.Line>.answer {
        JSONMember(says: "name", .text, "of the recipe; of a period its date, such as 2026-11") { $0.name }
        JSONMember(says: "count", statsCount, "of its builds; of a period, those that were rebuilt in it") { $0.count }
    }

    private static let statsCount = JSONType<RebuildStats.Count>.answer {
        JSONMember(says: "builds", .count, "builds that succeeded") { UInt64($0.builds) }
        JSONMember(says: "rebuilt", .count, "of them, those that were rebuilt") { UInt64($0.rebuilt) }
        JSONMember(says: "identical", .count, "of those, the ones that always came out alike") { UInt64($0.identical) }
        JSONMember(says: "different", .count, "the ones that came out otherwise at least once") { UInt64($0.different) }
        JSONMember(says: "failed", .count, "the others of which a rebuild failed") { UInt64($0.failed) }
        JSONMember(says: "rebuilds", .count, "all rebuilds together") { UInt64($0.rebuilds) }
    }
}
