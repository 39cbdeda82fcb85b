/// What PID 1 reads of an honest program.
extension Samples {
    private static func bytes(_ words: [UInt64]) -> [UInt8] {
        words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
    }

    /// A stack with one argument and one variable, and what the kernel keeps of it.
    static var programs: [[UInt8]] {
        let address: UInt64 = 0x7fff_ffff_0000
        let pointers: [UInt64] = [1, address + 200, 0, address + 220, 0]
        let random = address + UInt64(8 * (pointers.count + 16))
        let vector: [UInt64] = [
            33, 0x7fff_f7fc_9000, 6, 4096, 17, 100, 7, 0x7fff_f7fc_b000, 25, random, 31, random + 40, 0, 0,
        ]
        let texts = Array("x86_64\0/bin/ls\0PATH=/tmp/name\0\0\0".utf8)
        let stack = bytes(pointers + vector + [0, 0]) + [UInt8](repeating: 0xaa, count: 16) + texts
        let kept = bytes(vector) + [UInt8](repeating: 0, count: 512 - 8 * vector.count)
        return [bytes([address]) + stack, bytes([address]) + kept + stack]
    }

    /// One part that can be written to, in which the address stands once.
    static var images: [[UInt8]] {
        var header = [UInt8](repeating: 0, count: 1024)
        header.replaceSubrange(0..<5, with: [0x7f, 0x45, 0x4c, 0x46, 2])
        header.replaceSubrange(32..<40, with: bytes([64]))
        header[56] = 1
        (header[64], header[68]) = (1, 2)
        header.replaceSubrange(104..<112, with: bytes([4096]))
        return [bytes([0x7fff_f7fc_b000]) + header + bytes([1, 0x7fff_f7fc_b000, 2])]
    }

    /// `struct linux_dirent64`.
    static var folders: [[UInt8]] {
        var records: [UInt8] = []
        for (index, name) in [".", "..", "b", "a", "name"].enumerated() {
            let size = (20 + name.utf8.count + 7) & ~7
            records +=
                bytes([UInt64(index) + 1, UInt64(index)]) + [UInt8(size), 0, index < 2 ? 4 : 8] + Array(name.utf8)
            records += [UInt8](repeating: 0, count: size - 19 - name.utf8.count)
        }
        return [records]
    }

    /// Steps with two numbers each.
    static var clocks: [[UInt8]] {
        [[0, 1, 2, 3].flatMap { [$0] + bytes([1_700_000_010 + UInt64($0), 1_700_000_000]) }]
    }

    /// Of `/proc/PID/stat`, `/proc/PID/status` and `/proc/PID/mountinfo`.
    static var texts: [[UInt8]] {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99 1 1\n"
        let status = "Name:\ta\nTgid:\t7\nPPid:\t1\nThreads:\t2\nSigPnd:\t0000000000000001\nSigCgt:\t0000000000000001\n"
        let mounts = "20 1 0:5 / /proc rw,nosuid - proc proc rw\n21 1 0:6 / / ro,relatime - overlay o ro\n"
        return [stat, status + stat, mounts + status + stat].map { Array($0.utf8) }
    }
}
