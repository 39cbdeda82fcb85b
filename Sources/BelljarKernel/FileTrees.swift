internal import Glibc

extension Descriptor {
    /// Opens a directory given by path, making it and its missing parents with `mode`.
    package static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(KernelError) -> Descriptor {
        var made = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            made += "/" + component
            _ = try workingDirectory.makeDirectoryIfMissing(made, mode: mode)
        }
        return try workingDirectory.open(path, [.directory, .followingLinks])
    }

    /// Removes what the name stands for with everything below it; nothing of that name is fine.
    ///
    /// Never follows a link, and copes with directories that their owner may not enter and with trees deeper than
    /// there are descriptors.
    package func removeTree(_ name: some PathName) throws(KernelError) {
        guard let status = try statusIfPresent(of: name) else { return }
        guard status.kind == .directory else {
            try unlink(name)
            return
        }
        let root = try openForRemoval(name)
        var moved: UInt64 = 0
        // What lies too deep is moved up into the root of the removal, so it is listed until it is empty.
        while true {
            if try root.entriesToTheEnd().isEmpty { break }
            try root.removeContents(depth: 1, root: root, moved: &moved)
        }
        try removeDirectory(name)
    }

    /// Levels that are walked with a descriptor each before what lies deeper is moved up.
    private static let removalDepth = 64

    private func removeContents(
        depth: Int, root: borrowing Descriptor, moved: inout UInt64
    ) throws(KernelError) {
        for entry in try entriesToTheEnd() {
            let kind = if let told = entry.kind { told } else { try status(of: entry.name).kind }
            if kind != .directory {
                try unlink(entry.name)
            } else if depth < Descriptor.removalDepth {
                let child = try openForRemoval(entry.name)
                try child.removeContents(depth: depth + 1, root: root, moved: &moved)
                try removeDirectory(entry.name)
            } else {
                moved += 1
                try moveUp(entry.name, to: root, number: moved)
            }
        }
    }

    /// Renaming a directory to another parent needs the right to write to itself, because its `..` changes.
    private func moveUp(
        _ name: [UInt8], to root: borrowing Descriptor, number: UInt64
    ) throws(KernelError) {
        try setPermissions(of: name, 0o700)
        var number = number
        while true {
            do {
                try renameNew(name, to: root, as: ".belljar-removing-\(number)")
                return
            } catch {
                guard error.number == EEXIST else { throw error }
                number += 1 << 32
            }
        }
    }

    private func openForRemoval(_ name: some PathName) throws(KernelError) -> Descriptor {
        do {
            let opened = try open(name, .directory)
            if try opened.status().permissions & 0o300 != 0o300 { try opened.setPermissions(0o700) }
            return opened
        } catch {
            guard error.number == EACCES else { throw error }
        }
        // Only a directory gives EACCES here and not ENOTDIR or ELOOP, and only its owner can be us.
        try setPermissions(of: name, 0o700)
        return try open(name, .directory)
    }
}
