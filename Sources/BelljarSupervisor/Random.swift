internal import BelljarControls
internal import BelljarKernel

/// Streams of one key, which share no bytes.
enum RandomStream {
    /// The 16 bytes that a program starts with.
    static let start: UInt64 = 0
    /// Where malloc's first bytes are in it.
    static let startOfFirst: UInt64 = 16
    /// What getrandom(2) answers.
    static let calls: UInt64 = 1
    /// What the devices hold.
    static let devices: UInt64 = 2
    /// What /proc/sys/kernel/random/uuid holds.
    static let identifiers: UInt64 = 3
    /// The marks that its children are born with.
    static let births: UInt64 = 4
    /// Names of temporary files.
    static let temporaryNames: UInt64 = 5

    /// What one opening of a device reads.
    static func device(_ opening: UInt64) -> UInt64 { opening << 3 | devices }
}

/// Control `random`.
extension Worker {
    /// GRND_NONBLOCK, GRND_RANDOM and GRND_INSECURE.
    private static var knownFlags: UInt64 { 7 }
    /// The kernel's own limit on one call's answer.
    private static var largestRequest: UInt64 { 0x7fff_f000 }

    /// getrandom(buffer, length, flags)
    func randomBytes() throws(Refusal) -> Reply {
        let flags = call.argument(2) & 0xffff_ffff
        // All but these bits, and RANDOM together with INSECURE, is EINVAL (drivers/char/random.c).
        guard flags & ~Self.knownFlags == 0, flags & 6 != 6 else { throw .errno(.EINVAL) }
        let length = min(call.argument(1), Self.largestRequest)
        let (isWord, place) = (flags == Self.doesNotWait && length == Self.mallocRequest, call.argument(0))
        if isWord, let reply = try firstBytes() { return reply }
        let (key, offset) = try takeFromStream { entry in
            defer { entry.randomBytes += length }
            if isWord { entry.words.take(entry.randomBytes, to: place) }
            return entry.randomBytes
        }
        var done: UInt64 = 0
        while done < length {
            let count = unsafe Int(min(length - done, UInt64(room.count)))
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<count])
            unsafe key.fill(part, offset: offset + done, stream: RandomStream.calls)
            do throws(Refusal) {
                // The kernel answers what it could write, if that is anything.
                let written = try unsafe writeSome(UnsafeRawBufferPointer(part), to: call.argument(0) &+ done)
                guard written == count else { return .value(Int64(done) + Int64(written)) }
            } catch {
                guard case .errno = error, done > 0 else { throw error }
                break
            }
            done += UInt64(count)
        }
        return .value(Int64(done))
    }

    /// GRND_NONBLOCK
    private static var doesNotWait: UInt64 { 1 }
    /// What glibc's malloc asks for, once in nearly every program, to recognise blocks that are freed twice; and what it asks for to make
    /// names of temporary files.
    private static var mallocRequest: UInt64 { 8 }

    /// Answers malloc with bytes that nobody else gets, so that how much a program takes besides does not depend on it.
    private func firstBytes() throws(Refusal) -> Reply? {
        let place = call.argument(0)
        let isFirst = try shared.processes.with(call.caller) { entry in
            guard !entry.hasFirstBytes, entry.randomBytes == 0 else { return false }
            entry.hasFirstBytes = true
            entry.words.takeFirst(to: place)
            return true
        }
        guard isFirst else { return nil }
        var word: UInt64 = 0
        let key = try keyOfProcess()
        unsafe withUnsafeMutableBytes(of: &word) {
            unsafe key.fill($0, offset: RandomStream.startOfFirst, stream: RandomStream.start)
        }
        try write(word, to: call.argument(0))
        return .value(8)
    }

    /// The key of the process that asks, and the place in one of its streams.
    ///
    /// - Parameter offset: answers the place and moves it on.
    func takeFromStream(_ offset: (inout ProcessEntry) -> UInt64) throws(Refusal) -> (key: StreamKey, offset: UInt64) {
        let key = try keyOfProcess()
        return (key, try shared.processes.with(call.caller, offset))
    }
}

/// Random numbers of 64 bits that were taken one after the other to one place of a process's memory, with nothing between them.
struct TakenWords {
    private var place: UInt64 = 0
    /// In the stream: of the first one, and the end of the last.
    private var start: UInt64 = 0
    private(set) var end: UInt64 = 0
    /// Whether malloc's first bytes are the first one.
    private var beginsWithFirst = false

    init() {}

    /// - Parameter offset: of the number, in the stream.
    mutating func take(_ offset: UInt64, to place: UInt64) {
        if place != self.place || offset != end || count == 0 {
            (self.place, start, beginsWithFirst) = (place, offset, false)
        }
        end = offset + 8
    }

    mutating func takeFirst(to place: UInt64) { (self.place, start, end, beginsWithFirst) = (place, 0, 0, true) }

    /// In the stream.
    var length: UInt64 { end - start }

    var count: Int { Int(length / 8) + (beginsWithFirst ? 1 : 0) }

    /// Where a number is, and in which stream.
    ///
    /// - Parameter index: below `count`, from the last one.
    func place(_ index: Int) -> (offset: UInt64, stream: UInt64) {
        let offset = UInt64(index + 1) * 8
        return offset <= end - start
            ? (end - offset, RandomStream.calls) : (RandomStream.startOfFirst, RandomStream.start)
    }
}

extension ProcessEntry {
    /// The numbers that were taken last; nil if something else was taken since.
    var takenWords: TakenWords? { words.end == randomBytes ? words : nil }

    /// Makes it as if the last numbers had not been taken.
    mutating func giveBack(_ count: Int) {
        guard let words = takenWords, count <= words.count else { return }
        if words.place(count - 1).stream == RandomStream.start { hasFirstBytes = false }
        randomBytes -= min(8 * UInt64(count), words.length)
        self.words = TakenWords()
    }
}
