internal import BelljarKernel
internal import BelljarModel

/// Everything below a directory as it was found, before any file is read, and what is wrong with it.
struct IngestWalk {
    struct Folder {
        /// Relative to the directory; empty for itself.
        var path: String
        var name: String
        /// Index of the folder it is in; a folder comes after the one it is in.
        var parent: Int
        var depth: Int
    }

    struct File {
        var folder: Int
        var name: String
        var isExecutable: Bool
        /// Bytes, as it was found.
        var size: UInt64
    }

    struct Link {
        var folder: Int
        var name: String
        var target: String
    }

    let options: IngestOptions
    private let selection: IngestSelection?
    private(set) var folders = [Folder(path: "", name: "", parent: 0, depth: 0)]
    private(set) var files: [File] = []
    private(set) var links: [Link] = []
    private var bytes: UInt64 = 0
    /// Of all that was found.
    private var listing = ListingSize()
    private var outputs = OutputListSize()
    /// Of the folder that is being listed.
    private var directory = DirectorySize()
    private var objections: [(path: String, what: String)] = []
    private var remedy: String?

    /// So many objections are shown; the walk ends at the last of them.
    private static let objectionLimit = 20

    init(
        _ base: borrowing Descriptor, options: IngestOptions, selection: IngestSelection? = nil
    ) throws(BelljarError) {
        self.options = options
        self.selection = selection
        var index = 0
        // Folders are appended while the loop runs.
        while index < folders.count, objections.count < IngestWalk.objectionLimit {
            try list(index, base)
            index += 1
        }
        guard let first = objections.first else { return }
        throw BelljarError(
            options.refusal, operation: "store", subject: PathText.shown(first.path), answer: first.what,
            remedy: remedy ?? IngestOptions.remedy,
            details: objections.dropFirst().map { "\(PathText.shown($0.path)): \($0.what)" })
    }

    func path(_ folder: Int, _ name: String) -> String {
        folders[folder].path.isEmpty ? name : folders[folder].path + "/" + name
    }

    private var count: UInt64 { UInt64(folders.count - 1 + files.count + links.count) }

    private mutating func list(_ index: Int, _ base: borrowing Descriptor) throws(BelljarError) {
        let here = folders[index]
        directory = DirectorySize()
        // What is not taken counts for nothing.
        let limit = selection == nil ? Int(clamping: options.entries - count) : .max
        // The directory itself has no name here.
        let subject = here.path.isEmpty ? "." : here.path
        let folder = try host("store", subject) { () throws(KernelError) in
            try base.openBeneath(PathText.raw(subject), .directory)
        }
        var entries: [DirectoryEntry]
        // What is left of the paths' bytes holds for the names before they are paths: nobody waits for a million of these.
        let room = selection == nil ? max(0, options.listingBytes - listing.bytes) : .max
        do throws(KernelError) { entries = try folder.entries(limit: limit, nameBytes: room) } catch {
            if error.errno == .EFBIG {
                listing.add(path: room + 1)
                return try checkSizes(at: subject)
            }
            guard error.errno == .EOVERFLOW else {
                return try host("store", subject) { () throws(KernelError) in throw error }
            }
            let what = "more than \(options.entries) files, directories and links"
            try checkLimit(.outputFiles, options.entries, "\(what), counted up to /out/\(PathText.shown(here.path))")
            objections.append((here.path, what))
            return
        }
        if let objection = try options.attributeObjection(to: folder, here.path) {
            objections.append((subject, "a directory \(objection)"))
        }
        entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
        for entry in entries { try note(entry.name, in: index, folder) }
    }

    private mutating func note(_ bytes: [UInt8], in index: Int, _ folder: borrowing Descriptor) throws(BelljarError) {
        let name = PathText.text(bytes)
        let path = path(index, name)
        if let selection, !selection.contains(path) { return }
        // The text may be longer than what it stands for.
        if path.utf8.count > IngestOptions.pathLimit, PathText.raw(path).count > IngestOptions.pathLimit {
            return objections.append((path, "a path of more than \(IngestOptions.pathLimit) bytes"))
        }
        let status = try host("store", path) { () throws(KernelError) in try folder.status(of: bytes) }
        listing.add(path: path.utf8.count)
        switch status.kind {
        case .regular: try noteFile(name, in: index, path: path, status)
        case .directory:
            let depth = folders[index].depth + 1
            if depth > options.depth {
                objections.append((path, "more than \(options.depth) levels of directories"))
            } else if status.permissions & 0o500 != 0o500, !options.adopting {
                objections.append((path, "a directory that its owner may not read (\(octal(status)))"))
            } else {
                if options.adopting { try openUp(bytes, 0o700, folder, path: path, status) }
                folders.append(Folder(path: path, name: name, parent: index, depth: depth))
                directory.add(directoryNamed: name)
            }
        case .symlink:
            let target = try host("store", path) { () throws(KernelError) in try folder.readLink(bytes) }
            noteLink(name, in: index, path: path, target)
        case .characterDevice where status.deviceNumber == 0:
            objections.append((path, "an overlay whiteout (character device 0:0)"))
        case .characterDevice, .blockDevice, .fifo, .socket:
            objections.append((path, "a \(status.kind.words)"))
        }
        try checkSizes(at: path)
        if status.kind == .regular, options.adopting { try openUp(bytes, 0o600, folder, path: path, status) }
    }

