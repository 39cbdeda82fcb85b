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
        nanoseconds + (UInt64(count) < Self.whole(of: time) ? UInt64(step) : 0)
    }

    static let maximumStep: UInt16 = 999

    // MARK: Phases

    private static let second: UInt64 = 1_000_000
    /// Of the phases that a second begins with; the later ones take half of what is left until the short ones.
    private static let step: UInt64 = 50_000
    /// Where short phases begin, and how long they are: there are some 10,000, for builds that read the clock and change files in turn and
    /// never wait.
    private static let fine: UInt64 = 800_000
    private static let fineStep: UInt64 = 20
    /// Where the last phase of a second begins. It has room for half a million changes, because nothing comes after it: changes in it
    /// stay in their order, however often the clock is read in between.
    static let last: UInt64 = 999_000
    /// What a clock shows at most after changes in the last phase, in nanoseconds: later than all of them, and not yet the next
    /// second, neither as a double (whose steps are of 238 ns in this century) nor rounded to microseconds after that (Python's
    /// `datetime.fromtimestamp(time.time())`).
    private static let latestReading: UInt64 = 999_999_000

    /// The phase of a change that is made at a point, in microseconds.
    static func phase(at time: UInt64) -> UInt64 {
        let inside = time % second
        return inside > last ? time - inside + last : time
    }

    /// A phase that is so many microseconds after another, and later than that in any case: from the last one of a second, the
    /// next second.
    static func phase(after time: UInt64, by microseconds: UInt64) -> UInt64 {
        let phase = phase(at: time + microseconds)
        return phase > time ? phase : time - time % second + second
    }

    /// Microseconds until the next phase, or the end of the second.
    private static func width(of time: UInt64) -> UInt64 {
        let inside = time % second
        guard inside < last else { return second - inside }
        guard inside < fine else { return min(fineStep, last - inside) }
        let left = fine - inside
        if left > 4 * step { return step }
        return left > 2000 ? left / 2 : left
    }

    /// Where the phase after one begins, in microseconds; the last one of a second follows itself.
    static func next(after time: UInt64) -> UInt64 { time % second >= last ? time : time + width(of: time) }

    /// The last phase of the second that a phase is in.
    static func lastPhase(in time: UInt64) -> UInt64 { time - time % second + last }

    /// What a clock shows after a change, in nanoseconds.
    static func reading(after time: UInt64) -> UInt64 {
        let next = next(after: time)
        return next == time ? (time - time % second) * 1000 + latestReading : next * 1000
    }

    /// Changes that are a microsecond apart, because many programs count in these. The rest of a phase is for those that come
    /// after, a nanosecond apart.
    private static func whole(of time: UInt64) -> UInt64 {
        time % second < last ? width(of: time) * 15 / 16 : (second - last) / 2
    }

    private static func offset(of count: UInt32, in time: UInt64) -> UInt64 {
        let whole = whole(of: time)
        return UInt64(count) <= whole ? UInt64(count) * 1000 : whole * 1000 + UInt64(count) - whole
    }

    /// How many changes a phase has room for.
    static func room(in time: UInt64) -> UInt32 {
        let width = width(of: time)
        let whole = whole(of: time)
        let end = time % second >= last ? second * 1000 - latestReading : 0
        return UInt32(min(whole + (width - whole) * 1000 - end - 1, 1 << countBits - 1))
    }
}
