/// One value of a YAML document and where it begins.
struct YAMLNode {
    enum Content {
        /// The text exactly as written; what it means is decided by the type the reader declares, never by its looks.
        case scalar(String, style: Style)
        case sequence([YAMLNode])
        case mapping([Entry])
        /// Something that is not accepted here (an alias) and has been reported; readers pass over it in silence.
        case refused
    }

    enum Style {
        /// Without quotes, on one line or several.
        case plain
        /// In quotes, or folded (`>`): always text.
        case quoted
        /// A block (`|`): text whose lines are those of the file, from the line behind the node's on.
        case literal
    }

    /// One key with its value. The keys of a mapping are scalars and differ from each other.
    struct Entry {
        var key: String
        var keyNode: YAMLNode
        var value: YAMLNode
    }

    var content: Content
    /// Counted from 1; columns count Unicode scalars, as libyaml does.
    var line: Int
    var column: Int

    /// A scalar's text; nil for one that stands for nothing, and for everything else.
    var text: String? {
        guard case .scalar(let text, let style) = content, !Self.isNothing(text, style) else { return nil }
        return text
    }

    /// As `text`, for scalars without quotes alone.
    var plainText: String? {
        if case .scalar(_, .plain) = content { text } else { nil }
    }

    /// What it is, for `must be ..., not ...`.
    var kindName: String {
        switch content {
        case .scalar(let text, let style): Self.isNothing(text, style) ? "nothing" : "text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .refused: "an alias"
        }
    }

    /// Whether a scalar stands for no value at all, in any of YAML's spellings.
    static func isNothing(_ text: String, _ style: Style) -> Bool {
        style == .plain && ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
