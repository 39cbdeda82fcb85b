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
