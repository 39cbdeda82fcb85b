internal import BelljarKernel
internal import BelljarPlan

/// Overlay mounts of host directories.
enum Overlay {
    /// Lays directories over each other, the first on top, as a mount that is not attached yet.
    ///
    /// - Parameters:
    ///   - layers: host paths.
    ///   - changes: name in the scratch under which changes are kept; nil for an overlay that cannot be changed, which
    ///     needs at least two layers.
    static func mount(
        _ stage: Stage, layers: [String], changes: String?, in scratch: borrowing Descriptor,
        attributes: MountAttributes
    ) throws(StageFailure) -> Descriptor {
        let opened = try at(.openSources) { () throws(KernelError) in try DirectoryList(layers) }
        return try at(stage) { () throws(KernelError) in
            var options: [MountOption] = [
                // Without privileges the notes of an overlay are kept in attributes of the user (kernel >= 5.11).
                .flag("userxattr"),
                .value("lowerdir", opened.numbers.map { "\($0)" }.joined(separator: ":")),
            ]
            // The directories are named by their numbers in this one: that fits the 255 bytes of an option however long
            // the paths are, needs no quoting, and shows no path of the host in the sandbox's /proc/self/mountinfo.
            try Descriptor.workingDirectory.open("/proc/self/fd", [.pathOnly, .directory]).becomeWorkingDirectory()
            guard let changes else { return try Descriptor.newFileSystem("overlay", options, attributes: attributes) }
            let (upper, work) = ("\(changes).upper", "\(changes).work")
            try scratch.makeDirectory(upper)
            try scratch.makeDirectory(work)
            let upperFolder = try scratch.open(upper, [.pathOnly, .directory])
            let workFolder = try scratch.open(work, [.pathOnly, .directory])
            options += [.value("upperdir", "\(upperFolder.number)"), .value("workdir", "\(workFolder.number)")]
            return try Descriptor.newFileSystem("overlay", options, attributes: attributes)
        }
    }
}

/// Open directories, for as long as this value lives. (An array cannot own descriptors.)
struct DirectoryList: ~Copyable {
    private(set) var numbers: [Int32] = []

    init(_ paths: [String]) throws(KernelError) {
        for path in paths {
            let folder = try Descriptor.workingDirectory.open(path, [.pathOnly, .directory, .followingLinks])
            numbers.append(folder.release())
        }
    }

    deinit {
        keepingErrorNumber { for number in numbers { _ = Descriptor(owning: number) } }
    }
}
