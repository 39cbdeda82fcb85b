/// What the process that reads an archive tells its parent, in the order in which it stands in the archive.
///
/// The archive reader has met hostile bytes and may be theirs, so a message is only what an archive could say itself: whoever
/// receives it checks paths, kinds and sizes as if they came from the archive.
package enum ArchiveMessage: Hashable, Sendable {
    /// The archive is open. For a member of a Debian package: it is read as an archive, whose messages follow, up to
    /// `end`; then those of the package go on.
    case opened
    /// The next member.
    case entry(ArchiveHeader)
    /// Content of the last entry, from this offset on. What is left out are zeros.
    case content(offset: UInt64, bytes: [UInt8])
    /// The content of the last entry is over; its size, for a hole at the end.
    case contentEnd(offset: UInt64)
    /// So many unpacked bytes follow the archive's end, which are no part of it but are checked.
    case rest(UInt64)
    /// The archive is over.
    case end
    /// The archive cannot be read further, and nothing follows.
    case failed(Failure, answer: String)
    /// The process could not be confined, and nothing follows.
    case unconfined(stage: Stage, errorNumber: Int32, call: String, subject: String)

    package enum Failure: UInt8, Hashable, Sendable, CaseIterable {
        /// When it was opened.
        case open
        /// Later.
        case read
        /// This libarchive cannot read archives of the kind.
        case unsupported
    }

    /// The longest message without the count before it, in bytes. The archive reader cuts content and texts to it.
    package static let maximumSize = 1 << 18
    /// Content in one message, in bytes: all but kind, offset and count.
    package static let contentSize = maximumSize - contentHeaderSize
    fileprivate static let contentHeaderSize = 13
    fileprivate static let contentKind: UInt8 = 2

    /// The longest name, link target or answer of libarchive that is told whole, in bytes: more than any file system
    /// takes.
    package static let textSize = 1 << 16

    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        switch self {
        case .opened: writer.write(UInt8(0))
        case .entry(let header):
            writer.write(UInt8(1))
            writer.write(header)
        case .content(let offset, let bytes):
            writer.write(Self.contentKind)
            writer.write(offset)
            writer.write(bytes)
        case .contentEnd(let offset):
            writer.write(UInt8(3))
            writer.write(offset)
        case .end: writer.write(UInt8(4))
        case .failed(let failure, let answer):
            writer.write(UInt8(5))
            writer.write(failure.rawValue)
            writer.write(answer)
        case .unconfined(let stage, let errorNumber, let call, let subject):
            writer.write(UInt8(6))
            writer.write(stage.rawValue)
            writer.write(errorNumber)
            writer.write(call)
            writer.write(subject)
        case .rest(let count):
            writer.write(UInt8(7))
            writer.write(count)
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(WireError) { try self.init(WireReader(bytes)) }

    fileprivate init(_ message: WireReader) throws(WireError) {
        var reader = message
        switch try reader.integer(UInt8.self) {
        case 0: self = .opened
        case 1: self = .entry(try reader.value())
        case Self.contentKind: self = .content(offset: try reader.integer(UInt64.self), bytes: try reader.blob())
        case 3: self = .contentEnd(offset: try reader.integer(UInt64.self))
        case 4: self = .end
        case 5:
            guard let failure = Failure(rawValue: try reader.integer(UInt8.self)) else {
                throw reader.failure("unknown failure")
            }
            self = .failed(failure, answer: try reader.string())
        case 6:
            guard let stage = Stage(rawValue: try reader.integer(UInt8.self)) else {
                throw reader.failure("unknown stage")
            }
            self = .unconfined(
                stage: stage, errorNumber: try reader.integer(Int32.self), call: try reader.string(),
                subject: try reader.string())
        case 7: self = .rest(try reader.integer(UInt64.self))
        default: throw reader.failure("unknown message")
        }
        try reader.expectEnd()
    }
}

/// A member of an archive, as its header describes it, unchecked.
package struct ArchiveHeader: Hashable, Sendable {
    /// The name's bytes.
    package var path: [UInt8]
    /// File type and permissions as in `st_mode`.
    package var mode: UInt32
    /// Size in bytes that the header declares; 0 where it does not.
    package var size: Int64
    /// Seconds since 1970; 0 where it has none.
    package var modified: Int64
    /// Another name of an earlier member; nil for anything but a hard link.
    package var hardlink: [UInt8]?
    /// The target of a symbolic link; nil if there is none.
    package var symlink: [UInt8]?
    /// What only matters to who compares archives; nil for everybody else.
    package var details: Details?

    /// What unpacking an archive does not need.
    package struct Details: Hashable, Sendable {
        package var uid: Int64 = 0
        package var gid: Int64 = 0
        /// Names of owner and group; nil where the archive has none.
        package var user: [UInt8]?
        package var group: [UInt8]?
        /// Whether the archive has a time of it, and the part of a second that goes with that.
        package var isTimed = false
        package var nanoseconds: UInt32 = 0
        /// What libarchive calls the format, with how a member of a zip archive is packed: `ZIP 2.0 (deflation)`.
        package var format: [UInt8] = []

        package init() {}
    }

    package init(
        path: [UInt8], mode: UInt32, size: Int64, modified: Int64 = 0, hardlink: [UInt8]? = nil, symlink: [UInt8]? = nil
    ) {
        self.path = path
        self.mode = mode
        self.size = size
        self.modified = modified
        self.hardlink = hardlink
        self.symlink = symlink
    }

    /// Whether it is a member of a Debian package that is an archive itself (deb(5)).
    package var isArchiveOfPackage: Bool {
        let name = path.starts(with: Array("./".utf8)) ? path.dropFirst(2) : path[...]
        return ["control.tar", "data.tar"].contains { known in
            name.starts(with: known.utf8)
                && (name.count == known.utf8.count || name.dropFirst(known.utf8.count).first == 0x2e)
        }
    }
}

extension ArchiveHeader: WireValue {
    static var blank: ArchiveHeader { .init(path: [], mode: 0, size: 0) }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&path)
        try wire.carry(&mode)
        try wire.carry(&size)
        try wire.carry(&modified)
        try wire.carry(&hardlink)
        try wire.carry(&symlink)
        try wire.carry(&details)
    }
}

