internal import BelljarModel

/// Rules for numbers, with units or without.
extension Rules {
    /// Decimal digits and nothing else: no sign, no leading zero (which YAML 1.1 reads as octal), no underscores.
    static func whole(_ text: String, in range: ClosedRange<UInt64>) throws(Wrong) -> UInt64 {
        guard !text.isEmpty, text.utf8.allSatisfy(isDigit) else { throw Wrong("is not a whole number") }
        guard text == "0" || text.utf8.first != UInt8(ascii: "0") else { throw Wrong("begins with a zero") }
        // What does not fit 64 bits is beyond every range.
        guard let number = UInt64(text), range.contains(number) else {
            throw Wrong("is not between \(range.lowerBound) and \(range.upperBound)")
        }
        return number
    }

    private typealias Units = [(name: String, factor: UInt64)]

    /// A size in bytes: `4096`, `512KiB`, `16MiB`, `4GiB`.
    static func bytes(in range: ClosedRange<UInt64>) -> TextRule<UInt64> {
        let units: Units = [("", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
        // With a unit or in quotes it is a text, and otherwise a number.
        return TextRule(
            schema(units, range, "a size such as 512MiB, from \(range.lowerBound) to \(range.upperBound) bytes")
                .with("type", ["string", "integer"])
                .with("minimum", .integer(Int64(range.lowerBound))).with("maximum", .integer(Int64(range.upperBound)))
        ) { (text) throws(Wrong) in
            guard let bytes = try scaled(text, units) else {
                throw Wrong("is not a size such as 512MiB (a whole number, and KiB, MiB, GiB or nothing for bytes)")
            }
            guard range.contains(bytes) else {
                throw Wrong(
                    "is not between \(LimitName.text(range.lowerBound, .bytes)) and \(LimitName.text(range.upperBound, .bytes))"
                )
            }
            return bytes
        }
    }

    /// A duration in seconds: `90s`, `10m`, `2h`. A unit is needed: a bare number says nothing about its unit.
    static func seconds(in range: ClosedRange<UInt64>) -> TextRule<UInt64> {
        let units: Units = [("s", 1), ("m", 60), ("h", 3600)]
        return TextRule(
            schema(units, range, "a duration such as 10m, from \(range.lowerBound) to \(range.upperBound) seconds")
        ) { (text) throws(Wrong) in
            guard let seconds = try scaled(text, units) else {
                throw Wrong("is not a duration such as 10m (a whole number, and s, m or h)")
            }
            guard range.contains(seconds) else {
                throw Wrong("is not between \(range.lowerBound) and \(range.upperBound) seconds")
            }
            return seconds
        }
    }

    /// A release of the kernel, two numbers: `6.12`.
    static let release = TextRule(.release) { $0.with("type", ["string", "number"]).with("minimum", 0) }

    /// The number before one of the units; nil for something else. What 64 bits do not hold is beyond every range.
    private static func scaled(_ text: String, _ units: Units) throws(Wrong) -> UInt64? {
        let digits = text.utf8.prefix(while: isDigit)
        // By bytes: to a Swift `String`, a Kelvin sign is a K.
        let rest = text.utf8[digits.endIndex...]
        guard !digits.isEmpty, let unit = units.first(where: { rest.elementsEqual($0.name.utf8) }) else { return nil }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { throw Wrong("begins with a zero") }
        let number = UInt64(String(Substring(digits))) ?? .max
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor)
        return overflow ? .max : product
    }

    /// For each unit, the numbers that are within the range. Nobody wants to read that pattern, so editors are told the
    /// words that they show in its place.
    private static func schema(_ units: Units, _ range: ClosedRange<UInt64>, _ words: String) -> JSONSchema {
        let alternatives = units.compactMap { unit -> String? in
            let least = (range.lowerBound + unit.factor - 1) / unit.factor
            let most = range.upperBound / unit.factor
            return least <= most ? pattern(least...most) + unit.name : nil
        }
        return JSONSchema.string(pattern: "^(?:\(alternatives.joined(separator: "|")))$")
            .with("patternErrorMessage", .string(words))
    }

    /// A pattern of the whole numbers of a range in decimal digits, without leading zeros.
    static func pattern(_ range: ClosedRange<UInt64>) -> String {
        let (least, most) = (digits(range.lowerBound), digits(range.upperBound))
        // Of each length, from the least to the greatest.
        let patterns = (least.count...most.count).map { count in
            pattern(
                count == least.count ? least : [1] + [UInt8](repeating: 0, count: count - 1),
                count == most.count ? most : [UInt8](repeating: 9, count: count))
        }
        return "(?:\(patterns.joined(separator: "|")))"
    }

    private static func digits(_ number: UInt64) -> [UInt8] { String(number).utf8.map { $0 - UInt8(ascii: "0") } }

    /// The numbers from one to another with as many digits.
    private static func pattern(_ least: [UInt8], _ most: [UInt8]) -> String {
        guard let first = least.first, let last = most.first else { return "" }
        let (low, high) = (Array(least.dropFirst()), Array(most.dropFirst()))
        let (isWholeBelow, isWholeAbove) = (low.allSatisfy { $0 == 0 }, high.allSatisfy { $0 == 9 })
        let anything = low.isEmpty ? "" : "[0-9]{\(low.count)}"
        if isWholeBelow, isWholeAbove { return oneOf(first, last) + anything }
        if first == last { return "\(first)" + pattern(low, high) }
        // The numbers that begin as the least one, those between, and those that begin as the greatest one.
        let middle = (isWholeBelow ? first : first + 1, isWholeAbove ? last : last - 1)
        var patterns: [String] = []
        if !isWholeBelow { patterns.append("\(first)" + pattern(low, low.map { _ in 9 })) }
        if middle.0 <= middle.1 { patterns.append(oneOf(middle.0, middle.1) + anything) }
        if !isWholeAbove { patterns.append("\(last)" + pattern(high.map { _ in 0 }, high)) }
        return "(?:\(patterns.joined(separator: "|")))"
    }

    private static func oneOf(_ first: UInt8, _ last: UInt8) -> String {
        first == last ? "\(first)" : "[\(first)-\(last)]"
    }
}
