internal import BelljarModel

/// A difference for people: one line for each output that differs, then what differs in each, then what usually makes such
/// differences.
package struct DifferenceText {
    /// How a line is to look.
    package enum Role: Hashable, Sendable { case plain, heading, place, removed, added, note }

    package struct Line: Hashable, Sendable {
        package var role: Role
        /// Bytes of what was compared may stand in it, also those that a terminal would obey.
        package var text: String
    }

    private let columns: Int?
    private var lines: [Line] = []

    /// - Parameters:
    ///   - first: what the two are called.
    ///   - columns: where sentences are broken; nil for nowhere. Lines that differ never are.
    package static func lines(
        of difference: TreeDifference, first: String, second: String, columns: Int? = nil
    ) -> [Line] {
        var text = DifferenceText(columns: columns)
        text.write(difference, first, second)
        return text.lines
    }

    private init(columns: Int?) { self.columns = columns }

    // MARK: Parts of the text

    private mutating func write(_ difference: TreeDifference, _ first: String, _ second: String) {
        let outputs = difference.outputs
        lines += [Line(role: .removed, text: "--- " + first), Line(role: .added, text: "+++ " + second)]
        if outputs.count > 1 || difference.form.isFolder || !difference.parts.isEmpty {
            let omitted = difference.allOmitted
            let count = UInt64(outputs.count)
            sentence(
                "\(count) \(count == 1 ? "path differs" : "paths differ")"
                    + (omitted > 0 ? ", and more that are not listed: \(omitted)" : ""), .heading)
            for output in outputs { item(output) }
        }
        for output in outputs where output.difference.isWorthDetails { details(output) }
        causes(difference.allCauses)
    }

    /// The path, and what differs; in two lines where one would be broken.
    private mutating func item(_ output: TreeDifference.Place) {
        let words = output.difference.summary + Self.causeWords(output.difference)
        let line = "  \(output.words): \(words)"
        if let columns, TextColumns.width(of: line) > columns {
            lines.append(Line(role: .plain, text: "  " + output.words))
            sentence(words, .plain, indent: "    ")
        } else {
            lines.append(Line(role: .plain, text: line))
        }
    }

    private static func causeWords(_ difference: TreeDifference) -> String {
        let causes = difference.allCauses.prefix(3).map(\.cause.words)
        return causes.isEmpty ? "" : " (\(causes.joined(separator: "; ")))"
    }

    private mutating func details(_ place: TreeDifference.Place) {
        if place.difference.hasDetails { own(place) }
        var alike = Dictionary(grouping: place.difference.parts.filter(\.isShort), by: Likeness.init)
        for part in place.difference.parts {
            if part.isShort, let group = alike[Likeness(part)], group.count >= Self.leastAlike {
                summary(of: group, in: place)
                alike[Likeness(part)] = []
            } else if !part.isShort || alike[Likeness(part)]?.isEmpty == false {
                details(TreeDifference.Place(names: place.names + [part.name], difference: part))
            }
        }
    }

    /// What parts of which there is little to tell have in common.
    private struct Likeness: Hashable {
        var change: TreeDifference.Change
        var properties: [PropertyDifference]

        init(_ difference: TreeDifference) { (change, properties) = (difference.change, difference.properties) }
    }

    /// So many parts that differ alike are told of together, and so many of them by name.
    private static let leastAlike = 4
    private static let namedAlike = 12

    private mutating func summary(of group: [TreeDifference], in place: TreeDifference.Place) {
        lines.append(Line(role: .plain, text: ""))
        lines.append(Line(role: .place, text: "\(place.words) > \(group.count) alike"))
        if let first = group.first {
            if first.change != .changed { sentence(first.summary, .plain, indent: "  ") }
            for property in first.properties { write(property) }
        }
        for part in group.prefix(Self.namedAlike) {
            lines.append(Line(role: .plain, text: "    " + PathText.shown(part.name)))
        }
        if group.count > Self.namedAlike {
            sentence("and \(group.count - Self.namedAlike) more", .note, indent: "    ")
        }
    }

    private mutating func own(_ place: TreeDifference.Place) {
        lines.append(Line(role: .plain, text: ""))
        let words = place.words
        lines.append(Line(role: .place, text: words.isEmpty ? place.difference.form.words : words))
        let difference = place.difference
        if difference.change != .changed { sentence(difference.summary, .plain, indent: "  ") }
        for note in difference.notes { sentence(note, .note, indent: "  ") }
        for property in difference.properties { write(property) }
        switch difference.detail {
        case .none: break
        case .lines(let found): write(found)
        case .bytes(let found): write(found)
        }
        if difference.omitted > 0 {
            sentence("\(difference.omitted) more that differ are not listed", .note, indent: "  ")
        }
    }

    private mutating func write(_ property: PropertyDifference) {
        let (one, other) = (property.first ?? "none", property.second ?? "none")
        let line = "  \(property.name): \(one) -> \(other)"
        if columns.map({ TextColumns.width(of: line) <= $0 }) ?? true, !line.contains("\n") {
            lines.append(Line(role: .plain, text: line))
        } else {
            lines.append(Line(role: .plain, text: "  \(property.name):"))
            lines += [Line(role: .removed, text: "  - \(one)"), Line(role: .added, text: "  + \(other)")]
        }
    }

    private mutating func write(_ found: LineDifference) {
        for hunk in found.hunks {
            lines.append(Line(role: .note, text: hunk.heading))
            for line in hunk.lines {
                let role: Role = line.kind == .removed ? .removed : line.kind == .added ? .added : .plain
                lines.append(Line(role: role, text: line.mark + line.text))
            }
        }
        if found.isCut {
            sentence("there are more: -\(found.removed) +\(found.added) lines in all", .note, indent: "  ")
        }
    }

    private mutating func write(_ found: ByteDifference) {
        sentence(found.sentence, .plain, indent: "  ")
        for spot in found.spots {
            lines.append(Line(role: .note, text: "@@ 0x\(String(spot.offset, radix: 16)) @@"))
            lines += ByteDifference.rows(spot.first).map { Line(role: .removed, text: "- " + $0) }
            lines += ByteDifference.rows(spot.second).map { Line(role: .added, text: "+ " + $0) }
            if spot.firstText != nil || spot.secondText != nil, spot.firstText != spot.secondText {
                lines.append(Line(role: .note, text: "  in the text"))
                if let text = spot.firstText { lines.append(Line(role: .removed, text: "- \(text)")) }
                if let text = spot.secondText { lines.append(Line(role: .added, text: "+ \(text)")) }
            }
        }
        if found.isCut { sentence("there are more", .note, indent: "  ") }
    }

    private mutating func causes(_ found: [CauseFinding]) {
        guard !found.isEmpty else { return }
        lines.append(Line(role: .plain, text: ""))
        lines.append(Line(role: .heading, text: found.count == 1 ? "Likely cause" : "Likely causes"))
        for finding in found {
            let example = finding.example.map { ": \($0.first) -> \($0.second)" } ?? ""
            sentence(finding.cause.words + example, .place, indent: "  ")
            sentence(finding.cause.remedy, .plain, indent: "    ")
            lines.append(Line(role: .note, text: "    " + finding.cause.link))
        }
    }

    /// Words, broken between two where the line would be too long.
    private mutating func sentence(_ text: String, _ role: Role, indent: String = "") {
        guard let columns else { return lines.append(Line(role: role, text: indent + text)) }
        var line = indent
        for word in text.split(separator: " ") {
            let isFirst = line.count == indent.count
            if !isFirst, TextColumns.width(of: line) + 1 + TextColumns.width(of: String(word)) > columns {
                lines.append(Line(role: role, text: line))
                line = indent + word
            } else {
                line += (isFirst ? "" : " ") + word
            }
        }
        lines.append(Line(role: role, text: line))
    }
}

extension TreeDifference {
    /// Whether there is more to tell than its summary does.
    fileprivate var isWorthDetails: Bool { detail != .none || !properties.isEmpty || !notes.isEmpty || !parts.isEmpty }

    /// Whether there is anything to tell of itself.
    fileprivate var hasDetails: Bool {
        detail != .none || !properties.isEmpty || !notes.isEmpty || change != .changed || omitted > 0
    }

    /// Whether there is nothing to tell but properties, or that only one side has it.
    fileprivate var isShort: Bool { detail == .none && notes.isEmpty && parts.isEmpty && omitted == 0 }
}
