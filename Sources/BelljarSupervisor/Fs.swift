internal import BelljarControls
internal import BelljarKernel

/// Control `fs`: a file has the holes that the build left in it, and none that some file system made.
///
/// What the build may write to lies in memory, where the kernel knows of every page whether it was ever written to, on every
/// host alike. Everywhere else a file has no holes.
extension Worker {
    private enum Whence {
        static let data: UInt32 = 3
    }

    /// lseek(descriptor, offset, SEEK_DATA or SEEK_HOLE)
    func seekDataOrHole() throws(Refusal) -> Reply {
        let process = try shared.processes.with(call.caller) { $0.process }
        do throws(KernelError) {
            // A copy shares its position with the caller's, so what is set here is set there.
            let file = try Descriptor.copy(of: call.int(0), in: process)
            var facts = FileFacts()
            guard facts.look(descriptor: file.number) == 0, facts.isRegular else { return .proceed }
            let mount = shared.files.mounts.mount(facts.mount)
            if mount.kind == .changeable, !mount.isLayered { return .proceed }
            let position = try PlainFile.position(
                Int64(bitPattern: call.argument(1)), size: Int64(clamping: facts.size),
                seeksData: UInt32(bitPattern: call.int(2)) == Whence.data)
            try file.seek(to: UInt64(position))
            return .value(position)
        } catch {
            guard listener.isWaiting(call.id) else { throw .gone }
            throw .errno(error.errno)
        }
    }
}

/// A file of data from its beginning to its end, as the kernel takes every file whose file system does not say more
/// (generic_file_llseek in fs/read_write.c).
enum PlainFile {
    /// Where the next data or hole from an offset on is: there is a hole at the end only.
    ///
    /// - Throws: ENXIO for an offset at or beyond the end.
    static func position(_ offset: Int64, size: Int64, seeksData: Bool) throws(KernelError) -> Int64 {
        guard offset >= 0, offset < size else {
            throw KernelError(call: "lseek", subject: "", number: Errno.ENXIO.rawValue)
        }
        return seeksData ? offset : size
    }
}
