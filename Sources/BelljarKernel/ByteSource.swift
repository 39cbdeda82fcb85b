internal import CLinux
internal import Glibc

/// A pair of sockets, of which one is read by another process as a file without an end, and the other is filled here.
///
/// Two things make a stream socket look like a device to whoever reads it: as many bytes are answered as were asked for,
/// because a socket can be told below which number it is not readable (SO_RCVLOWAT; read(2) waits for that many of what
/// was asked for, however much that is), and nothing is lost between two reads. A pipe answers what happens to be there.
///
/// Who may write as well could send descriptors along (SCM_RIGHTS), and whoever has the last reference to a file waits until it is
/// closed: with a socket that lingers, for as long as its maker says. So nothing that is written ever comes here. The kernel
/// throws away what a filter refuses while the writer is still in its call, and says that all was written; it asks filters of
/// sockets with messages only, so this kind gives one message for each read, of at most `piece` bytes.
package struct ByteSource: ~Copyable, Sendable {
    /// For who reads.
    package let reader: Descriptor
    /// What is filled; never waits, and gets nothing.
    package let filled: Descriptor

    /// Bytes of the kernel's that one takes at most.
    private static let buffer: Int32 = 16 << 10
    /// The same for messages, of which two are on their way then: the kernel doubles this, and calls a socket writable while a
    /// quarter of it is in use.
    private static let messageBuffer: Int32 = 64 << 10
    /// Of a message.
    package static let piece = 16 << 10

    /// - Parameter takesInput: whether the reader may write, too, to nowhere.
    package init(takesInput: Bool) throws(KernelError) {
        var pair: [Int32] = [-1, -1]
        let type = Int32((takesInput ? SOCK_SEQPACKET : SOCK_STREAM).rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        _ = try checked("socketpair") { unsafe socketpair(AF_UNIX, type, 0, &pair) }
        let first = Descriptor(owning: pair[0])
        let second = Descriptor(owning: pair[1])
        if takesInput {
            try Self.set(SO_SNDBUF, Self.messageBuffer, of: pair[1])
            _ = try checked("setsockopt", "SO_ATTACH_FILTER") { bj_refuse_messages(pair[1]) }
            // With a filter of its own, the reader could have what is filled thrown away as well, without an end.
            try Self.set(SO_LOCK_FILTER, 1, of: pair[0])
        } else {
            try Self.set(SO_RCVLOWAT, .max, of: pair[0])
            try Self.set(SO_SNDBUF, Self.buffer, of: pair[1])
            _ = try checked("shutdown", "SHUT_RD") { shutdown(pair[1], Int32(SHUT_RD)) }
        }
        reader = first
        filled = second
    }

    /// Gives up both without closing.
    package consuming func release() -> (reader: Int32, filled: Int32) { (reader.release(), filled.release()) }

    private static func set(_ option: Int32, _ value: Int32, of socket: Int32) throws(KernelError) {
        var value = value
        _ = try checked("setsockopt", "\(option) \(value)") {
            unsafe setsockopt(socket, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    /// Puts bytes in; where messages are taken, all of them, of which there are at most `piece`, or none.
    ///
    /// - Returns: how many there was room for; nil if nobody can read them any more.
    package static func fill(_ number: Int32, _ bytes: UnsafeRawBufferPointer) -> Int? {
        while true {
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let count = unsafe send(number, bytes.baseAddress, bytes.count, flags)
            if count >= 0 { return count }
            if errno == EINTR { continue }
            return errno == EAGAIN ? 0 : nil
        }
    }
}

extension Descriptor {
    /// Whether the other end of a socket is closed.
    package static func isOver(_ number: Int32) -> Bool { !found(number, []).isDisjoint(with: [.hungUp, .failed]) }
}

/// Descriptors that one thread waits for while others add to them (epoll(7)).
package struct WaitSet: ~Copyable, Sendable {
    private let set: Descriptor

    package struct Events: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        package static let readable = Events(rawValue: 0x1)
        package static let writable = Events(rawValue: 0x4)
        /// EPOLLERR and EPOLLHUP, which always count.
        package static let over = Events(rawValue: 0x8 | 0x10)
    }

    package init() throws(KernelError) {
        set = Descriptor(owning: try checked("epoll_create1") { bj_epoll_make() })
    }

    /// Until it is closed.
    package func add(_ descriptor: Int32, _ events: Events) throws(KernelError) {
        let number = set.number
        _ = try checked("epoll_ctl", "\(descriptor)") { bj_epoll_add(number, descriptor, events.rawValue) }
    }

    /// Waits until there is something; a signal ends that, too.
    package func wait(_ give: (_ descriptor: Int32, _ events: Events) -> Void) {
        var descriptors = InlineArray<16, Int32>(repeating: 0)
        var events = InlineArray<16, UInt32>(repeating: 0)
        let number = set.number
        let count = unsafe withUnsafeMutablePointer(to: &descriptors) { descriptors in
            unsafe withUnsafeMutablePointer(to: &events) { events in
                unsafe descriptors.withMemoryRebound(to: Int32.self, capacity: 16) { descriptors in
                    unsafe events.withMemoryRebound(to: UInt32.self, capacity: 16) { events in
                        unsafe bj_epoll_wait(number, descriptors, events)
                    }
                }
            }
        }
        for index in 0..<max(Int(count), 0) { give(descriptors[index], Events(rawValue: events[index])) }
    }
}
