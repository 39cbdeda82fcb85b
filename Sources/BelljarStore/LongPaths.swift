internal import BelljarKernel

extension Descriptor {
    /// As `openBeneath`, also for a path that is longer than the kernel takes at once. A checkout has such paths: what was
    /// taken in has long ones already, and lies below other folders there.
    func openFar(_ path: [UInt8], _ flags: OpenFlags = .read) throws(KernelError) -> Descriptor {
        let slash = UInt8(ascii: "/")
        guard path.count > IngestOptions.pathLimit,
            let end = path[...IngestOptions.pathLimit].lastIndex(of: slash)
        else { return try openBeneath(path, flags) }
        let folder = try openBeneath(Array(path[..<end]), .directory)
        return try folder.openFar(Array(path[(end + 1)...]), flags)
    }
}
