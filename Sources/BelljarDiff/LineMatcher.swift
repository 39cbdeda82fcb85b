/// Finds lines that two sequences have in common, in their order, as many as it can (E. Myers, An O(ND) Difference Algorithm
/// and Its Variations, 1986, in its form that needs room for the two diagonals' ends alone). Where sequences have too little in
/// common, what is found is right but need not be the most there is: the cost of each halving is bounded.
struct LineMatcher {
    private let first: [Int32]
    private let second: [Int32]
    /// Which of them have no counterpart.
    private(set) var removed: [Bool]
    private(set) var added: [Bool]
    /// How far each diagonal was followed from the beginning and from the end; diagonal 0 stands at `origin`.
    private var forward: [Int]
    private var backward: [Int]
    private let origin: Int
    private let costLimit: Int

    private struct Box {
        var firstLow: Int
        var firstHigh: Int
        var secondLow: Int
        var secondHigh: Int
    }

    /// - Parameters:
    ///   - first: a number for each line; equal lines have equal numbers.
    ///   - costLimit: steps of one halving.
    init(_ first: [Int32], _ second: [Int32], costLimit: Int = 256) {
        self.first = first
        self.second = second
        self.costLimit = costLimit
        removed = [Bool](repeating: false, count: first.count)
        added = [Bool](repeating: false, count: second.count)
        origin = second.count + 1
        forward = [Int](repeating: 0, count: first.count + second.count + 3)
        backward = forward
        // A list of what is left to do, not recursion: hostile input would choose its depth.
        var boxes = [Box(firstLow: 0, firstHigh: first.count, secondLow: 0, secondHigh: second.count)]
        while let box = boxes.popLast() { boxes += halves(of: box) }
    }

    private mutating func halves(of whole: Box) -> [Box] {
        var box = whole
        while box.firstLow < box.firstHigh, box.secondLow < box.secondHigh, first[box.firstLow] == second[box.secondLow]
        {
            box.firstLow += 1
            box.secondLow += 1
        }
        while box.firstLow < box.firstHigh, box.secondLow < box.secondHigh,
            first[box.firstHigh - 1] == second[box.secondHigh - 1]
        {
            box.firstHigh -= 1
            box.secondHigh -= 1
        }
        if box.firstLow == box.firstHigh {
            for index in box.secondLow..<box.secondHigh { added[index] = true }
            return []
        }
        if box.secondLow == box.secondHigh {
            for index in box.firstLow..<box.firstHigh { removed[index] = true }
            return []
        }
        let (one, other) = split(box)
        let isWhole =
            (one == box.firstLow && other == box.secondLow) || (one == box.firstHigh && other == box.secondHigh)
        guard !isWhole else { preconditionFailure("a box was split at its corner") }
        return [
            Box(firstLow: box.firstLow, firstHigh: one, secondLow: box.secondLow, secondHigh: other),
            Box(firstLow: one, firstHigh: box.firstHigh, secondLow: other, secondHigh: box.secondHigh),
        ]
    }

    /// A point on a shortest way through the box, or on a good one if finding that costs too much. Never one of the two corners
    /// that would leave the box whole.
    private mutating func split(_ box: Box) -> (Int, Int) {
        let (least, most) = (box.firstLow - box.secondHigh, box.firstHigh - box.secondLow)
        let (from, to) = (box.firstLow - box.secondLow, box.firstHigh - box.secondHigh)
        let isOdd = (from - to) & 1 != 0
        var (forwardLow, forwardHigh, backwardLow, backwardHigh) = (from, from, to, to)
        forward[origin + from] = box.firstLow
        backward[origin + to] = box.firstHigh
        var cost = 0
        while true {
            cost += 1
            Self.widen(&forwardLow, &forwardHigh, least, most, blank: -1, in: &forward, origin)
            for diagonal in stride(from: forwardHigh, through: forwardLow, by: -2) {
                let position = advance(diagonal, box)
                if isOdd, backwardLow <= diagonal, diagonal <= backwardHigh, backward[origin + diagonal] <= position {
                    return (position, position - diagonal)
                }
            }
            Self.widen(&backwardLow, &backwardHigh, least, most, blank: .max, in: &backward, origin)
            for diagonal in stride(from: backwardHigh, through: backwardLow, by: -2) {
                let position = retreat(diagonal, box)
                if !isOdd, forwardLow <= diagonal, diagonal <= forwardHigh, position <= forward[origin + diagonal] {
                    return (position, position - diagonal)
                }
            }
            if cost >= costLimit {
                return furthest(box, (forwardLow, forwardHigh), (backwardLow, backwardHigh))
            }
        }
    }

    /// One diagonal more on each side, or one less where the box ends.
    private static func widen(
        _ low: inout Int, _ high: inout Int, _ least: Int, _ most: Int, blank: Int, in ends: inout [Int], _ origin: Int
    ) {
        if low > least {
            low -= 1
            ends[origin + low - 1] = blank
        } else {
            low += 1
        }
        if high < most {
            high += 1
            ends[origin + high + 1] = blank
        } else {
            high -= 1
        }
    }

    private mutating func advance(_ diagonal: Int, _ box: Box) -> Int {
        let (below, above) = (forward[origin + diagonal - 1], forward[origin + diagonal + 1])
        var position = below < above ? above : below + 1
        while position < box.firstHigh, position - diagonal < box.secondHigh,
            first[position] == second[position - diagonal]
        {
            position += 1
        }
        forward[origin + diagonal] = position
        return position
    }

    private mutating func retreat(_ diagonal: Int, _ box: Box) -> Int {
        let (below, above) = (backward[origin + diagonal - 1], backward[origin + diagonal + 1])
        var position = below < above ? below : above - 1
        while position > box.firstLow, position - diagonal > box.secondLow,
            first[position - 1] == second[position - diagonal - 1]
        {
            position -= 1
        }
        backward[origin + diagonal] = position
        return position
    }

    /// Where the forward or the backward search came furthest.
    private func furthest(_ box: Box, _ ahead: (Int, Int), _ back: (Int, Int)) -> (Int, Int) {
        var best = (position: box.firstLow, sum: -1)
        for diagonal in stride(from: ahead.1, through: ahead.0, by: -2) {
            var position = min(forward[origin + diagonal], box.firstHigh)
            if position - diagonal > box.secondHigh { position = box.secondHigh + diagonal }
            if 2 * position - diagonal > best.sum { best = (position, 2 * position - diagonal) }
        }
        var other = (position: box.firstHigh, sum: Int.max)
        for diagonal in stride(from: back.1, through: back.0, by: -2) {
            var position = max(backward[origin + diagonal], box.firstLow)
            if position - diagonal < box.secondLow { position = box.secondLow + diagonal }
            if 2 * position - diagonal < other.sum { other = (position, 2 * position - diagonal) }
        }
        let gained = best.sum - box.firstLow - box.secondLow
        return box.firstHigh + box.secondHigh - other.sum < gained
            ? (best.position, best.sum - best.position) : (other.position, other.sum - other.position)
    }
}
