/// The changes of a build in their order, and roughly when they were.
///
/// The number of a change is the ordinal of the file that it changed. It counts events, and not time, so that a build that
/// does one thing after the other has the same ordinals every time.
@safe
struct ChangeLog: ~Copyable {
    /// The number of the last change; 0 before there was one.
    private(set) var count: UInt32 = 0

    /// A moment at which it was known how many changes there had been.
    private struct Sample {
        var time: Int64
        var count: UInt32
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
    /// - Parameter now: nanoseconds since 1970.
    mutating func next(now: Int64) -> UInt32 {
        if count < .max { count += 1 }
        if sampleCount == 0 || now - (unsafe samples[sampleCount - 1].time) >= spacing {
            add(Sample(time: now, count: count))
        }
        lastTime = max(lastTime, now)
        return count
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
    func position(at time: Int64) -> UInt32 {
        if time >= lastTime { return count }
        var (low, high) = (0, sampleCount)
        while low < high {
            let middle = (low + high) / 2
            if unsafe samples[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : unsafe samples[low - 1].count
    }
}

/// When a file was changed, in the order of all changes.
struct Ordinal: Equatable {
    /// Of the change; 0 before there was one.
    var number: UInt32
    /// How often the file was seen to be written to since, through what was opened then.
    var step: UInt16 = 0

    static let maximumStep: UInt16 = 999

    /// What stands for it behind the epoch's second: a change is a microsecond, because many programs count in these, and
    /// once 900,000 of them are used up, a nanosecond, in which there are no steps. Never as late as the clock; after 100
    /// million changes they are all the last.
    var nanoseconds: UInt32 {
        guard number > 900_000 else { return number * 1000 + UInt32(number == 900_000 ? 0 : step) }
        return 900_000_000 + min(number - 900_000, 99_999_998)
    }
}
