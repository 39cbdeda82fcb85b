internal import BelljarKernel
internal import BelljarModel

/// Makes calls to the kernel; an error becomes a `host` error that says what was being done.
func hostCall<Result: ~Copyable>(
    _ operation: String, _ subject: String, _ body: () throws(KernelError) -> Result
) throws(BelljarError) -> Result {
    do throws(KernelError) { return try body() } catch {
        throw BelljarError(.host, operation: operation, subject: subject, answer: error.description)
    }
}
