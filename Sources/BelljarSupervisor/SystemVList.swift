internal import BelljarControls
internal import BelljarKernel

/// Control `clock`, for the files of `/proc/sysvipc`: programs that open one find the objects that there are, with the
/// build's times. Like the files of random numbers (`openForReading`) for plain opens only; to all others the file
/// that lies over the kernel's shows no objects.
extension Worker {
    static func systemVList(_ path: UnsafeRawBufferPointer) -> SystemVStatus? {
        if unsafe isString(path, "/proc/sysvipc/shm") { return .sharedMemory }
        if unsafe isString(path, "/proc/sysvipc/msg") { return .queue }
        return unsafe isString(path, "/proc/sysvipc/sem") ? .semaphores : nil
    }

    /// Answers with the list. PID 1 is in the same namespace and has the same account, so it is told the same.
    func show(_ kind: SystemVStatus, closesOnExec: Bool) throws(Refusal) -> Reply {
        if shared.ledger != nil { takeDown(.shmctl) }
        return try answer(closesOnExec: closesOnExec) { () throws(KernelError) in
            let file = try Descriptor.memoryFile("sysvipc")
            try list(kind, to: file)
            return try Self.readOnly(file)
        }
    }

    /// - Throws: an error of the file.
    private func list(_ kind: SystemVStatus, to file: borrowing Descriptor) throws(KernelError) {
        let buffer = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<SystemVStatus.maximumSize])
        var text = Array(kind.heading.utf8)
        // The highest index in use; below it there are gaps.
        let last = unsafe kind.read(0, command: kind.informationCommand, into: buffer)
        if last >= 0 {
            for index in 0...last {
                let id = unsafe kind.read(index, command: kind.statusCommand, into: buffer)
                guard id >= 0 else { continue }
                unsafe kind.setTimes(shared.world.epoch, in: buffer)
                unsafe kind.appendLine(id, UnsafeRawBufferPointer(buffer), to: &text)
                if text.count >= Self.listPiece {
                    try file.writeAll(text)
                    text.removeAll(keepingCapacity: true)
                }
            }
        }
        try file.writeAll(text)
    }

    private static var listPiece: Int { 16 << 10 }
}

extension SystemVStatus {
    /// Sets every time that is not "never".
    func setTimes(_ epoch: UInt64, in buffer: UnsafeMutableRawBufferPointer) {
        for offset in times where unsafe buffer.load(fromByteOffset: offset, as: UInt64.self) != 0 {
            unsafe buffer.storeBytes(of: epoch, toByteOffset: offset, as: UInt64.self)
        }
    }

    var heading: String {
        switch self {
        case .sharedMemory: SystemVHeading.sharedMemory
        case .queue: SystemVHeading.queues
        case .semaphores: SystemVHeading.semaphores
        }
    }

    /// SHM_INFO, MSG_INFO, SEM_INFO
    var informationCommand: Int32 {
        switch self {
        case .sharedMemory: 14
        case .queue: 12
        case .semaphores: 19
        }
    }

    /// SHM_STAT_ANY, MSG_STAT_ANY, SEM_STAT_ANY: by index, also of what one may not read.
    var statusCommand: Int32 {
        switch self {
        case .sharedMemory: 15
        case .queue: 13
        case .semaphores: 20
        }
    }

    /// A column of the list: where in the structure its number is, and how wide the column is (proc_show in ipc/shm.c, ipc/msg.c
    /// and ipc/sem.c). What the kernel alone knows is 0.
    private enum Column {
        case word(Int, width: Int)
        case half(Int, width: Int)
        case absent(width: Int)
    }

    /// The columns behind key, id and mode. All begin with a structure that says who made the object (struct ipc64_perm).
    private var columns: [Column] {
        let owners: [Column] = [.half(4, width: 5), .half(8, width: 5), .half(12, width: 5), .half(16, width: 5)]
        let moments = times.map { Column.word($0, width: 10) }
        switch self {
        case .sharedMemory:
            // Size; who made and who used it last; how many have it mapped. Then what of it is in memory and what in swap.
            return [.word(48, width: 21), .half(80, width: 5), .half(84, width: 5), .word(88, width: 6)] + owners
                + moments + [.absent(width: 21), .absent(width: 21)]
        case .queue:
            return [.word(72, width: 11), .word(80, width: 10), .half(96, width: 5), .half(100, width: 5)] + owners
                + moments
        case .semaphores: return [.word(80, width: 10)] + owners + moments
        }
    }

    func appendLine(_ id: Int32, _ status: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        Self.append(String(unsafe status.load(as: Int32.self)), width: 10, to: &text)
        Self.append(String(id), width: 11, to: &text)
        Self.append(String(unsafe status.load(fromByteOffset: 20, as: UInt32.self), radix: 8), width: 6, to: &text)
        for column in columns {
            let (number, width): (UInt64, Int) =
                switch column {
                case .word(let offset, let width): (unsafe status.load(fromByteOffset: offset, as: UInt64.self), width)
                case .half(let offset, let width):
                    (UInt64(unsafe status.load(fromByteOffset: offset, as: UInt32.self)), width)
                case .absent(let width): (0, width)
                }
            Self.append(String(number), width: width + 1, to: &text)
        }
        text.append(UInt8(ascii: "\n"))
    }

    private static func append(_ word: String, width: Int, to text: inout [UInt8]) {
        text += [UInt8](repeating: UInt8(ascii: " "), count: max(0, width - word.utf8.count)) + Array(word.utf8)
    }
}
