internal import BelljarControls
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore
internal import Synchronization

/// What somebody changes in `/build` while they have a shell, as a patch (`diff -ruN`, for `patch -p1`). The files are copied when
/// the shell begins and when it ends, and compared by the host's diff(1), held to bounds: it reads bytes of a build.
///
/// Not in it: the home directory, links, what is neither file nor directory, files that diff takes for binary, and files with a
/// secret in them. Of those that changed, the user is told.
final class ShellPatch: Sendable {
    /// What is copied at most, each time.
    static let mostBytes: UInt64 = 512 << 20
    static let mostEntries = 65_536
    /// What a patch may have, in bytes.
    private static let limit = 64 << 20
    private static let depthLimit = 256
    /// What both copies of a file are as old as, so that a patch says nothing of this host's clock.
    private static let time = FileTime(seconds: World.incomingSeconds)

    private let file: String
    private let folder: TemporaryFolder
    private let diff: HostProgram
    private let scan: SecretScan?
    private let begun = Mutex<Result<Others, BelljarError>?>(nil)

    /// What cannot stand in a patch: the targets of links and the names of files with secrets, by path.
    private typealias Others = [String: String]

    private struct Room {
        var bytes = ShellPatch.mostBytes
        var entries = ShellPatch.mostEntries
    }

    /// - Parameters:
    ///   - file: absolute path of the patch, which must not be there yet.
    ///   - scan: for the build's secrets; nil if it has none.
    init(_ file: String, in store: Store, scan: SecretScan?) throws(BelljarError) {
        guard var diff = HostProgram.find("env", passing: ["PATH"], setting: ["LC_ALL": "C", "TZ": "UTC"]),
            HostProgram.find("diff", passing: []) != nil
        else {
            throw BelljarError(
                .host, operation: "write patch", subject: file, answer: "the program diff is not installed",
                remedy: "install it: apt install diffutils")
        }
        diff.account = store.owner
        (self.file, self.diff, self.scan) = (file, diff, scan)
        folder = try store.makeTemporaryFolder()
        if (try? Descriptor.workingDirectory.status(of: file)) != nil {
            throw BelljarError(
                .usage, operation: "write patch", subject: file, answer: "there is a file of that name",
                remedy: "choose another name, or move it away")
        }
        // Now, and not when the work is done.
        _ = try Self.create(file)
        try? Descriptor.workingDirectory.unlink(file)
    }

    private static func create(_ file: String) throws(BelljarError) -> Descriptor {
        try hostCall("write patch", file) { () throws(KernelError) in
            try Descriptor.workingDirectory.open(file, [.write, .create, .exclusive], mode: 0o644)
        }
    }

    /// The shell begins. What goes wrong is told at the end, by `finish`.
    func begin(_ build: borrowing Descriptor?) {
        let result: Result<Others, BelljarError>
        do throws(BelljarError) { result = .success(try copy(build, "a")) } catch { result = .failure(error) }
        begun.withLock { $0 = result }
    }

