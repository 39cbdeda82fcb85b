/// The auxiliary vector of a program, as the kernel keeps it (/proc/PID/auxv): pairs of a type and a value.
struct AuxiliaryVector {
    enum Kind {
        static let end: UInt64 = 0
        static let ignore: UInt64 = 1
        static let programHeaders: UInt64 = 3
        static let interpreter: UInt64 = 7
        static let random: UInt64 = 25
        /// What the processor can do, in two parts that differ from one to the next (AT_HWCAP, AT_HWCAP2).
        static let capabilities: UInt64 = 16
        static let moreCapabilities: UInt64 = 26
        /// AT_RSEQ_FEATURE_SIZE and AT_RSEQ_ALIGN, of a call that no build has.
        static let sequences: ClosedRange<UInt64> = 27...28
        /// AT_MINSIGSTKSZ
        static let signalStack: UInt64 = 51
        static let programName: UInt64 = 31
        static let sharedObject: UInt64 = 33
    }

    /// What programs find in place of what kernel and processor say: a processor of the level x86-64-v2, as `/proc/cpuinfo` lists it
    /// (leaf 1 of CPUID, in EDX), with nothing of a later one; and room for the registers of all that there are, which a handler of
    /// signals must have (AVX-512 and its like take 3.6 KiB; what takes more has to be asked for by a call that no build has).
    static let constants: [UInt64: UInt64] = [
        Kind.capabilities: 0x078b_fbff, Kind.moreCapabilities: 0, Kind.signalStack: 4096,
    ]

    /// Types and values in turn, the ending pair last.
    private(set) var words: [UInt64] = []

    /// More pairs than any kernel makes (AT_VECTOR_SIZE in include/linux/mm_types.h: some 30).
    private static let maximumCount = 64

