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
        if !withHeap, shared.processes.takeAwaitedThread(call.caller) { return .proceed }
        guard let start = try programStart(of: call.thread), try !hasBegun(start) else { return .proceed }
        let key = try isSeeded ? keyOfProgram(start) : nil
        try hide(start, key)
        try shared.processes.programBegins(call.caller, key: key, awaitsThread: withHeap)
        if shared.world.keepsTime { try shared.clocks.begin(call.caller) }
        if let key { try giveMark(key, call.thread) }
        try shared.ledger?.programBegins(call.caller)
        try shared.trace?.programBegins(call.caller, key)
        return .proceed
    }

    /// Whether this is only the heap again, where nothing is hidden by which that could be seen: the random bytes are there.
    private func hasBegun(_ start: ProgramStart) throws(Refusal) -> Bool {
        guard !hidesSharedObject, let there = start.vector[AuxiliaryVector.Kind.random],
            let key = shared.processes.existing(call.thread, asking: call.id, { $0.key }) ?? nil
        else { return false }
        var own = InlineArray<2, UInt64>(repeating: 0)
        unsafe withUnsafeMutableBytes(of: &own) { unsafe key.fill($0, offset: 0, stream: RandomStream.start) }
        let found = try read(InlineArray<2, UInt64>.self, at: there, or: InlineArray(repeating: 0))
        return own[0] == found[0] && own[1] == found[1]
    }

    var hidesSharedObject: Bool {
        shared.world.states.isVirtualised(.clock) || shared.world.states.isVirtualised(.cpu) || shared.trace != nil
    }

    /// Reads into `room` what the kernel laid out for a program; nil if the shared object is hidden from it already.
    ///
    /// Without address randomisation the stack ends at a constant, and its last pages hold everything as a rule. Else
    /// the kernel is asked.
    func programStart(of process: Int32) throws(Refusal) -> ProgramStart? {
        if shared.world.states.isVirtualised(.addresses), let start = try startAtStackEnd(of: process) {
            return start.isHidden ? nil : start
        }
        let vector = try auxiliaryVector(of: process)
        guard let random = vector[AuxiliaryVector.Kind.random], random > 1 << 16 else {
            throw .violation("it has no random bytes")
        }
        let below: UInt64 = 6 << 10
        let base = (random - below) & ~7
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<(16 << 10)])
        let count = try unsafe read(at: base, of: process, into: part)
        guard let start = unsafe ProgramStart(UnsafeRawBufferPointer(rebasing: room[..<count]), at: base, vector)
        else { throw .violation("its auxiliary vector was not found on its stack") }
        return start.isHidden ? nil : start
    }

    private func auxiliaryVector(of process: Int32) throws(Refusal) -> AuxiliaryVector {
        guard let file = try? Descriptor.workingDirectory.open("/proc/\(process)/auxv") else {
            if listener.isWaiting(call.id), let vector = try vectorOnStack(of: process) { return vector }
            throw listener.isWaiting(call.id) ? .violation("its auxiliary vector cannot be read") : .gone
        }
        let count = (try? unsafe file.read(into: room)) ?? 0
        guard let vector = unsafe AuxiliaryVector(UnsafeRawBufferPointer(rebasing: room[..<count])) else {
            throw listener.isWaiting(call.id) ? .violation("its auxiliary vector does not end") : .gone
        }
        return vector
    }

    /// Makes all changes in one call.
    private func hide(_ start: ProgramStart, _ key: StreamKey?) throws(Refusal) {
        var changes = WordChanges()
        if hidesSharedObject, let object = start.vector[AuxiliaryVector.Kind.sharedObject] {
            let (begin, places) = try places(of: object, start.vector)
            for place in places.object { changes.set(begin &+ place, to: 0) }
            changes.ignore(AuxiliaryVector.Kind.sharedObject, in: start)
            if shared.world.states.isVirtualised(.cpu), let tunable = places.tunable {
                try setTunable(at: begin &+ tunable, &changes)
            }
        }
        if shared.world.states.isVirtualised(.cpu) {
            for (kind, value) in AuxiliaryVector.constants { changes.set(kind, to: value, in: start) }
            for kind in AuxiliaryVector.Kind.sequences { changes.ignore(kind, in: start) }
        }
        if let key, let there = start.vector[AuxiliaryVector.Kind.random] {
            var random: (UInt64, UInt64) = (0, 0)
            unsafe withUnsafeMutableBytes(of: &random) { unsafe key.fill($0, offset: 0, stream: RandomStream.start) }
            changes.set(there, to: random.0)
            changes.set(there &+ 8, to: random.1)
        }
        guard listener.isWaiting(call.id) else { throw .gone }
        do throws(ProcessMemory.Failure) {
            try ProcessMemory.write(call.thread, words: changes.words, at: changes.addresses)
        } catch {
            throw error == .gone ? .gone : .violation("its memory could not be changed before it began")
        }
    }

    /// Sets the tunable of a program that was started without `GLIBC_TUNABLES` (`env -i`). The library has read its environment by
    /// now, and not yet looked at the processor.
    private func setTunable(at place: UInt64, _ changes: inout WordChanges) throws(Refusal) {
        var found: (value: UInt64, flag: UInt64) = (0, 0)
        let count = try unsafe withUnsafeMutableBytes(of: &found) { (part) throws(Refusal) in
            try unsafe read(at: place, into: part)
        }
        guard count == 16, found.flag & 0xff == 0 else { return }
        // Far below what of the stack is in use, and above where the kernel ends it (128 KiB further down, setup_arg_pages in
        // fs/exec.c). The library reads it in the next moment.
        guard let stack = TaskFacts.stackStart(of: call.thread), stack > 1 << 20 else {
            throw listener.isWaiting(call.id) ? .violation("its stack cannot be found") : .gone
        }
        let text = (stack &- 64 << 10) & ~15
        let bytes = Self.choices
        do throws(ProcessMemory.Failure) {
            try unsafe bytes.withUnsafeBytes { part -> Result<Void, ProcessMemory.Failure> in
                do throws(ProcessMemory.Failure) {
                    return .success(try unsafe ProcessMemory.write(call.thread, at: text, from: part))
                } catch { return .failure(error) }
            }.get()
        } catch {
            throw error == .gone ? .gone : .violation("its memory could not be changed before it began")
        }
        changes.set(place, to: text)
        changes.set(place &+ 8, to: found.flag | 1)
    }

    private static let choices = Array(ProcessorLevel.choices.utf8) + [0]

    // MARK: The C library's own copy

    /// What is changed in the C library's memory, and where that begins.
    ///
    /// - Parameter object: the address of the shared object.
    private func places(
        of object: UInt64, _ vector: AuxiliaryVector
    ) throws(Refusal) -> (start: UInt64, places: ImagePlaces) {
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
        if let known = unsafe shared.images.places(in: UnsafeRawBufferPointer(header)) { return (start, known) }
        guard let ranges = unsafe ProgramHeaders(UnsafeRawBufferPointer(header))?.writable(from: start) else {
            throw .violation("its ELF header is malformed")
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
        let places = ImagePlaces(object: search.found.map { $0 &- start }, tunable: search.tunable.map { $0 &- start })
        unsafe shared.images.remember(UnsafeRawBufferPointer(header), places)
        return (start, places)
    }
}

