internal import BelljarModel

// Forms of which only what they say of themselves is read. Their readers look at no more than a bounded number of pieces, and
// take no length for true that leads out of the file.

extension Comparer {
    /// Properties side by side, where they are not the same.
    private func compare(
        _ first: [(name: String, value: String)], _ second: [(name: String, value: String)],
        into found: inout TreeDifference
    ) {
        var rest = second
        func add(_ name: String, _ one: String?, _ other: String?) {
            found.properties.append(.init(name: name, first: one, second: other))
            guard let one, let other else { return }
            var causes = CauseCollection()
            causes.add(Array(one.utf8), Array(other.utf8))
            for cause in causes.findings where !found.causes.contains(where: { $0.cause == cause.cause }) {
                found.causes.append(cause)
            }
        }
        for (name, value) in first {
            guard let index = rest.firstIndex(where: { $0.name == name }) else {
                add(name, value, nil)
                continue
            }
            let match = rest.remove(at: index)
            if match.value != value { add(name, value, match.value) }
        }
        for (name, value) in rest { add(name, nil, value) }
    }

    // MARK: PNG

    /// Its header, its texts and its time; the picture byte by byte (PNG, third edition, chapter 11).
    func png(_ pair: ContentPair) throws(BelljarError) -> TreeDifference? {
        var found = TreeDifference(name: pair.name, form: .png)
        let (one, other) = (try PngChunks(pair.first), try PngChunks(pair.second))
        compare(one.properties, other.properties, into: &found)
        if one.order != other.order {
            found.properties.append(.init(name: "chunks", first: one.order, second: other.order))
        }
        if one.image != other.image { found.notes.append("the packed picture differs") }
        return found
    }

    // MARK: PDF

    /// The lines of its information and its identifiers; nothing that is packed (ISO 32000-1, 14.3 and 14.4).
    func pdf(_ pair: ContentPair) throws(BelljarError) -> TreeDifference? {
        var found = TreeDifference(name: pair.name, form: .pdf)
        compare(try PdfInformation(pair.first).properties, try PdfInformation(pair.second).properties, into: &found)
        return found
    }

    // MARK: Python

    /// The time and size of its source, or its hash (PEP 552), and the code byte by byte.
    func pyc(_ pair: ContentPair, depth: Int) throws(BelljarError) -> TreeDifference? {
        var found = TreeDifference(name: pair.name, form: .pyc)
        let heads = (try pair.first.bytes(from: 0, count: 16), try pair.second.bytes(from: 0, count: 16))
        let (one, other) = (Self.pycHeader(heads.0), Self.pycHeader(heads.1))
        compare(one, other, into: &found)
        let code = ContentPair(
            pair.first.part(from: 16, count: .max), pair.second.part(from: 16, count: .max), name: "code", check: check)
        if try !code.isSame() { found.parts.append(try bytes(code, as: .section)) }
        return found
    }

    private static func pycHeader(_ bytes: [UInt8]) -> [(name: String, value: String)] {
        guard let magic = bytes.littleEndian(0, 2), let flags = bytes.littleEndian(4, 4),
            let time = bytes.littleEndian(8, 4),
            let size = bytes.littleEndian(12, 4)
        else { return [] }
        let kind = flags & 1 == 0 ? "by time" : flags & 2 == 0 ? "by hash, unchecked" : "by hash, checked"
        let check: [(String, String)] =
            flags & 1 == 0
            ? [("time of the source", ShownTime.text(Int64(time))), ("size of the source", "\(size)")]
            : [("hash of the source", bytes[8..<16].hexadecimal)]
        return [("magic number", "\(magic)"), ("validation", kind)] + check.map { ($0.0, $0.1) }
    }

    // MARK: Java

    /// Its version, and its constants one in each line (JVM specification, chapter 4).
    func javaClass(_ pair: ContentPair) throws(BelljarError) -> TreeDifference? {
        var found = TreeDifference(name: pair.name, form: .javaClass)
        let (one, other) = (try ClassConstants(pair.first), try ClassConstants(pair.second))
        compare([("version", one.version)], [("version", other.version)], into: &found)
        if let part = lines(one.lines, other.lines, named: "constants", as: .section) { found.parts.append(part) }
        let rest = ContentPair(one.rest, other.rest, name: "code", check: check)
        if try !rest.isSame() { found.parts.append(try bytes(rest, as: .section)) }
        return found
    }

