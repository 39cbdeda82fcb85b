package import BelljarModel

/// What a rebuild showed.
package struct Verdict: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Every output has the recorded bytes, mode and path.
        case identical
        /// The build ran and gave something else.
        case different
        /// The build ran and did not succeed.
        case failed
        /// Nothing was shown: something recorded could not be had, or the build could not be run.
        case inconclusive
    }

    package struct Difference: Hashable, Sendable {
        package enum Kind: String, Sendable, CaseIterable { case changed, missing, extra }

        package var kind: Kind
        package var path: String
        package var expected: BuildRecord.Output?
        package var found: BuildRecord.Output?
    }

    package var kind: Kind
    /// The record that was rebuilt.
    package var original: Digest
    /// The record of this execution; nil if there was none.
    package var rebuilt: Digest?
    package var differences: [Difference] = []
    /// Why the verdict is `failed` or `inconclusive`.
    package var reason: BelljarError?
    /// Inputs by name, each `store` (taken from the store by its digest) or `rebuilt`.
    package var inputs: [String: String] = [:]
    package var milliseconds: UInt64 = 0

    /// Compares what was recorded with what came out, by path, in the order of their bytes.
    package static func differences(
        expected: [BuildRecord.Output], found: [BuildRecord.Output]
    ) -> [Difference] {
        // By bytes: Swift takes canonically equivalent strings for equal, and file systems do not.
        let before = Dictionary(expected.map { (Array($0.path.utf8), $0) }) { first, _ in first }
        let after = Dictionary(found.map { (Array($0.path.utf8), $0) }) { first, _ in first }
        var differences: [Difference] = []
        for path in Set(before.keys).union(after.keys) where before[path] != after[path] {
            let kind: Difference.Kind =
                switch (before[path], after[path]) {
                case (_, nil): .missing
                case (nil, _): .extra
                default: .changed
                }
            differences.append(
                Difference(
                    kind: kind, path: String(decoding: path, as: UTF8.self), expected: before[path],
                    found: after[path]))
        }
        return differences.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}

extension Verdict {
    /// Files that are named where there is no room for all.
    package static let named = 5

    /// Takes what a build of the same came to as its own.
    ///
    /// - Throws: `cancelled`, which is no verdict; `integrity` for a record that was changed.
    mutating func take(_ outcome: BuildOutcome, against record: BuildRecord) throws(BelljarError) {
        rebuilt = outcome.digest
        if let failure = outcome.failure {
            if failure.code == .cancelled { throw failure }
            (kind, reason) = (.failed, failure)
            return
        }
        differences = Verdict.differences(expected: record.result.outputs, found: outcome.record.result.outputs)
        // By digests, which are of bytes: to Swift two spellings of a name are one.
        try Self.checkSize(of: outcome.record.result.tree, against: record.result.tree)
        let isSame = try outcome.record.result.resultDigest() == record.result.resultDigest()
        kind = isSame ? .identical : .different
        if !isSame, differences.isEmpty { reason = Self.otherTree(record) }
    }

    /// One digest has one size: a record that says another was changed.
    private static func checkSize(of found: TreeDigest?, against recorded: TreeDigest?) throws(BelljarError) {
        guard let found, let recorded, found.digest == recorded.digest, found.size != recorded.size else { return }
        throw BelljarError(
            .integrity, operation: "compare", subject: "result.tree of the record",
            answer: "its size is \(recorded.size), and what has its digest has \(found.size) bytes",
            remedy: RecordDecoder.remedy)
    }

    /// Trees also hold empty directories, which are no outputs of their own.
    private static func otherTree(_ record: BuildRecord) -> BelljarError {
        BelljarError(
            .notReproducible, operation: "compare", subject: record.definition.name,
            answer:
                "all files and links are the same, but the trees differ: in empty directories, or the record names the "
                + "tree of other outputs",
            remedy: "if the build leaves empty directories, change it so that it leaves none, or always the same ones")
    }
}
