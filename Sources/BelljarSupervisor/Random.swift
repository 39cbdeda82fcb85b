internal import BelljarControls
internal import BelljarKernel

/// Streams of one key, which share no bytes.
enum Stream {
    /// The 16 bytes that a program starts with.
    static let start: UInt64 = 0
    /// What getrandom(2) answers.
    static let calls: UInt64 = 1
    /// What the devices hold.
    static let devices: UInt64 = 2
    /// What /proc/sys/kernel/random/uuid holds.
    static let identifiers: UInt64 = 3
    /// The marks that its children are born with.
    static let births: UInt64 = 4

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
        guard flags & ~Self.knownFlags == 0, flags & 6 != 6 else { throw .errno(ErrorCode.invalid) }
        let length = min(call.argument(1), Self.largestRequest)
        if flags == Self.doesNotWait, length == Self.mallocRequest, let reply = try firstBytes() { return reply }
        let (key, offset) = try takeFromStream { entry in
            defer { entry.randomBytes += length }
            return entry.randomBytes
        }
        var done: UInt64 = 0
        while done < length {
            let count = unsafe Int(min(length - done, UInt64(room.count)))
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<count])
            unsafe key.fill(part, offset: offset + done, stream: Stream.calls)
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
    /// What glibc's malloc asks for, once in nearly every program, to recognise blocks that are freed twice.
    private static var mallocRequest: UInt64 { 8 }

    /// Answers malloc with bytes that nobody else gets, so that how much a program takes besides does not depend on it.
    private func firstBytes() throws(Refusal) -> Reply? {
        let isFirst = try shared.processes.with(thread: call.thread) { entry in
            guard !entry.hasFirstBytes, entry.randomBytes == 0 else { return false }
            entry.hasFirstBytes = true
            return true
        }
        guard isFirst else { return nil }
        var word: UInt64 = 0
        let key = try keyOfProcess()
        unsafe withUnsafeMutableBytes(of: &word) { unsafe key.fill($0, offset: 16, stream: Stream.start) }
        try write(word, to: call.argument(0))
        return .value(8)
    }

    /// The key of the process that asks, and the place in one of its streams.
    ///
    /// - Parameter offset: answers the place and moves it on.
    func takeFromStream(_ offset: (inout ProcessEntry) -> UInt64) throws(Refusal) -> (key: StreamKey, offset: UInt64) {
        let key = try keyOfProcess()
        return (key, try shared.processes.with(thread: call.thread, offset))
    }
}
