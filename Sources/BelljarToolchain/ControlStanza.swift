package import BelljarModel

/// One stanza of Debian's control format (deb822(5)): fields in order, each with its continuation lines.
///
/// Package control files, apt's package listings, Release files and `.sources` files are all made of these.
package struct ControlStanza: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package var name: String
        /// The text after the colon without surrounding blanks; continuation lines follow after a newline each,
        /// without the one blank that marks them.
        package var value: String
    }

    package var fields: [Field]

    /// The value of a field, whose name is compared without regard to case.
    subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }

    /// The words of a field that holds a blank-separated list; none if the field is missing.
    func words(_ name: String) -> [String] {
        (self[name] ?? "").split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
    }

    /// The stanza as text, without an empty line at its end.
    package var text: String {
        fields.map { field in
            let lines = field.value.textLines
            let first = lines.first ?? ""
            let head = first.isEmpty ? "\(field.name):\n" : "\(field.name): \(first)\n"
            return lines.dropFirst().reduce(head) { $0 + " \($1)\n" }
        }.joined()
    }

    /// Takes a text apart into stanzas. Lines that begin with `#` are comments.
    ///
    /// - Parameter file: what the text is, for errors.
    /// - Throws: `integrity` naming the line that is no field and no continuation.
    package static func parse(_ text: String, file: String) throws(BelljarError) -> [ControlStanza] {
        var stanzas: [ControlStanza] = []
        var fields: [Field] = []
        var number = 0
        for line in text.textLines {
            number += 1
            if line.hasPrefix("#") { continue }
            if line.allSatisfy(\.isWhitespace) {
                if !fields.isEmpty { stanzas.append(ControlStanza(fields: fields)) }
                fields = []
            } else if line.first == " " || line.first == "\t" {
                guard !fields.isEmpty else { throw fault(file, number, "a continuation line that continues no field") }
                fields[fields.count - 1].value += "\n" + line.dropFirst()
            } else {
                guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                    throw fault(file, number, "a line that is not a field")
                }
                let value = line[line.index(after: colon)...].trimmed
                fields.append(Field(name: String(line[..<colon]), value: String(value)))
            }
        }
        if !fields.isEmpty { stanzas.append(ControlStanza(fields: fields)) }
        return stanzas
    }

    private static func fault(_ file: String, _ line: Int, _ answer: String) -> BelljarError {
        BelljarError(.integrity, operation: "read", subject: "\(file):\(line)", answer: answer)
    }
}

extension String {
    /// The lines, without carriage returns at their ends. As characters, a return and the newline after it are one, at which
    /// a text is not split.
    var textLines: [Substring] {
        Substring(self).unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var line = line
            while line.last == "\r" { line.removeLast() }
            return Substring(line)
        }
    }
}

extension StringProtocol {
    /// Without blanks at either end.
    var trimmed: SubSequence {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}
