internal import BelljarControls
internal import BelljarKernel

/// Control `random`, for files: programs that open one of the kernel's files of random numbers get one of their own.
///
/// Only the plainest opens come here (`NotifiedCall.plainReadMask`), which are those of C programs and shells. All others, and
/// those that reach the file by another name, find the file that lies over the device, which is the same for all programs: so
/// what is answered here lets programs differ, and what they read repeats in any case.
extension Worker {
    private enum RandomSource {
        case device
        case identifier
    }

    func isPlainRead(_ argument: Int) -> Bool {
        let states = shared.world.states
        return (states.isTakenOver(.random) || states.isTakenOver(.clock))
            && call.argument(argument) & NotifiedCall.plainReadMask == 0
    }

    /// open(path, flags) and openat(directory, path, flags), for reading.
    func openForReading(_ address: UInt64) throws(Refusal) -> Reply {
        let start = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<32])
        let count: Int
        do throws(Refusal) { count = try unsafe read(at: address, into: start) } catch {
            // The kernel knows the error.
            if case .errno = error { return .proceed }
            throw error
        }
        let path = unsafe UnsafeRawBufferPointer(rebasing: start[..<count])
        if shared.world.states.isTakenOver(.clock), let kind = unsafe Self.systemVList(path) { return try show(kind) }
        guard shared.world.states.isTakenOver(.random), let source = unsafe Self.randomSource(path) else {
            return .proceed
        }
        if shared.ledger != nil { takeDown(.getrandom) }
        let (key, offset) = try takeFromStream { entry in
            switch source {
            case .device:
                entry.deviceOpens += 1
                return (entry.deviceOpens - 1) * Self.deviceSize
            case .identifier:
                entry.identifierOpens += 1
                return (entry.identifierOpens - 1) * 16
            }
        }
        let file: Descriptor
        do throws(KernelError) {
            switch source {
            case .device: file = try Self.readOnly(device(key, offset))
            case .identifier: file = try Self.readOnly(Self.identifier(key, offset))
            }
        } catch {
            shared.fail(error)
            return .held
        }
        guard listener.answer(call.id, descriptor: file, closesOnExec: false) else {
            throw .errno(ErrorCode.tooManyFiles)
        }
        return .held
    }

    private static func randomSource(_ path: UnsafeRawBufferPointer) -> RandomSource? {
        if unsafe isString(path, "/dev/urandom") || isString(path, "/dev/random") { return .device }
        return unsafe isString(path, "/proc/sys/kernel/random/uuid") ? .identifier : nil
    }

    static func isString(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count > count, unsafe bytes[count] == 0 else { return false }
        for index in 0..<count where unsafe bytes[index] != text.utf8Start[index] { return false }
        return true
    }

    // MARK: Files

    /// As large as the file that lies over the device.
    private static var deviceSize: UInt64 { 1 << 20 }

    private func device(_ key: StreamKey, _ offset: UInt64) throws(KernelError) -> Descriptor {
        let file = try Descriptor.memoryFile("random")
        var done: UInt64 = 0
        while done < Self.deviceSize {
            let part = unsafe UnsafeMutableRawBufferPointer(
                rebasing: room[..<min(room.count, Int(Self.deviceSize - done))])
            unsafe key.fill(part, offset: offset + done, stream: Stream.devices)
            try unsafe file.writeAll(UnsafeRawBufferPointer(part))
            done += UInt64(part.count)
        }
        return file
    }

    /// A version 4 identifier (RFC 9562, section 5.4) and a line feed.
    private static func identifier(_ key: StreamKey, _ offset: UInt64) throws(KernelError) -> Descriptor {
        let file = try Descriptor.memoryFile("uuid")
        var bytes: (UInt64, UInt64) = (0, 0)
        unsafe withUnsafeMutableBytes(of: &bytes) { bytes in
            unsafe key.fill(bytes, offset: offset, stream: Stream.identifiers)
            unsafe bytes[6] = bytes[6] & 0x0f | 0x40
            unsafe bytes[8] = bytes[8] & 0x3f | 0x80
        }
        var text: [UInt8] = []
        let digits = Array("0123456789abcdef".utf8)
        unsafe withUnsafeBytes(of: bytes) { bytes in
            for index in 0..<16 {
                if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
                unsafe text += [digits[Int(bytes[index] >> 4)], digits[Int(bytes[index] & 15)]]
            }
        }
        try file.writeAll(text + [UInt8(ascii: "\n")])
        return file
    }

    /// The same file at its beginning, as everybody may read and nobody may write it.
    static func readOnly(_ file: borrowing Descriptor) throws(KernelError) -> Descriptor {
        try file.setPermissions(0o444)
        return try Descriptor.workingDirectory.open("/proc/self/fd/\(file.number)", .followingLinks)
    }
}