extension ArchiveHeader.Details: WireValue {
    static var blank: ArchiveHeader.Details { .init() }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carry(&uid)
        try wire.carry(&gid)
        try wire.carry(&user)
        try wire.carry(&group)
        try wire.carry(&isTimed)
        try wire.carry(&nanoseconds)
        try wire.carry(&format)
    }
}

/// Whoever hears what is in an archive.
package protocol ArchiveListener {
    func tell(_ message: ArchiveMessage)
    /// Hears `ArchiveMessage.content`; `bytes` are `ArchiveMessage.contentSize` at most, and valid only during the call.
    func tell(content bytes: UnsafeRawBufferPointer, at offset: UInt64)
}

extension ArchiveListener {
    package func tell(content bytes: UnsafeRawBufferPointer, at offset: UInt64) {
        tell(.content(offset: offset, bytes: unsafe Array(bytes)))
    }
}

/// Messages in a stream of bytes: each with its length before it, 32 bits, little-endian.
package struct ArchiveMessageReader: Sendable {
    /// Room, of which the bytes from `start` to `end` have come and were not taken. It is kept for all messages, because new
    /// memory costs more than what is copied into it.
    private var room: [UInt8] = []
    private var start = 0
    private var end = 0

    /// So much room there is at least for one reading, in bytes.
    package static let readSize = 1 << 16

    package init() {}

    /// Whether the stream stands between two messages.
    package var isBetweenMessages: Bool { start == end }

    package mutating func append(_ more: [UInt8]) {
        var rest = more[...]
        while !rest.isEmpty {
            unsafe receive { room in
                let piece = rest.prefix(room.count)
                unsafe room.copyBytes(from: piece)
                rest = rest.dropFirst(piece.count)
                return piece.count
            }
        }
    }

    /// Takes what `read` puts into the room that it is given.
    ///
    /// - Parameter read: answers how many bytes it has put there, from the beginning on; 0 for none.
    package mutating func receive<Failure: Error>(
        _ read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        makeRoom()
        var count = 0
        var failure: Failure?
        unsafe room.withUnsafeMutableBytes { bytes in
            let free = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[end...])
            do throws(Failure) { count = try unsafe read(free) } catch { failure = error }
        }
        if let failure { throw failure }
        end += count
    }

    /// The next message; nil if not all of it has arrived.
    package mutating func next() throws(WireError) -> ArchiveMessage? {
        guard end - start >= 4 else { return nil }
        let length = room[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= ArchiveMessage.maximumSize else {
            throw WireError(offset: start, problem: "a message of \(length) bytes")
        }
        let first = start + 4
        guard end - first >= length else { return nil }
        let message = try ArchiveMessage(WireReader(room, in: first..<first + length))
        start = first + length
        return message
    }

    /// Moves what is there to the front, and makes the room larger only for a message that is as large.
    private mutating func makeRoom() {
        guard room.count - end < Self.readSize else { return }
        if start > 0 {
            room.replaceSubrange(0..<end - start, with: Array(room[start..<end]))
            (start, end) = (0, end - start)
        }
        if room.count - end < Self.readSize {
            room += [UInt8](repeating: 0, count: max(room.count, 4 * Self.readSize))
        }
    }

    /// A message as it stands in the stream.
    package static func frame(_ message: ArchiveMessage) -> [UInt8] {
        var writer = WireWriter()
        writer.write(message.encoded())
        return writer.bytes
    }

    /// Appends to a stream what `frame` gives for a message of content, copying the bytes once.
    package static func appendFrame(content bytes: UnsafeRawBufferPointer, at offset: UInt64, to stream: inout [UInt8])
    {
        var writer = WireWriter()
        writer.write(UInt32(ArchiveMessage.contentHeaderSize + bytes.count))
        writer.write(ArchiveMessage.contentKind)
        writer.write(offset)
        writer.write(UInt32(bytes.count))
        stream += writer.bytes
        unsafe stream.append(contentsOf: bytes)
    }
}
