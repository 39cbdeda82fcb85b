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

    init(batch: Batch, subject: String, progress: any ProgressSink) throws(BelljarError) {
        writer = try batch.makeWriter()
        self.subject = subject
        self.progress = progress
    }

    func begin(command: Int) { offsets[command] = writer.count }

    func append(_ bytes: [UInt8]) {
        tail.append(bytes)
        progress.report(.log(subject: subject, bytes: bytes))
        guard failure == nil else { return }
        // The sandbox cannot be told from here; `commit` throws what went wrong first.
        do throws(BelljarError) { try writer.write(bytes) } catch { failure = error }
    }

    /// Makes the log a blob of the batch.
    func commit() throws(BelljarError) -> Digest {
        if let failure { throw failure }
        return try writer.commit(expected: nil)
    }
}