/// A search for the places of one word in a program's memory. How much there is to search, and how often the word is there, is for
/// whoever made the program to say.
struct WordSearch {
    /// A C library keeps the address in one place or two. They are changed in one call, together with ten other words.
    static let maximumCount = 4
    /// Memory that can be written to when a program begins, and is filled with zeros for the most part. What is read of it
    /// costs time, and the kernel tables, so this is a fraction of what can be asked for, and more than compilers make (2 GiB,
    /// unless told to).
    static let maximumBytes: UInt64 = 4 << 30

    private let word: UInt64
    /// Addresses.
    private(set) var found: [UInt64] = []
    /// The address of a tunable's value.
    private(set) var tunable: UInt64?

    /// - Parameter ranges: of addresses, all that will be searched.
    init(_ word: UInt64, in ranges: [Range<UInt64>]) throws(Refusal) {
        self.word = word
        var left = Self.maximumBytes
        for range in ranges {
            let size = range.upperBound - range.lowerBound
            guard size <= left else { throw .violation("it has more writable memory than can be searched") }
            left -= size
        }
    }

    /// - Parameter address: of the first byte, a multiple of 8.
    mutating func look(at part: UnsafeRawBufferPointer, from address: UInt64) throws(Refusal) {
        for offset in stride(from: 0, to: part.count - 7, by: 8) {
            let found = unsafe part.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if found == Self.tunableName.0, tunable == nil {
                tunable = unsafe Self.value(ofTunableAt: offset, in: part).map { address &+ UInt64($0) }
            }
            guard found == word else { continue }
            guard self.found.count < Self.maximumCount else {
                throw .violation("the address of the vDSO is in too many places")
            }
            self.found.append(address &+ UInt64(offset))
        }
    }

    /// `glibc.cpu.hwcaps`, as two words.
    private static let tunableName: (UInt64, UInt64) = (0x7063_2e63_6269_6c67, 0x7370_6163_7768_2e75)

    /// An entry of the GNU C Library's list (struct _tunable in elf/dl-tunables.h, releases 2.26 to 2.38): a name, filled up with zeros;
    /// its type, 3 for a text, and two bounds, which a text does not have; the value, and a flag that it is set.
    private static func value(ofTunableAt offset: Int, in part: UnsafeRawBufferPointer) -> Int? {
        guard offset + 128 <= part.count else { return nil }
        func word(_ place: Int) -> UInt64 { unsafe part.loadUnaligned(fromByteOffset: place, as: UInt64.self) }
        var place = offset + 16
        guard word(offset + 8) == tunableName.1, word(place) == 0 else { return nil }
        while place < offset + 72, word(place) == 0 { place += 8 }
        guard word(place) == 3, word(place + 8) == 0, word(place + 16) == 0 else { return nil }
        return place + 24
    }
}

/// Words of another process's memory that are changed together.
private struct WordChanges {
    private(set) var addresses: [UInt64] = []
    private(set) var words: [UInt64] = []

    mutating func set(_ address: UInt64, to word: UInt64) {
        addresses.append(address)
        words.append(word)
    }

    /// The value of an entry of the auxiliary vector, if it has one of that kind.
    mutating func set(_ kind: UInt64, to value: UInt64, in start: ProgramStart) {
        guard let offset = start.vector.offset(of: kind) else { return }
        set(start.vectorAddress &+ UInt64(offset + 8), to: value)
    }

    mutating func ignore(_ kind: UInt64, in start: ProgramStart) {
        guard let offset = start.vector.offset(of: kind) else { return }
        set(start.vectorAddress &+ UInt64(offset), to: AuxiliaryVector.Kind.ignore)
    }
}
