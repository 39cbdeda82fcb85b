internal import BelljarFetch
internal import BelljarKernel
internal import BelljarModel

/// Copies what a failed build left to where its owner can look at it.
struct KeptBuild {
    /// Made if it is not there; each kept build gets a folder of its own in it.
    let folder: String
    let name: String

    private static let depthLimit = 256

    /// - Returns: the path of the copy, which holds `build` and `out`; nil if nothing was handed back, because process 1
    ///   ended the build at once (a violation).
    func keep(build: borrowing Descriptor?, out: borrowing Descriptor?) throws(BelljarError) -> String? {
        guard Self.isThere(build) || Self.isThere(out) else { return nil }
        let path = "\(folder)/\(name)-\(Host.realNanoseconds())"
        let target = try hostCall("keep failed build in", path) { () throws(KernelError) in
            try Descriptor.makeDirectories(path, mode: 0o700)
        }
        try copy(build, "build", to: target)
        try copy(out, "out", to: target)
        return path
    }

    private static func isThere(_ directory: borrowing Descriptor?) -> Bool {
        switch directory {
        case .some: true
        case .none: false
        }
    }

    private func copy(
        _ source: borrowing Descriptor?, _ name: String, to target: borrowing Descriptor
    ) throws(BelljarError) {
        switch source {
        case .none: return
        case .some(let directory):
            try hostCall("keep failed build", name) { () throws(KernelError) in
                try target.makeDirectory(name)
                try Self.copy(directory, to: try target.open(name, .directory), depth: 0)
            }
        }
    }

    /// Files, directories and links; what is neither (sockets, FIFOs) is left out.
    private static func copy(
        _ source: borrowing Descriptor, to target: borrowing Descriptor, depth: Int
    ) throws(KernelError) {
        guard depth < depthLimit else { return }
        for entry in try source.entries() {
            let status = try source.status(of: entry.name)
            switch status.kind {
            case .directory:
                try target.makeDirectory(entry.name)
                try copy(
                    try source.open(entry.name, .directory), to: try target.open(entry.name, .directory),
                    depth: depth + 1)
            case .regular:
                let file = try target.open(
                    entry.name, [.write, .create, .exclusive], mode: status.permissions & 0o755 | 0o600)
                _ = try source.open(entry.name).copyAll(to: file)
            case .symlink: try target.makeSymlink(entry.name, target: try source.readLink(entry.name))
            default: continue
            }
        }
    }
}
