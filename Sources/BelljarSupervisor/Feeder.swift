internal import BelljarKernel
internal import Synchronization

/// A device of random numbers.
enum RandomDevice: Sendable {
    case random
    case urandom

    init?(path: String) {
        switch path {
        case "/dev/random": self = .random
        case "/dev/urandom": self = .urandom
        default: return nil
        }
    }

    /// As of `FileFacts.node` (drivers/char/mem.c).
    var node: UInt64 { 1 << 32 | (self == .random ? 8 : 9) }

    private var path: StaticString { self == .random ? "/dev/random" : "/dev/urandom" }

    /// The number of the file.
    var inode: UInt64 {
        unsafe PathNumber(UnsafeRawBufferPointer(start: path.utf8Start, count: path.utf8CodeUnitCount)).inode
    }
}

/// A thread that keeps what programs read of devices of random numbers filled.
///
/// A device that has no end cannot be made without privileges, nor a file. What a program gets is one end of a pair of sockets
/// (`ByteSource`), of which each opening has its own. The first bytes are there when it gets it, and few programs want more.
///
/// A process may keep as many open as it likes, and so may a build. What PID 1 has to keep for them is bounded, for each
/// process and for all, and whoever comes after that gets a file with the beginning of the same bytes, for which nothing is kept.
final class Feeder: Sendable {
    /// Openings at the same time that are fed, each of which takes a descriptor and 32 KiB of the kernel's memory.
    private static let maximumCount = 4096
    /// Of these, those of one process.
    private static let share = 256
    private static let firstBytes = 8 << 10
    private static let roomSize = 32 << 10

    private struct Stream {
        let key: StreamKey
        let number: UInt64
        var offset: UInt64
        let device: RandomDevice
        /// Of the socket that the program has.
        let inode: UInt64
        let takesInput: Bool
        /// Who opened it.
        let owner: UInt64
    }

    private struct State {
        /// By the descriptors of PID 1, which are closed when they are taken away.
        var streams: [Int32: Stream] = [:]
        var devices: [UInt64: RandomDevice] = [:]
        /// Those of each opener, with some that nobody reads any more but are not yet closed.
        var owned: [UInt64: [Int32]] = [:]

        /// Whether another one may be fed.
        ///
        /// What was closed is noticed some time later. How many a process has must not depend on that time, so the last of them
        /// are looked at.
        func hasRoom(for owner: UInt64, _ maximum: Int) -> Bool {
            guard streams.count < maximum else { return false }
            guard let own = owned[owner], own.count >= Feeder.share else { return true }
            var surplus = own.count - Feeder.share
            for descriptor in own where Descriptor.isOver(descriptor) {
                if surplus == 0 { return true }
                surplus -= 1
            }
            return false
        }
    }

    private let maximum: Int
    private let state = Mutex(State())
    private let set: WaitSet
    private let event: Descriptor

    init() throws(KernelError) {
        // PID 1 needs descriptors for more than this.
        maximum = min(Self.maximumCount, Int(clamping: try ProcessLimits.current(.openFiles).soft / 4))
        set = try WaitSet()
        event = try Descriptor.eventCounter()
        try set.add(event.number, .readable)
    }

    deinit {
        keepingErrorNumber {
            state.withLock { state in for number in state.streams.keys { _ = Descriptor(owning: number) } }
        }
    }

    /// Opens a device.
    ///
    /// - Parameters:
    ///   - number: of the stream that it reads.
    ///   - takesInput: whether it is opened for writing, too.
    ///   - room: for the first bytes.
    /// - Returns: what the program gets; nil if this one, or all together, have as many as are fed.
    func open(
        _ device: RandomDevice, _ key: StreamKey, number: UInt64, takesInput: Bool,
        _ room: UnsafeMutableRawBufferPointer
    ) throws(KernelError) -> Descriptor? {
        let owner = key.mark(0)
        guard state.withLock({ $0.hasRoom(for: owner, maximum) }) else { return nil }
        let source = try ByteSource(takesInput: takesInput)
        var facts = FileFacts()
        guard facts.look(descriptor: source.reader.number) == 0 else { throw .invalid("statx", "a socket") }
        let first = unsafe UnsafeMutableRawBufferPointer(
            rebasing: room[..<(takesInput ? ByteSource.piece : Self.firstBytes)])
        unsafe key.fill(first, offset: 0, stream: number)
        let count = unsafe ByteSource.fill(source.filled.number, UnsafeRawBufferPointer(first)) ?? 0
        let stream = Stream(
            key: key, number: number, offset: UInt64(count), device: device, inode: facts.inode,
            takesInput: takesInput, owner: owner)
        let numbers = source.release()
        let reader = Descriptor(owning: numbers.reader)
        let descriptor = numbers.filled
        let isEntered = state.withLock { state in
            guard state.hasRoom(for: owner, maximum) else { return false }
            state.streams[descriptor] = stream
            state.devices[stream.inode] = device
            state.owned[owner, default: []].append(descriptor)
            return true
        }
        guard isEntered else {
            _ = Descriptor(owning: descriptor)
            return nil
        }
        do throws(KernelError) { try set.add(descriptor, .writable) } catch {
            close(descriptor)
            throw error
        }
        return reader
    }

    /// Which device a socket is for whoever has it.
    func device(ofSocket inode: UInt64) -> RandomDevice? { state.withLock { $0.devices[inode] } }

    /// Fills until the supervisor ends.
    func run(_ shared: Shared) {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.roomSize, alignment: 16)
        defer { unsafe room.deallocate() }
        while !shared.isEnding {
            set.wait { descriptor, events in
                guard descriptor != event.number else { return event.lower() }
                if unsafe !serve(descriptor, events, room) { close(descriptor) }
            }
        }
    }

    func end() { event.raise() }

    /// - Returns: false if nobody reads any more.
    private func serve(
        _ descriptor: Int32, _ events: WaitSet.Events, _ room: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard events.isDisjoint(with: .over) else { return false }
        // Only this thread takes streams away and moves them on.
        guard events.contains(.writable), let stream = state.withLock({ $0.streams[descriptor] }) else { return true }
        let part = unsafe UnsafeMutableRawBufferPointer(
            rebasing: room[..<(stream.takesInput ? ByteSource.piece : room.count)])
        unsafe stream.key.fill(part, offset: stream.offset, stream: stream.number)
        guard let count = unsafe ByteSource.fill(descriptor, UnsafeRawBufferPointer(part)) else { return false }
        state.withLock { $0.streams[descriptor]?.offset += UInt64(count) }
        return true
    }

    private func close(_ descriptor: Int32) {
        state.withLock { state in
            guard let stream = state.streams.removeValue(forKey: descriptor) else { return }
            state.devices[stream.inode] = nil
            state.owned[stream.owner]?.removeAll { $0 == descriptor }
            if state.owned[stream.owner]?.isEmpty ?? false { state.owned[stream.owner] = nil }
            _ = Descriptor(owning: descriptor)
        }
    }
}
