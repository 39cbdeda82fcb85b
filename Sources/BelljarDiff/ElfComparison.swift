internal import BelljarModel

extension Comparer {
    /// Section by section.
    func elf(_ pair: ContentPair) throws(BelljarError) -> TreeDifference? {
        let (one, other) = (try ElfFile(pair.first), try ElfFile(pair.second))
        var found = TreeDifference(name: pair.name, form: .elf)
        for (left, right) in zip(one.header, other.header) where left.value != right.value {
            found.properties.append(.init(name: left.name, first: left.value, second: right.value))
        }
        var rest: [String: [ElfFile.Section]] = [:]
        for section in other.sections.reversed() { rest[section.name, default: []].append(section) }
        for section in one.sections {
            // Several of one name, as in object files, are taken in their order.
            guard let match = rest[section.name]?.popLast() else {
                add(TreeDifference(name: section.name, form: .section, change: .onlyInFirst), to: &found)
                continue
            }
            if let part = try sectionDifference((one, section), (other, match)) { add(part, to: &found) }
        }
        for section in other.sections {
            guard let left = rest[section.name], !left.isEmpty else { continue }
            rest[section.name] = left.dropLast()
            add(TreeDifference(name: section.name, form: .section, change: .onlyInSecond), to: &found)
        }
        return found
    }

    private typealias Place = (file: ElfFile, section: ElfFile.Section)

    private func sectionDifference(_ one: Place, _ other: Place) throws(BelljarError) -> TreeDifference? {
        let (left, right) = (one.section, other.section)
        let pair = ContentPair(left.content, right.content, name: left.name, check: check)
        var found: TreeDifference?
        if try !pair.isSame() {
            found = try isSpent ? TreeDifference(name: left.name, form: .section) : section(pair, one, other)
        }
        for (name, value, against) in [("type", left.type, right.type), ("flags", left.flags, right.flags)]
        where value != against {
            if found == nil { found = TreeDifference(name: left.name, form: .section) }
            found?.properties.append(.init(name: name, first: "\(value)", second: "\(against)"))
        }
        if left.content.count != right.content.count {
            found?.properties.append(
                .init(name: "size", first: "\(left.content.count)", second: "\(right.content.count)"))
        }
        return found
    }

    /// Sections that are made of texts, with a NUL at the end of each.
    private static let texts: Set<String> = [
        ".comment", ".strtab", ".dynstr", ".shstrtab", ".interp", ".debug_str", ".debug_line_str", ".gnu_debuglink",
        ".modinfo",
    ]
    /// Bytes of a section of which texts are made.
    private static let textLimit = 32 << 20

    private func section(_ pair: ContentPair, _ one: Place, _ other: Place) throws(BelljarError) -> TreeDifference {
        if pair.name == ".note.gnu.build-id" {
            var found = TreeDifference(name: pair.name, form: .section)
            found.properties = [
                .init(
                    name: "build ID", first: try one.file.buildID(pair.first),
                    second: try other.file.buildID(pair.second))
            ]
            found.causes = [CauseFinding(cause: .buildID, example: nil)]
            return found
        }
        if let first = try one.file.table(one.section), let second = try other.file.table(other.section) {
            if let found = lines(first, second, named: pair.name, as: .section) { return found }
            var found = try bytes(pair, as: .section)
            found.notes = ["its entries are the same: only addresses and sizes differ"]
            return found
        }
        guard Self.texts.contains(pair.name) || pair.name.hasPrefix(".rodata") || pair.name.hasPrefix(".data"),
            let first = try pair.first.all(limit: Self.textLimit),
            let second = try pair.second.all(limit: Self.textLimit)
        else { return try bytes(pair, as: .section) }
        let least = Self.texts.contains(pair.name) ? 1 : 4
        let texts = (Self.readable(first, least), Self.readable(second, least))
        guard var found = lines(texts.0, texts.1, named: pair.name, as: .section) else {
            return try bytes(pair, as: .section)
        }
        found.notes.insert("its readable texts, one in each line", at: 0)
        return found
    }

    /// The readable texts of at least so many characters.
    private static func readable(_ bytes: [UInt8], _ least: Int) -> [UInt8] {
        bytes.split { !(0x20..<0x7f).contains($0) && $0 != 0x09 && $0 < 0x80 }.filter { $0.count >= least }
            .flatMap { $0 + [0x0a] }
    }
}

extension Sequence<UInt8> {
    package var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
