internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
internal import BelljarUnpack

extension Comparer {
    /// Member by member, as a confined process says.
    func archive(_ pair: ContentPair, as form: DifferenceForm, depth: Int) throws(BelljarError) -> TreeDifference? {
        var found = TreeDifference(name: pair.name, form: form)
        if form == .gzip { try gzipHeader(pair, into: &found) }
        guard let opener = inspection.opener else {
            found.notes.append("not opened: no process to read archives was given")
            return found
        }
        guard let first = try side(pair.first, "first", of: pair.name, opener, &found.notes),
            let second = try side(pair.second, "second", of: pair.name, opener, &found.notes)
        else { return found }
        var comparison = ArchiveComparison((first, second), limit: bounds.members)
        try comparison.run(by: self)
        try comparison.describe(in: &found, by: self, depth: depth)
        return found
    }

    /// - Returns: nil, with a note that says why, for what cannot be opened.
    private func side(
        _ content: ComparedContent, _ word: String, of name: String, _ opener: ArchiveOpener, _ notes: inout [String]
    ) throws(BelljarError) -> ArchiveSide? {
        if let archivesStayClosed {
            notes.append(archivesStayClosed)
            return nil
        }
        do throws(BelljarError) {
            return try ArchiveSide(content, name: name, opener: opener, scratch: scratch)
        } catch {
            switch error.code {
            case .sandboxUnavailable:
                let note = "not opened, because no process can be confined to read it: \(error.answer)"
                archivesStayClosed = note
                notes.append(note)
            case .integrity, .resourceExceeded: notes.append("the \(word) was not opened: \(error.answer)")
            default: throw error
            }
            return nil
        }
    }

    /// The header that belongs to gzip itself (RFC 1952).
    private func gzipHeader(_ pair: ContentPair, into found: inout TreeDifference) throws(BelljarError) {
        let heads = (try pair.first.bytes(from: 0, count: 600), try pair.second.bytes(from: 0, count: 600))
        let (one, other) = (GzipHeader(heads.0), GzipHeader(heads.1))
        guard one != other else { return }
        func add(_ name: String, _ first: String?, _ second: String?) {
            if first != second { found.properties.append(.init(name: name, first: first, second: second)) }
        }
        add("time in the header", one?.time, other?.time)
        add("name in the header", one?.name, other?.name)
        add("level in the header", one?.level, other?.level)
        add("system in the header", one?.system, other?.system)
        if let first = one?.time, let second = other?.time, first != second {
            found.causes.append(CauseFinding(cause: .archiveTime, example: .init(first: first, second: second)))
        }
    }
}

private struct GzipHeader: Equatable {
    var time: String
    var level: String
    var system: String
    var name: String?

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 10, let seconds = bytes.littleEndian(4, 4) else { return nil }
        time = seconds == 0 ? "none" : ShownTime.text(Int64(seconds))
        level = "\(bytes[8])"
        system = "\(bytes[9])"
        var index = 10
        if bytes[3] & 4 != 0 { index += 2 + Int(bytes.littleEndian(10, 2) ?? 0) }
        if bytes[3] & 8 != 0, index < bytes.count { name = TextForm.line(bytes[index...].prefix { $0 != 0 }) }
    }
}

/// Reads two archives side by side. What is the same in both is forgotten at once, so that the room it takes is that of what
/// differs.
private struct ArchiveComparison {
    typealias Member = ArchiveSide.Member

    /// One that comes several times in an archive is another member each time.
    private struct Key: Hashable {
        var path: [UInt8]
        var turn: Int
    }

    private let first: ArchiveSide
    private let second: ArchiveSide
    private let limit: Int
    private var turns: ([[UInt8]: Int], [[UInt8]: Int]) = ([:], [:])
    /// Members without a counterpart so far, by the order in which they came.
    private var waiting: ([Key: (index: Int, member: Member)], [Key: (index: Int, member: Member)]) = ([:], [:])
    private var differing: [(index: Int, first: Member, second: Member)] = []
    /// Where members that both have stand in each.
    private var places: [(first: Int, second: Int)] = []
    private var count = 0

    init(_ sides: (ArchiveSide, ArchiveSide), limit: Int) {
        (first, second) = sides
        self.limit = limit
    }

