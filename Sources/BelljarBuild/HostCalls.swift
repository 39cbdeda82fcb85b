internal import BelljarKernel
internal import BelljarModel

/// Makes calls to the kernel in the name of an operation: what they answer becomes an error that says what was being
/// done, and to what.
func hosted<Result: ~Copyable>(
    _ operation: String, _ subject: String, _ body: () throws(KernelError) -> Result
) throws(BelljarError) -> Result {
    do {
        return try body()
    } catch {
        throw BelljarError(.host, operation: operation, subject: subject, answer: error.description)
    }
}
