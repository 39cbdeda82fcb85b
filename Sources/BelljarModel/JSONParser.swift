/// The strict reader behind `CanonicalJSON.decode` (RFC 8259 grammar).
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private let valueLimit: Int
    private var values = 0

    init(bytes: [UInt8], valueLimit: Int) {
        self.bytes = bytes
        self.valueLimit = valueLimit
    }

    static func error(at offset: Int, _ answer: String) -> BelljarError {
        BelljarError(.usage, operation: "read", subject: "JSON document", answer: "byte \(offset): \(answer)")
    }

    mutating func document() throws(BelljarError) -> JSONValue {
        let value = try self.value()
        skipSpace()
        guard position == bytes.count else { throw failure("bytes after the end of the document") }
        return value
    }

    private func failure(_ answer: String) -> BelljarError { JSONParser.error(at: position, answer) }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(BelljarError) -> JSONValue {
        skipSpace()
        values += 1
        guard values <= valueLimit else { throw failure("more than \(valueLimit) values") }
        switch next {
        case UInt8(ascii: "{"): return try nested { parser throws(BelljarError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(BelljarError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw failure("the document ends where a value is expected")
        case let byte? where byte == UInt8(ascii: "-") || JSONParser.digits.contains(byte):
            return .integer(try integer())
        default: throw failure("expected a value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(BelljarError) -> JSONValue
    ) throws(BelljarError) -> JSONValue {
        guard depth < CanonicalJSON.depthLimit else { throw failure("deeper than \(CanonicalJSON.depthLimit) levels") }
        depth += 1
        position += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(BelljarError) -> JSONValue {
        guard bytes[position...].starts(with: word.utf8) else { throw failure("expected a value") }
        position += word.utf8.count
        return value
    }

    private mutating func array() throws(BelljarError) -> JSONValue {
        var values: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(values) }
        while true {
            values.append(try value())
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(values) }
            guard take(UInt8(ascii: ",")) else { throw failure("expected `,` or `]`") }
        }
    }

    private mutating func object() throws(BelljarError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure("expected a key") }
            let start = position
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("expected `:`") }
            // Swift compares strings by canonical equivalence, so two spellings of one character are one key here.
            // Refusing them too is stricter than JSON, and safer for whoever reads the document.
            guard members.updateValue(try value(), forKey: key) == nil else {
                throw JSONParser.error(at: start, "the key \(quoted(key)) is given twice")
            }
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw failure("expected `,` or `}`") }
        }
    }

    private mutating func integer() throws(BelljarError) -> Int64 {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        let digitsStart = position
        var magnitude: Int64 = 0
        while let byte = next, JSONParser.digits.contains(byte) {
            magnitude = magnitude * 10 + Int64(byte - UInt8(ascii: "0"))
            guard magnitude <= CanonicalJSON.integerLimit else {
                throw JSONParser.error(at: start, "an integer beyond ±(2^53 - 1)")
            }
            position += 1
        }
        guard position > digitsStart else { throw failure("expected a digit") }
        if bytes[digitsStart] == UInt8(ascii: "0"), position > digitsStart + 1 {
            throw JSONParser.error(at: start, "a number with a leading zero")
        }
        if isNegative, magnitude == 0 { throw JSONParser.error(at: start, "minus zero") }
        switch next {
        case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
            throw JSONParser.error(at: start, "a number with fraction or exponent")
        default: return isNegative ? -magnitude : magnitude
        }
    }

    // MARK: Strings

    private mutating func string() throws(BelljarError) -> String {
        position += 1
        let start = position
        // Nearly all strings are this: without escapes.
        let plain = bytes[start...].prefix { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        position = plain.endIndex
        if next == UInt8(ascii: "\""), let text = String(validating: plain, as: UTF8.self) {
            position += 1
            return text
        }
        var decoded = Array(plain)
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let text = String(validating: decoded, as: UTF8.self) else {
                    throw JSONParser.error(at: start + validPrefix(decoded), "invalid UTF-8 in a string")
                }
                return text
            case 0..<0x20: throw failure("a control character in a string")
            case UInt8(ascii: "\\"): try escape(into: &decoded)
            default:
                decoded.append(byte)
                position += 1
            }
        }
        throw failure("the document ends inside a string")
    }

    /// How many bytes at the beginning are valid: where to point at. Escapes before that make it approximate.
    private func validPrefix(_ bytes: [UInt8]) -> Int {
        var low = 0
        while low < bytes.count {
            let width = (1...4).first { width in
                low + width <= bytes.count
                    && String(validating: bytes[low..<(low + width)], as: UTF8.self) != nil
            }
            guard let width else { return low }
            low += width
        }
        return low
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(BelljarError) {
        let start = position
        position += 1
        guard let letter = next else { throw failure("the document ends inside a string") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0c)
        case UInt8(ascii: "n"): decoded.append(0x0a)
        case UInt8(ascii: "r"): decoded.append(0x0d)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"): decoded += Array(String(try unicodeEscape(start: start)).utf8)
        default: throw JSONParser.error(at: start, "an unknown escape")
        }
    }

    private mutating func unicodeEscape(start: Int) throws(BelljarError) -> Character {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        // Not a scalar: one half of a surrogate pair, whose second half has to follow.
        guard first < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw JSONParser.error(at: start, "a lone surrogate")
        }
        let second = try fourDigits()
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw JSONParser.error(at: start, "a lone surrogate") }
        return Character(scalar)
    }

    private mutating func fourDigits() throws(BelljarError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("expected four hexadecimal digits")
            }
            number = number << 4 | UInt32(digit)
            position += 1
        }
        return number
    }
}
