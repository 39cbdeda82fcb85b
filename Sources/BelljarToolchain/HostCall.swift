internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

extension BelljarError {
    /// The host failed us at a system call.
    static func host(_ error: KernelError, operation: String, subject: String) -> BelljarError {
        // The call names what it was made on where that is less than the whole subject: one file of an image.
        let place = error.subject.isEmpty || error.subject == subject ? "" : " \(error.subject)"
        return BelljarError(
            .host, operation: operation, subject: subject, answer: "\(error.call)\(place): \(error.answer)",
            remedy: error.spaceRemedy)
    }
}

/// Turns a failed system call into an error that says what it was made for.
func hosted<Result: ~Copyable>(
    _ operation: String, _ subject: String, _ body: () throws(KernelError) -> Result
) throws(BelljarError) -> Result {
    do { return try body() } catch { throw .host(error, operation: operation, subject: subject) }
}
