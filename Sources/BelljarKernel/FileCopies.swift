internal import CLinux
internal import Glibc

// What goes through a whole file, however large it is. Each piece is small enough to take a fraction of a second, and before
// each it is asked whether this process is to end.

extension Descriptor {
    /// Copies from here to the end into `target`, both at their own offsets, inside the kernel where it can. Holes stay
    /// holes. Answers the number of bytes, holes included.
    package func copyAll(to target: borrowing Descriptor) throws(KernelError) -> UInt64 {
        let status = try status()
        // Files of /proc say that they have no bytes, and pipes have no places.
        guard status.kind == .regular, status.size > 0 else { return try copy(atMost: .max, to: target) }
        let (first, targetFirst) = (try position(), try target.position())
        var place = first
        while place < status.size {
            guard let part = try nextData(from: place) else { break }
            if part.lowerBound > place {
                try seek(to: part.lowerBound)
                try target.seek(to: targetFirst + (part.lowerBound - first))
            }
            let count = try copy(atMost: part.upperBound - part.lowerBound, to: target)
            place = part.lowerBound + count
            // It was longer a moment ago.
            if place < part.upperBound { return place - first }
        }
        // From the last data on there is a hole.
        guard place < status.size else { return place - first }
        try target.truncate(to: targetFirst + (status.size - first))
        return status.size - first
    }

    /// Writes all of it, or leaves a hole where it is all zeros. A hole at the end is there only when the file got its
    /// length (`truncate`).
    ///
    /// - Returns: whether it is a hole.
    @discardableResult
    package func writeLeavingHoles(_ bytes: UnsafeRawBufferPointer) throws(KernelError) -> Bool {
        guard unsafe Descriptor.isHole(bytes) else {
            try unsafe writeAll(bytes)
            return false
        }
        _ = try checked("lseek", "\(number)") { lseek(number, off_t(bytes.count), SEEK_CUR) }
        return true
    }

    /// All zeros, and enough of them.
    private static func isHole(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 4096, let start = bytes.baseAddress, unsafe bytes[0] == 0 else { return false }
        // Each byte equals the one before it.
        return unsafe memcmp(start, start + 1, bytes.count - 1) == 0
    }

    /// The next part from an offset on that is no hole; nil if there is none.
    private func nextData(from offset: UInt64) throws(KernelError) -> Range<UInt64>? {
        do {
            let data = try checked("lseek", "\(number)") { bj_seek_data(number, Int(clamping: offset)) }
            let hole = try checked("lseek", "\(number)") { bj_seek_hole(number, data) }
            try seek(to: UInt64(data))
            return UInt64(data)..<UInt64(hole)
        } catch {
            // Nothing but a hole is left.
            guard error.number == ENXIO else { throw error }
            return nil
        }
    }

    /// Copies from here to the end, or so many bytes, into `target`. Answers how many there were.
    private func copy(atMost limit: UInt64, to target: borrowing Descriptor) throws(KernelError) -> UInt64 {
        let to = target.number
        var total: UInt64 = 0
        do {
            while total < limit {
                try EndWish.check("copy_file_range", "\(number)")
                let room = Int(clamping: min(limit - total, Descriptor.pieceBytes))
                let count = try checked("copy_file_range", "\(number)") { bj_copy_file_range(number, to, room) }
                // What stands in /proc cannot be copied in the kernel on all of them, and has no length there.
                if count == 0 { break }
                total += UInt64(count)
                try target.pushOut(from: total - UInt64(count), to: total)
            }
            if total > 0 || limit == 0 { return total }
        } catch {
            // Different file systems, and files of /proc, cannot be copied by the kernel; that shows at the first call.
            guard total == 0, [EXDEV, EINVAL, ENOSYS, EOPNOTSUPP].contains(error.number) else { throw error }
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while total < limit {
            try EndWish.check("read", "\(number)")
            let room = Int(clamping: min(limit - total, UInt64(buffer.count)))
            let count = try checked("read", "\(number)") { unsafe Glibc.read(number, &buffer, room) }
            if count == 0 { break }
            try target.writeAll(Array(buffer[..<count]))
            total += UInt64(count)
            try target.pushOut(from: total - UInt64(count), to: total)
        }
        return total
    }

    private static var pieceBytes: UInt64 { 16 << 20 }
    private static var windowBytes: UInt64 { 64 << 20 }

    /// Has the kernel write a long file while it grows. Flushing all of it when it is complete would take seconds in which
    /// nothing can end this process, not even SIGKILL.
    ///
    /// - Parameters:
    ///   - last: bytes of it that were written when this was last called.
    ///   - count: bytes of it that are written now. Something happens each time that another 64 MiB are.
    package func pushOut(from last: UInt64, to count: UInt64) throws(KernelError) {
        let windows = count / Descriptor.windowBytes
        guard windows > last / Descriptor.windowBytes else { return }
        _ = try checked("sync_file_range", "\(number)") {
            bj_push_out(number, 0, Int(clamping: windows * Descriptor.windowBytes))
        }
    }
}
