package import BelljarKernel
package import BelljarPlan

/// Reads an archive (tar, zip or ar, with gzip, bzip2, xz, zstd or lz4 around it) and says what is in it.
package struct ArchiveParser {
    /// It does not answer: whoever cannot be told has no use for the rest.
    private let listener: any ArchiveListener
    private let readsMembers: Bool

    /// - Parameter readsMembers: whether the archive is a Debian package, two members of which are archives.
    package init(readsMembers: Bool, listener: any ArchiveListener) {
        self.readsMembers = readsMembers
        self.listener = listener
    }

    /// Tells everything from `opened` to `end` or `failed`.
    package func parse(_ archive: consuming Descriptor) {
        do throws(ParserFailure) {
            let archive = try RawArchive(source: try FileSource(archive))
            listener.tell(.opened)
            while let header = try archive.next() {
                listener.tell(.entry(header))
                if readsMembers, header.isArchiveOfPackage {
                    try parse(memberOf: archive)
                } else {
                    try content(of: archive)
                }
            }
            listener.tell(.end)
        } catch {
            listener.tell(.failed(error.kind, answer: error.answer))
        }
    }

    private func parse(memberOf package: RawArchive) throws(ParserFailure) {
        let archive = try RawArchive(source: MemberSource(outer: package))
        listener.tell(.opened)
        while let header = try archive.next() {
            listener.tell(.entry(header))
            try content(of: archive)
        }
        listener.tell(.end)
    }

    private func content(of archive: RawArchive) throws(ParserFailure) {
        while true {
            let (piece, offset) = unsafe try archive.nextPiece()
            guard let piece = unsafe piece else { return listener.tell(.contentEnd(offset: offset)) }
            for start in stride(from: 0, to: piece.count, by: ArchiveMessage.contentSize) {
                let end = min(piece.count, start + ArchiveMessage.contentSize)
                let part = unsafe UnsafeRawBufferPointer(rebasing: piece[start..<end])
                unsafe listener.tell(content: part, at: offset &+ UInt64(start))
            }
        }
    }
}
