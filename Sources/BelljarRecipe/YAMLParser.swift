internal import CYaml

/// Bytes to nodes, by libyaml's events.
///
/// Events and not a ready-made tree, because strictness needs what a tree has lost: where the second of two equal keys
/// stands, that a value was an alias, and how deep the nesting is before it is followed.
enum YAMLParser {
    /// Enough for a thousand packages or a long script, small enough to be read at once.
    static let maximumBytes = 1 << 20
    /// A recipe needs four levels.
    static let maximumDepth = 16
    static let maximumNodes = 100_000

    /// The one document of the text. Nil if it cannot be followed to its end, which is then among the mistakes; other
    /// things that are refused (anchors, tags, equal keys, ...) are added to the mistakes and passed over.
    static func parse(_ bytes: [UInt8], mistakes: Mistakes) -> YAMLNode? {
        guard bytes.count <= maximumBytes else {
            mistakes.add("the file has \(bytes.count) bytes; at most \(maximumBytes) are read", line: 1, column: 1)
            return nil
        }
        // libyaml keeps pointers to its own parser and to the input, so both stay in place until the end.
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { unsafe parser.deallocate() }
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            mistakes.add("out of memory", line: 1, column: 1)
            return nil
        }
        defer { unsafe yaml_parser_delete(parser) }
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        // Told its encoding, libyaml takes a byte order mark for text.
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        return unsafe bytes.withUnsafeBufferPointer { input in
            unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
            return unsafe drain(parser, bytes: bytes, into: YAMLTree(mistakes: mistakes))
        }
    }

    private static func drain(
        _ parser: UnsafeMutablePointer<yaml_parser_t>, bytes: [UInt8], into tree: consuming YAMLTree
    ) -> YAMLNode? {
        while true {
            var event = unsafe yaml_event_t()
            guard unsafe yaml_parser_parse(parser, &event) == 1 else {
                unsafe report(parser.pointee, bytes: bytes, to: tree.mistakes)
                return nil
            }
            defer { unsafe yaml_event_delete(&event) }
            if unsafe event.type == YAML_STREAM_END_EVENT { return tree.finish() }
            guard unsafe tree.take(event) else { return nil }
        }
    }

    /// Adds the mistake that made libyaml stop.
    private static func report(_ parser: yaml_parser_t, bytes: [UInt8], to mistakes: Mistakes) {
        let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "not readable as YAML"
        if unsafe parser.error == YAML_READER_ERROR {
            // The reader gives an offset in bytes only. It stops at what is not UTF-8 and at control characters.
            let (line, column) = unsafe place(ofByte: parser.problem_offset, in: bytes)
            mistakes.add(
                "the text is not valid UTF-8 without control characters: \(problem)", line: line, column: column)
            return
        }
        let mark = unsafe parser.problem_mark
        let (line, column) = (Int(mark.line) + 1, Int(mark.column) + 1)
        if bytes.indices.contains(mark.index), bytes[mark.index] == UInt8(ascii: "\t") {
            mistakes.add("a tab cannot indent or separate here; use spaces", line: line, column: column)
            return
        }
        if problem == "mapping values are not allowed in this context" {
            mistakes.add(
                "a colon with a space behind it makes a key, and none can be here: put a text that has one in quotes, or write it "
                    + "below with `|` in front; and indent the keys of one mapping alike", line: line, column: column)
            return
        }
        guard let context = unsafe parser.context.map({ unsafe String(cString: $0) }) else {
            mistakes.add(problem, line: line, column: column)
            return
        }
        let start = unsafe Int(parser.context_mark.line) + 1
        // Whoever forgot a space sees neither blocks nor collections.
        let help =
            problem.hasPrefix("did not find expected") && context.contains("block")
            ? "; begin what belongs together in the same column" : ""
        let whence = start == line ? "" : ", which begins in line \(start)"
        mistakes.add("\(problem), \(context)\(whence)\(help)", line: line, column: column)
    }

    /// Line and column (in Unicode scalars) of a byte.
    private static func place(ofByte offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                // Continuation bytes of UTF-8 begin with the bits 10.
                column += 1
            }
        }
        return (line, column)
    }
}
