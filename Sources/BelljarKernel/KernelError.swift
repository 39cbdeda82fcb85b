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

    /// The kernel's answer in words with its symbol: `No space left on device (ENOSPC)`.
    package var answer: String { ErrorNumber.describe(number) }

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

/// Names and texts of error numbers.
package enum ErrorNumber {
    /// `Permission denied (EACCES)`; the number itself where it has no name here.
    package static func describe(_ number: Int32) -> String {
        guard let text = unsafe bj_error_text(number) else { return "error \(number)" }
        let words = unsafe String(cString: text)
        guard let symbol = symbol(number) else { return words }
        return "\(words) (\(symbol))"
    }

    /// `EACCES` for 13, through glibc's own table.
    package static func symbol(_ number: Int32) -> String? {
        guard let name = unsafe bj_error_name(number) else { return nil }
        return unsafe String(cString: name)
    }
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
