internal import CLinux
internal import Glibc

/// What is on the other side of a standard stream.
package enum Terminal {
    package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Width in columns; nil if it is no terminal or does not know.
    package static func columns(_ descriptor: Int32) -> Int? {
        let columns = bj_terminal_columns(descriptor)
        return columns > 0 ? Int(columns) : nil
    }

    /// Writes bytes to a standard stream, as many as it takes without keeping this thread waiting.
    package static func writeIfRoom(_ bytes: [UInt8], to descriptor: Int32) {
        // A pipe that is ready takes so many without blocking (pipe(7), PIPE_BUF).
        for start in stride(from: 0, to: bytes.count, by: 4096) {
            let found = try? poll([(descriptor, .writable)], until: .passed)
            let piece = Array(bytes[start..<min(start + 4096, bytes.count)])
            guard found?.first?.contains(.writable) == true,
                unsafe Glibc.write(descriptor, piece, piece.count) == piece.count
            else { return }
        }
    }

    /// Writes bytes to a standard stream, all of them, also where whoever shares it has made it answer at once that it is
    /// full. What cannot be written (a full disk, a reader that went away) is an error of the caller's, who may be past
    /// telling anybody.
    package static func write(_ bytes: [UInt8], to descriptor: Int32) throws(KernelError) {
        var done = 0
        while done < bytes.count {
            do throws(KernelError) {
                done += try checked("write", "\(descriptor)") {
                    unsafe bytes.withUnsafeBytes { buffer in
                        unsafe Glibc.write(
                            descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
                    }
                }
            } catch  where error.isTemporary {
                StandardStream.awaitReadiness(of: descriptor, .writable)
            }
        }
    }
}
