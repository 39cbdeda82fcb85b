internal import BelljarKernel

/// What becomes of a call that PID 1 was asked about.
enum Reply {
    /// The kernel carries it out.
    case proceed
    /// It answers this value.
    case value(Int64)
    /// It is answered already, or will be later by somebody else.
    case held

    static let success = Reply.value(0)
}

/// Why a call is not answered with a value. Handlers throw it, and it is made into an answer in one place.
enum Refusal: Error {
    /// An error of the call.
    case errno(Errno)
    /// The kernel carries the call out after all, and finds the error by itself.
    case proceed
    /// The caller is dead.
    case gone
    /// The build has to end, because it could see what it must not see.
    case violation(StaticString)
}
