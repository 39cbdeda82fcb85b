internal import BelljarModel

extension TreeDifference {
    /// A difference with the way to it: what texts and answers for machines are made of.
    package struct Place: Hashable, Sendable {
        /// Names from the outside to the inside: a path in a tree, a member, a section. The first is empty where two files were
        /// compared, and not a part of a folder.
        package var names: [String]
        package var difference: TreeDifference
    }

    /// Everything that is neither a folder without a difference of its own nor something within another thing: the outputs, if
    /// outputs were compared.
    package var outputs: [Place] {
        guard form.isFolder, change == .changed else { return [Place(names: [name], difference: self)] }
        var found: [Place] = []
        collectOutputs(name.isEmpty ? "" : name + "/", into: &found)
        return found
    }

    private func collectOutputs(_ prefix: String, into found: inout [Place]) {
        if !properties.isEmpty || !notes.isEmpty {
            var own = self
            own.parts = []
            own.name = prefix.isEmpty ? "." : String(prefix.dropLast())
            found.append(Place(names: [own.name], difference: own))
        }
        for part in parts {
            if part.form.isFolder, part.change == .changed {
                part.collectOutputs(prefix + part.name + "/", into: &found)
            } else {
                found.append(Place(names: [prefix + part.name], difference: part))
            }
        }
    }

    /// Parts that are not described, here and everywhere below.
    package var allOmitted: UInt64 { parts.reduce(omitted) { $0 + $1.allOmitted } }
}

extension TreeDifference.Place {
    /// The place and all within it, an outer one before those within.
    package var all: [TreeDifference.Place] {
        [self] + difference.parts.flatMap { TreeDifference.Place(names: names + [$0.name], difference: $0).all }
    }

    /// `usr/share/doc/x.gz > content`.
    package var words: String { names.map { PathText.shown($0) }.joined(separator: " > ") }
}

extension TreeDifference {
    /// What it is and what differs in it, in a few words: `ELF: .rodata, .comment, mode`.
    package var summary: String {
        switch change {
        case .onlyInFirst: return "only in the first"
        case .onlyInSecond: return "only in the second"
        case .changed: break
        }
        // Sections and members that tell something before those that follow from it.
        let telling = parts.filter(\.isTelling) + parts.filter { !$0.isTelling }
        var what = telling.prefix(4).map { part in
            let name = PathText.shown(part.name)
            switch part.change {
            case .changed: return name
            case .onlyInFirst: return "-" + name
            case .onlyInSecond: return "+" + name
            }
        }
        let more = UInt64(parts.count - what.count) + omitted
        if more > 0 { what.append("\(more) more") }
        switch detail {
        case .none: break
        case .lines(let lines): what.append("-\(lines.removed) +\(lines.added) lines")
        case .bytes(let bytes): what.append(bytes.summary)
        }
        what += properties.map(\.name)
        return form.words + ": " + what.joined(separator: ", ")
    }
}

extension TreeDifference {
    /// Whether there is a cause, or lines that can be read.
    fileprivate var isTelling: Bool {
        if case .lines = detail { return true }
        return allCauses.contains { $0.cause != .buildID }
    }
}

extension ByteDifference {
    /// `3 bytes`, `1200 bytes against 1210`.
    var summary: String {
        guard firstSize == secondSize else { return "\(firstSize) bytes against \(secondSize)" }
        return count.map { $0 == 1 ? "1 byte" : "\($0) bytes" } ?? "other bytes"
    }

    var sentence: String { firstSize == secondSize ? summary + (count == 1 ? " differs" : " differ") : summary }

    /// Rows of 8 bytes, which fit into 40 columns: `7f 45 4c 46 02 01 01 00 |.ELF....|`.
    package static func rows(_ bytes: [UInt8]) -> [String] {
        stride(from: 0, to: bytes.count, by: 8).map { start in
            let row = bytes[start..<min(start + 8, bytes.count)]
            let digits = row.map { [$0].hexadecimal }.joined(separator: " ")
            let text = String(decoding: row.map { (0x20..<0x7f).contains($0) ? $0 : 0x2e }, as: UTF8.self)
            return digits + String(repeating: " ", count: 23 - digits.count) + " |" + text + "|"
        }
    }
}

extension LineDifference.Hunk {
    /// `@@ -1,4 +1,5 @@`, as in patches.
    package var heading: String {
        func range(_ start: UInt64, _ count: UInt64) -> String { count == 1 ? "\(start)" : "\(start),\(count)" }
        return "@@ -\(range(firstStart, firstCount)) +\(range(secondStart, secondCount)) @@"
    }
}

extension LineDifference.Line {
    package var mark: String {
        switch kind {
        case .context: " "
        case .removed: "-"
        case .added: "+"
        }
    }
}