    mutating func run(by comparer: Comparer) throws(BelljarError) {
        while !first.isOver || !second.isOver {
            if count == limit || comparer.isSpent {
                let reason =
                    count == limit ? "it has more than \(limit) members" : "the bounds of this comparison were reached"
                first.stop(reason)
                second.stop(reason)
            }
            let one = try first.next(check: comparer.check)
            let other = try second.next(check: comparer.check)
            count += 1
            let oneKey = one.map { key($0, &turns.0) }
            let otherKey = other.map { key($0, &turns.1) }
            if let one, let other, let oneKey, oneKey == otherKey {
                try pair(one, other, (count, count), comparer)
                continue
            }
            if let one, let oneKey {
                if let match = waiting.1.removeValue(forKey: oneKey) {
                    try pair(one, match.member, (count, match.index), comparer)
                } else {
                    waiting.0[oneKey] = (count, one)
                }
            }
            if let other, let otherKey {
                if let match = waiting.0.removeValue(forKey: otherKey) {
                    try pair(match.member, other, (match.index, count), comparer)
                } else {
                    waiting.1[otherKey] = (count, other)
                }
            }
        }
    }

    private func key(_ member: Member, _ turns: inout [[UInt8]: Int]) -> Key {
        let path = Array(member.path.utf8)
        let turn = turns[path, default: 0]
        turns[path] = turn + 1
        return Key(path: path, turn: turn)
    }

    /// - Parameter place: where the two stand. What came last in both is last in the rooms too, which can be given back.
    private mutating func pair(
        _ one: Member, _ other: Member, _ place: (Int, Int), _ comparer: Comparer
    ) throws(BelljarError) {
        places.append(place)
        let contents = ContentPair(one.content, other.content, name: "", check: comparer.check)
        let isSame = try contents.isSame()
        if isSame, one.properties.elementsEqual(other.properties, by: ==) {
            if place.0 == place.1 {
                try first.room.shorten(to: one.start)
                try second.room.shorten(to: other.start)
            }
        } else {
            differing.append((place.0, one, other))
        }
    }

    // MARK: What came of it

    private var isOtherOrder: Bool {
        let sorted = places.sorted { $0.first < $1.first }
        return zip(sorted, sorted.dropFirst()).contains { $0.second > $1.second }
    }

    mutating func describe(in found: inout TreeDifference, by comparer: Comparer, depth: Int) throws(BelljarError) {
        var parts: [(index: Int, part: TreeDifference)] = []
        for (index, one, other) in differing {
            parts.append((index, try part(one, other, in: found, by: comparer, depth: depth)))
        }
        // What one side lacks because it could not be read to its end is not missing.
        if first.failure == nil || second.failure != nil {
            parts += waiting.1.values.map { ($0.index, Self.alone($0.member, .onlyInSecond)) }
        }
        if second.failure == nil || first.failure != nil {
            parts += waiting.0.values.map { ($0.index, Self.alone($0.member, .onlyInFirst)) }
        }
        for (_, part) in parts.sorted(by: { $0.index < $1.index }) { comparer.add(part, to: &found) }
        if isOtherOrder {
            found.properties.append(.init(name: "order of members", first: "one", second: "another"))
            found.causes.append(CauseFinding(cause: .memberOrder, example: nil))
        }
        for (side, word) in [(first, "first"), (second, "second")] {
            if let failure = side.failure { found.notes.append("the \(word) could not be read to its end: \(failure)") }
        }
        if !found.isOfUse, first.failure == nil, second.failure == nil {
            found.causes.append(CauseFinding(cause: .packing, example: nil))
        }
    }

    private static func alone(_ member: Member, _ change: TreeDifference.Change) -> TreeDifference {
        TreeDifference(name: member.path, form: member.isFile ? .data : .special, change: change)
    }

    private func part(
        _ one: Member, _ other: Member, in whole: TreeDifference, by comparer: Comparer, depth: Int
    ) throws(BelljarError) -> TreeDifference {
        let name = one.path.isEmpty ? "content" : one.path
        // The name without the packing says what the content is.
        let inner = one.path.isEmpty ? Self.unpackedName(whole.name) : one.path
        var part =
            try comparer.contentDifference(one.content, other.content, named: inner, depth: depth + 1)
            ?? TreeDifference(name: name, form: one.isFile ? .data : .special)
        part.name = name
        for (left, right) in zip(one.properties, other.properties) where left.value != right.value {
            part.properties.append(.init(name: left.name, first: left.value, second: right.value))
            let example = CauseFinding.Example(first: left.value ?? "", second: right.value ?? "")
            switch left.name {
            case "time": part.causes.append(CauseFinding(cause: .archiveTime, example: example))
            case "owner", "group":
                if !part.causes.contains(where: { $0.cause == .user }) {
                    part.causes.append(CauseFinding(cause: .user, example: example))
                }
            case "mode":
                if let cause = CauseFinding.ofModes(one.permissions, other.permissions) { part.causes.append(cause) }
            default: break
            }
        }
        return part
    }

    private static func unpackedName(_ name: String) -> String {
        for ending in [".gz", ".xz", ".bz2", ".zst", ".lz4", ".svgz"] where name.hasSuffix(ending) {
            return String(name.dropLast(ending == ".svgz" ? 1 : ending.count))
        }
        return name
    }
}
