internal import BelljarControls
internal import BelljarKernel
internal import BelljarPlan

/// Sources as files of the scratch, like all else in `/build`.
///
/// An overlay would show them without a copy, but not as files are elsewhere: the kernel refuses to rename its directories
/// (EXDEV), what is open to be read does not change with its file, and locks on the two are not on one. So sources of ordinary
/// size are copied, which takes less than a second, and an overlay is for those that are larger than memory should be used for.
enum SourceCopy {
    /// What copies take up.
    struct Room: Equatable {
        /// Whole pages.
        var bytes: UInt64 = 0
        /// Files, directories and links.
        var entries: UInt64 = 0

        var isTooMuch: Bool { bytes > Plan.copiedBytes || entries > Plan.copiedEntries }

        fileprivate mutating func add(_ kind: FileKind, _ size: UInt64) {
            entries += 1
            // What a short link says is part of its inode.
            guard kind == .regular || kind == .symlink && size > 128 else { return }
            bytes += (min(size, 1 << 62) + 4095) & ~4095
        }
    }

    /// Bytes that are read and written at a time.
    private static let pieceSize = 256 << 10

    /// - Parameter layers: host directories.
    /// - Returns: nil if the sources are too large to be copied.
    static func room(for layers: [String]) throws(KernelError) -> Room? {
        var room = Room()
        for layer in layers {
            try survey(try Descriptor.workingDirectory.open(layer, [.directory, .followingLinks]), &room)
            if room.isTooMuch { return nil }
        }
        return room
    }

    private static func survey(_ folder: borrowing Descriptor, _ room: inout Room) throws(KernelError) {
        for entry in try folder.entries() {
            var (kind, size) = (entry.kind ?? .regular, UInt64(0))
            if entry.kind != .directory {
                let status = try folder.status(of: entry.name)
                (kind, size) = (status.kind, status.size)
            }
            room.add(kind, size)
            if room.isTooMuch { return }
            if kind == .directory { try survey(try folder.open(entry.name, .directory), &room) }
        }
    }

    /// Copies layers over each other: the first is on top.
    ///
    /// - Parameter reversed: whether what is in a directory is copied from the last name to the first.
    static func copy(
        _ layers: [String], reversed: Bool, to folder: borrowing Descriptor
    ) throws(KernelError) {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 4096)
        defer { unsafe piece.deallocate() }
        for layer in layers {
            let from = try Descriptor.workingDirectory.open(layer, [.directory, .followingLinks])
            try unsafe copy(from, reversed: reversed, to: folder, piece)
        }
    }

    private static func copy(
        _ from: borrowing Descriptor, reversed: Bool, to folder: borrowing Descriptor,
        _ piece: UnsafeMutableRawBufferPointer
    ) throws(KernelError) {
        // Copying can take long where a disk is slow, and nobody may want it any more.
        if !Descriptor.found(Plan.DescriptorNumber.lifeline, .readable).isEmpty { CurrentProcess.exitAtOnce(1) }
        // In one order, because the numbers that the kernel gives files follow from it.
        let entries = try from.entries().sorted()
        for entry in reversed ? entries.reversed() : entries {
            let name = entry.name
            let kind = if let told = entry.kind { told } else { try from.status(of: name).kind }
            switch kind {
            case .directory: try unsafe copyDirectory(name, from, reversed: reversed, to: folder, piece)
            case .regular: try unsafe copyFile(name, from, to: folder, piece)
            case .symlink:
                // Something of a layer above may have the name.
                guard try folder.statusIfPresent(of: name) == nil else { continue }
                try folder.makeSymlink(name, target: try from.readLink(name))
                try folder.setTimes(of: name, FileTime(seconds: World.incomingSeconds))
            case .characterDevice, .blockDevice, .fifo, .socket:
                throw .invalid("copy", "a source that holds a \(kind.words)")
            }
        }
    }

    private static func copyDirectory(
        _ name: [UInt8], _ from: borrowing Descriptor, reversed: Bool, to folder: borrowing Descriptor,
        _ piece: UnsafeMutableRawBufferPointer
    ) throws(KernelError) {
        let source = try from.open(name, .directory)
        let isNew = try folder.makeDirectoryIfMissing(name, mode: 0o700)
        if !isNew, try folder.status(of: name).kind != .directory { return }
        let target = try folder.open(name, .directory)
        try unsafe copy(source, reversed: reversed, to: target, piece)
        if isNew { try target.setPermissions(try source.status().permissions) }
        try target.setTimes(FileTime(seconds: World.incomingSeconds))
    }

    private static func copyFile(
        _ name: [UInt8], _ from: borrowing Descriptor, to folder: borrowing Descriptor,
        _ piece: UnsafeMutableRawBufferPointer
    ) throws(KernelError) {
        let source = try from.open(name)
        let permissions = try source.status().permissions
        let target: Descriptor
        do throws(KernelError) {
            target = try folder.open(name, [.write, .create, .exclusive], mode: permissions & 0o777)
        } catch {
            guard error.errno == .EEXIST else { throw error }
            return
        }
        while true {
            let count = try unsafe source.read(into: piece)
            guard count > 0 else { break }
            try unsafe target.writeAll(UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
        try target.setTimes(FileTime(seconds: World.incomingSeconds))
    }
}
