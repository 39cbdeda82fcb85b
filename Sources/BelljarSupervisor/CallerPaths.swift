internal import BelljarKernel

/// How a path of the caller is reached from PID 1.
///
/// Both see the same mounts from the same root, so an absolute path is the same for both, unless it leads through what
/// `/proc/self` is to each. A relative path begins at the caller's own descriptors in `/proc`. What is looked up is
/// looked up with the rights of the build: workers have none beyond that to look into processes.
extension Worker {
    /// AT_FDCWD
    static var workingDirectory: Int32 { -100 }

    /// Writes the way to a path to `place`, ended by a zero.
    ///
    /// - Parameters:
    ///   - directory: the caller's descriptor that a relative path begins at, or AT_FDCWD.
    ///   - address: of the path in the caller's memory.
    ///   - allowsEmpty: whether an empty path is the directory itself (AT_EMPTY_PATH); otherwise it is ENOENT.
    /// - Returns: its length without the zero.
    /// - Throws: `proceed` for what the kernel alone can resolve: a path that is too long from here.
    func locate(_ directory: Int32, _ address: UInt64, allowsEmpty: Bool) throws(Refusal) -> Int {
        let length = try readPath(at: address)
        guard length > 0 else {
            guard allowsEmpty else { throw .errno(.ENOENT) }
            return try locate(directory)
        }
        guard let length = try locatePath(directory, length) else { throw .proceed }
        return length
    }

    /// Writes the way to the path in `callerPath` to `place`.
    ///
    /// - Parameter followsLink: whether it is about what a link leads to, if it is one.
    /// - Returns: its length without the zero; nil if it is too long from here.
    func locatePath(_ directory: Int32, _ length: Int, followsLink: Bool = true) throws(Refusal) -> Int? {
        guard directory >= 0 || directory == Self.workingDirectory || (unsafe callerPath[0] == UInt8(ascii: "/")) else {
            throw .errno(.EBADF)
        }
        var text = unsafe PlaceText(place)
        var start = 0
        if unsafe callerPath[0] == UInt8(ascii: "/") {
            // What PID 1 may look at of itself, nobody else may.
            if unsafe PlaceText.begins(callerPath, length, with: PlaceText.firstProcess) { throw .proceed }
            start = unsafe text.beginAbsolute(
                callerPath, length, thread: call.thread, followsLink: followsLink)
        } else {
            text.begin(directory, thread: call.thread)
            text.append("/")
        }
        unsafe text.append(callerPath, from: start, to: length)
        return text.endIfShort() ? text.length : nil
    }

    /// Writes the way to a descriptor of the caller, or to its working directory, to `place`.
    func locate(_ descriptor: Int32) throws(Refusal) -> Int {
        guard descriptor >= 0 || descriptor == Self.workingDirectory else { throw .errno(.EBADF) }
        var text = unsafe PlaceText(place)
        text.begin(descriptor, thread: call.thread)
        return try text.end()
    }
}

/// A path that is being put together, without allocating.
@safe
struct PlaceText {
    static let firstProcess: StaticString = "/proc/1"

    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var length = 0
    private var isTooLong = false

    init(_ buffer: UnsafeMutableRawBufferPointer) { unsafe self.buffer = buffer }

    /// `/proc/THREAD/cwd` or `/proc/THREAD/fd/NUMBER`.
    mutating func begin(_ descriptor: Int32, thread: Int32) {
        append("/proc/")
        append(thread)
        guard descriptor >= 0 else { return append("/cwd") }
        append("/fd/")
        append(descriptor)
    }

    /// Puts the caller's own places in for those that name whoever asks.
    ///
    /// - Returns: how much of the path is dealt with.
    mutating func beginAbsolute(
        _ path: UnsafeMutableRawBufferPointer, _ length: Int, thread: Int32, followsLink: Bool
    ) -> Int {
        // Most paths lead elsewhere.
        guard length > 5, unsafe path[1] == UInt8(ascii: "p") || path[1] == UInt8(ascii: "d") else { return 0 }
        let own: [(name: StaticString, place: StaticString)] = [
            ("/proc/self", ""), ("/proc/thread-self", ""), ("/dev/fd", "/fd"), ("/dev/stdin", "/fd/0"),
            ("/dev/stdout", "/fd/1"), ("/dev/stderr", "/fd/2"),
        ]
        for (name, place) in own where unsafe Self.begins(path, length, with: name) {
            guard followsLink || length > name.utf8CodeUnitCount else { return 0 }
            append("/proc/")
            append(thread)
            append(place)
            return name.utf8CodeUnitCount
        }
        return 0
    }

    /// Whether the path is this one or lies below it.
    static func begins(_ path: UnsafeMutableRawBufferPointer, _ length: Int, with name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        guard length >= count, unsafe length == count || path[count] == UInt8(ascii: "/") else { return false }
        for index in 0..<count where unsafe path[index] != name.utf8Start[index] { return false }
        return true
    }

    mutating func append(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount { unsafe append(text.utf8Start[index]) }
    }

    mutating func append(_ number: Int32) {
        var divisor: Int32 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    mutating func append(_ bytes: UnsafeMutableRawBufferPointer, from start: Int, to end: Int) {
        guard length + end - start < Worker.pathSize else { return isTooLong = true }
        for index in start..<end { unsafe append(bytes[index]) }
    }

    private mutating func append(_ byte: UInt8) {
        unsafe buffer[length] = byte
        length += 1
    }

    mutating func end() throws(Refusal) -> Int {
        guard endIfShort() else { throw .proceed }
        return length
    }

    /// - Returns: false if it is too long for the kernel.
    mutating func endIfShort() -> Bool {
        guard !isTooLong else { return false }
        unsafe buffer[length] = 0
        return true
    }
}