    // MARK: SQLite

    /// Its header (SQLite file format, 1.3), and the pages byte by byte: its tables are not read.
    func sqlite(_ pair: ContentPair) throws(BelljarError) -> TreeDifference? {
        var found = try bytes(pair, as: .sqlite)
        let heads = (try pair.first.bytes(from: 0, count: 100), try pair.second.bytes(from: 0, count: 100))
        compare(try Self.sqliteHeader(heads.0), try Self.sqliteHeader(heads.1), into: &found)
        return found
    }

    private static func sqliteHeader(_ bytes: [UInt8]) throws(BelljarError) -> [(name: String, value: String)] {
        guard bytes.count == 100 else { throw .malformed(.sqlite, "its header is cut off") }
        let places = [
            ("page size", 16, 2), ("change counter", 24, 4), ("pages", 28, 4), ("free pages", 36, 4),
            ("schema cookie", 40, 4),
            ("schema format", 44, 4), ("text encoding", 56, 4), ("user version", 60, 4), ("application ID", 68, 4),
            ("SQLite version", 96, 4),
        ]
        return places.map { ($0.0, "\(bytes.bigEndian($0.1, $0.2) ?? 0)") }
    }
}

/// What stands in the chunks of a PNG picture.
private struct PngChunks {
    private(set) var properties: [(name: String, value: String)] = []
    /// The kinds of its chunks, one after the other without repetitions.
    private(set) var order = ""
    private(set) var image: Digest

    /// Chunks that are looked at, and bytes of a text that are.
    private static let limit = 10_000
    private static let textLimit = 4096

    init(_ content: ComparedContent) throws(BelljarError) {
        var (position, count, hasher, last) = (UInt64(8), 0, [UInt8](), "")
        while position < content.count {
            count += 1
            let head = try content.bytes(from: position, count: 8)
            guard count <= Self.limit, head.count == 8, let length = head.bigEndian(0, 4),
                length <= content.count - position - 8
            else {
                throw .malformed(.png, "a chunk leads out of it, or there are more than \(Self.limit)")
            }
            let kind = TextForm.line(head[4...])
            let bytes = try content.bytes(from: position + 8, count: Int(min(length, UInt64(Self.textLimit))))
            if let property = Self.property(kind, bytes) { properties.append(property) }
            if kind == "IDAT" {
                let sum = try content.bytes(from: position + 8 + length, count: 4)
                hasher += sum + head
            }
            if kind != last { order += (order.isEmpty ? "" : " ") + kind }
            last = kind
            position += 12 + length
        }
        image = Digest(of: hasher)
    }

    private static func property(_ kind: String, _ bytes: [UInt8]) -> (String, String)? {
        switch kind {
        case "IHDR":
            guard let width = bytes.bigEndian(0, 4), let height = bytes.bigEndian(4, 4), bytes.count >= 13 else {
                return nil
            }
            return ("size", "\(width) x \(height), \(bytes[8]) bits, colour type \(bytes[9])")
        case "tIME":
            guard bytes.count == 7, let year = bytes.bigEndian(0, 2) else { return nil }
            let parts = bytes[2...].map { ($0 < 10 ? "0" : "") + "\($0)" }
            return ("tIME", "\(year)-\(parts[0])-\(parts[1]) \(parts[2]):\(parts[3]):\(parts[4])")
        case "tEXt", "iTXt", "zTXt":
            let key = bytes.prefix { $0 != 0 }
            return ("\(kind) \(TextForm.line(key))", TextForm.line(bytes.dropFirst(key.count + 1).filter { $0 != 0 }))
        case "pHYs", "gAMA", "sRGB", "cHRM": return (kind, bytes.hexadecimal)
        default: return nil
        }
    }
}

