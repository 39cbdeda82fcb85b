internal import BelljarControls
internal import BelljarKernel

/// Programs whose auxiliary vector the kernel shows to nobody: their file cannot be read (mode 0111), or they made
/// themselves undumpable before the C library asked for the heap again. Their memory can be reached all the same.
extension Worker {
    /// Where the stack ends without address randomisation (STACK_TOP in arch/x86/include/asm/page_64_types.h).
    private static var stackEnd: UInt64 { 0x7fff_ffff_f000 }
    /// What arguments and environment can take at most, with room to spare (bprm_set_stack_limit in fs/exec.c: 6 MiB).
    private static var largestStack: UInt64 { 8 << 20 }
    /// More than any vector takes.
    private static var overlap: Int { 1024 }

    /// What the last pages of a process's stack hold; nil if that is not everything, because there is much of it.
    func startAtStackEnd(of process: Int32) throws(Refusal) -> ProgramStart? {
        let size = 8 << 10
        let base = Self.stackEnd - UInt64(size)
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<size])
        guard try unsafe read(at: base, of: process, into: part) == size else { return nil }
        let bytes = UnsafeRawBufferPointer(part)
        guard let vector = unsafe AuxiliaryVector(within: bytes) else { return nil }
        return unsafe ProgramStart(bytes, at: base, vector)
    }

    /// The vector as it stands on the stack; nil if it cannot be found, which needs fixed addresses.
    func vectorOnStack(of process: Int32) throws(Refusal) -> AuxiliaryVector? {
        guard shared.world.states.isVirtualised(.addresses) else { return nil }
        var end = Self.stackEnd
        while end > Self.stackEnd - Self.largestStack {
            let start = unsafe end - UInt64(room.count)
            guard try unsafe read(at: start, of: process, into: room) == room.count else { return nil }
            if let vector = unsafe AuxiliaryVector(within: UnsafeRawBufferPointer(room)) { return vector }
            end = start + UInt64(Self.overlap)
        }
        return nil
    }
}

extension AuxiliaryVector {
    /// Finds the vector in a part of the stack, by four words that stand in each one: the size of a page and the clock's
    /// ticks in a second, with their types (ARCH_DLINFO and NEW_AUX_ENT in fs/binfmt_elf.c).
    init?(within bytes: UnsafeRawBufferPointer) {
        let mark: [UInt64] = [6, 4096, 17, 100]
        let last = bytes.count - 8 * mark.count
        for offset in stride(from: last, through: 0, by: -8)
        where mark.indices.allSatisfy({
            unsafe bytes.loadUnaligned(fromByteOffset: offset + 8 * $0, as: UInt64.self) == mark[$0]
        }) {
            // What comes before are a few pairs with small types; before these, the environment ends with a zero.
            var start = offset
            while start >= 16 {
                let type = unsafe bytes.loadUnaligned(fromByteOffset: start - 16, as: UInt64.self)
                guard 1...64 ~= type else { break }
                start -= 16
            }
            unsafe self.init(UnsafeRawBufferPointer(rebasing: bytes[start...]))
            return
        }
        return nil
    }
}
