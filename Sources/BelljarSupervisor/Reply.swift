/// What becomes of a call that process 1 was asked about.
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
    /// An error of the call, by its number (errno(3)).
    case errno(Int32)
    /// The kernel carries the call out after all, and finds the error by itself.
    case proceed
    /// The caller is dead.
    case gone
    /// The build has to end, because it could see what it must not see.
    case violation(StaticString)
}

/// Error numbers that handlers answer with: the kernel's (include/uapi/asm-generic/errno-base.h and errno.h).
enum ErrorCode {
    static let notPermitted: Int32 = 1
    static let noEntry: Int32 = 2
    static let noProcess: Int32 = 3
    static let interrupted: Int32 = 4
    static let exists: Int32 = 17
    static let noDevice: Int32 = 6
    static let badDescriptor: Int32 = 9
    static let tryAgain: Int32 = 11
    static let noAccess: Int32 = 13
    static let fault: Int32 = 14
    static let notDirectory: Int32 = 20
    static let invalid: Int32 = 22
    static let tooManyFilesInSystem: Int32 = 23
    static let tooManyFiles: Int32 = 24
    static let notTerminal: Int32 = 25
    static let nameTooLong: Int32 = 36
    static let messageTooLong: Int32 = 90
    static let noProtocolOption: Int32 = 92
    static let notSupported: Int32 = 95
    static let timedOut: Int32 = 110
}
