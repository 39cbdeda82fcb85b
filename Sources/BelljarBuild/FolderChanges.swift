internal import BelljarKernel
internal import BelljarModel

/// What of the difference of two snapshots a patch can say, and what it cannot. GNU patch and `git apply` both have to be able to
/// apply it, because a recipe's patches are applied by the first.
struct FolderChanges {
    /// One file of a patch.
    struct Change: Hashable {
        var path: [UInt8]
        /// As git has it, `100644` or `100755`; nil for a file that was not there.
        var oldMode: String?
        /// Nil for a file that is gone.
        var newMode: String?
        /// The number of its copies, if its content is another one.
        var copy: Int?
    }

    /// Sorted by their paths.
    private(set) var changes: [Change] = []
    /// What changed and is not among them: paths, and what of them.
    private(set) var left: [(path: [UInt8], what: String)] = []

    private typealias Entry = FolderSnapshot.Entry

    init(from before: FolderSnapshot, to after: FolderSnapshot) {
        let paths = Set(before.entries.keys).union(after.entries.keys)
            .filter { !Self.isSame(before.entries[$0], after.entries[$0]) }
            .sorted { $0.lexicographicallyPrecedes($1) }
        // Whatever is below these is not compared: no patch puts a file where a folder was.
        var others: Set<[UInt8]> = []
        for path in paths {
            guard !Self.isBelow(others, path) else { continue }
            switch (before.entries[path], after.entries[path]) {
            case (let old?, let new?):
                if let what = Self.otherKind(old.content, new.content) {
                    left.append((path, what))
                    others.insert(path)
                } else {
                    note(path, from: old, to: new)
                }
            case (nil, let new?): note(path, added: new)
            case (let old?, nil): note(path, removed: old)
            case (nil, nil): break
            }
        }
    }

    /// Of what was not looked into, nobody knows.
    private static func isSame(_ one: Entry?, _ other: Entry?) -> Bool {
        if case .unseen = one?.content { return false }
        return one?.content == other?.content && one?.permissions == other?.permissions
    }

    private static func isBelow(_ others: Set<[UInt8]>, _ path: [UInt8]) -> Bool {
        guard !others.isEmpty else { return false }
        return path.indices.contains { path[$0] == UInt8(ascii: "/") && others.contains(Array(path[..<$0])) }
    }

    /// What took the place of another kind, in words; nil if it is of the same.
    private static func otherKind(_ old: FolderSnapshot.Content, _ new: FolderSnapshot.Content) -> String? {
        guard old.kind != new.kind else { return nil }
        return "a \(new.kind) in place of a \(old.kind)"
    }

    // MARK: One entry

    private mutating func note(_ path: [UInt8], from old: Entry, to new: Entry) {
        var change = Change(path: path, oldMode: old.mode, newMode: new.mode)
        switch (old.content, new.content) {
        case (.unseen, _): left.append((path, old.content.words))
        case (.folder(let wasEmpty), .folder(let isEmpty)):
            if isEmpty, !wasEmpty { left.append((path, "the folder, which is empty now")) }
        case (.text, .text): change.copy = new.copy
        case (let was, let now) where was != now:
            // Of the two, what no patch has.
            if case .text = now { left.append((path, was.words)) } else { left.append((path, now.words)) }
        default: break
        }
        if new.content.isFile, change.copy != nil || change.oldMode != change.newMode { changes.append(change) }
        if old.permissions != new.permissions, !(old.isPlain && new.isPlain) { left.append((path, new.modeWords)) }
    }

    private mutating func note(_ path: [UInt8], added new: Entry) {
        switch new.content {
        case .text:
            changes.append(Change(path: path, newMode: new.mode, copy: new.copy))
            if !new.isPlain { left.append((path, new.modeWords)) }
        case .folder(isEmpty: false): if !new.isPlain { left.append((path, new.modeWords)) }
        default: left.append((path, new.content.words))
        }
    }

    private mutating func note(_ path: [UInt8], removed old: Entry) {
        switch old.content {
        // GNU patch has it that an empty file is what is left of one that was removed.
        case .text(_, bytes: 0): left.append((path, "an empty file, which was removed"))
        case .text: changes.append(Change(path: path, oldMode: old.mode, copy: old.copy))
        case .folder(isEmpty: false): break
        default: left.append((path, old.content.words + ", which was removed"))
        }
    }
}

extension FolderSnapshot.Content {
    /// What it is, so that what is of another kind can be told.
    fileprivate var kind: String {
        switch self {
        case .folder: "folder"
        case .unseen: "hidden thing"
        case .text, .binary, .large, .secret: "file"
        case .link: "link"
        case .other(let kind): kind.words
        }
    }

    fileprivate var words: String {
        switch self {
        case .folder: "an empty folder"
        case .text: "a file"
        case .binary: "a binary file"
        case .large: "a file of more than \(FolderSnapshot.mostText >> 20) MiB"
        case .secret: "a file that holds a secret"
        case .link: "a link"
        case .other(let kind): "a " + kind.words
        case .unseen(let reason): "not looked into: " + reason
        }
    }

    fileprivate var isFile: Bool { kind == "file" }
}

extension FolderSnapshot.Entry {
    /// As git has it.
    fileprivate var mode: String { isExecutable ? "100755" : "100644" }

    private var isExecutable: Bool { permissions & 0o100 != 0 }

    /// Whether the mode is what a patch and a source can have.
    fileprivate var isPlain: Bool {
        switch content {
        case .folder: permissions == 0o755
        default: permissions == (isExecutable ? 0o755 : 0o644)
        }
    }

    fileprivate var modeWords: String {
        let digits = String(permissions, radix: 8)
        return "its mode, " + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
