internal import BelljarModel

extension Comparer {
    /// Line by line, or byte by byte if too many of them differ.
    func text(_ pair: ContentPair, as form: DifferenceForm = .text) throws(BelljarError) -> TreeDifference {
        let window = try LineWindow(pair, limit: bounds.lineBytes)
        guard let window, let found = lines(window, named: pair.name, as: form) else {
            var found = try bytes(pair, as: form)
            found.notes.append("too long for its lines to be matched, so it was compared byte by byte")
            return found
        }
        return found
    }

    /// - Returns: nil if there are more lines than are matched.
    func lines(_ window: LineWindow, named name: String, as form: DifferenceForm) -> TreeDifference? {
        guard let comparison = LineComparison(window) else { return nil }
        var found = TreeDifference(name: name, form: form)
        let (lines, causes) = comparison.difference(shown: min(bounds.shownLines, shownLines))
        shownLines -= lines.hunks.reduce(0) { $0 + $1.lines.count }
        found.detail = .lines(lines)
        found.causes = causes
        found.notes = comparison.notes
        return found
    }

    /// Two texts that were made of something that is none.
    func lines(_ first: [UInt8], _ second: [UInt8], named name: String, as form: DifferenceForm) -> TreeDifference? {
        guard first != second else { return nil }
        return lines(LineWindow(first, second), named: name, as: form)
    }
}

/// What lies between the first and the last line that differ, with a few lines around it.
struct LineWindow {
    var first: [UInt8]
    var second: [UInt8]
    /// Lines before it, in both.
    var before: UInt64
    /// Whether it goes to the end of both.
    var isToTheEnd: Bool

    /// Lines around a difference that are shown.
    static let context = 3
    /// So far back a line's beginning is looked for; one that is longer is cut.
    private static let reach: UInt64 = 1 << 16

    init(_ first: [UInt8], _ second: [UInt8]) {
        (self.first, self.second, before, isToTheEnd) = (first, second, 0, true)
    }

    /// - Returns: nil if it has more bytes than `limit` in one of the two.
    init?(_ pair: ContentPair, limit: Int) throws(BelljarError) {
        let (prefix, suffix) = (try pair.prefix(), try pair.suffix())
        // Backwards to the beginning of a line, and of a few before it.
        let back = try pair.first.bytes(from: prefix - min(prefix, Self.reach), count: Int(min(prefix, Self.reach)))
        let kept = Self.lastLines(back, Self.context)
        let start = prefix - UInt64(kept)
        let ahead = try pair.first.bytes(
            from: pair.first.count - suffix, count: Int(min(suffix, Self.reach)))
        let end = UInt64(Self.firstLines(ahead, Self.context))
        let lengths = (pair.first.count - suffix + end - start, pair.second.count - suffix + end - start)
        guard max(lengths.0, lengths.1) <= UInt64(limit) else { return nil }
        first = try pair.first.bytes(from: start, count: Int(lengths.0))
        second = try pair.second.bytes(from: start, count: Int(lengths.1))
        isToTheEnd = end == suffix
        before = 0
        var position: UInt64 = 0
        while position < start {
            let piece = try pair.first.bytes(
                from: position, count: Int(min(UInt64(ComparedContent.pieceSize), start - position)))
            before += UInt64(piece.count { $0 == 0x0a })
            position += UInt64(piece.count)
        }
    }

    /// Bytes of the line that is begun at the end, and of so many whole ones before it.
    private static func lastLines(_ bytes: [UInt8], _ count: Int) -> Int {
        var left = count + 1
        for index in bytes.indices.reversed() where bytes[index] == 0x0a {
            left -= 1
            if left == 0 { return bytes.count - index - 1 }
        }
        return bytes.count
    }

    /// Bytes of the rest of a line, and of so many whole ones behind it.
    private static func firstLines(_ bytes: [UInt8], _ count: Int) -> Int {
        var left = count + 1
        for index in bytes.indices where bytes[index] == 0x0a {
            left -= 1
            if left == 0 { return index + 1 }
        }
        return bytes.count
    }
}

