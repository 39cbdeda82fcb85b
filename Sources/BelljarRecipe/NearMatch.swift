/// Finds what somebody probably meant to write.
package enum NearMatch {
    /// `; did you mean "sources"?`, or an empty text if no candidate is near enough.
    package static func hint(for text: String, among candidates: some Sequence<String>) -> String {
        guard let nearest = nearest(to: text, among: candidates) else { return "" }
        return "; did you mean \"\(nearest)\"?"
    }

    /// The candidate with the fewest edits, the first in alphabetical order among equals. One edit in three letters
    /// is near enough: beyond that a guess misleads more than it helps. So is an abbreviation (`dir`).
    package static func nearest(to text: String, among candidates: some Sequence<String>) -> String? {
        // A name longer than this is not a slip of the keyboard, and the distance costs the product of the lengths.
        guard text.utf8.count <= 64 else { return nil }
        let allowed = max(1, text.utf8.count / 3)
        return
            candidates
            .map { candidate in
                let isBeginning = text.utf8.count >= 3 && candidate.hasPrefix(text)
                return (distance: isBeginning ? 1 : distance(Array(text.utf8), Array(candidate.utf8)), name: candidate)
            }
            .filter { $0.distance <= allowed }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that lead from one text to the other (the
    /// "optimal string alignment" distance), row by row.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                var best = min(last[column] + (byte == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
