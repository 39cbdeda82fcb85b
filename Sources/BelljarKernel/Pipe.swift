internal import CLinux
internal import Glibc

/// The two ends of a pipe, both closed on exec.
package struct Pipe: ~Copyable, Sendable {
    package var reader: Descriptor
    package var writer: Descriptor

    package init() throws(KernelError) {
        var pair: (Int32, Int32) = (-1, -1)
        _ = try checked("pipe2") {
            unsafe withUnsafeMutableBytes(of: &pair) { bytes in
                unsafe bj_pipe2(bytes.baseAddress?.assumingMemoryBound(to: Int32.self), O_CLOEXEC)
            }
        }
        reader = Descriptor(owning: pair.0)
        writer = Descriptor(owning: pair.1)
    }

    /// Lets more bytes wait in it than the kernel's 64 KiB. A user has a limit on all pipes together, and over it the size
    /// stays as it is.
    package func enlarge(to bytes: Int32) {
        _ = try? checked("fcntl", "F_SETPIPE_SZ \(bytes)") { bj_set_pipe_size(writer.number, bytes) }
    }

    /// Closes the writing end here, so that the reader meets the end of the file once every other writer is gone.
    package consuming func closingWriter() -> Descriptor { reader }

    /// Closes the reading end here, so that the last reader's end is noticed.
    package consuming func closingReader() -> Descriptor { writer }
}
