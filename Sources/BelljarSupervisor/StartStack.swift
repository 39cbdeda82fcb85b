/// The auxiliary vector of a program, as the kernel keeps it (/proc/PID/auxv): pairs of a type and a value.
struct AuxiliaryVector {
    enum Kind {
        static let end: UInt64 = 0
        static let ignore: UInt64 = 1
        static let programHeaders: UInt64 = 3
        static let programHeaderCount: UInt64 = 5
        static let interpreter: UInt64 = 7
        static let random: UInt64 = 25
        static let programName: UInt64 = 31
        static let sharedObject: UInt64 = 33
    }

    /// Types and values in turn, the ending pair last.
    private(set) var words: [UInt64] = []

    /// - Parameter bytes: of a 64-bit process; nil if there is no end in them.
    init?(_ bytes: UnsafeRawBufferPointer) {
        for offset in stride(from: 0, to: bytes.count - 15, by: 16) {
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
struct StartStack {
    /// Where the vector begins.
    let vector: UInt64
    /// Whether the program has been told of no shared object of the kernel, because it was hidden before.
    let isHidden: Bool
    /// Where the text of the first variable begins, or, without environment, the program's name: the arguments end
    /// there.
    let argumentsEnd: UInt64

    /// - Parameters:
    ///   - bytes: of the stack, from `address` to at least the random bytes.
    ///   - vector: as the kernel keeps it.
    /// - Returns: nil if the vector is not where the kernel puts it.
    init?(_ bytes: UnsafeRawBufferPointer, at address: UInt64, _ vector: AuxiliaryVector) {
        guard let random = vector[AuxiliaryVector.Kind.random], random >= address,
            let name = vector[AuxiliaryVector.Kind.programName]
        else { return nil }
        // Right below the random bytes, apart from what it takes to align the stack.
        for gap in stride(from: 0, through: 128, by: 8) {
            let end = (Int(random - address) & ~7) - gap
            let start = end - vector.size
            guard start >= 0, end <= bytes.count else { continue }
            guard let hidden = unsafe Self.compare(bytes, start, vector) else { continue }
            self.vector = address + UInt64(start)
            isHidden = hidden
            argumentsEnd = unsafe Self.firstVariable(bytes, below: start) ?? name
            return
        }
        return nil
    }

    /// Whether the vector stands at this offset: nil if not, else whether its shared object is hidden.
    private static func compare(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ vector: AuxiliaryVector) -> Bool? {
        var isHidden = false
        for (index, word) in vector.words.enumerated() {
            let found = unsafe bytes.loadUnaligned(fromByteOffset: start + index * 8, as: UInt64.self)
            if found == word { continue }
            guard index % 2 == 0, word == AuxiliaryVector.Kind.sharedObject, found == AuxiliaryVector.Kind.ignore
            else { return nil }
            isHidden = true
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
}
