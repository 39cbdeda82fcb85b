package import BelljarModel
internal import BelljarStore

/// A build that is fully resolved: everything it needs has a digest.
package struct BuildJob: Sendable {
    package var keyed: BuildRecord.KeyedDefinition
    package var closure: BuildRecord.Closure
    /// What `/build` holds at the start.
    var sources: TreePlan.Made
    /// The patch files, mounted at `/inputs/.patches`; nil if there are none.
    var patches: TreePlan.Made?
    /// Blobs and trees that came from outside, kept in the store as long as the record is.
    var materials: Materials
    /// How inputs are looked at again after the build.
    var recheck = Recheck.changed
    /// In the definition's order.
    var secrets: [SecretValue] = []
    /// Where the scripts of the recipe's steps stand, by the names of the steps; empty for a record's.
    var scripts: [String: ScriptPlace] = [:]
    /// What git says of the sources that are what it tracks; a record's are not looked at.
    var worktrees: [BuildRecord.Worktree] = []
    /// The record whose rebuild this is part of; nil for a build. A rebuild's inputs are hashed before it uses them, and its
    /// record answers to no name.
    var rebuildOf: Digest?

    /// What of the host is otherwise than usual, for who wants to know whether the build depends on that.
    var varied: VariedHost?

    /// How many builds have to come out alike for this one to count as done, itself among them.
    var rounds = 1

    /// Told when the steps begin; nil where nobody else is to know.
    var running: RunningBuild?

    package var definition: BuildRecord.Definition { keyed.definition }

    /// The name and version, for messages.
    package var subject: String { definition.name }

    /// That a step begins.
    ///
    /// - Parameter index: of the step, from 0.
    func beginning(of index: Int) -> ProgressEvent {
        .step(
            subject: subject, name: definition.steps[index].name, index: index, count: definition.steps.count)
    }
}

/// What a build was made of, by digest.
package struct Materials: Sendable {
    var blobs: [Digest] = []
    var trees: [TreeDigest] = []
}

/// How a build ended, with everything there is to know about it.
package struct BuildOutcome: Sendable {
    package var record: BuildRecord
    /// Digest of the record once it is stored.
    package var digest: Digest?
    /// The record is of an earlier execution of an equal action.
    package var isCached: Bool
    /// Addresses that the job names for its sources, sorted, and that never gave them to this store. A cached record may name others:
    /// addresses decide no result.
    package var notFetched: [String] = []
    /// Why the build is not `ok`, with the end of its log; nil if it is.
    package var failure: BelljarError?
    /// What the build left and is not committed yet.
    var batch: Batch?

    init(
        record: BuildRecord, digest: Digest? = nil, isCached: Bool = false, failure: BelljarError? = nil,
        batch: Batch? = nil
    ) {
        self.record = record
        self.digest = digest
        self.isCached = isCached
        self.failure = failure
        self.batch = batch
    }
}

/// Executes builds. Each cross-cutting concern is an executor around another one; `Engine` puts them together.
///
/// A build that ran and failed is an outcome with a `failure`; what kept it from running, or from being recorded, is
/// thrown.
package protocol Executor: Sendable {
    func execute(_ job: BuildJob) throws(BelljarError) -> BuildOutcome
}
