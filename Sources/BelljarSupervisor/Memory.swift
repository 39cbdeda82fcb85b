internal import BelljarControls
internal import BelljarKernel

/// Control `memory`: the machine is as large and as idle as the world's, and so are its file systems.
extension Worker {
    /// sysinfo(information)
    func systemInformation() throws(Refusal) -> Reply {
        let uptime = try uptime() / 1_000_000_000
        let count = unsafe SystemInformation.encode(uptimeSeconds: uptime, into: room)
        try unsafe write(UnsafeRawBufferPointer(rebasing: room[..<count]), to: call.argument(0))
        return .success
    }

    /// Nanoseconds since the machine was started, by its wall clock: so when it was started is the same for who asks later.
    private func uptime() throws(Refusal) -> UInt64 {
        let start = Machine.uptimeSeconds * 1_000_000_000
        guard shared.world.states.isVirtualised(.clock) else { return start }
        return start + (try shared.clocks.read(call.caller))
    }

    /// Opens `/proc/uptime` for reading.
    func showUptime(closesOnExec: Bool) throws(Refusal) -> Reply {
        if shared.ledger != nil { takeDown(.sysinfo) }
        let text = SystemInformation.uptimeText(try uptime())
        return try answer(closesOnExec: closesOnExec) { () throws(KernelError) in
            let file = try Descriptor.memoryFile("uptime")
            try file.writeAll(Array(text.utf8))
            return try Self.readOnly(file)
        }
    }

    /// statfs(path, information)
    func fileSystemOfPath() throws(Refusal) -> Reply {
        // For what only PID 1 could follow this lets the kernel answer.
        let found = try find(AskedFile(path: call.argument(0), answer: 0), holding: true)
        defer { found.release() }
        if found.held >= 0 {
            var text = unsafe PlaceText(place)
            text.append("/proc/self/fd/")
            text.append(found.held)
            _ = try text.end()
        }
        let number = unsafe FileSystemFacts.read(place, into: room)
        guard number == 0 else { throw .errno(Errno(rawValue: number)) }
        return try answerFileSystem(to: call.argument(1))
    }

    /// fstatfs(descriptor, information)
    func fileSystemOfDescriptor() throws(Refusal) -> Reply {
        guard call.int(0) >= 0 else { throw .errno(.EBADF) }
        _ = try locate(call.int(0))
        let number = unsafe FileSystemFacts.read(place, into: room)
        // A descriptor that is not open has no name.
        guard number != Errno.ENOENT.rawValue else { throw .errno(.EBADF) }
        guard number == 0 else { throw .errno(Errno(rawValue: number)) }
        return try answerFileSystem(to: call.argument(1))
    }

    /// Answers with what is in `room`, made that of the world.
    private func answerFileSystem(to address: UInt64) throws(Refusal) -> Reply {
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<FileSystemFacts.size])
        unsafe FileSystemSpace.fix(part)
        try unsafe write(UnsafeRawBufferPointer(part), to: address)
        return .success
    }
}

/// Answer of sysinfo(2): struct sysinfo (include/uapi/linux/sysinfo.h) with words of 64 bits.
enum SystemInformation {
    static let size = 112

    /// What `/proc/uptime` says, in hundredths of a second: how long the machine is up, and for how long it was idle.
    static func uptimeText(_ nanoseconds: UInt64) -> String {
        let hundredths = nanoseconds / 10_000_000
        let digits = String(hundredths % 100)
        let time = "\(hundredths / 100).\(digits.count < 2 ? "0" : "")\(digits)"
        return "\(time) \(time)\n"
    }

    /// - Parameter buffer: of at least `size` bytes.
    /// - Returns: `size`
    static func encode(uptimeSeconds: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<size])
        unsafe part.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe part.storeBytes(of: uptimeSeconds, as: UInt64.self)
        // Three loads, all zero; memory, in bytes: all, free, shared, buffers, swap and free swap.
        unsafe part.storeBytes(of: Machine.memoryBytes, toByteOffset: 32, as: UInt64.self)
        unsafe part.storeBytes(of: Machine.freeMemoryBytes, toByteOffset: 40, as: UInt64.self)
        unsafe part.storeBytes(of: Machine.processes, toByteOffset: 80, as: UInt16.self)
        // Behind two words of high memory: how many bytes the unit of these numbers has.
        unsafe part.storeBytes(of: 1, toByteOffset: 104, as: UInt32.self)
        return size
    }
}

/// Answer of statfs(2): struct statfs of x86_64 (arch/x86/include/uapi/asm/statfs.h).
enum FileSystemSpace {
    /// Puts the world's numbers in. Type, longest name and flags stay; a file system that takes no space at all (of the
    /// kernel's own making, such as `/proc`) stays one.
    ///
    /// - Parameter bytes: what the kernel says.
    static func fix(_ bytes: UnsafeMutableRawBufferPointer) {
        func set(_ offset: Int, _ value: UInt64) {
            unsafe bytes.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
        }
        let takesSpace = unsafe bytes.load(fromByteOffset: 16, as: UInt64.self) != 0
        // Size of a block; blocks: all, free, free for everybody; inodes: all and free; number of the file system.
        set(8, Machine.blockSize)
        set(16, takesSpace ? Machine.blocks : 0)
        set(24, takesSpace ? Machine.freeBlocks : 0)
        set(32, takesSpace ? Machine.freeBlocks : 0)
        set(40, takesSpace ? Machine.inodes : 0)
        set(48, takesSpace ? Machine.freeInodes : 0)
        set(56, 0)
        // Behind the longest name: the size of a fragment.
        set(72, Machine.blockSize)
    }
}
