internal import BelljarModel

/// What texts have to look like. A rule returns the value or throws what is wrong with the text.
enum Rules {
    /// What becomes of links that lead out of what is taken in.
    static func keepsLinks(_ text: String) throws(Wrong) -> Bool {
        switch text {
        case "keep": return true
        case "refuse": return false
        default: throw Wrong("is neither keep nor refuse")
        }
    }

    /// Any text of at most this many bytes.
    static func text(upTo limit: Int) -> (String) throws(Wrong) -> String {
        { (text) throws(Wrong) in
            guard !text.isEmpty else { throw Wrong("is empty") }
            guard text.utf8.count <= limit else {
                throw Wrong("has \(text.utf8.count) bytes; at most \(limit) are accepted")
            }
            return text
        }
    }

    // MARK: names

    /// A name of a recipe or toolchain, which is also the name of a folder.
    static func name(_ text: String) throws(Wrong) -> String { try check(text, .recipe) }

    static func stepName(_ text: String) throws(Wrong) -> String { try check(text, .step) }

    static func version(_ text: String) throws(Wrong) -> String { try check(text, .version) }

    static func variableName(_ text: String) throws(Wrong) -> String { try check(text, .variable) }

    private static func check(_ text: String, _ rule: NameRule) throws(Wrong) -> String {
        if let mistake = rule.mistake(in: text) { throw Wrong(mistake) }
        return text
    }

    @Sendable static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    @Sendable static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    @Sendable static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte)
    }

    // MARK: numbers

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

    /// A size in bytes: `4096`, `512KiB`, `16MiB`, `4GiB`.
    static func bytes(in range: ClosedRange<UInt64>) -> (String) throws(Wrong) -> UInt64 {
        let units: [(name: String, factor: UInt64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
        return { (text) throws(Wrong) in
            guard let bytes = try scaled(text, units) else {
                throw Wrong("is not a size such as 512MiB (a whole number, and KiB, MiB, GiB or nothing for bytes)")
            }
            guard range.contains(bytes) else {
                throw Wrong("is not between \(range.lowerBound) and \(range.upperBound) bytes")
            }
            return bytes
        }
    }

    /// A duration in seconds: `90s`, `10m`, `2h`. A unit is needed: a bare number says nothing about its unit.
    static func seconds(in range: ClosedRange<UInt64>) -> (String) throws(Wrong) -> UInt64 {
        { (text) throws(Wrong) in
            guard !text.utf8.allSatisfy(isDigit), let seconds = try scaled(text, [("s", 1), ("m", 60), ("h", 3600)])
            else { throw Wrong("is not a duration such as 10m (a whole number, and s, m or h)") }
            guard range.contains(seconds) else {
                throw Wrong("is not between \(range.lowerBound) and \(range.upperBound) seconds")
            }
            return seconds
        }
    }

    private static func scaled(_ text: String, _ units: [(name: String, factor: UInt64)]) throws(Wrong) -> UInt64? {
        let unit = units.first { text.hasSuffix($0.name) }
        let digits = String(text.dropLast(unit?.name.count ?? 0))
        guard !digits.isEmpty, digits.utf8.allSatisfy(isDigit) else { return nil }
        let (product, overflow) = try whole(digits, in: 0...UInt64.max).multipliedReportingOverflow(
            by: unit?.factor ?? 1)
        guard !overflow else { throw Wrong("is too large") }
        return product
    }

    // MARK: digests

    /// A SHA-256 as `sha256sum` prints it.
    static func sha256(_ text: String) throws(Wrong) -> Digest {
        if let digest = Digest(hex: text) { return digest }
        if text.hasPrefix("sha256:") { throw Wrong("must be the digits alone, without \"sha256:\"") }
        try checkHexadecimal(text)
        throw Wrong("has \(text.utf8.count) digits instead of 64")
    }

    /// A digest with its algorithm, as locks and records have it.
    static func prefixedDigest(_ text: String) throws(Wrong) -> Digest {
        guard let digest = Digest(prefixed: text) else { throw Wrong("is not sha256: and 64 hexadecimal digits") }
        return digest
    }

    /// A full commit id (SHA-1 or SHA-256). Anything shorter or named can come to mean another commit.
    static func commit(_ text: String) throws(Wrong) -> String {
        let isId = [40, 64].contains(text.utf8.count) && text.utf8.allSatisfy { isDigit($0) || isHexLetter($0) }
        guard isId else {
            throw Wrong(
                "can come to mean another commit (a floating reference); give the full id, 40 or 64 lower-case "
                    + "hexadecimal digits, as `git rev-parse` prints it")
        }
        return text
    }

    private static func checkHexadecimal(_ text: String) throws(Wrong) {
        let isHex: (UInt8) -> Bool = { isDigit($0) || isHexLetter($0 | 0x20) }
        guard text.utf8.allSatisfy(isHex) else { throw Wrong("is not hexadecimal") }
        guard !text.utf8.contains(where: { isLetter($0) && $0 & 0x20 == 0 }) else {
            throw Wrong("must be in lower case")
        }
    }

    private static func isHexLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) }
}
