internal import BelljarControls
internal import BelljarKernel

/// Controls `random` and `clock`, for files: programs that open one of the kernel's files of random numbers, or one that tells the
/// time, get one of their own.
///
/// Whether an opening is one of these is first seen by the last name of its path; then it is looked where that leads, so that
/// `/dev/../dev/urandom` and `urandom` in `/dev` are the same. What never comes here is opened with O_PATH, or by a link of
/// another name: it finds the file that lies over the device, which is the same for all programs.
extension Worker {
    private enum ReplacedFile {
        case device(RandomDevice)
        case identifier
        case uptime
        case list(SystemVStatus)
    }

    func isPlainRead(_ argument: Int) -> Bool {
        guard isSeeded || shared.world.states.isVirtualised(.clock) else { return false }
        return NotifiedCall.isRead(flags: call.argument(argument))
    }

    /// open(path, flags) and openat(directory, path, flags), for reading.
    func openForReading(_ directory: Int32, _ address: UInt64, _ flags: UInt64) throws(Refusal) -> Reply {
        let count: Int
        do throws(Refusal) { count = try readPath(at: address) } catch {
            // The kernel knows the error.
            if case .errno = error { return .proceed }
            throw error
        }
        let path = unsafe UnsafeRawBufferPointer(rebasing: callerPath[...count])
        let closesOnExec = flags & OpenBits.closesOnExec.rawValue != 0
        guard let file = unsafe try replacedFile(directory, path), isReplaced(file) else { return .proceed }
        switch file {
        case .list(let kind): return try show(kind, closesOnExec: closesOnExec)
        case .uptime: return try showUptime(closesOnExec: closesOnExec)
        case .device(let device):
            if shared.ledger != nil { takeDown(.getrandom) }
            return try openDevice(device, takesInput: false, closesOnExec: closesOnExec)
        case .identifier:
            if shared.ledger != nil { takeDown(.getrandom) }
            return try openIdentifier(closesOnExec: closesOnExec)
        }
    }

    private func isReplaced(_ file: ReplacedFile) -> Bool {
        switch file {
        case .list: shared.world.states.isVirtualised(.clock)
        case .uptime: hasClockAndMemory
        case .device, .identifier: isSeeded
        }
    }

    private var hasClockAndMemory: Bool {
        let states = shared.world.states
        return states.isVirtualised(.clock) && states.isVirtualised(.memory)
    }

    /// What a path names, whose last byte is a zero.
    private func replacedFile(_ directory: Int32, _ path: UnsafeRawBufferPointer) throws(Refusal) -> ReplacedFile? {
        // Most paths end otherwise.
        guard unsafe Self.endsAsReplaced(path) else { return nil }
        if unsafe Self.isString(path, "/dev/urandom") { return .device(.urandom) }
        if unsafe Self.isString(path, "/dev/random") { return .device(.random) }
        if let file = unsafe Self.fileOfProcesses(path) { return file }
        var found = FoundFile()
        do throws(Refusal) { try look(directory, path.count - 1, &found) } catch {
            guard case .gone = error else { return nil }
            throw error
        }
        defer { found.release() }
        if let device = randomDevice(found) { return .device(device) }
        let length = found.mount.kind == .processes ? canonicalPath(found) : 0
        guard length > 0, length < Self.pathSize else { return nil }
        unsafe room[length] = 0
        let named = unsafe UnsafeRawBufferPointer(rebasing: room[...length])
        return unsafe Self.fileOfProcesses(named)
    }

    /// By the whole path.
    private static func fileOfProcesses(_ path: UnsafeRawBufferPointer) -> ReplacedFile? {
        if unsafe isString(path, "/proc/sys/kernel/random/uuid") { return .identifier }
        if unsafe isString(path, "/proc/uptime") { return .uptime }
        return unsafe systemVList(path).map { .list($0) }
    }

    /// By the last letter first.
    private static func endsAsReplaced(_ path: UnsafeRawBufferPointer) -> Bool {
        guard path.count > 1 else { return false }
        return switch unsafe path[path.count - 2] {
        case UInt8(ascii: "m"): unsafe ends(path, "random") || ends(path, "shm") || ends(path, "sem")
        case UInt8(ascii: "d"): unsafe ends(path, "uuid")
        case UInt8(ascii: "e"): unsafe ends(path, "uptime")
        case UInt8(ascii: "g"): unsafe ends(path, "msg")
        default: false
        }
    }

    private static func ends(_ path: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        let start = path.count - 1 - name.utf8CodeUnitCount
        return start >= 0
            && (0..<name.utf8CodeUnitCount).allSatisfy { unsafe path[start + $0] == name.utf8Start[$0] }
    }

    static func isString(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count > count, unsafe bytes[count] == 0 else { return false }
        for index in 0..<count where unsafe bytes[index] != text.utf8Start[index] { return false }
        return true
    }

