internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// Room on the disk for what archives hold: files without names, which are gone when nobody has them open any more, also after
/// SIGKILL. All of them together are held to one bound.
final class ScratchSpace {
    private let folder: String
    private let limit: UInt64
    private var used: UInt64 = 0

    init(folder: String, limit: UInt64) {
        self.folder = folder
        self.limit = limit
    }

    func makeFile() throws(BelljarError) -> ScratchFile {
        let file = try hostCall("make a temporary file in", folder) { () throws(KernelError) in
            do throws(KernelError) {
                return try Descriptor.workingDirectory.open(folder, [.nameless, .readWrite, .followingLinks])
            } catch {
                // File systems that have no nameless files say so in one of these ways (open(2)).
                guard [.EOPNOTSUPP, .EISDIR, .EINVAL].contains(error.errno) else { throw error }
            }
            let name = "\(folder)/.belljar-diff-\(Host.processId)-\(UInt64.random(in: 0 ... .max))"
            let named = try Descriptor.workingDirectory.open(name, [.readWrite, .create, .exclusive])
            try Descriptor.workingDirectory.unlink(name)
            return named
        }
        return ScratchFile(file, scratch: self)
    }

    fileprivate func take(_ count: UInt64) throws(BelljarError) {
        guard count <= limit - used else {
            throw BelljarError(
                .resourceExceeded, operation: "unpack into", subject: folder,
                answer: "what was unpacked to be compared has more than \(limit) bytes")
        }
        used += count
    }

    fileprivate func giveBack(_ count: UInt64) { used -= count }
}

/// A file that grows, and whose end can be taken off again.
final class ScratchFile {
    private let file: ComparedContent.OpenFile
    private let scratch: ScratchSpace
    private(set) var size: UInt64 = 0

    init(_ descriptor: consuming Descriptor, scratch: ScratchSpace) {
        file = ComparedContent.OpenFile(descriptor, name: "a temporary file")
        self.scratch = scratch
    }

    deinit { keepingErrorNumber { scratch.giveBack(size) } }

    func append(_ bytes: [UInt8]) throws(BelljarError) {
        try scratch.take(UInt64(bytes.count))
        size += UInt64(bytes.count)
        try hostCall("write", file.name) { () throws(KernelError) in try file.descriptor.writeAll(bytes) }
    }

    func appendZeros(_ count: UInt64) throws(BelljarError) {
        try scratch.take(count)
        size += count
        try hostCall("write", file.name) { () throws(KernelError) in
            try file.descriptor.truncate(to: size)
            try file.descriptor.seek(to: size)
        }
    }

    /// Takes off everything from there on.
    func shorten(to size: UInt64) throws(BelljarError) {
        try hostCall("write", file.name) { () throws(KernelError) in
            try file.descriptor.truncate(to: size)
            try file.descriptor.seek(to: size)
        }
        scratch.giveBack(self.size - size)
        self.size = size
    }

    /// From an offset to what is the end now.
    func content(from start: UInt64) -> ComparedContent { ComparedContent(file, from: start, count: size - start) }
}
