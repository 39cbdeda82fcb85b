/// A point of the world's time at which something was changed: which phase of which second, and which change in it.
///
/// A second of the world has phases. Whoever reads the clock after a change that they know of is in the phase after that
/// change, so that no file is newer than now to somebody who knows of it, and what they change then is not older than what
/// they read. What else happens in a phase shows no reading that moves. Phases never reach the next second: that comes by
/// waiting alone, so that seconds depend on nothing that `make -j` puts in another order.
struct Stamp: BitwiseCopyable, Comparable {
    /// The phase's beginning in microseconds in the upper bits, the number of the change in the lower ones.
    private let value: UInt64

    private static let countBits: UInt64 = 20
    /// Some 200 days.
    static let latest: UInt64 = 1 << (64 - countBits) - 1

    /// - Parameters:
    ///   - time: microseconds since the epoch's second.
    ///   - count: of the changes in that phase, from 1; 0 for its beginning.
    init(time: UInt64 = 0, count: UInt32 = 0) {
        value = min(time, Self.latest) << Self.countBits | UInt64(count)
    }

    static func < (left: Stamp, right: Stamp) -> Bool { left.value < right.value }

    var time: UInt64 { value >> Self.countBits }
    var count: UInt32 { UInt32(value & (1 << Self.countBits - 1)) }
    /// Whether it is before everything.
    var isNone: Bool { value == 0 }

    /// Nanoseconds since the epoch's second.
    var nanoseconds: UInt64 { time * 1000 + Self.offset(of: count, in: time) }

    /// How much later it is to be shown after it was seen to be written to so often. There is room for that between whole
    /// microseconds only.
    func nanoseconds(step: UInt16) -> UInt64 {
        nanoseconds + (UInt64(count) < Self.whole(Self.width(of: time)) ? UInt64(step) : 0)
    }

    static let maximumStep: UInt16 = 999

    // MARK: Phases

    private static let second: UInt64 = 1_000_000
    /// Of the phases that the first eight tenths of a second have; the later ones take half of what is left.
    private static let step: UInt64 = 50_000

    /// Microseconds until the next phase.
    private static func width(of time: UInt64) -> UInt64 {
        let left = second - time % second
        return left > 4 * step ? step : max(left / 2, 1)
    }

    /// Where the phase after one begins, in microseconds; the last one of a second follows itself.
    static func next(after time: UInt64) -> UInt64 {
        let left = second - time % second
        return left == 1 ? time : time + width(of: time)
    }

    /// What a clock shows after a change, in nanoseconds.
    static func reading(after time: UInt64) -> UInt64 {
        let next = next(after: time)
        // As late as can be: what is changed after that in this second cannot be later.
        return next == time ? time * 1000 + 999 : next * 1000
    }

    /// Changes that are a microsecond apart, because many programs count in these. The rest of a phase is for those that come
    /// after, a nanosecond apart.
    private static func whole(_ width: UInt64) -> UInt64 { width * 15 / 16 }

    private static func offset(of count: UInt32, in time: UInt64) -> UInt64 {
        let whole = whole(width(of: time))
        return UInt64(count) <= whole ? UInt64(count) * 1000 : whole * 1000 + UInt64(count) - whole
    }

    /// How many changes a phase has room for.
    static func room(in time: UInt64) -> UInt32 {
        let width = width(of: time)
        let whole = whole(width)
        return UInt32(min(whole + (width - whole) * 1000 - 1, 1 << countBits - 1))
    }
}
