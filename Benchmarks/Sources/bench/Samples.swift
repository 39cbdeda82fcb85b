/// Repeated measurements of one thing.
struct Samples {
    private let sorted: [Double]

    /// - Precondition: there is at least one.
    init(_ values: [Double]) {
        precondition(!values.isEmpty)
        sorted = values.sorted()
    }

    var count: Int { sorted.count }
    var least: Double { sorted[0] }
    var greatest: Double { sorted[sorted.count - 1] }

    var median: Double {
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}

/// Measures several things in turn, round after round, so that a machine that slows down meanwhile slows all of them.
/// One round before the first is not counted: it warms caches up.
func interleave(rounds: Int, _ subjects: [(_ round: Int) throws -> Double]) throws -> [Samples] {
    var values = [[Double]](repeating: [], count: subjects.count)
    for round in 0...rounds {
        for index in subjects.indices {
            let value = try subjects[index](round)
            if round > 0 { values[index].append(value) }
        }
    }
    return values.map(Samples.init)
}
