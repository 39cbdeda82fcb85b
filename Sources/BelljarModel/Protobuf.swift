/// Writes Protocol Buffers in the one canonical way: fields in the order of their numbers, each once, zero values left
/// out. Only the wire types that the Remote Execution API's messages here need (varint and length-delimited).
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    /// Room for so many bytes at once: growing would take twice as many.
    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    /// A message, always written: its presence says something even if it is empty.
    mutating func message(_ field: UInt64, _ content: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }

    mutating func string(_ field: UInt64, _ text: String) { self.bytes(field, Array(text.utf8)) }

    mutating func bytes(_ field: UInt64, _ content: [UInt8]) {
        if !content.isEmpty { message(field, content) }
    }

    /// One element of a repeated field, written even if it is empty.
    mutating func element(_ field: UInt64, _ text: String) { message(field, Array(text.utf8)) }

    mutating func integer(_ field: UInt64, _ number: UInt64) {
        guard number != 0 else { return }
        varint(field << 3)
        varint(number)
    }

    mutating func bool(_ field: UInt64, _ flag: Bool) { integer(field, flag ? 1 : 0) }

    private mutating func varint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// Reads what `ProtobufWriter` writes. It is lenient about order and repetition: whoever decodes compares the bytes
/// with the canonical encoding of what was read, which leaves nothing else to check.
struct ProtobufReader {
    enum Value {
        case integer(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field; nil at the end or where the bytes are malformed, in which case `isAtEnd` is false.
    mutating func next() -> (field: UInt64, value: Value)? {
        var ahead = rest
        guard let tag = ProtobufReader.varint(&ahead) else { return nil }
        switch tag & 7 {
        case 0:
            guard let number = ProtobufReader.varint(&ahead) else { return nil }
            rest = ahead
            return (tag >> 3, .integer(number))
        case 2:
            guard let length = ProtobufReader.varint(&ahead), length <= UInt64(ahead.count) else { return nil }
            rest = ahead.dropFirst(Int(length))
            return (tag >> 3, .bytes(ahead.prefix(Int(length))))
        default: return nil
        }
    }

    var isAtEnd: Bool { rest.isEmpty }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = bytes.popFirst() {
            guard shift < 64 else { return nil }
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }
}
