internal import BelljarModel
internal import BelljarSandbox
internal import BelljarStore

/// What a build writes, streamed into a blob byte for byte, with its end kept for showing. Secrets are taken out before
/// anybody sees it, in each of the two streams by itself.
final class BuildLog {
    /// Where each command's output begins, by the command's index.
    private(set) var offsets: [Int: UInt64] = [:]
    private(set) var tail = LogTail()
    private let writer: BlobWriter
    private let subject: String
    private let progress: any ProgressSink
    private var failure: BelljarError?
    /// Bytes that may come still, before the log is cut off.
    private var room: UInt64
    private var standardOutput: SecretFilter
    private var standardError: SecretFilter
    private var reader: SecretScan.Reader
    private var seams: SecretScan.SeamReader

    /// - Parameter limit: how many bytes of the steps come at most; the sandbox sees to that.
    init(
        batch: Batch, subject: String, limit: UInt64, secrets: SecretGuard, progress: any ProgressSink
    ) throws(BelljarError) {
        writer = try batch.makeWriter()
        room = limit
        standardOutput = SecretFilter(secrets.forms)
        standardError = SecretFilter(secrets.forms)
        reader = SecretScan.Reader(secrets.scan)
        seams = SecretScan.SeamReader(secrets.scan)
        self.subject = subject
        self.progress = progress
    }

    /// Where it is while it grows, in the store.
    var path: String { writer.path }

    /// A secret that is in the log all the same, and where: wrapped into lines, or a part of it in each stream.
    var leak: (form: SecretForms.Form, place: String)? {
        reader.found.map { ($0, "the log") }
            ?? seams.found.map { ($0, "the log of standard output and standard error together") }
    }

    func begin(command: Int) {
        finish()
        tail.beginPart()
        offsets[command] = writer.count
    }

    func append(_ stream: Sandbox.Stream, _ bytes: [UInt8]) {
        room -= min(room, UInt64(bytes.count))
        seams.read(bytes, isError: stream == .standardError)
        switch stream {
        case .standardOutput: keep(standardOutput.take(bytes))
        case .standardError: keep(standardError.take(bytes))
        }
    }

    /// Nothing more comes for now. At its limit the log may have been cut off in the middle of a secret.
    func finish() {
        keep(standardOutput.finish(isCut: room == 0))
        keep(standardError.finish(isCut: room == 0))
    }

    /// Says at the end of the log that it was cut off there. Nothing of the steps comes after it, so their offsets
    /// hold.
    func markEnd(limit: UInt64) {
        keep(Array("\n[belljar: the log was cut off here, at its limit of \(LimitName.log.text(limit))]\n".utf8))
    }

    private func keep(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        reader.read(bytes)
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
