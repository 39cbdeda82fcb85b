internal import BelljarKernel
internal import BelljarModel

/// A file that somebody names on the command line, and that may be anything.
struct ForeignFile {
    let path: String
    /// What is being done, for errors.
    let operation: String
    /// What to do about something else.
    let remedy: String

    /// All of it: of a file, or of a pipe that somebody writes to (`belljar show <(ssh host belljar show app --json)`).
    ///
    /// - Throws: `usage` for what is neither, and at once for a FIFO that nobody has open for writing; for more than `limit` bytes.
    func content(limit: Int) throws(BelljarError) -> [UInt8] {
        let kind: FileKind
        do throws(KernelError) {
            // Opening a FIFO would otherwise wait for a writer.
            let file = try Descriptor.workingDirectory.open(path, [.read, .nonblocking, .followingLinks])
            kind = try file.status().kind
            switch kind {
            case .regular: return try file.readAll(limit: limit)
            case .fifo:
                let bytes = try written(to: file, limit: limit)
                if !bytes.isEmpty { return bytes }
            default: break
            }
        } catch {
            if error.tellsOfEnd { throw .cancelled(operation, path) }
            guard error.errno == .EFBIG else { throw wrong(error.answer) }
            throw wrong("it has more than \(limit) bytes, and no more are read")
        }
        throw wrong(
            "it is a \(kind.words)" + (kind == .fifo ? " that nobody writes to" : ", not a file"))
    }

    /// Nothing if nobody has it open for writing.
    private func written(to pipe: borrowing Descriptor, limit: Int) throws(KernelError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            do throws(KernelError) {
                let more = try pipe.readSome(atMost: 1 << 16)
                if more.isEmpty { return bytes }
                bytes += more
            } catch {
                guard error.errno == .EAGAIN else { throw error }
                // For a while only, because this process may be told to end meanwhile.
                let soon = Deadline.after(milliseconds: 200)
                _ = try poll([(pipe.number, .readable)], until: soon)
            }
            guard bytes.count <= limit else {
                throw KernelError(call: "read", subject: path, number: Errno.EFBIG.rawValue)
            }
        }
    }

    private func wrong(_ answer: String) -> BelljarError {
        BelljarError(.usage, operation: operation, subject: path, answer: answer, remedy: remedy)
    }
}
