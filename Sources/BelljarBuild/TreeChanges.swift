internal import BelljarModel
internal import BelljarStore

/// What two trees of the store differ in, file by file. Whatever has one digest in both is not looked into.
struct TreeChanges {
    enum Kind: Hashable {
        case added, removed, content, executable, plain
        case link(String)
        /// What it was before: another kind of file.
        case kind
        case renamed(from: String)
    }

    struct Change: Hashable {
        var path: String
        var kind: Kind
    }

    /// In the order of their paths; one for a directory that came or went as a whole.
    private(set) var changes: [Change] = []
    /// Whether there are more, which were not looked for.
    private(set) var isCut = false
    private let store: Store
    /// Digests of files that came and went, by which a new name is told.
    private var came: [(path: String, file: Directory.File)] = []
    private var went: [(path: String, file: Directory.File)] = []

    /// More than anybody reads.
    private static let limit = 10_000

    /// - Throws: if a directory of either is not in the store.
    init(from old: TreeDigest, to new: TreeDigest, in store: Store) throws(BelljarError) {
        self.store = store
        try compare(old, new, "")
        nameRenamed()
        changes.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private mutating func compare(_ old: TreeDigest, _ new: TreeDigest, _ prefix: String) throws(BelljarError) {
        guard old != new else { return }
        let (before, after) = (try members(of: old), try members(of: new))
        let names = Set(before.keys).union(after.keys).sorted { $0.lexicographicallyPrecedes($1) }
        for name in names {
            guard changes.count < Self.limit else {
                isCut = true
                return
            }
            let path = prefix + PathText.text(name)
            switch (before[name], after[name]) {
            case (let one?, let other?): try compare(one, other, path)
            case (let one?, nil): if let file = note(one, path, .removed) { went.append(file) }
            case (nil, let other?): if let file = note(other, path, .added) { came.append(file) }
            case (nil, nil): break
            }
        }
    }

    private enum Member {
        case file(Directory.File)
        case link(String)
        case directory(TreeDigest)
    }

    /// By the bytes of their names.
    private func members(of tree: TreeDigest) throws(BelljarError) -> [[UInt8]: Member] {
        let directory = try store.directory(tree)
        var members: [[UInt8]: Member] = [:]
        for file in directory.files { members[PathText.raw(file.name)] = .file(file) }
        for link in directory.symlinks { members[PathText.raw(link.name)] = .link(link.target) }
        for inner in directory.directories { members[PathText.raw(inner.name)] = .directory(inner.tree) }
        return members
    }

    private mutating func compare(_ old: Member, _ new: Member, _ path: String) throws(BelljarError) {
        switch (old, new) {
        case (.directory(let one), .directory(let other)): try compare(one, other, path + "/")
        case (.file(let one), .file(let other)):
            if one.digest != other.digest {
                changes.append(Change(path: path, kind: .content))
            } else if one.isExecutable != other.isExecutable {
                changes.append(Change(path: path, kind: other.isExecutable ? .executable : .plain))
            }
        case (.link(let one), .link(let other)):
            if !one.utf8.elementsEqual(other.utf8) { changes.append(Change(path: path, kind: .link(other))) }
        default: changes.append(Change(path: path, kind: .kind))
        }
    }

    /// - Returns: the file that it is, if it is one.
    private mutating func note(_ member: Member, _ path: String, _ kind: Kind) -> (path: String, file: Directory.File)?
    {
        switch member {
        case .directory: changes.append(Change(path: path + "/", kind: kind))
        case .link: changes.append(Change(path: path, kind: kind))
        case .file(let file):
            changes.append(Change(path: path, kind: kind))
            return (path, file)
        }
        return nil
    }

    /// A file that went, and one with its bytes that came: where there is just one of each.
    private mutating func nameRenamed() {
        let (old, new) = (Dictionary(grouping: went, by: \.file.digest), Dictionary(grouping: came, by: \.file.digest))
        for (digest, gone) in old {
            guard gone.count == 1, let there = new[digest], there.count == 1 else { continue }
            changes.removeAll { $0.path == gone[0].path && $0.kind == .removed }
            changes.removeAll { $0.path == there[0].path && $0.kind == .added }
            changes.append(Change(path: there[0].path, kind: .renamed(from: gone[0].path)))
            if gone[0].file.isExecutable != there[0].file.isExecutable {
                changes.append(Change(path: there[0].path, kind: there[0].file.isExecutable ? .executable : .plain))
            }
        }
    }
}

extension TreeChanges.Change {
    /// As a sentence without its end: `lib/a.c was changed`.
    var words: String {
        let name = Self.shown(path)
        return switch kind {
        case .added: "\(name) is new"
        case .removed: "\(name) is gone"
        case .content: "\(name) was changed"
        case .executable: "\(name) became executable"
        case .plain: "\(name) is not executable any more"
        case .link(let target): "\(name) leads to \(quoted(PathText.shown(target)))"
        case .kind: "\(name) is another kind of file"
        case .renamed(let old): "\(Self.shown(old)) was renamed to \(name)"
        }
    }

    /// In quotes where the name could be taken for words around it.
    private static func shown(_ path: String) -> String {
        let isPlain = path.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789/._-+~@%".unicodeScalars.contains($0)
        }
        return isPlain ? path : quoted(PathText.shown(path))
    }
}
