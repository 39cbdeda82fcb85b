internal import BelljarModel
internal import BelljarStore

/// The ledger of a build (docs/record.md), streamed into a blob.
final class BuildLedger {
    private let writer: BlobWriter
    private var failure: BelljarError?

    init(batch: Batch) throws(BelljarError) { writer = try batch.makeWriter() }

    func append(_ lines: [UInt8]) {
        guard failure == nil else { return }
        // As with the log: `commit` throws what went wrong first.
        do throws(BelljarError) { try writer.write(lines) } catch { failure = error }
    }

    /// Makes the ledger a blob of the batch.
    func commit() throws(BelljarError) -> Digest {
        if let failure { throw failure }
        return try writer.commit(expected: nil)
    }
}