    /// What is moved in becomes ours to change, so what keeps its owner out is no obstacle.
    private func openUp(
        _ name: [UInt8], _ permissions: UInt32, _ folder: borrowing Descriptor, path: String, _ status: FileStatus
    ) throws(BelljarError) {
        guard status.permissions & permissions != permissions else { return }
        try host("store", path) { () throws(KernelError) in
            try folder.setPermissions(of: name, status.permissions & 0o777 | permissions)
        }
    }

    /// Ends the walk if what was found is more than a build may leave.
    private func checkLimit(_ limit: LimitName, _ value: UInt64, _ seen: String) throws(BelljarError) {
        guard options.holdsOutputLimits else { return }
        let exceeded = ExceededLimit(limit: limit, value: value, seen: seen)
        throw BelljarError(
            .resourceExceeded, operation: "store", subject: "/out", answer: exceeded.words, remedy: exceeded.remedy,
            exceeded: exceeded)
    }

    /// Ends the walk where nobody could read again what would be written of it, or where its names alone would take too much
    /// memory.
    private func checkSizes(at path: String) throws(BelljarError) {
        let objection =
            directory.objection(limit: options.directoryBytes) ?? listing.objection(limit: options.listingBytes)
            ?? options.recordBytes.flatMap { outputs.objection(limit: $0) }
        guard let objection else { return }
        let place = (options.holdsOutputLimits ? "/out/" : "") + PathText.shown(path)
        throw BelljarError(
            .resourceExceeded, operation: "store", subject: place, answer: "\(objection), counted up to \(place)",
            remedy: "have fewer files and links there, or shorter names; an archive of them is one file")
    }

    private mutating func noteFile(
        _ name: String, in index: Int, path: String, _ status: FileStatus
    ) throws(BelljarError) {
        // Holes take no room: what a few files say that they have together may be no number any more.
        let (sum, overflow) = bytes.addingReportingOverflow(status.size)
        bytes = overflow ? .max : sum
        if bytes > options.bytes {
            try checkLimit(
                .outputSize, options.bytes, "the files up to /out/\(PathText.shown(path)) have \(bytes) bytes")
            objections.append((path, "the files before and up to it have more than \(options.bytes) bytes"))
        }
        if !options.dropsSetuid, status.permissions & 0o4000 != 0 {
            objections.append((path, "a setuid file (\(octal(status)))"))
        } else if !options.dropsSetuid, status.permissions & 0o2000 != 0 {
            objections.append((path, "a setgid file (\(octal(status)))"))
        } else if status.permissions & 0o400 == 0, !options.adopting {
            objections.append((path, "a file that its owner may not read (\(octal(status)))"))
        }
        let isExecutable = status.permissions & 0o111 != 0
        files.append(File(folder: index, name: name, isExecutable: isExecutable, size: status.size))
        directory.add(name, size: status.size, isExecutable: isExecutable)
        outputs.add(path: path)
    }

    private mutating func noteLink(_ name: String, in index: Int, path: String, _ bytes: [UInt8]) {
        let target = PathText.text(bytes)
        if let objection = DirectoryCodec.objection(toTarget: target) {
            objections.append((path, objection))
        } else if options.refusesEscapingLinks, leadsOut(target, depth: folders[index].depth) {
            remedy = options.linkRemedy
            objections.append(
                (path, "a link that leads out of the directory, or could: `\(PathText.shown(target))`"))
        }
        links.append(Link(folder: index, name: name, target: target))
        directory.add(name, target: target)
        listing.add(path: 0, target: target.utf8.count)
        outputs.add(path: path)
    }

    /// Whether a link could lead out of the tree. A `..` after a name may climb from wherever that name's own link
    /// leads, so only those at the beginning, which climb from the link's real place, are counted and accepted.
    private func leadsOut(_ target: String, depth: Int) -> Bool {
        guard !target.hasPrefix("/") else { return true }
        let components = target.split(separator: "/").filter { $0 != "." }
        let climbs = components.prefix { $0 == ".." }.count
        return climbs > depth || components.dropFirst(climbs).contains("..")
    }

    private func octal(_ status: FileStatus) -> String { "mode 0" + String(status.permissions, radix: 8) }
}
