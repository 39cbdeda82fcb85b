internal import CLinux
internal import Glibc

/// A pair of connected sockets that keep messages apart and can hand over descriptors (AF_UNIX, SOCK_SEQPACKET),
/// close-on-exec.
package struct MessageSockets: ~Copyable, Sendable {
    package let first: Descriptor
    package let second: Descriptor

    package init() throws(KernelError) {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        _ = try checked("socketpair") { unsafe socketpair(AF_UNIX, type, 0, &pair) }
        first = Descriptor(owning: pair[0])
        second = Descriptor(owning: pair[1])
    }

    /// Closes the second socket here, so that the first meets the end once every other holder is gone.
    package consuming func closingSecond() -> Descriptor { first }
}

extension Descriptor {
    /// A socket that could reach the network (AF_INET, SOCK_STREAM).
    package static func internetSocket() throws(KernelError) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return Descriptor(owning: try checked("socket", "AF_INET") { socket(AF_INET, type, 0) })
    }
}

/// A message with the descriptors that came along.
package struct SocketMessage: ~Copyable {
    /// Empty when the other side is gone.
    package var bytes: [UInt8]
    package var first: Descriptor?
    package var second: Descriptor?
    package var third: Descriptor?
}

extension Descriptor {
    /// Sends one message whole, with at most three descriptors. EPIPE if nobody is there to read; no signal.
    package func send(_ bytes: [UInt8], descriptors: [Int32] = []) throws(KernelError) {
        precondition(descriptors.count <= Ancillary.maximum)
        var ancillary = Ancillary()
        ancillary.fill(descriptors)
        var content = bytes
        _ = try checked("sendmsg", "\(number)") {
            unsafe content.withUnsafeMutableBytes { content in
                unsafe withUnsafeMutableBytes(of: &ancillary) { control in
                    var part = unsafe iovec(iov_base: content.baseAddress, iov_len: content.count)
                    return unsafe withUnsafeMutablePointer(to: &part) { part in
                        var header = unsafe msghdr()
                        unsafe header.msg_iov = part
                        unsafe header.msg_iovlen = 1
                        if !descriptors.isEmpty {
                            unsafe header.msg_control = control.baseAddress
                            unsafe header.msg_controllen = MemoryLayout<Ancillary>.size
                        }
                        return unsafe sendmsg(number, &header, Int32(MSG_NOSIGNAL))
                    }
                }
            }
        }
    }

    /// Receives one message of at most `limit` bytes; a longer one is an error (EMSGSIZE).
    package func receive(limit: Int) throws(KernelError) -> SocketMessage {
        var ancillary = Ancillary()
        var content = [UInt8](repeating: 0, count: limit)
        var flags: Int32 = 0
        let count = try checked("recvmsg", "\(number)") {
            unsafe content.withUnsafeMutableBytes { content in
                unsafe withUnsafeMutableBytes(of: &ancillary) { control in
                    var part = unsafe iovec(iov_base: content.baseAddress, iov_len: content.count)
                    return unsafe withUnsafeMutablePointer(to: &part) { part in
                        var header = unsafe msghdr()
                        unsafe header.msg_iov = part
                        unsafe header.msg_iovlen = 1
                        unsafe header.msg_control = control.baseAddress
                        unsafe header.msg_controllen = MemoryLayout<Ancillary>.size
                        let count = unsafe recvmsg(number, &header, Int32(MSG_CMSG_CLOEXEC))
                        unsafe flags = header.msg_flags
                        return count
                    }
                }
            }
        }
        let received = ancillary.received
        let message = SocketMessage(
            bytes: Array(content.prefix(count)), first: received.0 < 0 ? nil : Descriptor(owning: received.0),
            second: received.1 < 0 ? nil : Descriptor(owning: received.1),
            third: received.2 < 0 ? nil : Descriptor(owning: received.2))
        guard flags & Int32(MSG_TRUNC) == 0 else {
            throw KernelError(call: "recvmsg", subject: "\(number)", number: EMSGSIZE)
        }
        return message
    }
}

/// A control message (`struct cmsghdr`) with room for three descriptors, laid out as in cmsg(3) for 64-bit machines: the
/// macros for it are out of Swift's reach, and <sys/socket.h> cannot be shimmed beside Dispatch.
private struct Ancillary {
    static let maximum = 3
    private static let headerSize = 16

    private var length = 0
    private var level: Int32 = 0
    private var type: Int32 = 0
    private var descriptors: (Int32, Int32, Int32) = (-1, -1, -1)

    mutating func fill(_ numbers: [Int32]) {
        length = Self.headerSize + 4 * numbers.count
        level = SOL_SOCKET
        type = Int32(SCM_RIGHTS)
        if numbers.count > 0 { descriptors.0 = numbers[0] }
        if numbers.count > 1 { descriptors.1 = numbers[1] }
        if numbers.count > 2 { descriptors.2 = numbers[2] }
    }

    /// The descriptors that were received, -1 for none.
    var received: (Int32, Int32, Int32) {
        guard level == SOL_SOCKET, type == Int32(SCM_RIGHTS) else { return (-1, -1, -1) }
        let count = (length - Self.headerSize) / 4
        return (count > 0 ? descriptors.0 : -1, count > 1 ? descriptors.1 : -1, count > 2 ? descriptors.2 : -1)
    }
}
