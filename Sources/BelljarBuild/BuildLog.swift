internal import BelljarModel
internal import BelljarStore

/// What a build writes, streamed into a blob byte for byte, with its end kept for showing.
final class BuildLog {
    /// Where each command's output begins, by the command's index.
    private(set) var offsets: [Int: UInt64] = [:]
    private(set) var tail = LogTail()
    private let writer: BlobWriter
    private let subject: String
    private let progress: any ProgressSink
    private var failure: BelljarError?

    init(store: Store, subject: String, progress: any ProgressSink) throws(BelljarError) {
        writer = try store.makeWriter()
        self.subject = subject
        self.progress = progress
    }

    func begin(command: Int) { offsets[command] = writer.count }

    func append(_ bytes: [UInt8]) {
        tail.append(bytes)
        progress.report(.log(subject: subject, bytes: bytes))
        guard failure == nil else { return }
        unsafe bytes.withUnsafeBytes { buffer in
            // The sandbox cannot be told from here; `commit` throws what went wrong first.
            do throws(BelljarError) { try unsafe writer.write(buffer) } catch { failure = error }
        }
    }

    /// Makes the log visible in the store.
    func commit() throws(BelljarError) -> Digest {
        if let failure { throw failure }
        return try writer.commit(expected: nil)
    }
}