    /// - Parameter bytes: of a 64-bit process; nil if there is no end in them, or none where a vector ends.
    init?(_ bytes: UnsafeRawBufferPointer) {
        for offset in stride(from: 0, to: min(bytes.count - 15, 16 * Self.maximumCount), by: 16) {
            words.append(unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            words.append(unsafe bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            if words[words.count - 2] == Kind.end { return }
        }
        return nil
    }

    /// Bytes that it takes on the stack.
    var size: Int { words.count * 8 }

    subscript(kind: UInt64) -> UInt64? {
        for index in stride(from: 0, to: words.count, by: 2) where words[index] == kind { return words[index + 1] }
        return nil
    }

    /// Offset in bytes of a pair.
    func offset(of kind: UInt64) -> Int? {
        stride(from: 0, to: words.count, by: 2).first { words[$0] == kind }.map { $0 * 8 }
    }
}

/// What the kernel put on the stack of a new program, from its pointers up (create_elf_tables in fs/binfmt_elf.c):
/// argc, arguments, environment, the auxiliary vector, and above it the 16 random bytes, the name of the platform and
/// the texts that the pointers lead to.
struct ProgramStart {
    let vector: AuxiliaryVector
    /// Where it begins on the stack.
    let vectorAddress: UInt64
    /// Whether the program has been told of no shared object of the kernel, because it was hidden before.
    let isHidden: Bool
    /// Where the text of the first variable begins, or, without environment, the program's name: the arguments end
    /// there.
    let argumentsEnd: UInt64
    /// Of the first byte that was read.
    private let base: UInt64
    private let count: Int

    /// - Parameters:
    ///   - bytes: of the stack, from `address` to at least the random bytes.
    ///   - vector: as the kernel keeps it.
    /// - Returns: nil if the vector is not where the kernel puts it.
    init?(_ bytes: UnsafeRawBufferPointer, at address: UInt64, _ vector: AuxiliaryVector) {
        guard let random = vector[AuxiliaryVector.Kind.random], random >= address,
            let name = vector[AuxiliaryVector.Kind.programName]
        else { return nil }
        // Whoever wrote the vector may have put any number there.
        guard random - address <= UInt64(bytes.count) + Self.largestGap else { return nil }
        // Right below the random bytes, apart from what it takes to align the stack.
        for gap in stride(from: 0, through: Int(Self.largestGap), by: 8) {
            let end = (Int(random - address) & ~7) - gap
            let start = end - vector.size
            guard start >= 0, end <= bytes.count else { continue }
            let (here, overflow) = address.addingReportingOverflow(UInt64(start))
            guard !overflow else { return nil }
            guard let hidden = unsafe Self.compare(bytes, start, vector) else { continue }
            self.vector = vector
            vectorAddress = here
            base = address
            count = bytes.count
            // The kernel writes no AT_IGNORE: a vector with one was read from a stack where it was changed before.
            isHidden = hidden || vector[AuxiliaryVector.Kind.ignore] != nil
            argumentsEnd = unsafe Self.firstVariable(bytes, below: start) ?? name
            return
        }
        return nil
    }

    private static let largestGap: UInt64 = 128

    /// Whether the vector stands at this offset: nil if not, else whether its shared object is hidden.
    private static func compare(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ vector: AuxiliaryVector) -> Bool? {
        var isHidden = false
        for (index, word) in vector.words.enumerated() {
            let found = unsafe bytes.loadUnaligned(fromByteOffset: start + index * 8, as: UInt64.self)
            if found == word { continue }
            guard index % 2 == 0 else {
                // A value that was changed when the object was hidden.
                guard AuxiliaryVector.constants[vector.words[index - 1]] == found else { return nil }
                continue
            }
            guard found == AuxiliaryVector.Kind.ignore else { return nil }
            if word == AuxiliaryVector.Kind.sharedObject {
                isHidden = true
            } else if !AuxiliaryVector.Kind.sequences.contains(word) {
                return nil
            }
        }
        return isHidden
    }

    /// The first pointer of the environment, whose end is right below the vector.
    private static func firstVariable(_ bytes: UnsafeRawBufferPointer, below start: Int) -> UInt64? {
        var first: UInt64?
        var offset = start - 16
        while offset >= 0 {
            let pointer = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if pointer == 0 { return first }
            first = pointer
            offset -= 8
        }
        return first
    }

    /// Mixes in what the program is: its path as it was executed, and its arguments. Not the environment, in which
    /// parallel builds differ (MAKEFLAGS).
    ///
    /// - Parameter bytes: those that this was made from.
    func absorb(into key: inout StreamKey, _ bytes: UnsafeMutableRawBufferPointer) {
        if let name = vector[AuxiliaryVector.Kind.programName] {
            let rest = unsafe part(bytes, from: name, to: name &+ 4096)
            let length = unsafe rest.firstIndex(of: 0) ?? rest.count
            unsafe Self.absorb(UnsafeRawBufferPointer(rebasing: rest[..<length]), into: &key)
        }
        // After the random bytes come the platform's name and zeros to align it; then the arguments.
        guard let random = vector[AuxiliaryVector.Kind.random] else { return }
        unsafe Self.absorb(Self.arguments(part(bytes, from: random &+ 16, to: argumentsEnd)), into: &key)
    }

    /// Mixes a program's name or arguments in, of paths in /tmp no more than that: compilers call their temporary files by
    /// numbers of processes, which under `make -j` come in no order, and `go run` its program's folder by the processor's
    /// clock.
    static func absorb(_ bytes: UnsafeRawBufferPointer, into key: inout StreamKey) {
        var start = 0
        while let end = unsafe endOfTemporaryFolder(bytes, from: start) {
            unsafe key.absorb(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            start = end
            while start < bytes.count, unsafe bytes[start] != 0 { start += 1 }
        }
        unsafe key.absorb(UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }

    /// Where the first `/tmp/` ends.
    private static func endOfTemporaryFolder(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let name: StaticString = "/tmp/"
        let length = name.utf8CodeUnitCount
        var index = start
        while index + length <= bytes.count {
            if (0..<length).allSatisfy({ unsafe bytes[index + $0] == name.utf8Start[$0] }) { return index + length }
            index += 1
        }
        return nil
    }

    /// What was read of a range of addresses.
    private func part(
        _ bytes: UnsafeMutableRawBufferPointer, from start: UInt64, to end: UInt64
    ) -> UnsafeRawBufferPointer {
        guard start >= base, end > start, start - base < UInt64(count) else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        let last = Int(min(end - base, UInt64(count)))
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[Int(start - base)..<last])
    }

    /// Leaves out the platform's name and the zeros around it, whose number depends on the environment.
    private static func arguments(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        while start < bytes.count, unsafe bytes[start] == 0 { start += 1 }
        while start < bytes.count, unsafe bytes[start] != 0 { start += 1 }
        while start < bytes.count, unsafe bytes[start] == 0 { start += 1 }
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
    }
}
