/// What a figure should be.
enum Goal {
    case atMost(Double)
    case atLeast(Double)

    func isMet(by value: Double) -> Bool {
        switch self {
        case .atMost(let limit): value <= limit
        case .atLeast(let limit): value >= limit
        }
    }
}

enum Unit {
    case microseconds, milliseconds, seconds, megabytes, megabytesPerSecond, times

    /// Three significant digits or so, without formatters.
    func text(_ value: Double) -> String {
        switch self {
        case .microseconds: "\(decimals(value * 1e6, 2)) us"
        case .milliseconds: "\(decimals(value * 1e3, value * 1e3 < 10 ? 2 : 1)) ms"
        case .seconds: "\(decimals(value, 2)) s"
        case .megabytes: "\(decimals(value, 1)) MB"
        case .megabytesPerSecond: "\(decimals(value, 0)) MB/s"
        case .times: "\(decimals(value, 2))x"
        }
    }

    /// A difference of two measurements can be negative.
    private func decimals(_ value: Double, _ count: Int) -> String {
        var scale = 1.0
        for _ in 0..<count { scale *= 10 }
        let scaled = Int((value * scale).rounded())
        guard count > 0 else { return "\(scaled)" }
        let fraction = String(abs(scaled) % Int(scale))
        let zeros = String(repeating: "0", count: count - fraction.count)
        return (scaled < 0 ? "-" : "") + "\(abs(scaled) / Int(scale)).\(zeros)\(fraction)"
    }
}

/// One line of the table.
struct Row {
    let subject: String
    let goal: String
    let figure: String
    let spread: String
    let verdict: String

    /// A figure against a goal in the same unit.
    init(_ subject: String, _ samples: Samples, unit: Unit, goal: Goal?) {
        self.subject = subject
        self.goal = goal.map { Row.text($0, unit) } ?? ""
        figure = unit.text(samples.median)
        spread = Row.spread(samples, unit)
        verdict = goal.map { $0.isMet(by: samples.median) ? "met" : "MISSED" } ?? ""
    }

    /// The ratio of two medians, against a goal if there is one.
    init(_ subject: String, ratioOf ours: Samples, to theirs: Samples, goal: Goal?) {
        let ratio = ours.median / theirs.median
        self.subject = subject
        self.goal = goal.map { Row.text($0, .times) } ?? ""
        figure = Unit.times.text(ratio)
        spread = ""
        verdict = goal.map { $0.isMet(by: ratio) ? "met" : "MISSED" } ?? ""
    }

    init(_ subject: String, skipped reason: String) {
        self.subject = subject
        goal = ""
        figure = "-"
        spread = reason
        verdict = "skipped"
    }

    private static func text(_ goal: Goal, _ unit: Unit) -> String {
        switch goal {
        case .atMost(let limit): "<= " + unit.text(limit)
        case .atLeast(let limit): ">= " + unit.text(limit)
        }
    }

    private static func spread(_ samples: Samples, _ unit: Unit) -> String {
        samples.count == 1 ? "n=1" : "\(unit.text(samples.least)) to \(unit.text(samples.greatest)), n=\(samples.count)"
    }
}

/// Rows in columns that are as wide as they have to be.
func render(_ rows: [Row]) -> String {
    let cells =
        [["what", "goal", "median", "", "least to greatest"]]
        + rows.map { [$0.subject, $0.goal, $0.figure, $0.verdict, $0.spread] }
    let widths = (0..<5).map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { row in
        let padded = row.indices.map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
        return padded.joined(separator: "  ").trimmed
    }.joined(separator: "\n")
}

extension String {
    /// Without the spaces at its end.
    var trimmed: String {
        String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
    }
}
