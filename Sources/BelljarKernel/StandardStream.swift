internal import CLinux
internal import Glibc

/// A standard stream as whoever started the program left it. The open file may be shared with others: nothing is done to it
/// but reading and writing.
package enum StandardStream {
    /// What standard input can be.
    package enum Input: Hashable, Sendable {
        /// Bytes that come when they come: a pipe, a socket, a device.
        case stream
        /// A file with a position, and where that is.
        case file(position: UInt64)
        /// A terminal.
        case terminal
        /// `/dev/null`.
        case nothing
        /// Nothing to read bytes from, in words.
        case unusable(String)
    }

    package static func input() throws(KernelError) -> Input {
        let flags = try checked("fcntl", "0 F_GETFL") { fcntl(0, F_GETFL) }
        if flags & bj_o_path != 0 { return .unusable("only a place, and not open") }
        if flags & O_ACCMODE == O_WRONLY { return .unusable("open for writing only") }
        if Terminal.isTerminal(0) { return .terminal }
        var found = stat()
        _ = try checked("fstat", "0") { unsafe fstat(0, &found) }
        // What has no type is no file: an epoll, a timer, a process.
        guard let status = FileStatus(found) else { return .unusable("no file, but a descriptor of the kernel's") }
        switch status.kind {
        case .regular, .blockDevice: return .file(position: try position())
        case .fifo, .socket: return .stream
        case .characterDevice: return status.deviceNumber == HostDevice.null.number ? .nothing : .stream
        case .directory, .symlink: return .unusable("a \(status.kind.words)")
        }
    }

    private static func position() throws(KernelError) -> UInt64 {
        UInt64(clamping: try checked("lseek", "0 SEEK_CUR") { lseek(0, 0, SEEK_CUR) })
    }

    /// Gives everything that standard input has to a pipe, until that ends or nobody reads any more. A file's position,
    /// which others may share, stays where it is.
    package static func pump(_ input: Input, into sink: borrowing Descriptor) throws(KernelError) {
        var next = position(in: input)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count: Int
            do throws(KernelError) { count = try read(into: &buffer, at: next) } catch  where error.isTemporary {
                awaitReadiness(of: 0, .readable)
                continue
            }
            if count == 0 { return }
            next = next.map { $0 + UInt64(count) }
            do throws(KernelError) { try sink.writeAll(Array(buffer[..<count])) } catch  where error.isBrokenPipe {
                return
            }
        }
    }

    /// Where reading a standard input begins; nil for one without positions.
    private static func position(in input: Input) -> UInt64? {
        if case .file(let position) = input { position } else { nil }
    }

    /// What there is right now, at most so many bytes; nothing at the end. To be called when standard input is readable.
    ///
    /// - Parameter input: what it is; moves on with what was read.
    /// - Throws: an error that is temporary if somebody else was faster.
    package static func readSome(_ input: inout Input, atMost count: Int) throws(KernelError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let next = position(in: input)
        let got = try read(into: &buffer, at: next)
        if let next { input = .file(position: next + UInt64(got)) }
        return Array(buffer[..<got])
    }

    private static func read(into buffer: inout [UInt8], at position: UInt64?) throws(KernelError) -> Int {
        let room = buffer.count
        guard let position else {
            return try checked("read", "standard input") { unsafe Glibc.read(0, &buffer, room) }
        }
        return try checked("pread", "standard input") { unsafe pread(0, &buffer, room, off_t(clamping: position)) }
    }

    /// Waits for ever. Whether it was worth it, the next attempt tells.
    static func awaitReadiness(of descriptor: Int32, _ events: PollEvents) {
        _ = try? poll([(descriptor, events)], until: nil)
    }
}
