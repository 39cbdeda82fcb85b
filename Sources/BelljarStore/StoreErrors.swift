internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// Makes system calls and turns a failure into an error of the host that says what was being done to what. None is made
/// any more, and the error is `cancelled`, when this process is to end: whoever goes through many files or bytes comes by
/// here for each.
func host<Result: ~Copyable>(
    _ operation: String, _ subject: @autoclosure () -> String, _ body: () throws(KernelError) -> Result
) throws(BelljarError) -> Result {
    do throws(KernelError) {
        try EndWish.check(operation, "")
        return try body()
    } catch {
        if error.tellsOfEnd { throw .cancelled(operation, subject()) }
        throw BelljarError(
            .host, operation: operation, subject: subject(), answer: error.answer, remedy: remedy(for: error),
            details: ["\(error.call) \(error.subject)"], errorNumber: error.number)
    }
}

/// As `host`, for looking at what the store keeps: where the kernel answers that something else is there than belljar left,
/// the store is damaged, and nothing is wrong with the host.
func kept<Result: ~Copyable>(
    _ operation: String, _ subject: @autoclosure () -> String, _ body: () throws(KernelError) -> Result
) throws(BelljarError) -> Result {
    let failure: KernelError
    do throws(KernelError) {
        try EndWish.check(operation, "")
        return try body()
    } catch { failure = error }
    if failure.tellsOfDamage { throw damaged(subject(), failure.answer) }
    return try host(operation, subject()) { () throws(KernelError) in throw failure }
}

private func remedy(for error: KernelError) -> String? {
    switch error.errno {
    case .ENOSPC, .EDQUOT: error.spaceRemedy
    case .EACCES, .EPERM:
        "check who owns the store's folder; every user needs a store of their own (--store or BELLJAR_STORE)"
    case .EROFS: "the store needs a writable file system; choose another folder with --store or BELLJAR_STORE"
    case .EMFILE, .ENFILE: "raise the limit on open files (ulimit -n)"
    case .EIO: "the disk reports errors; check it, then run `belljar store fsck`"
    default: nil
    }
}

extension KernelError {
    /// Whether the answer tells of the file that was asked for: a bad disk, a name that is not there or something else,
    /// rights that were taken away. Anything else (too many open files, no memory) tells of this process, and a check
    /// that took it for a damage would repair what is sound.
    var isOfTheFile: Bool { Self.answersOfFiles.contains(errno) }

    /// Whether the answer is one that what belljar leaves in a store never gives: something of another kind, or without the
    /// rights of its owner.
    var tellsOfDamage: Bool { Self.answersOfDamage.contains(errno) }

    private static let answersOfDamage: Set<Errno> = [.EACCES, .ENOTDIR, .ELOOP, .EISDIR, .ENXIO, .ENODEV]

    fileprivate static let answersOfFiles: Set<Errno> = [
        .EIO, .EBADMSG, .EUCLEAN, .ENODATA, .ESTALE, .EACCES, .EPERM, .ENOENT, .ENOTDIR, .ELOOP, .EISDIR,
        .ENXIO, .EINVAL, .EFBIG,
    ]
}

extension BelljarError {
    /// As `KernelError.isOfTheFile`, of an error that `host` made.
    var isOfTheFile: Bool {
        guard code == .host, let errorNumber else { return false }
        return KernelError.answersOfFiles.contains(Errno(rawValue: errorNumber))
    }
}

/// An error that means that the store's files are not what belljar left there.
func damaged(_ subject: String, _ answer: String) -> BelljarError {
    BelljarError(
        .integrity, operation: "read the store's", subject: subject, answer: answer,
        remedy: "run `belljar store fsck --repair`")
}
