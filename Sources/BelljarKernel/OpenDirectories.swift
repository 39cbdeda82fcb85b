internal import CLinux
internal import Glibc

// What is done to open directories beyond names in them.

extension Host {
    /// A descriptor that stands for one thread (PIDFD_THREAD, kernel >= 6.9; EINVAL before). Threads of one process need
    /// not have the same descriptors.
    package static func openThread(_ thread: Int32) throws(KernelError) -> Descriptor {
        Descriptor(owning: try checked("pidfd_open", "PIDFD_THREAD") { bj_pidfd_open_thread(thread) })
    }
}

extension Descriptor {
    /// The position in the file that all descriptors of this opening share.
    package func position() throws(KernelError) -> UInt64 {
        UInt64(clamping: try checked("lseek", "SEEK_CUR") { lseek(number, 0, SEEK_CUR) })
    }

    /// Reads the next entries of this directory as records of getdents64(2).
    ///
    /// - Returns: bytes that were read; 0 at the end.
    package func readRecords(into buffer: UnsafeMutableRawBufferPointer) throws(KernelError) -> Int {
        try checked("getdents64", "\(number)") {
            unsafe bj_getdents(number, buffer.baseAddress, buffer.count)
        }
    }
}
