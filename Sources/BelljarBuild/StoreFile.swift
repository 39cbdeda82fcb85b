internal import BelljarFetch
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// Streams files of the host into the store.
enum StoreFile {
    private static let chunkBytes = 1 << 18

    static func write(
        _ file: borrowing Descriptor, named name: String, to store: Store, isExecutable: Bool
    ) throws(BelljarError) -> Digest {
        let writer = try store.makeWriter()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while true {
            let count = try hostCall("read", name) { () throws(KernelError) in try unsafe file.read(into: buffer) }
            if count == 0 { return try writer.commit(expected: nil, isExecutable: isExecutable) }
            try unsafe writer.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
