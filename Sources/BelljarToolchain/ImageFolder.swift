internal import BelljarKernel

// What is written into an image by belljar itself. An image is made of other people's files, so no path below it is
// ever given to the kernel as a whole: a link among its directories could lead out of it.

extension Descriptor {
    /// Opens a directory below this one, component by component and never through a link.
    ///
    /// - Parameter making: whether what is missing is made.
    func folder(_ path: String, making: Bool) throws(KernelError) -> Descriptor {
        var opened = try duplicate()
        for component in path.split(separator: "/").map(String.init) {
            if making { _ = try opened.makeDirectoryIfMissing(component) }
            let next = try opened.open(component, .directory)
            opened = next
        }
        return opened
    }

    /// Writes a file of this directory that must not be there yet.
    func writeNew(_ bytes: [UInt8], as name: String, isExecutable: Bool = false) throws(KernelError) {
        let permissions: UInt32 = isExecutable ? 0o755 : 0o644
        let file = try open(name, [.write, .create, .exclusive], mode: permissions)
        // The umask of whoever runs belljar has no say.
        try file.setPermissions(permissions)
        try file.writeAll(bytes)
    }

    func writeNew(_ text: String, as name: String) throws(KernelError) {
        try writeNew(Array(text.utf8), as: name)
    }

    /// Changes the owner of this directory and everything below it.
    func giveTree(uid: UInt32, gid: UInt32) throws(KernelError) {
        try setOwner(uid: uid, gid: gid)
        for entry in try entries() {
            if entry.kind == .directory {
                try open(entry.name, .directory).giveTree(uid: uid, gid: gid)
            } else {
                try setOwner(of: entry.name, uid: uid, gid: gid)
            }
        }
    }
}
