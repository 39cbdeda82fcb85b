internal import BelljarModel

/// The text of a patch as git writes it: with headers for modes and for files that are empty, which a plain `diff -u` says nothing
/// of. `git apply` and GNU patch 2.7 and later understand them.
enum PatchText {
    /// - Parameter hunks: by the numbers of copies.
    static func text(_ changes: [FolderChanges.Change], hunks: [Int: ArraySlice<UInt8>]) -> [UInt8] {
        var text: [UInt8] = []
        for change in changes { text += file(change, change.copy.flatMap { hunks[$0] } ?? []) }
        return text
    }

    private static func file(_ change: FolderChanges.Change, _ hunks: ArraySlice<UInt8>) -> [UInt8] {
        let (old, new) = (quoted("a/", change.path), quoted("b/", change.path))
        var lines = ["diff --git \(old) \(new)"]
        switch (change.oldMode, change.newMode) {
        case (let before?, let after?): if before != after { lines += ["old mode \(before)", "new mode \(after)"] }
        case (nil, let after?): lines.append("new file mode \(after)")
        case (let before?, nil): lines.append("deleted file mode \(before)")
        case (nil, nil): break
        }
        if !hunks.isEmpty {
            lines += [
                "--- " + (change.oldMode == nil ? "/dev/null" : old),
                "+++ " + (change.newMode == nil ? "/dev/null" : new),
            ]
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8) + hunks
    }

    /// As git and GNU patch read names: in quotes, like a string of C, if they have anything else than visible ASCII in them.
    static func quoted(_ prefix: String, _ path: [UInt8]) -> String {
        let isPlain = path.allSatisfy {
            (0x21..<0x7f).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        let inner = path.map { isPlain ? String(UnicodeScalar($0)) : escaped($0) }.joined()
        return isPlain ? prefix + inner : "\"" + prefix + inner + "\""
    }

    private static func escaped(_ unit: UInt8) -> String {
        switch unit {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return "\\" + String(UnicodeScalar(unit))
        case 0x20..<0x7f: return String(UnicodeScalar(unit))
        default:
            let digits = String(unit, radix: 8)
            return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        }
    }

    /// Takes what diff(1) says of two folders apart. No line of a hunk begins like that of a new file.
    ///
    /// - Returns: the hunks of each file whose name is a number, by that.
    static func hunks(_ output: [UInt8]) -> [Int: ArraySlice<UInt8>] {
        var found: [Int: ArraySlice<UInt8>] = [:]
        var rest = output[...]
        let title = Array("diff ".utf8)
        while !rest.isEmpty {
            let name = line(&rest).suffix(while: { $0 != UInt8(ascii: "/") })
            // `--- a/00000001` and `+++ b/00000001`, with times.
            for _ in 0..<2 { _ = line(&rest) }
            let start = rest.startIndex
            while !rest.isEmpty, !rest.starts(with: title) { _ = line(&rest) }
            if let number = Int(String(decoding: name, as: UTF8.self)) {
                found[number] = output[start..<rest.startIndex]
            }
        }
        return found
    }

    /// Takes the first line off, without its end.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        let line = rest[..<end]
        rest = rest[min(end + 1, rest.endIndex)...]
        return line
    }
}

extension ArraySlice<UInt8> {
    /// The longest end of which all bytes are such.
    fileprivate func suffix(while isSuch: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        guard let last = lastIndex(where: { !isSuch($0) }) else { return self }
        return self[(last + 1)...]
    }
}
