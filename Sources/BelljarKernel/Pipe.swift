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

/// What `poll` may find on a descriptor.
package struct PollEvents: OptionSet, Hashable, Sendable {
    package var rawValue: Int16
    package init(rawValue: Int16) { self.rawValue = rawValue }

    package static let readable = PollEvents(rawValue: Int16(POLLIN))
    package static let writable = PollEvents(rawValue: Int16(POLLOUT))
    /// The other side is gone; found without being asked for.
    package static let hungUp = PollEvents(rawValue: Int16(POLLHUP))
    /// Found without being asked for.
    package static let failed = PollEvents(rawValue: Int16(POLLERR))
}

/// Waits until one of the descriptors is ready or time is up.
///
/// - Parameters:
///   - sources: descriptors and what is awaited of each; a negative descriptor is skipped.
///   - timeoutMilliseconds: nil waits for ever.
/// - Returns: what was found, in the order of `sources`; all empty when time is up.
package func poll(
    _ sources: [(descriptor: Int32, events: PollEvents)], timeoutMilliseconds: Int32?
) throws(KernelError) -> [PollEvents] {
    var entries = sources.map { pollfd(fd: $0.descriptor, events: $0.events.rawValue, revents: 0) }
    let count = nfds_t(entries.count)
    _ = try checked("poll") { unsafe Glibc.poll(&entries, count, timeoutMilliseconds ?? -1) }
    return entries.map { PollEvents(rawValue: $0.revents) }
}
