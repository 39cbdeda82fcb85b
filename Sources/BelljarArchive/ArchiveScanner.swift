package import BelljarKernel
package import BelljarPlan

/// Reads an archive (tar, zip or ar, with gzip, bzip2, xz, zstd or lz4 around it) and says what is in it.
package struct ArchiveScanner {
    /// It does not answer: whoever cannot be told has no use for the rest.
    private let listener: any ArchiveListener
    private let job: ArchiveReaderPlan.Job

    package init(job: ArchiveReaderPlan.Job, listener: any ArchiveListener) {
        self.job = job
        self.listener = listener
    }

    /// Tells everything from `opened` to `end` or `failed`.
    package func scan(_ archive: consuming Descriptor) {
        do throws(ArchiveFailure) {
            if try Self.startsAsZip(archive) {
                try tell(try RawArchive(.zip(ZipFile(archive)), isInspected: job == .inspect))
            } else if job == .inspect {
                try inspect(FilePieces(archive))
            } else {
                try tell(FilePieces(archive), readsMembers: job == .package)
            }
        } catch {
            listener.tell(.failed(error.kind, answer: error.answer))
        }
    }

    /// Also puts the file back to its beginning.
    private static func startsAsZip(_ archive: borrowing Descriptor) throws(ArchiveFailure) -> Bool {
        do throws(KernelError) {
            try archive.seek(to: 0)
            return try ZipFile.isOne(archive)
        } catch {
            throw ArchiveFailure(.open, error.answer)
        }
    }

    /// Tells a tar or ar archive, with what is packed around it.
    private func tell(_ pieces: any Pieces, readsMembers: Bool) throws(ArchiveFailure) {
        let layers = try Layers(pieces)
        try tell(try RawArchive(.plain(layers.archive)), readsMembers: readsMembers, rest: layers)
    }

    /// Tells a tar, ar or cpio archive, or the one file that is packed without any.
    private func inspect(_ pieces: any Pieces) throws(ArchiveFailure) {
        let layers = try Layers(pieces)
        let content = PeekedPieces(layers.archive)
        if RawArchive.canInspect(try content.first(512)) {
            let archive = try RawArchive(.inspected(content), isInspected: true)
            return try tell(archive, rest: Layers(archive: content, isPacked: layers.isPacked))
        }
        guard layers.isPacked else { throw ArchiveFailure(.open, "it is no archive, and nothing is packed in it") }
        listener.tell(.opened)
        listener.tell(.entry(ArchiveHeader(path: [], mode: 0o100644, size: 0)))
        var position: UInt64 = 0
        while let piece = unsafe try content.next() {
            unsafe tell(piece, at: position)
            position += UInt64(piece.count)
        }
        listener.tell(.contentEnd(offset: position))
        listener.tell(.end)
    }

    private func tell(
        _ archive: RawArchive, readsMembers: Bool = false, rest layers: Layers? = nil
    ) throws(ArchiveFailure) {
        listener.tell(.opened)
        while let header = try archive.next() {
            listener.tell(.entry(header))
            if readsMembers, header.isArchiveOfPackage {
                try tell(MemberPieces(outer: archive), readsMembers: false)
            } else {
                try content(of: archive)
            }
        }
        // Checksums stand behind what they are for, and an archive may end long before what is packed does.
        if let layers, layers.isPacked {
            while let piece = unsafe try layers.archive.next() { listener.tell(.rest(UInt64(piece.count))) }
        }
        listener.tell(.end)
    }

    private func content(of archive: RawArchive) throws(ArchiveFailure) {
        while true {
            let (piece, offset) = unsafe try archive.nextPiece()
            guard let piece = unsafe piece else { return listener.tell(.contentEnd(offset: offset)) }
            unsafe tell(piece, at: offset)
        }
    }

    private func tell(_ piece: UnsafeRawBufferPointer, at offset: UInt64) {
        for start in stride(from: 0, to: piece.count, by: ArchiveMessage.contentSize) {
            let end = min(piece.count, start + ArchiveMessage.contentSize)
            let part = unsafe UnsafeRawBufferPointer(rebasing: piece[start..<end])
            unsafe listener.tell(content: part, at: offset &+ UInt64(start))
        }
    }
}
