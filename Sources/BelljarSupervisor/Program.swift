internal import BelljarControls
internal import BelljarKernel

/// What happens at the first calls of a new program, before any code of its own has run.
///
/// The kernel's shared object (vDSO) answers for the clocks and the processor without a system call, so it is hidden:
/// its entry in the auxiliary vector becomes AT_IGNORE, and the word in which the C library may have put its address
/// already becomes zero. Everything the object offers is a system call otherwise. The 16 random bytes (AT_RANDOM), from
/// which canaries are made, become those of the program's stream.
///
/// glibc begins with brk(NULL), when it has read the vector and used nothing of it yet; musl and Go with
/// arch_prctl(ARCH_SET_FS), before they read it.
extension Worker {
    /// - Parameter withHeap: whether the call is brk(NULL).
    func programBegins(withHeap: Bool) throws(Refusal) -> Reply {
        // The thread of a program that had its brk(NULL): nothing new.
        if !withHeap, shared.processes.takeAwaitedThread(call.thread) { return .proceed }
        let vector = try auxiliaryVector()
        // One that was read from the stack, where it was changed before; the kernel writes no AT_IGNORE.
        guard vector[AuxiliaryVector.Kind.ignore] == nil else { return .proceed }
        let (stack, count, base) = try startStack(vector)
        guard !stack.isHidden else { return .proceed }
        var key = shared.seed
        try absorbProgram(&key, stack, vector, read: count, from: base)
        try hide(stack, vector, key)
        try shared.processes.programBegins(call.thread, key: key, awaitsThread: withHeap)
        try shared.ledger?.programBegins(call.thread)
        return .proceed
    }

    private var hidesSharedObject: Bool {
        shared.world.states.isTakenOver(.clock) || shared.world.states.isTakenOver(.cpu)
    }

    private func auxiliaryVector() throws(Refusal) -> AuxiliaryVector {
        guard let file = try? Descriptor.workingDirectory.open("/proc/\(call.thread)/auxv") else {
            if listener.isWaiting(call.id), let vector = try vectorOnStack() { return vector }
            throw listener.isWaiting(call.id) ? .violation("its auxiliary vector cannot be read") : .gone
        }
        let count = (try? unsafe file.read(into: room)) ?? 0
        guard let vector = unsafe AuxiliaryVector(UnsafeRawBufferPointer(rebasing: room[..<count])) else {
            throw listener.isWaiting(call.id) ? .violation("its auxiliary vector has no end") : .gone
        }
        return vector
    }

