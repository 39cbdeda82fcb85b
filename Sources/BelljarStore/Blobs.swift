package import BelljarKernel
package import BelljarModel

extension Store {
    /// Whether a blob is there, in either variant.
    package func contains(_ digest: Digest) throws(BelljarError) -> Bool { try blobStatus(digest) != nil }

    /// Size in bytes; nil if the blob is not there.
    package func size(of digest: Digest) throws(BelljarError) -> UInt64? { try blobStatus(digest)?.size }

    private func blobStatus(_ digest: Digest) throws(BelljarError) -> FileStatus? {
        try kept("look up", "blob \(digest)") { () throws(KernelError) in
            for isExecutable in [false, true] {
                let path = Layout.blob(digest, isExecutable: isExecutable)
                if let status = try root.statusIfPresent(of: path) { return status }
            }
            return nil
        }
    }

    /// Stores bytes durably.
    package func write(_ bytes: [UInt8], isExecutable: Bool = false) throws(BelljarError) -> Digest {
        let batch = try makeBatch()
        let digest = try batch.write(bytes, isExecutable: isExecutable)
        try batch.commit()
        return digest
    }

    /// Stores what is left to read of a file, durably, whatever its size.
    ///
    /// - Parameters:
    ///   - name: what the file is called in messages.
    ///   - expected: as of `BlobWriter.commit`.
    ///   - limit: bytes; more are an error, also of a file that says that it has less.
    package func write(
        contentOf file: borrowing Descriptor, named name: String, expected: Digest? = nil, isExecutable: Bool = false,
        limit: UInt64 = .max
    ) throws(BelljarError) -> Digest {
        let writer = try makeWriter()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: workBufferBytes, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while true {
            let count = try host("read", name) { () throws(KernelError) in try unsafe file.read(into: buffer) }
            if count == 0 { return try writer.commit(expected: expected, isExecutable: isExecutable) }
            try unsafe writer.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            guard writer.count <= limit else {
                throw BelljarError(
                    .resourceExceeded, operation: "read", subject: name, answer: "it has more than \(limit) bytes",
                    remedy: "it is still growing, or endless (a device?): name another file")
            }
        }
    }

    /// A blob's bytes, checked against its digest; an error if it is larger than `limit` bytes or not there.
    package func read(_ digest: Digest, limit: Int) throws(BelljarError) -> [UInt8] {
        let file = try open(digest)
        let bytes: [UInt8]
        do throws(KernelError) { bytes = try file.readAll(limit: limit) } catch {
            // What is written has the same limit, so belljar left no such thing there.
            if error.errno == .EFBIG { throw damaged("blob \(digest)", "it has more than \(limit) bytes") }
            return try host("read", "blob \(digest)") { () throws(KernelError) in throw error }
        }
        let found = Digest(of: bytes)
        guard found == digest else { throw damaged("blob \(digest)", "its content has the digest \(found)") }
        return bytes
    }

    /// Hashes a blob that is about to be used and can be had again. If it is damaged it goes into quarantine, and is not
    /// there any more for whoever looks.
    ///
    /// - Returns: whether it is there and sound.
    package func verifyOrQuarantine(_ digest: Digest) throws(BelljarError) -> Bool {
        var isThere = false
        for isExecutable in [false, true] where try verifyOrQuarantine(digest, isExecutable: isExecutable) {
            isThere = true
        }
        return isThere
    }

    private func verifyOrQuarantine(_ digest: Digest, isExecutable: Bool) throws(BelljarError) -> Bool {
        let path = Layout.blob(digest, isExecutable: isExecutable)
        // Again if another process mended it meanwhile: what it put there is hashed too.
        while true {
            let opened: Descriptor?
            do throws(BelljarError) { opened = try openVariant(digest, isExecutable: isExecutable) } catch {
                guard error.code == .integrity, try quarantine(path) else { throw error }
                progress.report(.notice("\(path) of the store was not a file; it was moved to the store's quarantine"))
                continue
            }
            guard let file = opened else { return false }
            let (found, inode) = try host("read", "blob \(digest)") { () throws(KernelError) in
                (try file.digest(), try file.status().inode)
            }
            if found == digest { return true }
            if try quarantine(path, inode: inode) {
                progress.report(.notice("\(path) of the store was damaged; it was moved to the store's quarantine"))
            }
        }
    }

    /// Opens a blob for reading.
    ///
    /// - Throws: `integrity` if it is not there, because whoever asks got the digest from the store or has a pin.
    package func open(_ digest: Digest) throws(BelljarError) -> Descriptor {
        for isExecutable in [false, true] {
            if let file = try openVariant(digest, isExecutable: isExecutable) { return file }
        }
        throw damaged("blob \(digest)", "it is not there")
    }

    /// Opens a blob for reading, after all of it was hashed: for what is shown to people as it is.
    ///
    /// - Throws: `integrity` also for other bytes than the digest's.
    package func openHashed(_ digest: Digest) throws(BelljarError) -> Descriptor {
        let file = try open(digest)
        let found = try host("read", "blob \(digest)") { () throws(KernelError) in
            let found = try file.digest()
            try file.seek(to: 0)
            return found
        }
        guard found == digest else { throw damaged("blob \(digest)", "its content has the digest \(found)") }
        return file
    }

    private func openVariant(_ digest: Digest, isExecutable: Bool) throws(BelljarError) -> Descriptor? {
        try openFile(Layout.blob(digest, isExecutable: isExecutable), named: "blob \(digest)")
    }

    /// Starts a streamed blob: bytes are hashed as they are written, and only `BlobWriter.commit` makes them visible.
    package func makeWriter() throws(BelljarError) -> BlobWriter {
        try BlobWriter(batch: try makeBatch(), commitsBatch: true)
    }
}
