/// A type, or another name of one, as some source declares it.
struct DeclaredType: Equatable {
    let name: String
    /// Counted from 1.
    let line: Int
    /// Whether it stands in nothing else, so that its name alone says what it is.
    let isAtFileLevel: Bool
}

extension SourceCode {
    private static let typeKeywords: Set<String> = ["struct", "enum", "class", "actor", "protocol", "typealias"]

    /// In the order of the text.
    func types() -> [DeclaredType] {
        let (words, lineNumbers) = (words(), lineNumbers())
        var (depth, position) = (0, 0)
        return words.indices.dropLast().compactMap { index in
            let word = words[index]
            for byte in code[position..<word.start] {
                if byte == UInt8(ascii: "{") { depth += 1 }
                if byte == UInt8(ascii: "}") { depth -= 1 }
            }
            position = word.start
            let name = words[index + 1].text
            // `class func` and `import struct` declare none.
            guard Self.typeKeywords.contains(word.text), name.first?.isUppercase == true,
                index == 0 || words[index - 1].text != "import"
            else { return nil }
            return DeclaredType(name: name, line: lineNumbers[word.start], isAtFileLevel: depth == 0)
        }
    }
}

/// A finding for each name of a type at file level that another type has too.
///
/// - Parameter types: those of each file, by its path.
func nameFindings(_ types: [String: [DeclaredType]]) -> [String] {
    let all = types.flatMap { path, types in types.map { (place: "\(path):\($0.line)", type: $0) } }
    let shared = Dictionary(grouping: all, by: \.type.name).filter { _, same in
        same.count > 1 && same.contains(where: \.type.isAtFileLevel)
    }
    return shared.map { name, same in "\(name): \(same.map(\.place).sorted().joined(separator: ", "))" }.sorted()
}