    /// Reads the stack into `room`, from below the auxiliary vector to above the arguments' texts, as far as it fits.
    private func startStack(
        _ vector: AuxiliaryVector
    ) throws(Refusal) -> (stack: StartStack, count: Int, base: UInt64) {
        guard let random = vector[AuxiliaryVector.Kind.random], random > 1 << 16 else {
            throw .violation("it has no random bytes")
        }
        let below: UInt64 = 6 << 10
        let base = (random - below) & ~7
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<(16 << 10)])
        let count = try unsafe read(at: base, into: part)
        guard
            let stack = unsafe StartStack(UnsafeRawBufferPointer(rebasing: room[..<count]), at: base, vector)
        else { throw .violation("its auxiliary vector was not found on its stack") }
        return (stack, count, base)
    }

    /// What a program is: its path as it was executed, and its arguments.
    private func absorbProgram(
        _ key: inout StreamKey, _ stack: StartStack, _ vector: AuxiliaryVector, read count: Int, from base: UInt64
    ) throws(Refusal) {
        if let name = vector[AuxiliaryVector.Kind.programName] {
            let length = try readPath(at: name)
            unsafe key.absorb(UnsafeRawBufferPointer(rebasing: callerPath[..<length]))
        }
        // After the random bytes come the platform's name and zeros to align it; then the arguments.
        guard let random = vector[AuxiliaryVector.Kind.random] else { return }
        let start = random + 16
        let length = Int(clamping: stack.argumentsEnd - min(start, stack.argumentsEnd))
        key.absorb(UInt64(length == 0 ? 0 : 1))
        let from = Int(start - base)
        let there = max(0, min(length, count - from))
        unsafe key.absorb(Self.arguments(UnsafeRawBufferPointer(rebasing: room[from..<from + there])))
    }

    /// Leaves out the platform's name and the zeros around it, whose number depends on the environment.
    private static func arguments(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        while start < bytes.count, unsafe bytes[start] == 0 { start += 1 }
        while start < bytes.count, unsafe bytes[start] != 0 { start += 1 }
        while start < bytes.count, unsafe bytes[start] == 0 { start += 1 }
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
    }

    private func hide(_ stack: StartStack, _ vector: AuxiliaryVector, _ key: StreamKey) throws(Refusal) {
        if hidesSharedObject, let object = vector[AuxiliaryVector.Kind.sharedObject],
            let offset = vector.offset(of: AuxiliaryVector.Kind.sharedObject)
        {
            for word in try wordsHolding(object, vector) { try change(UInt64(0), at: word) }
            try change(AuxiliaryVector.Kind.ignore, at: stack.vector + UInt64(offset))
        }
        if shared.world.states.isTakenOver(.random), let there = vector[AuxiliaryVector.Kind.random] {
            var random: (UInt64, UInt64) = (0, 0)
            unsafe withUnsafeMutableBytes(of: &random) { unsafe key.fill($0, offset: 0, stream: Stream.start) }
            try change(random, at: there)
        }
    }

    /// Changes the memory of a program that must not begin without that.
    private func change<Value: BitwiseCopyable>(_ value: Value, at address: UInt64) throws(Refusal) {
        do throws(Refusal) {
            try write(value, to: address)
        } catch {
            guard case .errno = error else { throw error }
            throw .violation("its memory could not be changed before it began")
        }
    }

    // MARK: The C library's own copy

    /// Addresses of words in which the C library has put the address of the shared object.
    private func wordsHolding(_ object: UInt64, _ vector: AuxiliaryVector) throws(Refusal) -> [UInt64] {
        let base = vector[AuxiliaryVector.Kind.interpreter] ?? 0
        let start: UInt64
        if base != 0 {
            start = base
        } else {
            // A static program: its program headers follow its file header, in the first page.
            guard let headers = vector[AuxiliaryVector.Kind.programHeaders] else {
                throw .violation("its program headers cannot be found")
            }
            start = headers & ~0xfff
        }
        let header = unsafe UnsafeMutableRawBufferPointer(rebasing: callerPath[..<ImageCache.headerSize])
        guard try unsafe read(at: start, into: header) == ImageCache.headerSize else {
            throw .violation("its ELF header cannot be read")
        }
        if let offsets = unsafe shared.images.offsets(for: UnsafeRawBufferPointer(header)) {
            let words = offsets.map { start &+ $0 }
            var isSame = true
            for word in words where try read(UInt64.self, at: word, or: 0) != object { isSame = false }
            if isSame { return words }
        }
        guard let headers = unsafe ProgramHeaders(UnsafeRawBufferPointer(header)) else {
            throw .violation("its ELF header makes no sense")
        }
        var words: [UInt64] = []
        for range in headers.writable {
            try search(start &+ range.lowerBound..<start &+ range.upperBound, for: object, &words)
        }
        unsafe shared.images.remember(UnsafeRawBufferPointer(header), words.map { $0 &- start })
        return words
    }

    private func search(_ range: Range<UInt64>, for value: UInt64, _ found: inout [UInt64]) throws(Refusal) {
        var address = range.lowerBound & ~7
        while address < range.upperBound {
            let wanted = unsafe min(room.count, Int(range.upperBound - address))
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<wanted])
            let count = try unsafe read(at: address, into: part)
            for offset in stride(from: 0, to: count - 7, by: 8)
            where unsafe room.load(fromByteOffset: offset, as: UInt64.self) == value {
                found.append(address + UInt64(offset))
            }
            guard count == wanted else { throw .violation("its memory could not be searched") }
            address += UInt64(count)
        }
    }
}
