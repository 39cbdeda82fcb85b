internal import BelljarModel

extension BuildRecord {
    /// The error for a record that could not be read again, and so may not be written; nil for all others.
    ///
    /// - Parameters:
    ///   - size: its canonical bytes.
    ///   - limit: bytes that are read of a record.
    func refusal(ofSize size: Int, limit: Int = BuildRecord.sizeLimit) -> BelljarError? {
        guard size > limit else { return nil }
        return BelljarError(
            .resourceExceeded, operation: "record", subject: "\(definition.name) \(definition.version)",
            stage: "collect",
            answer: "with its \(result.outputs.count) outputs the record would have \(size) bytes, and no more than "
                + "\(limit) are read of one",
            remedy:
                "let the build leave fewer files, for instance an archive of them; output-files in the limits of its "
                + "recipe says how many are expected")
    }
}
