/// What the process that reads an archive tells its parent, in the order in which it stands in the archive.
///
/// The parser has met hostile bytes and may be theirs, so a message is only what an archive could say itself: whoever
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
    /// The archive is over.
    case end
    /// The archive cannot be read further, and nothing follows.
    case failed(Failure, answer: String)
    /// The process could not be confined, and nothing follows.
    case unconfined(stage: Stage, errorNumber: Int32, call: String, subject: String)
    /// What came of a trial (`ParserPlan.Job.trials`): an error number, 0 if it succeeded.
    case trial(name: String, errorNumber: Int32)

    package enum Failure: UInt8, Hashable, Sendable, CaseIterable {
        /// When it was opened.
        case open
        /// Later.
        case read
        /// This libarchive cannot read archives of the kind.
        case unsupported
    }

    /// The longest message without the count before it, in bytes. The parser cuts content and texts to it.
    package static let maximumSize = 1 << 18
    /// Content in one message, in bytes: all but kind, offset and count.
    package static let contentSize = maximumSize - 13

    /// The longest name, link target or answer of libarchive that is told whole, in bytes: more than any file system
    /// takes.
    package static let textSize = 1 << 16

    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        switch self {
        case .opened: writer.write(UInt8(0))
        case .entry(let header):
            writer.write(UInt8(1))
            writer.write(header: header)
        case .content(let offset, let bytes):
            writer.write(UInt8(2))
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
        case .trial(let name, let errorNumber):
            writer.write(UInt8(7))
            writer.write(name)
            writer.write(errorNumber)
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        switch try reader.integer(UInt8.self) {
        case 0: self = .opened
        case 1: self = .entry(try reader.header())
        case 2: self = .content(offset: try reader.integer(UInt64.self), bytes: try reader.blob())
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
        case 7: self = .trial(name: try reader.string(), errorNumber: try reader.integer(Int32.self))
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
    /// Another name of an earlier member; nil for anything but a hard link.
    package var hardlink: [UInt8]?
    /// The target of a symbolic link; nil if there is none.
    package var symlink: [UInt8]?

    package init(path: [UInt8], mode: UInt32, size: Int64, hardlink: [UInt8]? = nil, symlink: [UInt8]? = nil) {
        self.path = path
        self.mode = mode
        self.size = size
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

extension WireWriter {
    fileprivate mutating func write(header: ArchiveHeader) {
        write(header.path)
        write(header.mode)
        write(header.size)
        for target in [header.hardlink, header.symlink] {
            write(target != nil)
            if let target { write(target) }
        }
    }
}

extension WireReader {
    fileprivate mutating func header() throws(WireError) -> ArchiveHeader {
        ArchiveHeader(
            path: try blob(), mode: try integer(UInt32.self), size: try integer(Int64.self),
            hardlink: try flag() ? try blob() : nil, symlink: try flag() ? try blob() : nil)
    }
}

/// Messages in a stream of bytes: each with its length before it, 32 bits, little-endian.
package struct ArchiveMessageReader: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    package init() {}

    /// Whether the stream stands between two messages.
    package var isBetweenMessages: Bool { start == bytes.count }

    package mutating func append(_ more: some Sequence<UInt8>) {
        // What was taken goes only now and then, so that each byte is moved once.
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            start = 0
        } else if start > ArchiveMessage.maximumSize {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next message; nil if not all of it has arrived.
    package mutating func next() throws(WireError) -> ArchiveMessage? {
        guard bytes.count - start >= 4 else { return nil }
        let length = bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= ArchiveMessage.maximumSize else {
            throw WireError(offset: start, problem: "a message of \(length) bytes")
        }
        guard bytes.count - start - 4 >= length else { return nil }
        let message = try ArchiveMessage(decoding: Array(bytes[start + 4..<start + 4 + length]))
        start += 4 + length
        return message
    }

    /// A message as it stands in the stream.
    package static func frame(_ message: ArchiveMessage) -> [UInt8] {
        var writer = WireWriter()
        writer.write(message.encoded())
        return writer.bytes
    }
}
