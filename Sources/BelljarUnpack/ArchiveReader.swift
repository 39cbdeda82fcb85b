package import BelljarKernel
package import BelljarModel
internal import BelljarPlan

/// Reads an archive (tar, zip or ar, with gzip, bzip2, xz, zstd or lz4 around it) from beginning to end, member by
/// member, never holding a whole file. What is read is taken to be hostile: paths that are not safe below a directory,
/// and anything over a limit, end the reading with an error that names the entry.
///
/// Names are the archive's own bytes, in any encoding. A name with a NUL byte ends there, as for every C program.
///
/// Not for use from several threads at once.
package final class ArchiveReader {
    /// What the archive is called in messages.
    package let name: String
    package let limits: ArchiveLimits
    /// What can be done about an archive that is refused; nil where nothing can.
    private let remedy: String?

    private let messages: any ArchiveMessages
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
        remedy: String? = nil, opener: ArchiveOpener
    ) throws(BelljarError) {
        try self.init(try opener.open(.archive, descriptor, name), name: name, limits: limits, remedy: remedy)
    }

    /// Reads a Debian package, the messages of which hold those of its archives.
    convenience init(
        package descriptor: consuming Descriptor, name: String, limits: ArchiveLimits, opener: ArchiveOpener
    ) throws(BelljarError) {
        try self.init(try opener.open(.package, descriptor, name), name: name, limits: limits, remedy: nil)
    }

    /// Reads the archive that is the member which `outer` stands at; `outer` must not be used until this reader is at
    /// its end.
    convenience init(memberOf outer: ArchiveReader, name: String, limits: ArchiveLimits) throws(BelljarError) {
        outer.isInContent = false
        try self.init(outer.messages, name: name, limits: limits, remedy: outer.remedy)
    }

    private init(
        _ messages: any ArchiveMessages, name: String, limits: ArchiveLimits, remedy: String?
    ) throws(BelljarError) {
        self.name = name
        self.limits = limits
        self.remedy = remedy
        self.messages = messages
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
        case .rest(let count):
            try end(after: count)
            return nil
        case .end:
            isAtEnd = true
            return nil
        default: throw disorder()
        }
        entries += 1
        guard entries <= limits.entries else {
            throw exceeded(limits.words(.files, seen: "it has more than \(limits.entries) entries"), .files)
        }
        current = ""
        let entry = try self.entry(header)
        isInContent = true
        declaredRemaining = entry.size
        try account(entry.size)
        return entry
    }

    /// What follows an archive is read to be checked. It is counted as if it were a file, so that it ends.
    private func end(after count: UInt64) throws(BelljarError) {
        current = "what follows the archive"
        var count = count
        while true {
            // Nothing would never reach the limit.
            guard count > 0 else { throw disorder() }
            try account(count)
            switch try message() {
            case .rest(let more): count = more
            case .end:
                isAtEnd = true
                return
            default: throw disorder()
            }
        }
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
            guard !overflow else { throw refuse("\(quoted(current)) would be larger than any file can be") }
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
            let bytes = overflow ? "more bytes than can be counted" : "\(sum) bytes or more"
            throw exceeded(
                limits.words(.size, seen: "its files up to \(quoted(current)) have \(bytes)"), .size)
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
        let path = try path(header.path, of: "entry \(quoted(text))")
        var kind = try kind(header)
        // What old archives call a file with a slash at its end is a directory to everybody.
        if kind == .file, path.endsWithSlash, size == 0 { kind = .directory }
        return ArchiveEntry(
            path: path, kind: kind, permissions: header.mode & 0o7777, size: size, modified: header.modified)
    }

    private func kind(_ header: ArchiveHeader) throws(BelljarError) -> ArchiveEntry.Kind {
        if let link = header.hardlink {
            let target = try text(link, "the link target of \(quoted(current))")
            return .hardlink(to: try path(link, of: "hard link \(quoted(current)) to \(quoted(target))"))
        }
        // The file types of a mode, which are the same in every archive format (POSIX, pax interchange format).
        switch header.mode & 0o170000 {
        case 0o100000: return .file
        case 0o040000: return .directory
        case 0o120000:
            let target = try text(header.symlink ?? [], "the link target of \(quoted(current))")
            guard header.symlink?.count ?? 0 <= limits.pathBytes else {
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

    private func path(_ bytes: [UInt8], of what: String) throws(BelljarError) -> EntryPath {
        do throws(PathFault) { return try EntryPath(bytes, limits: limits) } catch {
            throw refuse("\(what) has \(error)")
        }
    }

    /// In the form of `PathText`.
    private func text(_ bytes: [UInt8], _ what: String) throws(BelljarError) -> String {
        guard !bytes.isEmpty else { throw refuse("\(what) is empty or unreadable") }
        // No archive can say this, but a process that is somebody else's can.
        guard !bytes.contains(0) else { throw refuse("\(what) has a NUL byte") }
        return PathText.text(bytes)
    }

    // MARK: Errors

    /// An archive that is refused for what it holds.
    func refuse(_ answer: String) -> BelljarError {
        BelljarError(
            .integrity, operation: "unpack archive", subject: name, answer: answer,
            remedy: remedy.map { "to unpack it nevertheless, \($0)" })
    }

    /// A hard link to what the archive did not make.
    func refuse(ofHardLink entry: ArchiveEntry, to target: EntryPath) -> BelljarError {
        refuse(
            "hard link \(quoted(entry.path.description)) leads to \(quoted(target.description)), which is not a file or link "
                + "that came before it")
    }

    func refuse(ofHardLinkWithContent entry: ArchiveEntry) -> BelljarError {
        refuse("hard link \(quoted(entry.path.description)) has content of its own")
    }

    /// An archive that holds more than it may.
    ///
    /// - Parameter limit: the one that was reached, if it can be set.
    func exceeded(_ answer: String, _ limit: SourceLimit? = nil) -> BelljarError {
        var ways = limit.flatMap { limit in limits.sources.map { [$0.remedy(limit)] } } ?? []
        if let remedy { ways.append(remedy) }
        return BelljarError(
            .resourceExceeded, operation: "unpack archive", subject: name, answer: answer,
            remedy: ways.isEmpty ? nil : ways.joined(separator: ", or "))
    }

    /// What libarchive answered.
    private func failure(_ failure: ArchiveMessage.Failure, _ answer: String) -> BelljarError {
        let place = current.isEmpty ? "" : " (after \(quoted(current)))"
        return switch failure {
        case .unsupported:
            BelljarError(
                .host, operation: "open archive", subject: name,
                answer: "libarchive was built without \(answer)",
                remedy: "install Debian's libarchive-dev and compile belljar again")
        case .open, .read:
            BelljarError(
                .integrity, operation: failure == .open ? "open archive" : "read archive", subject: name,
                answer: answer + place,
                remedy:
                    "the archive is truncated, damaged or of a kind that belljar does not read (it reads tar, zip and ar)"
                    + (remedy.map { "; \($0)" } ?? ""))
        }
    }

    /// A message that cannot come here.
    private func disorder() -> BelljarError {
        BelljarError(
            .integrity, operation: "read archive", subject: name,
            answer: "the process that reads it sent its messages in an impossible order",
            remedy: "the archive was made to attack whoever reads it; nothing of it was kept")
    }
}

/// A name from an archive or a server as it may stand in a message: control characters escaped, in quotes. In a text in the
/// form of `PathText` a NUL stands before the digits of a byte that is no UTF-8.
func quoted(_ text: String) -> String {
    var shown = "\""
    for scalar in text.unicodeScalars {
        if scalar == "\0" {
            shown += "\\x"
            continue
        }
        shown += scalar.value < 0x20 || scalar.value == 0x7f ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return shown + "\""
}
