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

    /// A difference between the kernel's time of a file and that of the change it is known for that cannot be chance, in
    /// nanoseconds. Kernels count files' times in ticks of up to 10 ms.
    static let tolerance: Int64 = 100_000_000

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

    /// What stands for a change behind the epoch's second: steps of a microsecond, because many programs count in these,
    /// and once 900,000 of them are used up, of a nanosecond. Never as late as the clock; after 100 million changes they
    /// are all the last.
    static func nanoseconds(of ordinal: UInt32) -> UInt32 {
        guard ordinal > 900_000 else { return ordinal * 1000 }
        return 900_000_000 + min(ordinal - 900_000, 99_999_998)
    }
}
