/// Swift source with everything that is not code blanked out, so that braces and words can be looked for without
/// finding those of strings and comments.
///
/// Not a parser: it knows line comments, nested block comments, regular expressions of the form `#/.../#`, and string
/// literals of every kind with their interpolations (whose code stays). A string that does not end on its line ends
/// there, so that a quote in a bare `/.../` costs one line and not the file.
struct SourceCode {
    /// As many bytes as the source, with the same line breaks.
    let code: [UInt8]

    private enum Context: Equatable {
        /// Inside `\(`...`)` of a string; counts the parentheses opened since.
        case interpolation(parentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
    }

    init(_ source: String) {
        var scanner = Scanner(bytes: Array(source.utf8))
        scanner.run()
        code = scanner.output
    }

    var text: String { String(decoding: code, as: UTF8.self) }

    /// The code line by line; the first line has index 0.
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

    private struct Scanner {
        private static let threeQuotes = String(repeating: "\"", count: 3)

        let bytes: [UInt8]
        var output: [UInt8]
        var position = 0
        /// Empty in plain code.
        var contexts: [Context] = []

        init(bytes: [UInt8]) {
            self.bytes = bytes
            output = bytes
        }

        mutating func run() {
            while position < bytes.count {
                if case .string(let hashes, let isMultiline) = contexts.last {
                    scanString(hashes: hashes, isMultiline: isMultiline)
                } else {
                    scanCode()
                }
            }
        }

        private func sees(_ text: String) -> Bool {
            // The first byte decides almost always, and every byte of the project passes here.
            bytes[position] == text.utf8.first && bytes[position...].starts(with: text.utf8)
        }

        /// Blanks the next bytes and moves past them.
        private mutating func blank(_ count: Int) {
            let end = min(position + count, bytes.count)
            for index in position..<end where bytes[index] != UInt8(ascii: "\n") {
                output[index] = UInt8(ascii: " ")
            }
            position = end
        }

        private mutating func scanCode() {
            if sees("//") {
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { blank(1) }
            } else if sees("/*") {
                blankBlockComment()
            } else if bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "#") {
                openString()
            } else {
                countParenthesis()
                position += 1
            }
        }

        private mutating func blankBlockComment() {
            var depth = 0
            repeat {
                if sees("/*") {
                    depth += 1
                    blank(2)
                } else if sees("*/") {
                    depth -= 1
                    blank(2)
                } else {
                    blank(1)
                }
            } while depth > 0 && position < bytes.count
        }

        /// At a quote, or at a `#` that may begin a raw string, a regular expression or a directive.
        private mutating func openString() {
            let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
            let opening = position + hashes < bytes.count ? bytes[position + hashes] : 0
            guard opening == UInt8(ascii: "\"") || opening == UInt8(ascii: "/") else {
                position += hashes
                return
            }
            blank(hashes)
            guard opening == UInt8(ascii: "\"") else {
                blankRegularExpression(end: "/" + String(repeating: "#", count: hashes))
                return
            }
            let isMultiline = sees(Self.threeQuotes)
            blank(isMultiline ? 3 : 1)
            contexts.append(.string(hashes: hashes, isMultiline: isMultiline))
        }

        private mutating func blankRegularExpression(end: String) {
            repeat { blank(1) } while position < bytes.count && !sees(end)
            blank(end.utf8.count)
        }

        private mutating func countParenthesis() {
            guard case .interpolation(let open) = contexts.last else { return }
            if bytes[position] == UInt8(ascii: "(") {
                contexts[contexts.count - 1] = .interpolation(parentheses: open + 1)
            } else if bytes[position] == UInt8(ascii: ")") {
                contexts.removeLast()
                if open > 1 { contexts.append(.interpolation(parentheses: open - 1)) }
            }
        }

        private mutating func scanString(hashes: Int, isMultiline: Bool) {
            let marks = String(repeating: "#", count: hashes)
            let end = (isMultiline ? Self.threeQuotes : "\"") + marks
            if sees(end) || (!isMultiline && sees("\n")) {
                blank(sees("\n") ? 1 : end.utf8.count)
                contexts.removeLast()
            } else if sees("\\" + marks + "(") {
                blank(hashes + 2)
                contexts.append(.interpolation(parentheses: 1))
            } else {
                blank(hashes == 0 && sees("\\") ? 2 : 1)
            }
        }
    }
}
