internal import BelljarModel

extension Comparer {
    /// Member by member, whatever the white space.
    func json(_ pair: ContentPair) throws(BelljarError) -> TreeDifference? {
        guard let one = try pair.first.all(limit: bounds.jsonBytes),
            let other = try pair.second.all(limit: bounds.jsonBytes)
        else { return try text(pair, as: .json) }
        let (first, second) = (try JSONForm.lines(one), try JSONForm.lines(other))
        if first == second {
            var found = try text(pair, as: .json)
            found.notes.append("only white space differs")
            return found
        }
        guard var found = lines(first, second, named: pair.name, as: .json) else { return nil }
        // By sorting lines, not members: whatever has the same lines in another order has other orders of its members.
        if !found.causes.contains(where: { $0.cause == .order }), JSONForm.isOtherOrder(first, second) {
            found.causes.insert(CauseFinding(cause: .order, example: nil), at: 0)
        }
        if first != one || second != other { found.notes.append("compared with one member in each line") }
        return found
    }
}

/// JSON with one member in each line. Only what the layout needs is read: numbers and names stay the bytes that they are.
enum JSONForm {
    /// Values within each other.
    private static let depthLimit = 512
    /// Bytes with white space, which values that lie deep multiply.
    private static let sizeLimit = 64 << 20

    /// - Throws: `integrity` for what is no JSON.
    static func lines(_ bytes: [UInt8]) throws(BelljarError) -> [UInt8] {
        var (lines, closers, index) = ([UInt8](), [UInt8](), 0)
        lines.reserveCapacity(bytes.count * 2)
        func indent() { lines += [0x0a] + [UInt8](repeating: 0x20, count: 2 * closers.count) }
        while index < bytes.count {
            guard lines.count <= sizeLimit else {
                throw .malformed(.json, "it is too large with one member in each line")
            }
            let byte = bytes[index]
            switch byte {
            case 0x20, 0x09, 0x0a, 0x0d: break
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                lines.append(byte)
                closers.append(byte + 2)
                guard closers.count <= depthLimit else {
                    throw .malformed(.json, "its values lie too deep in each other")
                }
                // An empty one stays as it is.
                let next = bytes[(index + 1)...].first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
                if next != closers.last { indent() }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard closers.popLast() == byte else { throw .malformed(.json, "a bracket closes that was not opened") }
                if let last = lines.last, last != byte - 2 { indent() }
                lines.append(byte)
            case UInt8(ascii: ","):
                lines.append(byte)
                indent()
            case UInt8(ascii: ":"): lines += [byte, 0x20]
            case UInt8(ascii: "\""):
                let end = try endOfString(bytes, from: index)
                lines += bytes[index...end]
                index = end
            default: lines.append(byte)
            }
            index += 1
        }
        guard closers.isEmpty, !lines.isEmpty else { throw .malformed(.json, "it is cut off") }
        return lines + [0x0a]
    }

    private static func endOfString(_ bytes: [UInt8], from start: Int) throws(BelljarError) -> Int {
        var index = start + 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\") {
                index += 2
            } else if bytes[index] == UInt8(ascii: "\"") {
                return index
            } else {
                index += 1
            }
        }
        throw .malformed(.json, "it is cut off in a text")
    }

    /// Whether two that differ have the same members in another order, as far as their lines tell.
    static func isOtherOrder(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        guard first.count == second.count || first.count.distance(to: second.count).magnitude < 3 else { return false }
        func sorted(_ bytes: [UInt8]) -> [[UInt8]] {
            bytes.split(separator: 0x0a).map { line in
                // The last member of an object has no comma.
                Array(line.last == UInt8(ascii: ",") ? line.dropLast() : line)
            }.sorted { $0.lexicographicallyPrecedes($1) }
        }
        return sorted(first) == sorted(second)
    }
}
