/// One line of a `.gitignore`, as gitignore(5) reads it: `*.o`, `/build/`, `!keep.o`, `docs/**/*.pdf`.
///
/// Matching takes time in proportion to the pattern times the path, whatever the pattern is.
package struct IgnorePattern: Hashable, Sendable {
    /// Whether a match takes a path back in (`!`).
    package let isNegated: Bool
    /// Whether only directories match (`build/`).
    private let directoriesOnly: Bool
    /// Whether it is matched against the whole path, because it has a slash that is not its last byte; else against the
    /// name alone, at any depth.
    private let isAnchored: Bool
    private let matcher: Matcher

    /// - Parameter line: without its newline.
    /// - Returns: nil for an empty line and for a comment.
    package init?(line: some Collection<UInt8>) {
        var text = Self.trimmed(Array(line))
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        isNegated = first == UInt8(ascii: "!")
        if isNegated { text.removeFirst() }
        directoriesOnly = text.last == Self.slash
        if directoriesOnly { text.removeLast() }
        isAnchored = text.contains(Self.slash)
        if text.first == Self.slash { text.removeFirst() }
        guard !text.isEmpty else { return nil }
        matcher = Matcher(text, inPath: isAnchored)
    }

    /// - Parameters:
    ///   - path: relative to the folder of the file that the pattern stands in.
    ///   - name: its last component.
    package func matches(path: ArraySlice<UInt8>, name: ArraySlice<UInt8>, isDirectory: Bool) -> Bool {
        guard isDirectory || !directoriesOnly else { return false }
        return matcher.matches(isAnchored ? path : name)
    }

    private static let slash = UInt8(ascii: "/")

    /// Without the carriage return of a file from Windows, and without spaces at the end that no backslash keeps.
    private static func trimmed(_ line: [UInt8]) -> [UInt8] {
        var text = line
        if text.last == UInt8(ascii: "\r") { text.removeLast() }
        while text.last == UInt8(ascii: " ") {
            let escapes = text.dropLast().reversed().prefix { $0 == UInt8(ascii: "\\") }.count
            guard escapes.isMultiple(of: 2) else { break }
            text.removeLast()
        }
        return text
    }
}

/// A pattern as a list of what it wants, one after the other.
private enum Matcher: Hashable, Sendable {
    case text([UInt8])
    /// `*` and this behind it: what most patterns are.
    case suffix([UInt8])
    /// With the bytes that every match begins with, by which most paths of a large source are told at once to be none.
    case parts([Part], prefix: [UInt8])
    /// Nothing: a set that is not closed, or a backslash with nothing to stand before.
    case never

    enum Part: Hashable, Sendable {
        case byte(UInt8)
        /// One byte of these, as 256 bits.
        case set([Bool])
        /// Any number of bytes without a slash.
        case name
        /// Any number of bytes.
        case anything
        /// `**/`: nothing, or any number of directories with the slash behind each.
        case directories
    }

    init(_ pattern: [UInt8], inPath: Bool) {
        guard let parts = Self.parts(pattern, inPath: inPath) else {
            self = .never
            return
        }
        let bytes = { (parts: ArraySlice<Part>) -> [UInt8]? in
            let bytes = parts.compactMap { if case .byte(let byte) = $0 { byte } else { nil } }
            return bytes.count == parts.count ? bytes : nil
        }
        if let text = bytes(parts[...]) {
            self = .text(text)
        } else if !inPath, parts.first == .name, let text = bytes(parts.dropFirst()) {
            self = .suffix(text)
        } else {
            self = .parts(parts, prefix: bytes(parts.prefix { if case .byte = $0 { true } else { false } }) ?? [])
        }
    }

    func matches(_ text: ArraySlice<UInt8>) -> Bool {
        switch self {
        case .text(let wanted): text.elementsEqual(wanted)
        case .suffix(let wanted): text.count >= wanted.count && text.suffix(wanted.count).elementsEqual(wanted)
        case .parts(let parts, let prefix): text.starts(with: prefix) && Self.matches(parts, text)
        case .never: false
        }
    }

    /// Goes through the text once, with all places of the pattern that it can have come to.
    private static func matches(_ parts: [Part], _ text: ArraySlice<UInt8>) -> Bool {
        var places = [Bool](repeating: false, count: parts.count + 1)
        reach(0, parts, &places)
        for byte in text {
            var next = [Bool](repeating: false, count: parts.count + 1)
            for index in parts.indices where places[index] {
                switch parts[index] {
                case .byte(let wanted): if byte == wanted { reach(index + 1, parts, &next) }
                case .set(let wanted): if wanted[Int(byte)] { reach(index + 1, parts, &next) }
                case .name: if byte != slash { reach(index, parts, &next) }
                case .anything: reach(index, parts, &next)
                case .directories:
                    // Behind its last slash the rest may begin; until then it stays where it is.
                    next[index] = true
                    if byte == slash { reach(index + 1, parts, &next) }
                }
            }
            places = next
        }
        return places[parts.count]
    }

