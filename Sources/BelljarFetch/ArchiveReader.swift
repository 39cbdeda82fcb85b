package import BelljarKernel
package import BelljarModel
internal import BelljarPlan

/// Reads an archive (tar, zip or ar, with gzip, bzip2, xz, zstd or lz4 around it) from beginning to end, member by
/// member, never holding a whole file. What is read is taken to be hostile: paths that are not safe below a directory,
/// and anything over a limit, end the reading with an error that names the entry.
///
/// Names are the archive's own bytes and must be UTF-8. In a zip archive libarchive gives names that are marked as
/// UTF-8 in composed form (NFC); in tar they are unchanged. A name with a NUL byte ends there, as for every C program.
///
/// Not for use from several threads at once.
package final class ArchiveReader {
    /// What the archive is called in messages.
    package let name: String
    package let limits: ArchiveLimits

    private let messages: any ArchiveMessages
    /// Bytes of the archive itself, for the ratio.
    private let packedBytes: UInt64
    private var entries: UInt64 = 0
    /// Bytes of content that headers declared or that were read beyond what they declared.
    private var bytes: UInt64 = 0
    /// What the entry being read may still give before it exceeds what its header declared.
    private var declaredRemaining: UInt64 = 0
    private var current = ""
    /// Whether content of the current entry is still to come.
    private var isInContent = false
    private var isAtEnd = false

    /// Reads from the beginning of an open file.
    ///
    /// - Throws: `sandbox_unavailable` if no process can be confined to read it.
    package convenience init(
        _ descriptor: consuming Descriptor, name: String, limits: ArchiveLimits = ArchiveLimits(),
        opener: ArchiveOpener
    ) throws(BelljarError) {
        try self.init(.archive, descriptor, name: name, limits: limits, opener: opener)
    }

    /// Reads a Debian package, the messages of which hold those of its archives.
    convenience init(
        package descriptor: consuming Descriptor, name: String, limits: ArchiveLimits, opener: ArchiveOpener
    ) throws(BelljarError) {
        try self.init(.package, descriptor, name: name, limits: limits, opener: opener)
    }

    private convenience init(
        _ job: ParserPlan.Job, _ descriptor: consuming Descriptor, name: String, limits: ArchiveLimits,
        opener: ArchiveOpener
    ) throws(BelljarError) {
        let size: UInt64
        do throws(KernelError) { size = try descriptor.status().size } catch {
            throw BelljarError(.host, operation: "open archive", subject: name, answer: error.answer)
        }
        let messages = try opener.open(job, descriptor, name)
        try self.init(messages, packedBytes: size, name: name, limits: limits)
    }

    /// Reads the archive that is the member which `outer` stands at; `outer` must not be used until this reader is at
    /// its end.
    convenience init(
        memberOf outer: ArchiveReader, size: UInt64, name: String, limits: ArchiveLimits
    ) throws(BelljarError) {
        outer.isInContent = false
        try self.init(outer.messages, packedBytes: size, name: name, limits: limits)
    }

    private init(
        _ messages: any ArchiveMessages, packedBytes: UInt64, name: String, limits: ArchiveLimits
    ) throws(BelljarError) {
        self.name = name
        self.limits = limits
        self.messages = messages
        self.packedBytes = packedBytes
        guard case .opened = try message() else { throw disorder() }
    }

    // MARK: Reading

    /// The next entry; nil after the last one. What was not read of the one before is skipped.
    package func next() throws(BelljarError) -> ArchiveEntry? {
        if isAtEnd { return nil }
        while isInContent {
            if let piece = try nextPiece().bytes { try consume(UInt64(piece.count)) }
        }
        let header: ArchiveHeader
        switch try message() {
        case .entry(let found): header = found
        case .end:
            isAtEnd = true
            return nil
        default: throw disorder()
        }
        entries += 1
        guard entries <= limits.entries else { throw refuse("it has more than \(limits.entries) entries") }
        current = ""
        let entry = try self.entry(header)
        isInContent = true
        declaredRemaining = entry.size
        try account(entry.size)
        return entry
    }

    /// Hands over the content of the current entry in pieces; holes are zeros. A piece is valid only during the call.
    package func readContent(
        _ body: (UnsafeRawBufferPointer) throws(BelljarError) -> Void
    ) throws(BelljarError) {
        var position: UInt64 = 0
        while isInContent {
            let (piece, start) = try nextPiece()
            // The end of a sparse file may be a hole, so the end has a position too.
            guard start >= position else { throw refuse("\(quoted(current)) has overlapping pieces") }
            try consume(start - position)
            unsafe try Self.zeros(start - position, body)
            guard let piece else { break }
            try consume(UInt64(piece.count))
            unsafe try Self.hand(piece, piece.count, to: body)
            let (end, overflow) = start.addingReportingOverflow(UInt64(piece.count))
            guard !overflow else { throw refuse("\(quoted(current)) ends beyond all sizes") }
            position = end
        }
        guard declaredRemaining == 0 else { throw refuse("\(quoted(current)) is shorter than its header says") }
    }

    /// The content of the current entry as a whole.
    package func content(limit: Int) throws(BelljarError) -> [UInt8] {
        var bytes: [UInt8] = []
        unsafe try readContent { (piece) throws(BelljarError) in
            guard bytes.count + piece.count <= limit else {
                throw refuse("\(quoted(current)) is larger than \(limit) bytes")
            }
            unsafe bytes.append(contentsOf: piece)
        }
        return bytes
    }

    /// A piece of the current entry and where in the file it belongs; no bytes at the end.
    private func nextPiece() throws(BelljarError) -> (bytes: [UInt8]?, offset: UInt64) {
        switch try message() {
        // Pieces of nothing would never reach a limit.
        case .content(let offset, let bytes) where !bytes.isEmpty: return (bytes, offset)
        case .contentEnd(let offset):
            isInContent = false
            return (nil, offset)
        default: throw disorder()
        }
    }

    /// The next message that is no failure.
    private func message() throws(BelljarError) -> ArchiveMessage {
        let message = try messages.next()
        guard case .failed(let failure, let answer) = message else { return message }
        throw self.failure(failure, answer)
    }

    // MARK: Limits

    private func consume(_ count: UInt64) throws(BelljarError) {
        if count <= declaredRemaining {
            declaredRemaining -= count
        } else {
            let excess = count - declaredRemaining
            declaredRemaining = 0
            try account(excess)
        }
    }

    private func account(_ count: UInt64) throws(BelljarError) {
        let (sum, overflow) = bytes.addingReportingOverflow(count)
        bytes = sum
        guard !overflow, sum <= limits.bytes else {
            throw refuse("\(quoted(current)) brings it over the limit of \(limits.bytes) bytes")
        }
        // With whole numbers: sum > ratio * packed, without the product's overflow.
        guard sum <= limits.ratioFloor || sum / limits.ratio <= packedBytes else {
            throw refuse(
                "\(quoted(current)) unpacks to more than \(limits.ratio) times the archive's \(packedBytes) bytes")
        }
    }

    private static let zeroBlock = [UInt8](repeating: 0, count: 1 << 16)

    private static func zeros(
        _ count: UInt64, _ body: (UnsafeRawBufferPointer) throws(BelljarError) -> Void
    ) throws(BelljarError) {
        var remaining = count
        while remaining > 0 {
            let size = Int(min(remaining, UInt64(zeroBlock.count)))
            unsafe try hand(zeroBlock, size, to: body)
            remaining -= UInt64(size)
        }
    }

    /// Gives the first bytes of an array to `body`.
    private static func hand(
        _ bytes: [UInt8], _ count: Int, to body: (UnsafeRawBufferPointer) throws(BelljarError) -> Void
    ) throws(BelljarError) {
        var failure: BelljarError?
        unsafe bytes.withUnsafeBytes { all in
            do throws(BelljarError) {
                try unsafe body(UnsafeRawBufferPointer(rebasing: all[..<count]))
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    // MARK: Headers

    private func entry(_ header: ArchiveHeader) throws(BelljarError) -> ArchiveEntry {
        let text = try text(header.path, "an entry's name")
        current = text
        guard let size = UInt64(exactly: header.size) else { throw refuse("\(quoted(text)) has a negative size") }
        return ArchiveEntry(
            path: try path(text, of: "entry \(quoted(text))"), kind: try kind(header),
            permissions: header.mode & 0o7777, size: size)
    }

    private func kind(_ header: ArchiveHeader) throws(BelljarError) -> ArchiveEntry.Kind {
        if let link = header.hardlink {
            let target = try text(link, "the link target of \(quoted(current))")
            return .hardlink(to: try path(target, of: "hard link \(quoted(current)) to \(quoted(target))"))
        }
        // The file types of a mode, which are the same in every archive format (POSIX, pax interchange format).
        switch header.mode & 0o170000 {
        case 0o100000: return .file
        case 0o040000: return .directory
        case 0o120000:
            let target = try text(header.symlink ?? [], "the link target of \(quoted(current))")
            guard target.utf8.count <= limits.pathBytes else {
                throw refuse("link \(quoted(current)) has a target longer than \(limits.pathBytes) bytes")
            }
            return .symlink(target: target)
        case 0o020000: return .special("a character device")
        case 0o060000: return .special("a block device")
        case 0o010000: return .special("a FIFO")
        case 0o140000: return .special("a socket")
        default: return .special("of no known type")
        }
    }

    private func path(_ text: String, of what: String) throws(BelljarError) -> EntryPath {
        do throws(PathFault) { return try EntryPath(text, limits: limits) } catch {
            throw refuse("\(what) has \(error)")
        }
    }

    private func text(_ bytes: [UInt8], _ what: String) throws(BelljarError) -> String {
        guard !bytes.isEmpty else { throw refuse("\(what) is empty or unreadable") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw refuse("\(what) is not UTF-8: \(quoted(String(decoding: bytes, as: UTF8.self)))")
        }
        // No archive can say this, but a process that is somebody else's can.
        guard !bytes.contains(0) else { throw refuse("\(what) has a NUL byte") }
        return text
    }

    // MARK: Errors

    /// An archive that is refused for what it holds.
    func refuse(_ answer: String) -> BelljarError {
        BelljarError(.integrity, operation: "unpack archive", subject: name, answer: answer)
    }

    /// What libarchive answered.
    private func failure(_ failure: ArchiveMessage.Failure, _ answer: String) -> BelljarError {
        let place = current.isEmpty ? "" : " (after \(quoted(current)))"
        return switch failure {
        case .unsupported:
            BelljarError(
                .host, operation: "open archive", subject: name,
                answer: "libarchive was built without \(answer)",
                remedy: "install Debian's libarchive-dev and build anew")
        case .open, .read:
            BelljarError(
                .integrity, operation: failure == .open ? "open archive" : "read archive", subject: name,
                answer: answer + place,
                remedy: "the archive is cut off, damaged or of a kind that belljar does not read (tar, zip and ar are)")
        }
    }

    /// A message that cannot come here.
    private func disorder() -> BelljarError {
        BelljarError(
            .integrity, operation: "read archive", subject: name,
            answer: "the process that reads it sent messages in an order that cannot be",
            remedy: "the archive is made to attack its reader")
    }
}

/// A name from an archive or a server as it may stand in a message: control characters escaped, in quotes.
func quoted(_ text: String) -> String {
    var shown = "\""
    for scalar in text.unicodeScalars {
        shown += scalar.value < 0x20 || scalar.value == 0x7f ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return shown + "\""
}
