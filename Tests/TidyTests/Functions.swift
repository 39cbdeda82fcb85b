/// A function, initialiser, subscript or computed property, measured in lines.
struct MeasuredFunction: Equatable {
    let name: String
    /// Counted from 1.
    let line: Int
    /// From the line of its keyword to the line of its closing brace.
    let length: Int
}

extension SourceCode {
    /// Everything with a body, in the order of the text; a nested function is measured by itself and as a part of
    /// the one around it.
    func functions() -> [MeasuredFunction] {
        let lineNumbers = lineNumbers()
        return words().compactMap { word in
            guard Self.declarations.contains(word.text), word.precededBy != UInt8(ascii: ".") else { return nil }
            let isProperty = word.text == "var"
            guard let open = bodyStart(after: word.end, endsAtLine: isProperty), let close = bodyEnd(from: open) else {
                return nil
            }
            let first = lineNumbers[word.start]
            return MeasuredFunction(
                name: name(word.text, after: word.end), line: first, length: lineNumbers[close] - first + 1)
        }
    }

    private static let declarations: Set<String> = ["func", "init", "deinit", "subscript", "var"]
    /// What can follow a requirement without a body in a protocol.
    private static let nextDeclarations: Set<String> = [
        "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "enum", "class", "extension",
        "protocol", "typealias", "associatedtype", "static", "package", "private", "mutating",
    ]

    struct Word {
        let text: String
        let start: Int
        let end: Int
        let precededBy: UInt8?
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "`"), 0x80...:
            true
        default: false
        }
    }

    private func wordEnd(from start: Int) -> Int {
        var end = start
        while end < code.count, Self.isWordByte(code[end]) { end += 1 }
        return end
    }

    func words() -> [Word] {
        var found: [Word] = []
        var position = 0
        while position < code.count {
            let end = wordEnd(from: position)
            guard end > position else {
                position += 1
                continue
            }
            let text = String(decoding: code[position..<end], as: UTF8.self)
            let before = position > 0 ? code[position - 1] : nil
            found.append(Word(text: text, start: position, end: end, precededBy: before))
            position = end
        }
        return found
    }

    /// The opening brace of a declaration's body, or nil if it has none. Braces inside parentheses and brackets are
    /// default arguments. A stored property ends at its line or at `=`.
    private func bodyStart(after start: Int, endsAtLine: Bool) -> Int? {
        var depth = 0
        var position = start
        while position < code.count {
            switch code[position] {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "{") where depth == 0: return position
            case UInt8(ascii: "}") where depth == 0: return nil
            case UInt8(ascii: "\n") where depth == 0 && endsAtLine: return nil
            case UInt8(ascii: "=") where depth == 0 && endsAtLine: return nil
            case let byte where depth == 0 && Self.isWordByte(byte):
                let end = wordEnd(from: position)
                let word = String(decoding: code[position..<end], as: UTF8.self)
                if Self.nextDeclarations.contains(word) { return nil }
                position = end - 1
            default: break
            }
            position += 1
        }
        return nil
    }

    private func bodyEnd(from open: Int) -> Int? {
        var depth = 0
        for position in open..<code.count {
            if code[position] == UInt8(ascii: "{") { depth += 1 }
            if code[position] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return position }
        }
        return nil
    }

    private func name(_ keyword: String, after start: Int) -> String {
        guard keyword == "func" || keyword == "var" else { return keyword }
        let rest = code[start...].drop { $0 == UInt8(ascii: " ") }
        return String(
            decoding: rest.prefix { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ":") && $0 > 32 }, as: UTF8.self)
    }

    /// The line of each byte, counted from 1.
    func lineNumbers() -> [Int] {
        var line = 1
        return code.map { byte in
            defer { if byte == UInt8(ascii: "\n") { line += 1 } }
            return line
        }
    }
}
