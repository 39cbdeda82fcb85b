internal import BelljarFetch
internal import BelljarKernel
package import BelljarModel
package import BelljarStore

/// Streams files of the host into the store.
package enum StoreFile {
    private static let chunkBytes = 1 << 18

    /// - Parameter expected: what the file is pinned to.
    @discardableResult
    package static func write(path: String, to store: Store, expected: Digest) throws(BelljarError) -> Digest {
        let file = try hostCall("read", path) { () throws(KernelError) in
            try Descriptor.workingDirectory.open(path, [.read, .nonblocking, .followingLinks])
        }
        return try write(file, named: path, to: store, expected: expected)
    }

    static func write(
        _ file: borrowing Descriptor, named name: String, to store: Store, expected: Digest? = nil,
        isExecutable: Bool = false
    ) throws(BelljarError) -> Digest {
        let writer = try store.makeWriter()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while true {
            let count = try hostCall("read", name) { () throws(KernelError) in try unsafe file.read(into: buffer) }
            if count == 0 { return try writer.commit(expected: expected, isExecutable: isExecutable) }
            try unsafe writer.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
