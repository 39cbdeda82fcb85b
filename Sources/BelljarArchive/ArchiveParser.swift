package import BelljarKernel
package import BelljarPlan

/// Reads an archive (tar, zip or ar, with gzip, bzip2, xz, zstd or lz4 around it) and says what is in it.
package struct ArchiveParser {
    /// Where messages go. It does not answer: whoever cannot be told has no use for the rest.
    private let tell: (ArchiveMessage) -> Void
    private let readsMembers: Bool

    /// - Parameter readsMembers: whether the archive is a Debian package, two members of which are archives.
    package init(readsMembers: Bool, tell: @escaping (ArchiveMessage) -> Void) {
        self.readsMembers = readsMembers
        self.tell = tell
    }

    /// Tells everything from `opened` to `end` or `failed`.
    package func parse(_ archive: consuming Descriptor) {
        do throws(ParserFailure) {
            let archive = try RawArchive(source: try FileSource(archive))
            tell(.opened)
            while let header = try archive.next() {
                tell(.entry(header))
                if readsMembers, header.isArchiveOfPackage {
                    try parse(memberOf: archive)
                } else {
                    try content(of: archive)
                }
            }
            tell(.end)
        } catch {
            tell(.failed(error.kind, answer: error.answer))
        }
    }

    private func parse(memberOf package: RawArchive) throws(ParserFailure) {
        let archive = try RawArchive(source: MemberSource(outer: package))
        tell(.opened)
        while let header = try archive.next() {
            tell(.entry(header))
            try content(of: archive)
        }
        tell(.end)
    }

    private func content(of archive: RawArchive) throws(ParserFailure) {
        while true {
            let (piece, offset) = unsafe try archive.nextPiece()
            guard let piece = unsafe piece else { return tell(.contentEnd(offset: offset)) }
            for start in stride(from: 0, to: piece.count, by: ArchiveMessage.contentSize) {
                let end = min(piece.count, start + ArchiveMessage.contentSize)
                unsafe tell(.content(offset: offset &+ UInt64(start), bytes: Array(piece[start..<end])))
            }
        }
    }
}
