/// The one form in which documents are hashed, signed and kept: RFC 8785 without floats.
///
/// No white space, object keys sorted by their UTF-16 code units (RFC 8785 section 3.2.3), strings with the shortest
/// escapes (section 3.2.2.2), integers within +-(2^53 - 1).
package enum CanonicalJSON {
    /// The largest magnitude of an integer: what every JSON implementation keeps exactly (RFC 8785 appendix D).
    package static let integerLimit: Int64 = (1 << 53) - 1
    /// Arrays and objects within each other.
    package static let depthLimit = 64
    /// Bytes of a document for which its reader has no limit of its own.
    package static let sizeLimit = 16 << 20
    /// Values of a document, those within others too. What is read takes 100 to 300 bytes of memory for each, and text
    /// can hold one in two bytes: so the size of a document alone would not bound what reading it takes.
    package static let valueLimit = 6_000_000

    /// The canonical bytes. Integers must be within `integerLimit`; one beyond it is a defect of the caller.
    package static func encode(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return bytes
    }

    /// Reads one document of any layout, strictly: duplicate keys, floats and exponents, integers out of range,
    /// invalid UTF-8, lone surrogates, too much depth or size, too many values and trailing bytes are refused.
    ///
    /// - Parameters:
    ///   - sizeLimit: bytes of the document at most.
    ///   - valueLimit: values in it at most.
    /// - Throws: `usage`, whose answer names the offset of the offending byte.
    package static func decode(
        _ bytes: [UInt8], sizeLimit: Int = Self.sizeLimit, valueLimit: Int = Self.valueLimit
    ) throws(BelljarError) -> JSONValue {
        guard bytes.count <= sizeLimit else {
            throw JSONParser.error(at: sizeLimit, "the document is larger than \(sizeLimit) bytes")
        }
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            var error = JSONParser.error(
                at: 0, "a byte order mark (BOM); a JSON document begins without one (RFC 8259)")
            error.remedy = "save the file as UTF-8 without a byte order mark"
            throw error
        }
        var parser = JSONParser(bytes: bytes, valueLimit: valueLimit)
        return try parser.document()
    }

    private static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes += Array("null".utf8)
        case .bool(let flag): bytes += Array((flag ? "true" : "false").utf8)
        case .integer(let number):
            precondition((-integerLimit...integerLimit).contains(number), "an integer that JSON cannot keep exactly")
            bytes += Array(String(number).utf8)
        case .string(let text): append(text, to: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            append(members, to: &bytes)
        }
    }

    private static func append(_ members: [String: JSONValue], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        let sorted = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
        for (index, member) in sorted.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(member.key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            append(member.value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// How many bytes a string takes between its quotes.
    package static func length(ofText text: String) -> Int {
        text.utf8.reduce(0) { sum, byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0a, 0x0c, 0x0d: sum + 2
            case 0..<0x20: sum + 6
            default: sum + 1
            }
        }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        // Nearly all strings are this: without escapes.
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            bytes += text.utf8
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += Array("\\b".utf8)
            case 0x09: bytes += Array("\\t".utf8)
            case 0x0a: bytes += Array("\\n".utf8)
            case 0x0c: bytes += Array("\\f".utf8)
            case 0x0d: bytes += Array("\\r".utf8)
            case 0..<0x20:
                bytes += Array("\\u00".utf8)
                let digits = Array("0123456789abcdef".utf8)
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
    }
}