    /// Notes a place, and those that follow from it without another byte.
    private static func reach(_ index: Int, _ parts: [Part], _ places: inout [Bool]) {
        var index = index
        places[index] = true
        while index < parts.count, [.name, .anything, .directories].contains(parts[index]) {
            index += 1
            places[index] = true
        }
    }

    private static let slash = UInt8(ascii: "/")
    private static let star = UInt8(ascii: "*")
    private static let backslash = UInt8(ascii: "\\")

    private static func parts(_ pattern: [UInt8], inPath: Bool) -> [Part]? {
        var parts: [Part] = []
        var index = 0
        while index < pattern.count {
            let byte = pattern[index]
            switch byte {
            case star:
                let end = pattern[index...].firstIndex { $0 != star } ?? pattern.count
                let begins = index == 0 || pattern[index - 1] == slash
                if end - index < 2 || !inPath || !begins || (end < pattern.count && pattern[end] != slash) {
                    parts.append(.name)
                    index = end
                } else {
                    parts.append(end < pattern.count ? .directories : .anything)
                    index = end + 1
                }
            case UInt8(ascii: "?"):
                parts.append(.set((0..<256).map { UInt8($0) != slash }))
                index += 1
            case UInt8(ascii: "["):
                guard let (set, end) = ByteSet.read(pattern, from: index + 1) else { return nil }
                parts.append(.set(set))
                index = end
            case backslash:
                guard index + 1 < pattern.count else { return nil }
                parts.append(.byte(pattern[index + 1]))
                index += 2
            default:
                parts.append(.byte(byte))
                index += 1
            }
        }
        return parts
    }
}

/// `[a-z]`, `[!0-9]`, `[[:space:]_]`.
private enum ByteSet {
    /// - Parameter start: behind the opening bracket.
    /// - Returns: which bytes are in it, and the index behind the closing bracket; nil if there is none.
    static func read(_ pattern: [UInt8], from start: Int) -> (set: [Bool], end: Int)? {
        var set = [Bool](repeating: false, count: 256)
        var index = start
        let isNegated = index < pattern.count && "!^".utf8.contains(pattern[index])
        if isNegated { index += 1 }
        var isFirst = true
        while index < pattern.count, isFirst || pattern[index] != UInt8(ascii: "]") {
            isFirst = false
            if let (name, end) = className(pattern, index) {
                guard let wanted = classes[name] else { return nil }
                for byte in 0..<256 where wanted(UInt8(byte)) { set[byte] = true }
                index = end
                continue
            }
            guard let low = byte(pattern, &index) else { return nil }
            guard index + 1 < pattern.count, pattern[index] == UInt8(ascii: "-"),
                pattern[index + 1] != UInt8(ascii: "]")
            else {
                set[Int(low)] = true
                continue
            }
            index += 1
            guard let high = byte(pattern, &index) else { return nil }
            if low <= high { for byte in low...high { set[Int(byte)] = true } }
        }
        guard index < pattern.count else { return nil }
        if isNegated { set = set.map { !$0 } }
        // No set has the slash: it parts directories.
        set[Int(UInt8(ascii: "/"))] = false
        return (set, index + 1)
    }

    private static func byte(_ pattern: [UInt8], _ index: inout Int) -> UInt8? {
        if pattern[index] == UInt8(ascii: "\\") { index += 1 }
        guard index < pattern.count else { return nil }
        defer { index += 1 }
        return pattern[index]
    }

    /// `[:alpha:]`, from its bracket.
    private static func className(_ pattern: [UInt8], _ index: Int) -> (name: String, end: Int)? {
        guard pattern[index...].starts(with: "[:".utf8),
            let end = pattern[(index + 2)...].firstIndex(of: UInt8(ascii: "]")), end > index + 2,
            pattern[end - 1] == UInt8(ascii: ":")
        else { return nil }
        return (String(decoding: pattern[(index + 2)..<max(index + 2, end - 1)], as: UTF8.self), end + 1)
    }

    /// In the C locale, as git has them.
    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { isLetter($0) || isDigit($0) }, "alpha": isLetter, "blank": { $0 == 32 || $0 == 9 },
        "cntrl": { $0 < 32 || $0 == 127 }, "digit": isDigit, "graph": { (33...126).contains($0) },
        "lower": { (97...122).contains($0) }, "print": { (32...126).contains($0) },
        "punct": { (33...126).contains($0) && !isLetter($0) && !isDigit($0) },
        "space": { $0 == 32 || (9...13).contains($0) }, "upper": { (65...90).contains($0) },
        "xdigit": { isDigit($0) || (65...70).contains($0) || (97...102).contains($0) },
    ]

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
