internal import BelljarModel

extension Comparer {
    /// Byte by byte, with what stands around.
    func bytes(_ pair: ContentPair, as form: DifferenceForm) throws(BelljarError) -> TreeDifference {
        var found = TreeDifference(name: pair.name, form: form)
        let (detail, causes) = try ByteComparison(pair, spots: bounds.shownSpots).difference(check: check)
        found.detail = .bytes(detail)
        found.causes = causes
        return found
    }
}

/// Finds stretches that differ.
private struct ByteComparison {
    let pair: ContentPair
    let spots: Int

    /// Bytes of a stretch that are shown, and of which lines are made.
    private static let shown = 16
    /// How far text around a difference is looked for, in each direction.
    private static let reach: UInt64 = 160
    /// Differences that are so near to each other are one stretch.
    private static let gap: UInt64 = 16

    init(_ pair: ContentPair, spots: Int) {
        self.pair = pair
        self.spots = spots
    }

    func difference(
        check: () throws(BelljarError) -> Void
    ) throws(BelljarError) -> (ByteDifference, [CauseFinding]) {
        let begin = try pair.prefix()
        var found = ByteDifference(firstSize: pair.first.count, secondSize: pair.second.count)
        var causes = CauseCollection()
        if pair.first.count == pair.second.count {
            let mismatches = try mismatches(from: begin, check)
            found.count = mismatches.count
            found.isCut = mismatches.starts.count > spots
            for start in mismatches.starts.prefix(spots) {
                found.spots.append(try spot(at: start, firstEnd: nil, secondEnd: nil, &causes))
            }
        } else {
            let end = try pair.suffix()
            found.spots = [
                try spot(at: begin, firstEnd: pair.first.count - end, secondEnd: pair.second.count - end, &causes)
            ]
        }
        return (found, causes.findings)
    }

    /// How many bytes differ from there on, and where the first stretches begin, one more than are shown.
    private func mismatches(
        from begin: UInt64, _ check: () throws(BelljarError) -> Void
    ) throws(BelljarError) -> (count: UInt64, starts: [UInt64]) {
        var (count, starts, last, position) = (UInt64(0), [UInt64](), UInt64?.none, begin)
        while position < pair.shorter {
            try check()
            let one = try pair.first.bytes(from: position, count: ComparedContent.pieceSize)
            let other = try pair.second.bytes(from: position, count: ComparedContent.pieceSize)
            if one != other {
                for index in one.indices where one[index] != other[index] {
                    count += 1
                    guard starts.count <= spots else { continue }
                    let place = position + UInt64(index)
                    if last.map({ place - $0 > Self.gap }) ?? true { starts.append(place) }
                    last = place
                }
            }
            position += UInt64(one.count)
        }
        return (count, starts)
    }

    private func spot(
        at position: UInt64, firstEnd: UInt64?, secondEnd: UInt64?, _ causes: inout CauseCollection
    ) throws(BelljarError) -> ByteDifference.Spot {
        let start = position / 8 * 8
        func shown(_ content: ComparedContent, _ end: UInt64?) throws(BelljarError) -> [UInt8] {
            let most = end.map { max($0, position) + 8 } ?? .max
            return try content.bytes(from: start, count: Int(min(UInt64(Self.shown), most - start)))
        }
        var spot = ByteDifference.Spot(
            offset: start, first: try shown(pair.first, firstEnd), second: try shown(pair.second, secondEnd))
        let texts = (try text(around: position, in: pair.first), try text(around: position, in: pair.second))
        spot.firstText = texts.0.map(TextForm.line)
        spot.secondText = texts.1.map(TextForm.line)
        if let one = texts.0, let other = texts.1 { causes.add(one, other) }
        return spot
    }

    /// The readable bytes that this one is among.
    private func text(around position: UInt64, in content: ComparedContent) throws(BelljarError) -> [UInt8]? {
        let start = position > Self.reach ? position - Self.reach : 0
        let bytes = try content.bytes(from: start, count: Int(position - start + Self.reach))
        let middle = min(Int(position - start), bytes.count)
        let before = bytes[..<middle].reversed().prefix(while: Self.isReadable).count
        let after = bytes[middle...].prefix(while: Self.isReadable).count
        guard before + after >= 4, after > 0 || before >= 4 else { return nil }
        return Array(bytes[(middle - before)..<(middle + after)])
    }

    private static func isReadable(_ byte: UInt8) -> Bool { (0x20..<0x7f).contains(byte) || byte == 0x09 }
}
