internal import BelljarKernel

/// Something that the timekeeper looks at when it is time.
protocol Due {
    /// The point on the monotonic clock.
    var next: UInt64 { get }
}

/// A call whose answer waits for the clock.
struct HeldCall: Due {
    /// What ends it before its time is over.
    enum Matter {
        /// A signal that the thread wants to hear of (clock_nanosleep).
        case sleep
        /// A word in memory that is not what it was, and now and then nothing at all.
        case word(address: UInt64, value: UInt32, Change)
        /// The same for one of several words, which are an array of `FutexWaiter` in memory (futex_waitv).
        case words(address: UInt64, count: Int)
        /// A word in memory that names no thread (a lock with priority inheritance).
        case lock(address: UInt64)
        /// A message, or room for one.
        case queue(isReceiving: Bool)
    }

    /// How a caller that waits for a word is told that it may have changed.
    enum Change {
        /// It was woken, with 0 (FUTEX_WAIT_BITSET).
        case woken
        /// It was too late to wait, with EAGAIN (FUTEX_WAIT_REQUEUE_PI, where 0 means that it has a lock).
        case tooLate
    }

    let call: Notification
    let matter: Matter
    /// The point of the wall clock that is waited for, in nanoseconds since the epoch's second.
    let deadline: UInt64
    /// The same on the monotonic clock.
    let end: UInt64
    /// When it began to be held.
    let start: UInt64
    /// When to look at it next, and how long to wait after that.
    private(set) var next: UInt64
    private var pause: UInt64
    /// Whether a signal for the whole process was pending when it was last looked at.
    var sawSignal = false

    /// The longest time between two looks.
    private static let longestPause: UInt64 = 10_000_000
    private static let longestWordPause: UInt64 = 2_000_000
    /// After which a caller that waits for a word is woken for nothing, which it has to expect (futex(2)): so that it
    /// can look at what it waits for by itself, and signals reach it.
    static let slice: UInt64 = 20_000_000

    init(_ call: Notification, _ matter: Matter, deadline: UInt64, end: UInt64, now: UInt64) {
        (self.call, self.matter, self.deadline, self.end, start) = (call, matter, deadline, end, now)
        switch matter {
        case .sleep: pause = Self.longestPause
        default: pause = 50_000
        }
        next = min(end, now + pause)
    }

    /// Whether it has been held as long as a caller can be without being woken.
    func isSliceOver(_ now: UInt64) -> Bool { now - start >= Self.slice }

    /// Sets the time of the next look: soon for what has just begun to wait, as it may be woken soon.
    ///
    /// - Parameter crowd: calls that are held; the more there are, the less often each is looked at.
    mutating func postpone(_ now: UInt64, crowd: Int) {
        var longest = Self.longestPause
        if case .sleep = matter {} else { longest = max(Self.longestWordPause, UInt64(crowd) * 20_000) }
        pause = min(2 * pause, longest)
        next = min(end, now + pause)
    }
}

/// Things to look at, the first one before all others: a binary heap.
struct DueFirst<Element: Due> {
    private var elements: [Element] = []

    var count: Int { elements.count }

    /// When to look at the next one.
    var next: UInt64? { elements.first?.next }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var index = elements.count - 1
        while index > 0, elements[index].next < elements[(index - 1) / 2].next {
            elements.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Takes the next one out.
    mutating func removeFirst() -> Element {
        elements.swapAt(0, elements.count - 1)
        let first = elements.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < elements.count {
                if elements[child].next < elements[least].next { least = child }
            }
            guard least != index else { return first }
            elements.swapAt(index, least)
            index = least
        }
    }
}

/// `struct futex_waitv`.
struct FutexWaiter: BitwiseCopyable {
    var value: UInt64
    var address: UInt64
    var flags: UInt32
    var reserved: UInt32

    static let blank = FutexWaiter(value: 0, address: 0, flags: 0, reserved: 0)
    /// FUTEX2_SIZE_MASK and FUTEX2_PRIVATE, and the only size that there is, 32 bits.
    static let knownFlags: UInt32 = 0x83
    static let size32: UInt32 = 0x02
    /// FUTEX_WAITV_MAX
    static let maximumCount = 128

    /// Whether the kernel takes it (futex_parse_waitv in kernel/futex/syscalls.c).
    var isValid: Bool {
        flags & ~Self.knownFlags == 0 && flags & 3 == Self.size32 && reserved == 0 && value >> 32 == 0
            && address % 4 == 0
    }
}
