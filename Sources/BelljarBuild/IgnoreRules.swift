internal import BelljarKernel
internal import BelljarModel

/// What of a local source is left out: by the recipe's `ignore`, by `.belljarignore` and `.gitignore` files, and always
/// what git and belljar keep for themselves.
///
/// As in git, the last pattern that matches decides, files of inner folders come after those of outer ones, and nothing
/// below a directory that is left out can be taken back in. In one folder `.belljarignore` comes after `.gitignore`. The
/// recipe comes last of all.
struct IgnoreRules {
    /// In the order in which they count.
    private static let allFiles = [".gitignore", ".belljarignore"]
    private static let fileLimit = 64 << 20

    private struct List {
        /// Bytes of the path of the folder that its patterns are relative to, with a slash at its end unless it is empty.
        var base: Int
        var patterns: [IgnorePattern]

        /// Whether it leaves the path out; nil if none of its patterns matches.
        func answer(_ path: [UInt8], name: ArraySlice<UInt8>, _ isDirectory: Bool) -> Bool? {
            guard !patterns.isEmpty, path.count > base else { return nil }
            let decisive = patterns.last { $0.matches(path: path[base...], name: name, isDirectory: isDirectory) }
            return decisive.map { !$0.isNegated }
        }
    }

    /// Those that are looked at.
    let fileNames: [String]
    /// Of the folders that we are in, the outermost first.
    private var lists: [List]
    private let own: List

    /// - Parameters:
    ///   - isProject: whether paths begin at a project's folder, which holds what is belljar's own.
    ///   - own: the recipe's patterns.
    ///   - base: the source's path, which these are relative to; empty where paths begin at the source.
    ///   - selection: decides which files are looked at.
    init(isProject: Bool, own: [String], base: [UInt8], selection: LocalSelection) {
        let always =
            [".git"]
            + (isProject
                ? [
                    "/belljar.yaml", "/Recipes/*/recipe.yaml", "/Toolchains/*/toolchain.yaml",
                    "/Toolchains/*/toolchain.lock.yaml",
                ] : [])
        lists = [List(base: 0, patterns: always.compactMap { IgnorePattern(line: $0.utf8) })]
        self.own = List(
            base: base.isEmpty ? 0 : base.count + 1, patterns: own.compactMap { IgnorePattern(line: $0.utf8) })
        fileNames =
            switch selection {
            case .notIgnored: Self.allFiles
            case .notIgnoredByOwn: Array(Self.allFiles.dropFirst())
            case .tracked: []
            }
    }

    /// - Parameter path: relative to where paths begin.
    func leavesOut(_ path: [UInt8], isDirectory: Bool) -> Bool {
        let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        // Every name of a source comes by here.
        if let answer = own.answer(path, name: path[start...], isDirectory) { return answer }
        for list in lists.reversed() {
            if let answer = list.answer(path, name: path[start...], isDirectory) { return answer }
        }
        return false
    }

    // MARK: Folders

    /// Takes the files of a folder into account, until it is left.
    ///
    /// - Parameters:
    ///   - path: of the folder, relative to where paths begin; empty for that itself.
    ///   - names: the names that it has; nil if nobody knows.
    mutating func enter(_ folder: borrowing Descriptor, _ path: [UInt8], names: Set<[UInt8]>?) throws(KernelError) {
        var patterns: [IgnorePattern] = []
        for name in fileNames where names?.contains(Array(name.utf8)) ?? true {
            patterns += try Self.patterns(in: folder, name)
        }
        lists.append(List(base: path.isEmpty ? 0 : path.count + 1, patterns: patterns))
    }

    mutating func leave() { lists.removeLast() }

    /// As git has it, only a plain file counts: a link's target could lie anywhere.
    private static func patterns(in folder: borrowing Descriptor, _ name: String) throws(KernelError) -> [IgnorePattern]
    {
        guard let status = try folder.statusIfPresent(of: name), status.kind == .regular else { return [] }
        var text = try folder.open(name, [.read, .nonblocking]).readAll(limit: fileLimit)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if text.starts(with: mark) { text.removeFirst(mark.count) }
        return text.split(separator: UInt8(ascii: "\n")).compactMap { IgnorePattern(line: $0) }
    }
}
