/// The changes of a build in their order, and roughly when they were.
///
/// Changes of a phase are counted, and that is no measure of time: so a build that does one thing after the other has the
/// same stamps every time.
@safe
struct ChangeLog: ~Copyable {
    /// The phase of the last change, and the number of changes in it.
    private var time: UInt64 = 0
    private var count: UInt32 = 0
    /// The same of phases that are not that one.
    private var counts: [UInt64: UInt32] = [:]
    /// The latest phase whose count was forgotten, and where those up to it begin to count: there were never too many until then.
    private var forgotten: UInt64?
    private var first: UInt32 = 0
    /// The latest stamp.
    private(set) var highest = Stamp()

    /// Phases that are kept apart.
    private static let maximumPhases = 1 << 16

    /// A moment at which it was known which changes there had been.
    private struct Sample {
        var time: Int64
        var highest: Stamp
    }

    private static let capacity = 4096
    private let samples: UnsafeMutablePointer<Sample>
    private var sampleCount = 0
    /// Of the last change.
    private var lastTime = Int64.min
    /// Nanoseconds between samples at least. Doubled, and every second sample left out, whenever there are too many.
    private var spacing: Int64 = 50_000_000

    init() { unsafe samples = .allocate(capacity: Self.capacity) }

    deinit { unsafe samples.deallocate() }

    /// Counts a change.
    ///
    /// - Parameters:
    ///   - wanted: the phase of whoever makes it, in microseconds since the epoch's second.
    ///   - now: nanoseconds since 1970.
    /// - Returns: its stamp, in a later phase if there is no room in that one.
    mutating func next(at wanted: UInt64, now: Int64) -> Stamp {
        enter(Stamp.phase(at: min(wanted, Stamp.latest)))
        while count >= Stamp.room(in: time) {
            let next = Stamp.next(after: time)
            // The last phase of a second is full: all that follow in it are equally late.
            if next == time { break }
            enter(isForgotten(time) ? Stamp.lastPhase(in: time) : next)
        }
        if count < Stamp.room(in: time) { count += 1 }
        let stamp = Stamp(time: time, count: count)
        highest = max(highest, stamp)
        if sampleCount == 0 || now - (unsafe samples[sampleCount - 1].time) >= spacing {
            add(Sample(time: now, highest: highest))
        }
        lastTime = max(lastTime, now)
        return stamp
    }

    private mutating func enter(_ phase: UInt64) {
        guard phase != time else { return }
        if counts.count >= Self.maximumPhases { forgetEarlierHalf() }
        counts[time] = count
        (time, count) = (phase, counts[phase] ?? (isForgotten(phase) ? first : 0))
    }

    private func isForgotten(_ phase: UInt64) -> Bool { forgotten.map { phase <= $0 } ?? false }

    private mutating func forgetEarlierHalf() {
        let middle = counts.keys.sorted()[counts.count / 2]
        first = max(first, counts.lazy.filter { $0.key <= middle }.map(\.value).max() ?? 0)
        forgotten = max(forgotten ?? 0, middle)
        counts = counts.filter { $0.key > middle }
    }

    private mutating func add(_ sample: Sample) {
        if sampleCount == Self.capacity {
            for index in 0..<Self.capacity / 2 { unsafe samples[index] = samples[2 * index] }
            sampleCount = Self.capacity / 2
            spacing *= 2
        }
        unsafe samples[sampleCount] = sample
        sampleCount += 1
    }

    /// The last change that is known to have happened by this time.
    func position(at time: Int64) -> Stamp {
        if time >= lastTime { return highest }
        var (low, high) = (0, sampleCount)
        while low < high {
            let middle = (low + high) / 2
            if unsafe samples[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? Stamp() : unsafe samples[low - 1].highest
    }
}
