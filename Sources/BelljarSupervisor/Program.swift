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
        guard let start = try programStart() else { return .proceed }
        var key = shared.seed
        unsafe start.absorb(into: &key, room)
        try hide(start, key)
        try shared.processes.programBegins(call.thread, key: key, awaitsThread: withHeap)
        if shared.world.keepsTime { try shared.clocks.begin(call.thread) }
        try shared.ledger?.programBegins(call.thread)
        return .proceed
    }

    private var hidesSharedObject: Bool {
        shared.world.states.isTakenOver(.clock) || shared.world.states.isTakenOver(.cpu)
    }

    /// Reads into `room` what the kernel laid out for the program; nil if the shared object is hidden from it already.
    ///
    /// Without address randomisation the stack ends at a constant, and its last pages hold everything as a rule. Else
    /// the kernel is asked.
    private func programStart() throws(Refusal) -> ProgramStart? {
        if shared.world.states.isTakenOver(.addresses), let start = try startAtStackEnd() {
            return start.isHidden ? nil : start
        }
        let vector = try auxiliaryVector()
        guard let random = vector[AuxiliaryVector.Kind.random], random > 1 << 16 else {
            throw .violation("it has no random bytes")
        }
        let below: UInt64 = 6 << 10
        let base = (random - below) & ~7
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<(16 << 10)])
        let count = try unsafe read(at: base, into: part)
        guard let start = unsafe ProgramStart(UnsafeRawBufferPointer(rebasing: room[..<count]), at: base, vector)
        else { throw .violation("its auxiliary vector was not found on its stack") }
        return start.isHidden ? nil : start
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

    /// Makes all changes in one call.
    private func hide(_ start: ProgramStart, _ key: StreamKey) throws(Refusal) {
        var addresses: [UInt64] = []
        var words: [UInt64] = []
        if hidesSharedObject, let object = start.vector[AuxiliaryVector.Kind.sharedObject],
            let offset = start.vector.offset(of: AuxiliaryVector.Kind.sharedObject)
        {
            addresses = try wordsHolding(object, start.vector)
            words = addresses.map { _ in 0 }
            addresses.append(start.vectorAddress &+ UInt64(offset))
            words.append(AuxiliaryVector.Kind.ignore)
        }
        if shared.world.states.isTakenOver(.random), let there = start.vector[AuxiliaryVector.Kind.random] {
            var random: (UInt64, UInt64) = (0, 0)
            unsafe withUnsafeMutableBytes(of: &random) { unsafe key.fill($0, offset: 0, stream: Stream.start) }
            addresses += [there, there &+ 8]
            words += [random.0, random.1]
        }
        guard listener.isWaiting(call.id) else { throw .gone }
        do throws(ProcessMemory.Failure) {
            try ProcessMemory.write(call.thread, words: words, at: addresses)
        } catch {
            throw error == .gone ? .gone : .violation("its memory could not be changed before it began")
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
            return offsets.map { start &+ $0 }
        }
        guard let ranges = unsafe ProgramHeaders(UnsafeRawBufferPointer(header))?.writable(from: start) else {
            throw .violation("its ELF header makes no sense")
        }
        var search = try WordSearch(object, in: ranges)
        for range in ranges {
            var address = range.lowerBound & ~7
            while address < range.upperBound {
                let wanted = unsafe min(room.count, Int(clamping: range.upperBound - address))
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<wanted])
                let count = try unsafe read(at: address, into: part)
                try unsafe search.look(at: UnsafeRawBufferPointer(rebasing: part[..<count]), from: address)
                guard count == wanted else { throw .violation("its memory could not be searched") }
                address += UInt64(count)
            }
        }
        unsafe shared.images.remember(UnsafeRawBufferPointer(header), search.found.map { $0 &- start })
        return search.found
    }
}

/// A search for the places of one word in a program's memory. How much there is to search, and how often the word is there, is for
/// whoever made the program to say.
struct WordSearch {
    /// A C library keeps the address in one place or two. They are changed in one call, together with three other words.
    static let maximumCount = 4
    /// Memory that can be written to when a program begins, and is filled with zeros for the most part. What is read of it
    /// costs time, and the kernel tables, so this is a fraction of what can be asked for, and more than compilers make (2 GiB,
    /// unless told to).
    static let maximumBytes: UInt64 = 4 << 30

    private let word: UInt64
    /// Addresses.
    private(set) var found: [UInt64] = []

    /// - Parameter ranges: of addresses, all that will be searched.
    init(_ word: UInt64, in ranges: [Range<UInt64>]) throws(Refusal) {
        self.word = word
        var left = Self.maximumBytes
        for range in ranges {
            let size = range.upperBound - range.lowerBound
            guard size <= left else { throw .violation("it has more memory to write to than can be searched") }
            left -= size
        }
    }

    /// - Parameter address: of the first byte, a multiple of 8.
    mutating func look(at part: UnsafeRawBufferPointer, from address: UInt64) throws(Refusal) {
        for offset in stride(from: 0, to: part.count - 7, by: 8)
        where unsafe part.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == word {
            guard found.count < Self.maximumCount else {
                throw .violation("the address of the vDSO is in too many places")
            }
            found.append(address &+ UInt64(offset))
        }
    }
}
