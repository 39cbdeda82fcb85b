internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// What was in `/build` at one moment, for `ShellPatch`: of every entry its kind and mode, and of every file a digest. Text is
/// copied besides, because a patch is made of it.
///
/// What its owner may not read (`chmod 000`) is read all the same: modes are opened up for as long as that takes, and are then as
/// they were. Nothing may run in the sandbox meanwhile.
struct FolderSnapshot {
    enum Content: Hashable {
        case folder(isEmpty: Bool)
        case text(Digest, bytes: UInt64)
        /// It has a zero byte.
        case binary(Digest)
        /// More than `mostText`: what tells that it was changed is not its content.
        case large(marks: [UInt64])
        case secret(Digest)
        case link([UInt8])
        /// FIFOs, sockets, devices.
        case other(FileKind)
        /// It was not looked into, and why.
        case unseen(String)
    }

    struct Entry {
        var content: Content
        var permissions: UInt32
        /// The number of its copy, if it has one.
        var copy: Int?
    }

    struct Limits {
        /// Of the files that are read, together.
        var bytes: UInt64 = 4 << 30
        var entries = 500_000
        /// Levels of folders: each that is looked into has an open file.
        var depth = 256
    }

    /// Longest content of a file that is read as a whole.
    static let mostText: UInt64 = 64 << 20

    /// By their paths in the folder.
    private(set) var entries: [[UInt8]: Entry] = [:]
    /// The next copy's number.
    private(set) var nextCopy = 0
    private let scan: SecretScan?
    private let operation: String
    private let limits: Limits
    private var bytes: UInt64 = 0

    /// Whether a file is copied, and under which number; given its path and what is in it.
    private typealias Choice = (_ path: [UInt8], _ content: Content, _ next: inout Int) -> Int?

    /// The first of two: all text is copied.
    ///
    /// - Parameter copies: absolute path of the folder for copies, whose names are numbers.
    init(
        _ folder: borrowing Descriptor, copies: String, scan: SecretScan?, operation: String, limits: Limits = Limits()
    ) throws(BelljarError) {
        self.init(scan, operation, limits)
        try take(folder, copies) { _, _, next in
            next += 1
            return next - 1
        }
    }

    /// The second: only text is copied that is not as it was, under the number that it had.
    init(
        _ folder: borrowing Descriptor, after before: FolderSnapshot, copies: String
    ) throws(BelljarError) {
        self.init(before.scan, before.operation, before.limits)
        nextCopy = before.nextCopy
        try take(folder, copies) { path, content, next in
            let known = before.entries[path]
            if known?.content == content { return nil }
            if let number = known?.copy { return number }
            next += 1
            return next - 1
        }
    }

    private init(_ scan: SecretScan?, _ operation: String, _ limits: Limits) {
        (self.scan, self.operation, self.limits) = (scan, operation, limits)
    }

