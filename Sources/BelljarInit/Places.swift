internal import BelljarKernel
internal import BelljarPlan

extension Plan {
    /// Whether the sandbox has `/build`, `/out` and `/inputs`.
    var hasBuild: Bool {
        switch root {
        case .layers: true
        case .writable: false
        }
    }

    /// Whether something is bound to a place where a mount point can be made only by a change of the root.
    var needsTargetsInRoot: Bool {
        binds.contains { bind in
            !["/build/", "/inputs/", "/out/", "/run/", "/tmp/", "/var/tmp/"].contains { bind.target.hasPrefix($0) }
        }
    }
}

extension Descriptor {
    /// A place below this directory to mount something on, made if it is not there: with its parents, as an empty
    /// directory or file. No link is followed.
    func placeOrMake(_ path: String, isDirectory: Bool) throws(KernelError) -> Descriptor {
        do throws(KernelError) {
            return try place(path, isDirectory: isDirectory)
        } catch {
            guard error.isMissing else { throw error }
        }
        let components = path.split(separator: "/").map(String.init)
        guard let last = components.last, !components.contains(".."), !components.contains(".") else {
            throw .invalid("openat2", path)
        }
        var folder = try place(".", isDirectory: true)
        for component in components.dropLast() {
            _ = try folder.makeDirectoryIfMissing(component)
            folder = try folder.place(component, isDirectory: true)
        }
        if isDirectory {
            _ = try folder.makeDirectoryIfMissing(last)
        } else {
            _ = try folder.open(last, [.write, .create], mode: 0o644)
        }
        return try folder.place(last, isDirectory: isDirectory)
    }
}
