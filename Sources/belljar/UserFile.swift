internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// A file that the command line names to be written.
struct UserFile {
    private let path: String
    /// What it is written for, as a verb phrase.
    private let operation: String

    init(_ path: String, _ operation: String) {
        self.path = path
        self.operation = operation
    }

    /// The path of the folder that it is in.
    var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        var folder = path[..<slash]
        while folder.last == "/" { folder.removeLast() }
        return folder.isEmpty ? "/" : String(folder)
    }

    /// - Throws: `usage` for a place where no file can be.
    func open(_ name: String, _ flags: OpenFlags) throws(BelljarError) -> Descriptor {
        do throws(BelljarError) {
            return try hostCall(operation, path) { () throws(KernelError) in
                try Descriptor.workingDirectory.open(name, flags, mode: 0o644)
            }
        } catch {
            throw told(error)
        }
    }

    func open(_ flags: OpenFlags) throws(BelljarError) -> Descriptor { try open(path, flags) }

    private func told(_ error: BelljarError) -> BelljarError {
        let answers: [Errno: String] = [
            .ENOENT: "there is no folder \(folder)", .ENOTDIR: "\(folder) is not a folder",
            .EISDIR: "it is a folder, not a file",
        ]
        guard let number = error.errorNumber, let answer = answers[Errno(rawValue: number)] else { return error }
        // Some folders take no files (/proc).
        if number == Errno.ENOENT.rawValue, (try? Descriptor.workingDirectory.status(of: folder)) != nil {
            return error
        }
        return BelljarError(
            .usage, operation: operation, subject: path, answer: answer,
            remedy: number == Errno.EISDIR.rawValue ? "name a file in it" : "make the folder, or correct the path",
            errorNumber: number)
    }

    /// Looks at what is there already. A file of another kind was not meant.
    ///
    /// - Parameters:
    ///   - kind: what may be there, in words.
    ///   - accepts: whether a file that begins with these bytes is one.
    /// - Throws: `usage` for anything else than such a file, or an empty one.
    func requireReplaceable(_ kind: String, where accepts: ([UInt8]) -> Bool) throws(BelljarError) {
        let present: FileStatus?
        do throws(BelljarError) {
            present = try hostCall(operation, path) { () throws(KernelError) in
                try Descriptor.workingDirectory.statusIfPresent(of: path)
            }
        } catch { throw told(error) }
        guard let present else { return }
        guard present.kind == .regular else { throw taken("it is a \(present.kind.words), not a file") }
        let file = try open([.read, .nonblocking])
        try requireReplaceable(file, kind, where: accepts)
    }

    /// The same of a file that is open.
    func requireReplaceable(
        _ file: borrowing Descriptor, _ kind: String, where accepts: ([UInt8]) -> Bool
    ) throws(BelljarError) {
        let beginning = try hostCall(operation, path) { () throws(KernelError) in
            try file.readSome(atMost: Self.beginning)
        }
        guard beginning.isEmpty || accepts(beginning) else {
            throw taken("there is a file of that name already, and it is no \(kind)")
        }
    }

    private func taken(_ answer: String) -> BelljarError {
        BelljarError(
            .usage, operation: operation, subject: path, answer: answer, remedy: "choose another name, or move it away")
    }

    /// Bytes of a file that tell what it is.
    private static let beginning = 1 << 20
}
