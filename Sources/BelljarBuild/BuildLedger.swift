internal import BelljarModel
internal import BelljarSandbox
internal import BelljarStore

/// The ledger or the trace of a build (docs/record.md), streamed into a blob.
final class BuildLedger {
    private let writer: BlobWriter
    private var failure: BelljarError?

    private var filter: SecretFilter
    private var reader: SecretScan.Reader

    init(batch: Batch, secrets: SecretGuard) throws(BelljarError) {
        writer = try batch.makeWriter()
        filter = SecretFilter(secrets.forms)
        reader = SecretScan.Reader(secrets.scan)
    }

    /// A secret that is in it although it was taken out.
    var leak: SecretForms.Form? { reader.found }

    /// - Parameter lines: whole ones, so that nothing is held back.
    func append(_ lines: [UInt8]) {
        let lines = filter.take(lines) + filter.finish(isCut: false)
        reader.read(lines)
        guard failure == nil else { return }
        // As with the log: `commit` throws what went wrong first.
        do throws(BelljarError) { try writer.write(lines) } catch { failure = error }
    }

    /// Makes it a blob of the batch.
    func commit() throws(BelljarError) -> Digest {
        if let failure { throw failure }
        return try writer.commit(expected: nil)
    }
}

/// What is written down of a build besides its log, as far as it is wanted.
struct BuildNotes {
    var ledger: BuildLedger?
    var trace: BuildLedger?

    func append(_ note: Sandbox.Note, _ lines: [UInt8]) {
        switch note {
        case .ledger: ledger?.append(lines)
        case .trace: trace?.append(lines)
        }
    }
}
