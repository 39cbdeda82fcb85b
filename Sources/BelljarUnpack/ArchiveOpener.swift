package import BelljarKernel
package import BelljarModel
package import BelljarPlan
package import BelljarSandbox

/// What is in an archive, message by message, from whoever reads it.
package protocol ArchiveMessages: AnyObject {
    /// The next message; waits for it.
    func next() throws(BelljarError) -> ArchiveMessage
}

extension ArchiveReaderProcess: ArchiveMessages {}

/// How archives are opened: by a process of its own for each, which has nothing but the open file and a pipe, because
/// what decompresses and takes apart foreign bytes is large and written in C.
package struct ArchiveOpener: Sendable {
    /// Starts reading; the archive stays the caller's.
    package typealias Open =
        @Sendable (_ job: ArchiveReaderPlan.Job, _ archive: borrowing Descriptor, _ name: String) throws(BelljarError)
        -> any ArchiveMessages

    package let open: Open

    /// In processes of this sandbox.
    package init(_ sandbox: Sandbox, cancellation: Cancellation) {
        open = { (job, archive, name) throws(BelljarError) in
            try sandbox.startArchiveReader(job, of: archive, name: name, cancellation: cancellation)
        }
    }

    /// By other means, for tests and the fuzzer.
    package init(opening open: @escaping Open) { self.open = open }
}
