internal import BelljarKernel
package import BelljarModel
package import BelljarRecipe
internal import Synchronization

/// How a build of several recipes ended: each of them, inputs too.
package struct BuildReport: Sendable {
    package enum Ending: Sendable {
        case succeeded(BuildOutcome)
        /// With the outcome of a build that ran. Code `cancelled` for one that was cut short.
        case failed(BelljarError, BuildOutcome?)
        /// It never began. The names of the recipes that failed among all that it needs; none for one that nothing but the
        /// end of the whole kept from it.
        case untried(failed: [String])
    }

    package struct Entry: Sendable {
        package var recipe: Recipe
        package var ending: Ending

        package var outcome: BuildOutcome? {
            switch ending {
            case .succeeded(let outcome): outcome
            case .failed(_, let outcome): outcome
            case .untried: nil
            }
        }

        /// Nil also for what was cut short: that says nothing about the recipe.
        package var failure: BelljarError? {
            guard case .failed(let error, _) = ending, error.code != .cancelled else { return nil }
            return error
        }
    }

    /// Each behind its inputs.
    package var entries: [Entry]
    /// Names of those that failed or were cut short, in the order in which they did.
    package var failed: [String]
    /// Recipes that were asked for and could not be read, or that need one which could not. The others were built all the same.
    package var refused: [RecipeGraph.Unread] = []
    /// Whether the first failure left the others alone.
    package var keptGoing: Bool

    package subscript(name: String) -> Entry? { entries.first { $0.recipe.name == name } }

    /// What stands for the whole: nothing of a build that succeeded. What came from outside goes before everything. Otherwise
    /// it is the first failure: of a recipe that could not be read, then in the order of the recipes if all were tried, and so always the same one; else the one that
    /// ended the build.
    package var decisive: BelljarError? {
        let inTime = failed.compactMap { name -> BelljarError? in
            guard case .failed(let error, _) = self[name]?.ending else { return nil }
            return error
        }
        let real = inTime.filter { $0.code != .cancelled }
        let cut = inTime.first { $0.code == .cancelled }
        if keptGoing { return cut ?? refused.first?.error ?? entries.lazy.compactMap(\.failure).first }
        return real.first ?? cut
    }

    /// The outcomes by name.
    ///
    /// - Throws: the decisive failure, with a line for each other one.
    package func outcomes() throws(BelljarError) -> [String: BuildOutcome] {
        if var error = decisive {
            let others = entries.compactMap(\.failure).map(\.summary).filter { $0 != error.summary }
            error.details += others.map { "also: \($0)" }
            throw error
        }
        return Dictionary(entries.compactMap { entry in entry.outcome.map { (entry.recipe.name, $0) } }) { first, _ in
            first
        }
    }
}

/// Tells whoever watches what becomes of the recipes of a build, and counts them.
final class BuildCount: Sendable {
    private let progress: any ProgressSink
    private let total: Int
    private let done = Mutex(0)

    init(of total: Int, _ progress: any ProgressSink) {
        self.total = total
        self.progress = progress
    }

    /// - Returns: when it began, in nanoseconds of the monotonic clock.
    func begin(_ recipe: Recipe) -> UInt64 {
        report(.started, recipe)
        return Host.monotonicNanoseconds()
    }

    func end(_ recipe: Recipe, _ outcome: BuildOutcome?, _ error: BelljarError?, since begun: UInt64) {
        let kind: RecipeProgress.Kind =
            switch error?.code {
            case .cancelled: .cancelled
            case .some: .failed
            case nil: outcome?.isCached == true ? .cached : .built
            }
        report(kind, recipe) { event in
            event.seconds = Double(Host.monotonicNanoseconds() - begun) / 1e9
            event.error = error
            event.record = outcome.map { ($0.record, $0.digest) }
            event.notFetched = outcome?.notFetched ?? []
        }
    }

    func leave(_ recipe: Recipe, failed: [String]) {
        report(.untried, recipe) { $0.failedInputs = failed }
    }

    /// Told under the lock, so that the numbers come in order.
    private func report(
        _ kind: RecipeProgress.Kind, _ recipe: Recipe, _ body: (inout RecipeProgress) -> Void = { _ in }
    ) {
        done.withLock { done in
            if kind != .started { done += 1 }
            var event = RecipeProgress(kind, name: recipe.name, version: recipe.version, done: done, total: total)
            body(&event)
            progress.report(.recipe(event))
        }
    }
}
