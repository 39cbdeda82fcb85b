package import BelljarKernel
package import BelljarModel

extension BelljarError {
    /// The host failed us at a system call.
    package static func hostFailure(
        _ error: KernelError, operation: String, subject: String
    ) -> BelljarError {
        if error.tellsOfEnd { return .cancelled(operation, subject) }
        // The call also names what it was made on: one file of an image.
        return BelljarError(
            .host, operation: operation, subject: subject, answer: error.answer, remedy: error.remedy,
            details: ["\(error.call) \(error.subject)"], errorNumber: error.number)
    }
}

/// What to do where there is no room.
package let spaceRemedy = "free some space, for example with `belljar store gc`, or move the store with BELLJAR_STORE"

extension KernelError {
    /// What to do about an answer that files and the host give; nil for others.
    fileprivate var remedy: String? {
        switch errno {
        case .ENOSPC, .EDQUOT: BelljarHost.spaceRemedy
        case .EACCES, .EPERM: "check its owner and mode, and those of the folders above it: this user may not do that"
        case .EROFS: "choose a place on a file system that can be written to"
        case .ENOENT: "check the path: it, or a folder above it, is not there"
        case .ENOTDIR, .ELOOP, .EISDIR, .EEXIST: "check the path: something of another kind is there"
        case .EMFILE, .ENFILE: "raise the limit on open files (ulimit -n)"
        case .EFBIG: "use a smaller file"
        case .EIO: "the disk reports errors: check it"
        default: nil
        }
    }

    /// What to do if the answer is that there is no room; nil for every other answer.
    package var spaceRemedy: String? {
        errno == .ENOSPC || errno == .EDQUOT ? BelljarHost.spaceRemedy : nil
    }
}

/// Makes calls to the kernel; an error becomes a `host` error that says what was being done. None is made any more, and the
/// error is `cancelled`, when this process is to end.
package func hostCall<Result: ~Copyable>(
    _ operation: String, _ subject: String, _ body: () throws(KernelError) -> Result
) throws(BelljarError) -> Result {
    do throws(KernelError) {
        try EndWish.check(operation, subject)
        return try body()
    } catch {
        throw .hostFailure(error, operation: operation, subject: subject)
    }
}
