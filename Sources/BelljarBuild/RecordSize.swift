internal import BelljarModel

extension BuildRecord {
    /// The record's bytes, or the error for those that could not be read again.
    func written() throws(BelljarError) -> (bytes: [UInt8], refusal: BelljarError?) {
        let document = try json()
        let bytes = CanonicalJSON.encode(document)
        return (bytes, refusal(ofSize: bytes.count) ?? refusal(ofValues: document.valueCount))
    }

    /// The same for one with more values than are read of a document: short texts of recipes, in the definitions of many inputs.
    func refusal(ofValues values: Int, limit: Int = CanonicalJSON.valueLimit) -> BelljarError? {
        guard values > limit else { return nil }
        return BelljarError(
            .resourceExceeded, operation: "record", subject: "\(definition.name) \(definition.version)",
            stage: "collect",
            answer: "the record would have \(values) values, more than the \(limit) that can be read again",
            remedy: "make the build leave fewer files, or use fewer inputs, or inputs with shorter recipes")
    }

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
            answer: "with its \(result.outputs.count) outputs the record would have \(size) bytes, more than the "
                + "\(limit) that can be read again",
            remedy:
                "make the build leave fewer files, for instance one archive of them; to notice too many earlier, set "
                + "output-files in the limits of its recipe")
    }
}
