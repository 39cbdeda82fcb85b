internal import BelljarModel
internal import BelljarPlan
internal import BelljarUnpack

/// One of two archives while a confined process reads it. What that process says is taken for what the archive says: nothing
/// is written anywhere by it, and names are only shown.
final class ArchiveSide {
    struct Member {
        /// In the form of `PathText`; empty for what is packed without an archive.
        var path: String
        /// The properties that are compared, in the order in which they are shown.
        var properties: [(name: String, value: String?)]
        var permissions: UInt32
        var isFile: Bool
        var content: ComparedContent
        /// Where its content begins in the scratch file.
        var start: UInt64
    }

    private let messages: any ArchiveMessages
    let room: ScratchFile
    private var waiting: ArchiveMessage?
    private(set) var isOver = false
    /// Why it could not be read to its end.
    private(set) var failure: String?

    /// - Throws: `sandbox_unavailable` if no process can be confined.
    init(_ archive: ComparedContent, name: String, opener: ArchiveOpener, scratch: ScratchSpace) throws(BelljarError) {
        let whole = if let file = archive.wholeFile { file } else { try Self.copy(of: archive, scratch) }
        guard let file = whole else {
            throw BelljarError(.host, operation: "read", subject: name, answer: "it changed while it was read")
        }
        messages = try opener.open(.inspect, file.descriptor, name)
        room = try scratch.makeFile()
        switch try messages.next() {
        case .opened: break
        case .failed(_, let answer): throw .malformed(.tar, answer)
        default: throw Self.disorder
        }
    }

    /// The reader wants a file of its own.
    private static func copy(of content: ComparedContent, _ scratch: ScratchSpace) throws(BelljarError)
        -> ComparedContent.OpenFile?
    {
        let file = try scratch.makeFile()
        var position: UInt64 = 0
        while position < content.count {
            let piece = try content.bytes(from: position, count: ComparedContent.pieceSize)
            try file.append(piece)
            position += UInt64(piece.count)
        }
        return file.content(from: 0).wholeFile
    }

    private static let disorder = BelljarError(
        .integrity, operation: "read archive", subject: "to compare it",
        answer: "the process that reads it sent its messages in an impossible order")

    /// The next member with its content; nil at the end, and where it cannot be read further.
    func next(check: () throws(BelljarError) -> Void) throws(BelljarError) -> Member? {
        if isOver { return nil }
        do throws(BelljarError) {
            while true {
                try check()
                switch try messages.next() {
                case .entry(let header): return try member(header, check)
                case .rest: break
                case .end:
                    isOver = true
                    return nil
                case .failed(_, let answer):
                    fail(answer)
                    return nil
                default: throw Self.disorder
                }
            }
        } catch {
            guard [.integrity, .resourceExceeded, .host].contains(error.code) else { throw error }
            fail(error.answer)
            return nil
        }
    }

    private func fail(_ answer: String) {
        isOver = true
        failure = answer
    }

    /// Nothing more is read.
    func stop(_ answer: String) { if !isOver { fail(answer) } }

    private func member(
        _ header: ArchiveHeader, _ check: () throws(BelljarError) -> Void
    ) throws(BelljarError) -> Member {
        let start = room.size
        while true {
            try check()
            switch try messages.next() {
            case .content(let offset, let bytes) where !bytes.isEmpty && offset >= room.size - start:
                try room.appendZeros(offset - (room.size - start))
                try room.append(bytes)
            case .contentEnd(let offset):
                if offset > room.size - start { try room.appendZeros(offset - (room.size - start)) }
                return Member(header, content: room.content(from: start), start: start)
            case .failed(_, let answer):
                // What came of it before is compared.
                fail(answer)
                return Member(header, content: room.content(from: start), start: start)
            default: throw Self.disorder
            }
        }
    }
}

extension ArchiveSide.Member {
    fileprivate init(_ header: ArchiveHeader, content: ComparedContent, start: UInt64) {
        path = PathText.text(header.path)
        permissions = header.mode & 0o7777
        self.content = content
        self.start = start
        let kind =
            switch header.mode & 0o170000 {
            case 0o100000: header.hardlink == nil ? "file" : "hard link"
            case 0o040000: "folder"
            case 0o120000: "symbolic link"
            case 0o020000: "character device"
            case 0o060000: "block device"
            case 0o010000: "FIFO"
            case 0o140000: "socket"
            default: header.hardlink == nil ? "of no known type" : "hard link"
            }
        isFile = kind == "file"
        func name(_ bytes: [UInt8]?) -> String? { bytes.map { PathText.shown(PathText.text($0)) } }
        properties = [("kind", kind), ("target", name(header.hardlink ?? header.symlink)), ("mode", permissions.octal)]
        // What is packed alone has nothing but its content.
        guard let details = header.details else {
            properties = []
            return
        }
        properties += [
            ("time", details.isTimed ? ShownTime.text(header.modified, nanoseconds: details.nanoseconds) : nil),
            ("owner", "\(details.uid)" + (name(details.user).map { " (\($0))" } ?? "")),
            ("group", "\(details.gid)" + (name(details.group).map { " (\($0))" } ?? "")),
            ("format", name(details.format)),
        ]
    }
}

/// A time for people.
enum ShownTime {
    /// `2024-01-31 12:00:00 UTC`; the seconds themselves where the year has not four digits.
    static func text(_ seconds: Int64, nanoseconds: UInt32 = 0) -> String {
        guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return "\(seconds) s since 1970" }
        let day = seconds >= 0 ? seconds / 86400 : -((86399 - seconds) / 86400)
        let rest = seconds - day * 86400
        let (year, month, dayOfMonth) = date(day)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let shown = String(repeating: "0", count: 4 - String(year).count) + String(year)
        let fraction =
            nanoseconds == 0
            ? "" : "." + String(repeating: "0", count: max(0, 9 - String(nanoseconds).count)) + String(nanoseconds)
        return
            "\(shown)-\(two(month))-\(two(dayOfMonth)) \(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))\(fraction) UTC"
    }

    /// The civil date of a day since 1970, counted in cycles of 400 years, which have 146097 days, from the first of March of
    /// the year 0 on.
    private static func date(_ day: Int64) -> (Int64, Int64, Int64) {
        let shifted = day + 719_468
        let cycle = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let inCycle = shifted - cycle * 146_097
        let yearInCycle = (inCycle - inCycle / 1460 + inCycle / 36524 - inCycle / 146_096) / 365
        let inYear = inCycle - (365 * yearInCycle + yearInCycle / 4 - yearInCycle / 100)
        let shiftedMonth = (5 * inYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearInCycle + cycle * 400 + (month <= 2 ? 1 : 0)
        return (year, month, inYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
