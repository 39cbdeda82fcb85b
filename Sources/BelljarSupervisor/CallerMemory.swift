internal import BelljarKernel

/// The memory of the process that asks.
extension Worker {
    /// Reads a value from the caller's memory.
    func read<Value: BitwiseCopyable>(_ type: Value.Type, at address: UInt64, or blank: Value) throws(Refusal) -> Value
    {
        var value = blank
        let count = try unsafe withUnsafeMutableBytes(of: &value) { (bytes) throws(Refusal) in
            unsafe try read(at: address, into: bytes)
        }
        guard count == MemoryLayout<Value>.size else { throw .errno(.EFAULT) }
        return value
    }

    /// Reads as much as there is from an address on, at most as much as fits.
    func read(at address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Refusal) -> Int {
        try unsafe read(at: address, of: call.thread, into: buffer)
    }

    /// The same of another process, which may be gone, or be another one's number.
    func read(
        at address: UInt64, of process: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Refusal) -> Int {
        do throws(ProcessMemory.Failure) {
            return try unsafe ProcessMemory.read(process, at: address, into: buffer)
        } catch {
            throw Refusal(error)
        }
    }

    /// Writes a value to the caller's memory.
    func write<Value: BitwiseCopyable>(_ value: Value, to address: UInt64) throws(Refusal) {
        try unsafe withUnsafeBytes(of: value) { (bytes) throws(Refusal) in unsafe try write(bytes, to: address) }
    }

    /// Writes to the caller's memory, if it is still the caller's.
    func write(_ bytes: UnsafeRawBufferPointer, to address: UInt64) throws(Refusal) {
        // The number of a process that was killed meanwhile may be another's.
        guard listener.isWaiting(call.id) else { throw .gone }
        do throws(ProcessMemory.Failure) {
            try unsafe ProcessMemory.write(call.thread, at: address, from: bytes)
        } catch {
            throw Refusal(error)
        }
    }

    /// Writes as much as there is room for in the caller's memory.
    ///
    /// - Returns: how many bytes that was, at least one; EFAULT if it is none.
    func writeSome(_ bytes: UnsafeRawBufferPointer, to address: UInt64) throws(Refusal) -> Int {
        guard listener.isWaiting(call.id) else { throw .gone }
        do throws(ProcessMemory.Failure) {
            return try unsafe ProcessMemory.writeSome(call.thread, at: address, from: bytes)
        } catch {
            throw Refusal(error)
        }
    }

    /// Reads a path into `callerPath`, with its zero.
    ///
    /// - Returns: its length without the zero. ENAMETOOLONG if there is no zero in PATH_MAX bytes, as from the kernel.
    func readPath(at address: UInt64) throws(Refusal) -> Int {
        let pageSize = 4096
        var length = 0
        while length < Self.pathSize {
            // A string may end right before memory that is not mapped, so never further than the page.
            let next = address &+ UInt64(length)
            let count = min(pageSize - Int(next % UInt64(pageSize)), Self.pathSize - length)
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: callerPath[length..<length + count])
            guard try unsafe read(at: next, into: part) == count else { throw .errno(.EFAULT) }
            if let end = unsafe part.firstIndex(of: 0) { return length + end }
            length += count
        }
        throw .errno(.ENAMETOOLONG)
    }
}

extension Refusal {
    init(_ failure: ProcessMemory.Failure) {
        switch failure {
        case .fault: self = .errno(.EFAULT)
        case .gone: self = .gone
        case .refused: self = .violation("its memory cannot be reached")
        }
    }
}