    // MARK: Devices

    /// The device of random numbers that a file is to the build: by its path, or as what a program got for it.
    func randomDevice(_ found: borrowing FoundFile) -> RandomDevice? {
        if let device = found.mount.random { return found.facts.isRegular ? device : nil }
        guard found.mount.kind == .unknown, found.facts.isSocket else { return nil }
        return shared.feeder.device(ofSocket: found.facts.inode)
    }

    /// open, creat, openat and openat2 that could be for writing: answers those of a device.
    func openForWriting(_ facts: FileFacts, _ bits: OpenBits) throws(Refusal) -> Reply? {
        guard isSeeded, facts.isRegular, let device = shared.files.mounts.mount(facts.mount).random else { return nil }
        if shared.ledger != nil { takeDown(.getrandom) }
        let closesOnExec = bits.contains(.closesOnExec)
        guard bits.intersection(.writes) == .writesOnly else {
            // O_RDONLY with O_CREAT is for reading.
            let takesInput = !bits.isDisjoint(with: .writes)
            return try openDevice(device, takesInput: takesInput, closesOnExec: closesOnExec)
        }
        // What is written to them goes nowhere.
        return try answer(closesOnExec: closesOnExec) { () throws(KernelError) in
            try Descriptor.workingDirectory.open("/dev/null", .write)
        }
    }

    private func openDevice(_ device: RandomDevice, takesInput: Bool, closesOnExec: Bool) throws(Refusal) -> Reply {
        let (key, opening) = try takeFromStream { entry in
            entry.deviceOpens += 1
            return entry.deviceOpens
        }
        let number = RandomStream.device(opening)
        var made: Descriptor?
        do throws(KernelError) {
            made = try unsafe shared.feeder.open(device, key, number: number, takesInput: takesInput, room)
            if made == nil, !takesInput { made = try beginning(key, number) }
        } catch {
            if [.EMFILE, .ENFILE].contains(error.errno) {
                throw .errno(.ENFILE)
            }
            shared.fail(error)
            return .held
        }
        // A file would keep what is written to it, and give it to be read.
        guard let file = made.take() else { throw .errno(.EMFILE) }
        return try answer(file, closesOnExec: closesOnExec)
    }

    /// A file with the beginning of what a device would have given.
    private func beginning(_ key: StreamKey, _ number: UInt64) throws(KernelError) -> Descriptor {
        let file = try Descriptor.memoryFile("random")
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<ByteSource.piece])
        unsafe key.fill(part, offset: 0, stream: number)
        try unsafe file.writeAll(UnsafeRawBufferPointer(part))
        return try Self.readOnly(file)
    }

    /// Answers an opening with a file that is made for it. That it cannot be made is a failure of PID 1.
    func answer(closesOnExec: Bool, _ make: () throws(KernelError) -> Descriptor) throws(Refusal) -> Reply {
        let file: Descriptor
        do throws(KernelError) { file = try make() } catch {
            shared.fail(error)
            return .held
        }
        return try answer(file, closesOnExec: closesOnExec)
    }

    private func answer(_ file: borrowing Descriptor, closesOnExec: Bool) throws(Refusal) -> Reply {
        guard listener.answer(call.id, descriptor: file, closesOnExec: closesOnExec) else {
            throw .errno(.EMFILE)
        }
        return .held
    }

    /// ioctl(descriptor, RNDGETENTCNT, count): as much as the kernel ever says. Other requests that come here are about the times
    /// of packets, of which there are none.
    func entropyCount() throws(Refusal) -> Reply {
        guard call.argument(1) & 0xffff_ffff == NotifiedCall.entropyRequest else {
            throw .errno(.ENOTTY)
        }
        let found = try find(AskedFile(descriptor: call.int(0), answer: 0))
        guard randomDevice(found) != nil else { throw .proceed }
        try write(Int32(256), to: call.argument(2))
        return .success
    }

    // MARK: Identifiers

    private func openIdentifier(closesOnExec: Bool) throws(Refusal) -> Reply {
        let (key, offset) = try takeFromStream { entry in
            entry.identifierOpens += 1
            return (entry.identifierOpens - 1) * 16
        }
        return try answer(closesOnExec: closesOnExec) { () throws(KernelError) in
            try Self.readOnly(Self.identifier(key, offset))
        }
    }

    /// A version 4 identifier (RFC 9562, section 5.4) and a line feed.
    private static func identifier(_ key: StreamKey, _ offset: UInt64) throws(KernelError) -> Descriptor {
        let file = try Descriptor.memoryFile("uuid")
        var bytes: (UInt64, UInt64) = (0, 0)
        unsafe withUnsafeMutableBytes(of: &bytes) { bytes in
            unsafe key.fill(bytes, offset: offset, stream: RandomStream.identifiers)
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
