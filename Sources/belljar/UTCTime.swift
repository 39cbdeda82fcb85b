/// Seconds since 1970 as `2026-11-22T20:00:00Z`.
struct UTCTime: CustomStringConvertible {
    private let seconds: UInt64

    init(_ seconds: UInt64) { self.seconds = seconds }

    /// `2026-11-22`.
    var day: String { String(description.prefix(10)) }

    var description: String {
        let (year, month, day) = Self.date(days: Int(seconds / 86_400))
        let second = Int(seconds % 86_400)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))Z"
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// The Gregorian date of a day counted from 1970-01-01: years counted from March, so that the leap day is the
    /// last of its year (H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days).
    private static func date(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The day of a Gregorian date, counted from 1970-01-01 (the same, days_from_civil); nil for a date that there is not.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int? {
        guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        // A day that the month does not have came out as one of the next.
        return date(days: days) == (year, month, day) ? days : nil
    }
}

extension UTCTime {
    private static let daySeconds = 86_400

    /// What an option names: a day or a second of UTC, `2026-11-22` and `2026-11-22T20:00:00Z`, or how long ago, `30d` and `12h`.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: seconds since 1970; nil for something else.
    static func parse(_ text: String, now: UInt64) -> UInt64? {
        if let ago = age(text) { return now > ago ? now - ago : 0 }
        let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard let date = numbers(parts[0], "-", [4, 2, 2]), let days = days(date[0], date[1], date[2]) else {
            return nil
        }
        guard parts.count == 2 else { return UInt64(days * daySeconds) }
        guard parts[1].hasSuffix("Z"), let time = numbers(parts[1].dropLast(), ":", [2, 2, 2]),
            time[0] < 24, time[1] < 60, time[2] < 60
        else { return nil }
        return UInt64(days * daySeconds + time[0] * 3600 + time[1] * 60 + time[2])
    }

    private static func age(_ text: String) -> UInt64? {
        let units: [Character: UInt64] = ["d": 86_400, "h": 3600]
        guard let unit = text.last.flatMap({ units[$0] }), let count = digits(text.dropLast()) else { return nil }
        let (seconds, overflow) = UInt64(count).multipliedReportingOverflow(by: unit)
        return overflow ? nil : seconds
    }

    /// Numbers of so many digits each.
    private static func numbers(_ text: Substring, _ separator: Character, _ widths: [Int]) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == widths else { return nil }
        let numbers = parts.compactMap(digits)
        return numbers.count == widths.count ? numbers : nil
    }

    private static func digits(_ text: Substring) -> Int? {
        let isDecimal = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isDecimal ? Int(text) : nil
    }
}