/// Matches the lines of two texts.
struct LineComparison {
    private let window: LineWindow
    private let first: [Range<Int>]
    private let second: [Range<Int>]
    private let matcher: LineMatcher

    /// Lines that are matched at most, of each.
    private static let limit = 1_000_000

    /// - Returns: nil if there are more lines than are matched.
    init?(_ window: LineWindow) {
        guard let first = Self.lines(window.first), let second = Self.lines(window.second) else { return nil }
        (self.window, self.first, self.second) = (window, first, second)
        var numbers: [ArraySlice<UInt8>: Int32] = [:]
        func number(_ line: ArraySlice<UInt8>) -> Int32 {
            if let known = numbers[line] { return known }
            let next = Int32(numbers.count)
            numbers[line] = next
            return next
        }
        let one = first.map { number(window.first[$0]) }
        let other = second.map { number(window.second[$0]) }
        matcher = LineMatcher(one, other)
    }

    /// Each with its line feed, so that a last line without one is another line.
    private static func lines(_ bytes: [UInt8]) -> [Range<Int>]? {
        var (lines, start) = ([Range<Int>](), 0)
        for index in bytes.indices where bytes[index] == 0x0a {
            lines.append(start..<index + 1)
            start = index + 1
            if lines.count > limit { return nil }
        }
        if start < bytes.count { lines.append(start..<bytes.count) }
        return lines
    }

    var notes: [String] {
        guard window.isToTheEnd else { return [] }
        let ends = (window.first.last ?? 0x0a, window.second.last ?? 0x0a)
        if ends.0 == 0x0a, ends.1 != 0x0a { return ["the second has no line feed at its end"] }
        if ends.0 != 0x0a, ends.1 == 0x0a { return ["the first has no line feed at its end"] }
        return []
    }

    /// Lines of the first and of the second that stand against each other between two that are the same.
    private struct Block {
        var first: Range<Int>
        var second: Range<Int>
    }

    private var blocks: [Block] {
        var (blocks, one, other) = ([Block](), 0, 0)
        while one < first.count || other < second.count {
            let (start, begin) = (one, other)
            while one < first.count, matcher.removed[one] { one += 1 }
            while other < second.count, matcher.added[other] { other += 1 }
            if one > start || other > begin { blocks.append(Block(first: start..<one, second: begin..<other)) }
            one += 1
            other += 1
        }
        return blocks
    }

    /// - Parameter shown: lines that are shown at most.
    func difference(shown limit: Int) -> (LineDifference, [CauseFinding]) {
        let blocks = self.blocks
        var found = LineDifference()
        found.removed = UInt64(blocks.reduce(0) { $0 + $1.first.count })
        found.added = UInt64(blocks.reduce(0) { $0 + $1.second.count })
        var room = limit
        var index = 0
        while index < blocks.count {
            guard room > 0 else {
                found.isCut = true
                break
            }
            // Blocks whose surroundings touch are shown as one.
            var end = index + 1
            while end < blocks.count,
                blocks[end].first.lowerBound - blocks[end - 1].first.upperBound <= 2 * LineWindow.context
            {
                end += 1
            }
            found.hunks.append(hunk(Array(blocks[index..<end]), room: &room, isCut: &found.isCut))
            index = end
        }
        return (found, causes(blocks))
    }

    private func hunk(_ blocks: [Block], room: inout Int, isCut: inout Bool) -> LineDifference.Hunk {
        var lines: [LineDifference.Line] = []
        var (one, other) = (
            max(0, blocks[0].first.lowerBound - LineWindow.context),
            max(0, blocks[0].second.lowerBound - LineWindow.context)
        )
        let (start, begin) = (one, other)
        func append(_ kind: LineDifference.Line.Kind, _ text: String) -> Bool {
            guard room > 0 else {
                isCut = true
                return false
            }
            room -= 1
            lines.append(.init(kind: kind, text: text))
            return true
        }
        func same(upTo end: Int) {
            while one < end, append(.context, TextForm.line(content(window.first, first[one]))) {
                one += 1
                other += 1
            }
        }
        for block in blocks where room > 0 {
            same(upTo: block.first.lowerBound)
            let places = mismatches(in: block)
            for index in block.first
            where append(.removed, line(window.first, first[index], places, index - block.first.lowerBound)) {
                one += 1
            }
            for index in block.second
            where append(.added, line(window.second, second[index], places, index - block.second.lowerBound)) {
                other += 1
            }
        }
        if room > 0 { same(upTo: min(one + LineWindow.context, first.count)) }
        return LineDifference.Hunk(
            firstStart: window.before + UInt64(one > start ? start + 1 : start), firstCount: UInt64(one - start),
            secondStart: window.before + UInt64(other > begin ? begin + 1 : begin), secondCount: UInt64(other - begin),
            lines: lines)
    }

