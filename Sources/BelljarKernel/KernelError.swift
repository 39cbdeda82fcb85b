internal import CLinux
internal import Glibc

/// A system call that failed: which, on what, and the kernel's answer.
package struct KernelError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call, as the manual names it: `openat`.
    package var call: String
    /// What it was made on: a path, a descriptor, empty where there is nothing to name.
    package var subject: String
    /// The error number, never 0.
    package var number: Int32

    package init(call: String, subject: String, number: Int32) {
        self.call = call
        self.subject = subject
        self.number = number
    }

    package var errno: Errno { Errno(rawValue: number) }

    /// The kernel's answer in words with its symbol: `No space left on device (ENOSPC)`.
    package var answer: String { errno.description }

    package var description: String { "\(call) \(subject): \(answer)" }

    /// Whether there is nothing by that name (ENOENT, ENOTDIR).
    package var isNotFound: Bool { number == ENOENT || number == ENOTDIR }

    /// The error of a search that found nothing.
    package static func notFound(call: String, subject: String) -> KernelError {
        KernelError(call: call, subject: subject, number: ENOENT)
    }

    /// An argument that no call is made with: EINVAL.
    package static func invalid(_ call: String, _ subject: String) -> KernelError {
        KernelError(call: call, subject: subject, number: EINVAL)
    }

    /// Waited for in vain: ETIMEDOUT.
    package static func timedOut(_ call: String, _ subject: String) -> KernelError {
        KernelError(call: call, subject: subject, number: ETIMEDOUT)
    }

    /// Refused before the kernel is asked: EPERM.
    package static func notPermitted(_ call: String, _ subject: String) -> KernelError {
        KernelError(call: call, subject: subject, number: EPERM)
    }

    /// Whether the other side of a socket is gone without having read everything (ECONNRESET).
    package var isReset: Bool { number == ECONNRESET }

    /// Whether nobody reads what was written any more (EPIPE).
    package var isBrokenPipe: Bool { number == EPIPE }

    /// Whether it would have had to wait, and was asked not to (EAGAIN).
    package var isTemporary: Bool { number == EAGAIN }

    /// Whether the kernel did not find a name (ENOENT).
    package var isMissing: Bool { number == ENOENT }
}

/// What the kernel answers when a call fails, by the names of errno(3).
package struct Errno: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// `Permission denied (EACCES)`; the number itself where it has no name here.
    package var description: String {
        guard let text = unsafe bj_error_text(rawValue) else { return "error \(rawValue)" }
        let words = unsafe String(cString: text)
        guard let symbol else { return words }
        return "\(words) (\(symbol))"
    }

    /// `EACCES` for 13, through glibc's own table.
    package var symbol: String? {
        guard let name = unsafe bj_error_name(rawValue) else { return nil }
        return unsafe String(cString: name)
    }

    package static let E2BIG = Errno(rawValue: Glibc.E2BIG)
    package static let EACCES = Errno(rawValue: Glibc.EACCES)
    package static let EAGAIN = Errno(rawValue: Glibc.EAGAIN)
    package static let EBADF = Errno(rawValue: Glibc.EBADF)
    package static let EBADMSG = Errno(rawValue: Glibc.EBADMSG)
    package static let EBUSY = Errno(rawValue: Glibc.EBUSY)
    package static let EDQUOT = Errno(rawValue: Glibc.EDQUOT)
    package static let EEXIST = Errno(rawValue: Glibc.EEXIST)
    package static let EFAULT = Errno(rawValue: Glibc.EFAULT)
    package static let EFBIG = Errno(rawValue: Glibc.EFBIG)
    package static let EINTR = Errno(rawValue: Glibc.EINTR)
    package static let EINVAL = Errno(rawValue: Glibc.EINVAL)
    package static let EIO = Errno(rawValue: Glibc.EIO)
    package static let EISDIR = Errno(rawValue: Glibc.EISDIR)
    package static let ELOOP = Errno(rawValue: Glibc.ELOOP)
    package static let EMFILE = Errno(rawValue: Glibc.EMFILE)
    package static let EMLINK = Errno(rawValue: Glibc.EMLINK)
    package static let EMSGSIZE = Errno(rawValue: Glibc.EMSGSIZE)
    package static let ENAMETOOLONG = Errno(rawValue: Glibc.ENAMETOOLONG)
    package static let ENFILE = Errno(rawValue: Glibc.ENFILE)
    package static let ENODATA = Errno(rawValue: Glibc.ENODATA)
    package static let ENODEV = Errno(rawValue: Glibc.ENODEV)
    package static let ENOENT = Errno(rawValue: Glibc.ENOENT)
    package static let ENOEXEC = Errno(rawValue: Glibc.ENOEXEC)
    package static let ENOMEM = Errno(rawValue: Glibc.ENOMEM)
    package static let ENOPROTOOPT = Errno(rawValue: Glibc.ENOPROTOOPT)
    package static let ENOSPC = Errno(rawValue: Glibc.ENOSPC)
    package static let ENOSYS = Errno(rawValue: Glibc.ENOSYS)
    package static let ENOTDIR = Errno(rawValue: Glibc.ENOTDIR)
    package static let ENOTEMPTY = Errno(rawValue: Glibc.ENOTEMPTY)
    package static let ENOTTY = Errno(rawValue: Glibc.ENOTTY)
    package static let ENXIO = Errno(rawValue: Glibc.ENXIO)
    package static let EOPNOTSUPP = Errno(rawValue: Glibc.EOPNOTSUPP)
    package static let EOVERFLOW = Errno(rawValue: Glibc.EOVERFLOW)
    package static let EPERM = Errno(rawValue: Glibc.EPERM)
    package static let EROFS = Errno(rawValue: Glibc.EROFS)
    package static let ESRCH = Errno(rawValue: Glibc.ESRCH)
    package static let ESTALE = Errno(rawValue: Glibc.ESTALE)
    package static let ETIMEDOUT = Errno(rawValue: Glibc.ETIMEDOUT)
    package static let EUCLEAN = Errno(rawValue: Glibc.EUCLEAN)
    package static let EUSERS = Errno(rawValue: Glibc.EUSERS)
    package static let EXDEV = Errno(rawValue: Glibc.EXDEV)
}

/// Runs `body` and leaves errno as it was. Everything that a `deinit` does happens in here.
///
/// The compiler destroys a value right after its last use, and that can be a call whose errno was not read yet: what a
/// destructor asks of the kernel would be answered in the call's place. A test looks at every `deinit` for that.
package func keepingErrorNumber(_ body: () -> Void) {
    let number = errno
    body()
    errno = number
}

/// Makes a call that answers -1 on failure, again as long as a signal interrupts it.
///
/// The one place where errno and EINTR are handled. `close` must not go through here: its descriptor is gone even when
/// it answers EINTR.
func checked<Result: FixedWidthInteger>(
    _ call: String, _ subject: @autoclosure () -> String = "", _ body: () -> Result
) throws(KernelError) -> Result {
    #if DEBUG
        // Unit tests watch set-up code make its calls, and answer them, without privileges; release builds have no hook.
        if let answer = try Recording.intercept(call, subject()) { return Result(answer) }
    #endif
    while true {
        let result = body()
        guard result == -1 else { return result }
        let number = errno
        guard number == EINTR else { throw KernelError(call: call, subject: subject(), number: number) }
    }
}