/// What a PDF document says of itself without being unpacked.
private struct PdfInformation {
    private(set) var properties: [(name: String, value: String)] = []

    private static let keys = ["CreationDate", "ModDate", "Producer", "Creator", "Author", "Title", "ID"]
    /// Values of one key, and bytes of a value.
    private static let limit = 16
    private static let valueLimit = 512

    init(_ content: ComparedContent) throws(BelljarError) {
        let head = try content.bytes(from: 0, count: 8)
        properties = [("version", TextForm.line(head.dropFirst(5)))]
        var position: UInt64 = 0
        var counts: [String: Int] = [:]
        while position < content.count {
            // Pieces overlap by the length of a value, so that none is cut.
            let bytes = try content.bytes(from: position, count: ComparedContent.pieceSize + Self.valueLimit)
            for index in bytes.indices.prefix(ComparedContent.pieceSize) where bytes[index] == UInt8(ascii: "/") {
                let rest = bytes[(index + 1)...]
                guard let key = Self.keys.first(where: { rest.starts(with: $0.utf8) }),
                    let value = Self.value(rest.dropFirst(key.utf8.count)), counts[key, default: 0] < Self.limit
                else { continue }
                let turn = counts[key, default: 0] + 1
                counts[key] = turn
                properties.append((turn == 1 ? key : "\(key) \(turn)", value))
            }
            position += UInt64(ComparedContent.pieceSize)
        }
    }

    /// A text in parentheses, or the two in brackets of an identifier.
    private static func value(_ bytes: ArraySlice<UInt8>) -> String? {
        let rest = bytes.prefix(valueLimit).drop { [0x20, 0x0a, 0x0d, 0x09].contains($0) }
        let ends: [UInt8: UInt8] = [
            UInt8(ascii: "("): UInt8(ascii: ")"), UInt8(ascii: "["): UInt8(ascii: "]"),
            UInt8(ascii: "<"): UInt8(ascii: ">"),
        ]
        guard let first = rest.first, let last = ends[first], let end = rest.firstIndex(of: last) else { return nil }
        return TextForm.line(rest[rest.startIndex...end])
    }
}

/// The constants of a Java class.
private struct ClassConstants {
    let version: String
    private(set) var lines: [UInt8] = []
    /// What follows them.
    private(set) var rest: ComparedContent

    /// The longest table: 65535 constants, of 65535 bytes each; a tenth of that is no class any more.
    private static let limit = 64 << 20

    init(_ content: ComparedContent) throws(BelljarError) {
        guard let bytes = try content.all(limit: Self.limit), let count = bytes.bigEndian(8, 2),
            let minor = bytes.bigEndian(4, 2), let major = bytes.bigEndian(6, 2)
        else { throw .malformed(.javaClass, "it is cut off, or too large") }
        version = "\(major).\(minor)"
        var (index, position) = (1, 10)
        while index < Int(count) {
            guard position < bytes.count else { throw .malformed(.javaClass, "its constants are cut off") }
            let tag = bytes[position]
            if tag == 1 {
                guard let length = bytes.bigEndian(position + 1, 2), position + 3 + Int(length) <= bytes.count else {
                    throw .malformed(.javaClass, "its constants are cut off")
                }
                lines += bytes[(position + 3)..<(position + 3 + Int(length))].map { $0 == 0x0a ? 0x20 : $0 } + [0x0a]
                position += 3 + Int(length)
            } else {
                guard let size = Self.sizes[tag], position + 1 + size <= bytes.count else {
                    throw .malformed(.javaClass, "a constant of the unknown kind \(tag)")
                }
                lines +=
                    Array("#\(tag) ".utf8) + Array(bytes[(position + 1)..<(position + 1 + size)].hexadecimal.utf8) + [
                        0x0a
                    ]
                position += 1 + size
            }
            // Longs and doubles take two places (JVM specification, 4.4.5).
            index += tag == 5 || tag == 6 ? 2 : 1
        }
        rest = content.part(from: UInt64(position), count: .max)
    }

    private static let sizes: [UInt8: Int] = [
        3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2,
    ]
}
