internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// Copies what a failed build left, or what somebody changed in a shell, to where its owner can look at it.
struct KeptBuild {
    /// Made if it is not there; each kept build gets a folder of its own in it. Its name can be foretold, and it is mostly in
    /// `/tmp`: so it is used only if it is a folder, nobody else's, and nobody else may write to it.
    let folder: String
    let name: String
    /// What holds one of these secrets is left out.
    let scan: SecretScan

    private static let depthLimit = 256

    /// - Returns: what to tell the user: the path of the copy, which holds `build` and `out`, and what was left out; or why
    ///   there is none, which is no reason to forget how the build ended. Nothing is handed back, and so nothing kept, when
    ///   PID 1 ended the build at once (a violation).
    func kept(build: borrowing Descriptor?, out: borrowing Descriptor?) -> [String] {
        do throws(BelljarError) { return try keep(build: build, out: out) } catch {
            return ["not kept: \(error.summary)"] + (error.remedy.map { ["to keep it: \($0)"] } ?? [])
        }
    }

    /// As `kept`, of what somebody changed in a shell.
    func kept(build: borrowing Descriptor) -> [String] {
        do throws(BelljarError) {
            let target = try target()
            return Self.words(target.path, try copy(build, "build", to: target.folder))
        } catch { return ["not kept: \(error.summary)"] }
    }

    func keep(build: borrowing Descriptor?, out: borrowing Descriptor?) throws(BelljarError) -> [String] {
        guard Self.isThere(build) || Self.isThere(out) else { return ["nothing could be kept"] }
        let target = try target()
        let left = try copy(ifThere: build, "build", to: target.folder) + copy(ifThere: out, "out", to: target.folder)
        return Self.words(target.path, left)
    }

    /// Keeps one file.
    ///
    /// - Returns: its path.
    func keep(_ content: [UInt8], as file: String) throws(BelljarError) -> String {
        let target = try target()
        try hostCall("keep failed build in", target.path) { () throws(KernelError) in
            try target.folder.open(file, [.write, .create, .exclusive], mode: 0o600).writeAll(content)
        }
        return "\(target.path)/\(file)"
    }

    private static func words(_ path: String, _ left: [String]) -> [String] {
        ["kept: \(path)"] + left.map { "left out: \($0)" }
    }

    private struct Target: ~Copyable {
        let path: String
        let folder: Descriptor
    }

    /// A new folder.
    private func target() throws(BelljarError) -> Target {
        let inner = "\(name)-\(Host.realNanoseconds())"
        let path = "\(folder)/\(inner)"
        let base = try base()
        let made = try hostCall("keep failed build in", path) { () throws(KernelError) in
            try base.makeDirectory(inner, mode: 0o700)
            return try base.open(inner, .directory)
        }
        return Target(path: path, folder: made)
    }

    /// The folder, open. What somebody else put in its place is refused: a link would lead what is kept to where they want it,
    /// and in a folder of theirs they could read and change it.
    private func base() throws(BelljarError) -> Descriptor {
        let opened = try hostCall("keep failed build in", folder) { () throws(KernelError) in
            let parts = folder.split(separator: "/").map(String.init)
            let parent = try Descriptor.makeDirectories("/" + parts.dropLast().joined(separator: "/"))
            let name = parts.last ?? "."
            _ = try parent.makeDirectoryIfMissing(name, mode: 0o700)
            return try parent.open(name, .directory)
        }
        let status = try hostCall("keep failed build in", folder) { () throws(KernelError) in try opened.status() }
        let objection =
            status.uid != Host.effectiveUid
            ? "it belongs to uid \(status.uid)"
            : status.permissions & 0o022 != 0
                ? "others may write to it (mode 0\(String(status.permissions, radix: 8)))" : nil
        guard let objection else { return opened }
        throw BelljarError(
            .host, operation: "keep failed build in", subject: folder, answer: objection,
            remedy: "set TMPDIR to a folder of your own")
    }

    private static func isThere(_ directory: borrowing Descriptor?) -> Bool {
        switch directory {
        case .some: true
        case .none: false
        }
    }

    private func copy(
        ifThere source: borrowing Descriptor?, _ name: String, to target: borrowing Descriptor
    ) throws(BelljarError) -> [String] {
        switch source {
        case .none: return []
        case .some(let directory): return try copy(directory, name, to: target)
        }
    }

    private func copy(
        _ directory: borrowing Descriptor, _ name: String, to target: borrowing Descriptor
    ) throws(BelljarError) -> [String] {
        var left: [String] = []
        try hostCall("keep failed build", name) { () throws(KernelError) in
            try target.makeDirectory(name)
            let permissions = try directory.status().permissions
            if permissions & 0o500 != 0o500 { try directory.setPermissions(permissions | 0o500) }
            try copy(directory, to: try target.open(name, .directory), at: Array(name.utf8), path: nil, depth: 0, &left)
        }
        return left
    }

    /// Files, directories and links; what is neither (sockets, FIFOs) is left out.
    private func copy(
        _ source: borrowing Descriptor, to target: borrowing Descriptor, at place: [UInt8], path: SecretScan.Reader?,
        depth: Int, _ left: inout [String]
    ) throws(KernelError) {
        guard depth < Self.depthLimit else {
            let shown = PathText.shown(PathText.text(scan.redacted(place)))
            return left.append("\(shown) holds more than \(Self.depthLimit) levels of folders")
        }
        for entry in try source.entries() {
            let status = try source.status(of: entry.name)
            try Self.openUp(entry.name, in: source, status)
            let inner = place + [UInt8(ascii: "/")] + entry.name
            let path = scan.path(of: entry.name, in: path)
            // `??` would not keep the type of the error.
            let content = try scan.form(ofEntry: entry.name, in: source)
            if let form = path.found ?? content {
                left.append(scan.finding(form, in: inner).words)
                continue
            }
            switch status.kind {
            case .directory:
                try target.makeDirectory(entry.name)
                try copy(
                    try source.open(entry.name, .directory), to: try target.open(entry.name, .directory),
                    at: inner, path: path, depth: depth + 1, &left)
            case .regular:
                let file = try target.open(
                    entry.name, [.write, .create, .exclusive], mode: status.permissions & 0o755 | 0o600)
                _ = try source.open(entry.name, .nonblocking).copyAll(to: file)
            case .symlink: try target.makeSymlink(entry.name, target: try source.readLink(entry.name))
            default: continue
            }
        }
    }

    /// Lets the owner read what the build closed (`chmod 000`): it is theirs to look at. Nothing runs any more that could
    /// put a link in its place.
    private static func openUp(
        _ name: [UInt8], in source: borrowing Descriptor, _ status: FileStatus
    ) throws(KernelError) {
        let needed: UInt32 =
            switch status.kind {
            case .directory: 0o500
            case .regular: 0o400
            default: 0
            }
        guard status.permissions & needed != needed else { return }
        try source.setPermissions(of: name, status.permissions | needed)
    }
}