    /// The shell has ended: writes the patch.
    ///
    /// - Returns: what to tell.
    func finish(_ build: borrowing Descriptor?) throws(BelljarError) -> [String] {
        let before: Others
        switch begun.withLock({ $0 }) {
        case .success(let others): before = others
        case .failure(let error): throw error
        case nil: return []
        }
        guard Self.isThere(build) else { return ["no patch: the sandbox was ended from outside"] }
        let after = try copy(build, "b")
        var left = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
        var (patch, errors) = ([UInt8](), "")
        let end = unsafe try diff.run(["-C", folder.path, "diff", "-ruN", "a", "b"]) { piece throws(BelljarError) in
            guard patch.count + piece.count <= Self.limit else {
                throw BelljarError(
                    .resourceExceeded, operation: "write patch", subject: file,
                    answer: "it would have more than \(Self.limit >> 20) MiB")
            }
            unsafe patch.append(contentsOf: piece)
        }
        errors = end.errorText
        guard [.status(0), .status(1), .status(2)].contains(end.exit), errors.isEmpty, end.overrun == nil else {
            throw BelljarError(
                .host, operation: "write patch", subject: file, stage: "diff", answer: LogTail.escaped(errors.utf8))
        }
        var lines: [ArraySlice<UInt8>] = []
        for line in patch.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            // Lines of a patch begin otherwise.
            if let name = Self.binary(line) { left.append(name) } else { lines.append(line) }
        }
        let bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
        let isEmpty = bytes.allSatisfy { $0 == UInt8(ascii: "\n") }
        if !isEmpty {
            let target = try Self.create(file)
            try hostCall("write patch", file) { () throws(KernelError) in try target.writeAll(bytes) }
        }
        let shown = left.prefix(20).map { "not in the patch: \(PathText.shown($0))" }
        let more = left.count > 20 ? ["not in the patch: \(left.count - 20) more"] : []
        return [isEmpty ? "nothing was changed that a patch can say" : "patch: \(file)"] + shown + more
    }

    private static func isThere(_ build: borrowing Descriptor?) -> Bool {
        switch build {
        case .some: true
        case .none: false
        }
    }

    /// `Binary files a/x and b/x differ`
    static func binary(_ line: ArraySlice<UInt8>) -> String? {
        let (start, end) = (Array("Binary files a/".utf8), Array(" differ".utf8))
        guard line.starts(with: start), line.suffix(end.count).elementsEqual(end) else { return nil }
        let names = String(decoding: line.dropFirst(start.count).dropLast(end.count), as: UTF8.self)
        // Both are the same name.
        return names.count > 7 ? String(names.prefix((names.count - 7) / 2)) : names
    }

    // MARK: Copies

    private func copy(_ build: borrowing Descriptor?, _ name: String) throws(BelljarError) -> Others {
        switch build {
        case .none: return [:]
        case .some(let build):
            var (room, others) = (Room(), Others())
            do throws(KernelError) {
                let base = try Descriptor.workingDirectory.open(folder.path, .directory)
                try base.makeDirectory(name, mode: 0o755)
                try copy(build, to: try base.open(name, .directory), "", nil, 0, &room, &others)
            } catch {
                throw BelljarError(
                    error.isTooLarge ? .resourceExceeded : .host, operation: "write patch", subject: file,
                    answer: error.isTooLarge
                        ? "/build has more than \(Self.mostBytes >> 20) MiB or \(Self.mostEntries) files"
                        : "\(error.call) \(error.subject): \(error.answer)")
            }
            return others
        }
    }

    private func copy(
        _ source: borrowing Descriptor, to target: borrowing Descriptor, _ place: String, _ path: SecretScan.Reader?,
        _ depth: Int, _ room: inout Room, _ others: inout Others
    ) throws(KernelError) {
        guard depth < Self.depthLimit else { throw .tooLarge(place) }
        for entry in try source.entries(limit: room.entries) where depth > 0 || entry.name != Array(".home".utf8) {
            guard room.entries > 0 else { throw .tooLarge(place) }
            room.entries -= 1
            let status = try source.status(of: entry.name)
            let inner = place + (depth == 0 ? "" : "/") + String(decoding: entry.name, as: UTF8.self)
            let path = scan?.path(of: entry.name, in: path)
            if path?.found != nil {
                others[inner] = "secret"
                continue
            }
            switch status.kind {
            case .directory:
                try target.makeDirectory(entry.name, mode: 0o755)
                guard let folder = try? source.open(entry.name, .directory) else { continue }
                try copy(folder, to: try target.open(entry.name, .directory), inner, path, depth + 1, &room, &others)
            case .regular:
                guard status.size <= room.bytes else { throw .tooLarge(inner) }
                room.bytes -= status.size
                // What its owner may not read is nothing to be changed by hand.
                guard let file = try? source.open(entry.name, .nonblocking) else { continue }
                if let scan, try scan.form(ofEntry: entry.name, in: source) != nil {
                    others[inner] = "secret"
                    continue
                }
                let made = try target.open(entry.name, [.write, .create, .exclusive], mode: 0o644)
                _ = try file.copyAll(to: made)
                try made.setTimes(Self.time)
            case .symlink:
                others[inner] = "link to " + String(decoding: try source.readLink(entry.name), as: UTF8.self)
            default: continue
            }
        }
    }
}

extension KernelError {
    fileprivate static func tooLarge(_ subject: String) -> KernelError {
        KernelError(call: "copy", subject: subject, number: Errno.EFBIG.rawValue)
    }

    fileprivate var isTooLarge: Bool { errno == .EFBIG }
}