    static func name(ofCopy number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    // MARK: Looking

    private mutating func take(
        _ folder: borrowing Descriptor, _ copies: String, _ choose: Choice
    ) throws(BelljarError) {
        do throws(KernelError) {
            let target = try Descriptor.workingDirectory.open(copies, .directory)
            let permissions = try folder.status().permissions
            try Self.opened(permissions, 0o500, { (mode) throws(KernelError) in try folder.setPermissions(mode) }) {
                () throws(KernelError) in try look(in: folder, [], nil, 0, target, choose)
            }
        } catch {
            if error.errno == .E2BIG {
                throw BelljarError(
                    .resourceExceeded, operation: operation, subject: "/build",
                    answer: "it has more than \(error.subject)")
            }
            throw .hostFailure(error, operation: operation, subject: "/build")
        }
    }

    /// Does something with what has to have some permissions for it, and gives them back.
    private static func opened(
        _ permissions: UInt32, _ needed: UInt32, _ set: (UInt32) throws(KernelError) -> Void,
        _ body: () throws(KernelError) -> Void
    ) throws(KernelError) {
        guard permissions & needed != needed else { return try body() }
        try set(permissions | needed)
        do throws(KernelError) { try body() } catch {
            try? set(permissions)
            throw error
        }
        try set(permissions)
    }

    private static func tooMuch(_ what: String) -> KernelError {
        KernelError(call: "read", subject: what, number: Errno.E2BIG.rawValue)
    }

    private mutating func look(
        in folder: borrowing Descriptor, _ place: [UInt8], _ reader: SecretScan.Reader?, _ depth: Int,
        _ target: borrowing Descriptor, _ choose: Choice
    ) throws(KernelError) {
        for entry in try names(in: folder) where depth > 0 || entry.name != Array(".home".utf8) {
            guard entries.count < limits.entries else { throw tooMany }
            let path = place.isEmpty ? entry.name : place + [UInt8(ascii: "/")] + entry.name
            let status = try folder.status(of: entry.name)
            let inner = scan?.path(of: entry.name, in: reader)
            if inner?.found != nil {
                entries[path] = Entry(content: .unseen("its path holds a secret"), permissions: status.permissions)
                continue
            }
            switch status.kind {
            case .directory:
                guard depth + 1 < limits.depth else {
                    let reason = "it is deeper than \(limits.depth) folders"
                    entries[path] = Entry(content: .unseen(reason), permissions: status.permissions)
                    continue
                }
                let count = entries.count
                // Has its place among the entries already, so that these are counted.
                entries[path] = Entry(content: .folder(isEmpty: true), permissions: status.permissions)
                try Self.opened(
                    status.permissions, 0o500,
                    { (mode) throws(KernelError) in try folder.setPermissions(of: entry.name, mode) }
                ) { () throws(KernelError) in
                    try look(
                        in: try folder.open(entry.name, .directory), path, inner, depth + 1, target, choose)
                }
                if entries.count > count + 1 { entries[path]?.content = .folder(isEmpty: false) }
            case .regular: try note(entry.name, in: folder, path, status, target, choose)
            case .symlink:
                let content = Content.link(try folder.readLink(entry.name))
                entries[path] = Entry(content: content, permissions: 0o777)
            default: entries[path] = Entry(content: .other(status.kind), permissions: status.permissions)
            }
        }
    }

    private var tooMany: KernelError { Self.tooMuch("\(limits.entries) files, folders and links") }

    private func names(in folder: borrowing Descriptor) throws(KernelError) -> [DirectoryEntry] {
        do throws(KernelError) { return try folder.entries(limit: limits.entries) } catch {
            guard error.errno == .EOVERFLOW else { throw error }
            throw tooMany
        }
    }

    private mutating func note(
        _ name: [UInt8], in folder: borrowing Descriptor, _ path: [UInt8], _ status: FileStatus,
        _ target: borrowing Descriptor, _ choose: Choice
    ) throws(KernelError) {
        guard status.size <= Self.mostText else {
            entries[path] = Entry(content: .large(marks: status.marks), permissions: status.permissions)
            return
        }
        bytes += status.size
        guard bytes <= limits.bytes else { throw Self.tooMuch("\(limits.bytes >> 20) MiB that would be compared") }
        var content: [UInt8] = []
        try Self.opened(
            status.permissions, 0o400, { (mode) throws(KernelError) in try folder.setPermissions(of: name, mode) }
        ) { () throws(KernelError) in
            try EndWish.check("read", "")
            content = try folder.open(name, .nonblocking).readAll(limit: Int(Self.mostText))
        }
        let digest = Digest(of: content)
        var entry = Entry(content: .binary(digest), permissions: status.permissions)
        if scan?.form(in: content) != nil {
            entry.content = .secret(digest)
        } else if !content.contains(0) {
            entry.content = .text(digest, bytes: UInt64(content.count))
            entry.copy = choose(path, entry.content, &nextCopy)
        }
        if let number = entry.copy {
            let made = try target.open(
                Self.name(ofCopy: number), [.write, .create, .exclusive], mode: 0o644)
            try made.writeAll(content)
        }
        entries[path] = entry
    }
}