    private func content(_ bytes: [UInt8], _ line: Range<Int>) -> ArraySlice<UInt8> {
        bytes[line].last == 0x0a ? bytes[line].dropLast() : bytes[line]
    }

    private func line(_ bytes: [UInt8], _ line: Range<Int>, _ places: [Int], _ index: Int) -> String {
        TextForm.line(content(bytes, line), around: index < places.count ? places[index] : 0)
    }

    /// Where lines that stand against each other begin to differ, so that of long ones that part is shown.
    private func mismatches(in block: Block) -> [Int] {
        zip(block.first, block.second).map { one, other in
            zip(window.first[first[one]], window.second[second[other]]).prefix { $0 == $1 }.count
        }
    }

    // MARK: Causes

    /// Pairs of lines that are looked at for their causes.
    private static let pairLimit = 2000

    private func causes(_ blocks: [Block]) -> [CauseFinding] {
        var found = CauseCollection()
        if isOtherOrder(blocks) { found.add(ofOrder(blocks)) }
        var left = Self.pairLimit
        for block in blocks where left > 0 {
            for (one, other) in zip(block.first, block.second) where left > 0 {
                left -= 1
                found.add(Array(content(window.first, first[one])), Array(content(window.second, second[other])))
            }
        }
        return found.findings
    }

    /// Whether the same lines stand in another order.
    private func isOtherOrder(_ blocks: [Block]) -> Bool {
        let counts = (blocks.reduce(0) { $0 + $1.first.count }, blocks.reduce(0) { $0 + $1.second.count })
        guard counts.0 == counts.1, counts.0 > 0 else { return false }
        var balance: [ArraySlice<UInt8>: Int] = [:]
        for block in blocks {
            for index in block.first { balance[content(window.first, first[index]), default: 0] += 1 }
            for index in block.second { balance[content(window.second, second[index]), default: 0] -= 1 }
        }
        // What lacks its line feed at the end is where it was.
        let isMoved = blocks.contains { block in
            !block.first.map { content(window.first, first[$0]) }.elementsEqual(
                block.second.map { content(window.second, second[$0]) })
        }
        return isMoved && balance.values.allSatisfy { $0 == 0 }
    }

    /// One of the two in the order of its bytes, and the other not but in that of its letters: sort(1) under two locales.
    private func ofOrder(_ blocks: [Block]) -> CauseFinding {
        func lines(_ bytes: [UInt8], _ all: [Range<Int>]) -> [ArraySlice<UInt8>] { all.map { content(bytes, $0) } }
        func isSorted(_ lines: [ArraySlice<UInt8>], _ key: (ArraySlice<UInt8>) -> [UInt8]) -> Bool {
            zip(lines, lines.dropFirst()).allSatisfy { !key($1).lexicographicallyPrecedes(key($0)) }
        }
        func letters(_ line: ArraySlice<UInt8>) -> [UInt8] {
            line.compactMap { byte in
                (0x41...0x5a).contains(byte)
                    ? byte + 0x20 : (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) ? byte : nil
            }
        }
        let (one, other) = (lines(window.first, first), lines(window.second, second))
        let isLocale =
            isSorted(one, Array.init) && isSorted(other, letters)
            || isSorted(other, Array.init) && isSorted(one, letters)
        return CauseFinding(cause: isLocale ? .locale : .order, example: nil)
    }
}
