internal import BelljarModel
internal import BelljarStore

/// Looks for symbolic links that lead out of a tree, following them as the kernel would.
struct TreeLinks {
    let store: Store

    /// As many as the kernel follows (path_resolution(7)).
    private static let followLimit = 40

    /// - Throws: an error of the given class that names every link (up to twenty) that leads out.
    func refuseEscaping(
        _ tree: TreeDigest, operation: String, code: ErrorCode, subject: String, stage: String? = nil
    ) throws(BelljarError) {
        var found: [String] = []
        var reader = Reader(store: store)
        try search(tree, above: [], path: "", &reader, &found)
        guard let first = found.first else { return }
        throw BelljarError(
            code, operation: operation, subject: subject, stage: stage,
            answer: "a symbolic link leads out of the tree: \(first)",
            remedy: "make it relative, to something in the same tree",
            details: found.count > 1 ? Array(found.prefix(20)) : [])
    }

    /// Directories that were read already.
    private struct Reader {
        let store: Store
        var known: [TreeDigest: Directory] = [:]

        mutating func directory(_ tree: TreeDigest) throws(BelljarError) -> Directory {
            if let held = known[tree] { return held }
            let read = try store.directory(tree)
            known[tree] = read
            return read
        }
    }

    private func search(
        _ tree: TreeDigest, above: [TreeDigest], path: String, _ reader: inout Reader, _ found: inout [String]
    ) throws(BelljarError) {
        let directory = try reader.directory(tree)
        let here = above + [tree]
        for link in directory.symlinks where try escapes(link.target, from: here, &reader) {
            found.append("\(path)\(link.name) -> \(link.target)")
        }
        for child in directory.directories {
            try search(child.tree, above: here, path: path + child.name + "/", &reader, &found)
        }
    }

    /// Whether a target, resolved in the last of these directories (the first is the root), goes above the root.
    private func escapes(
        _ target: String, from directories: [TreeDigest], _ reader: inout Reader
    ) throws(BelljarError) -> Bool {
        var stack = directories
        // Components below something that does not exist, which only count up and down.
        var missing = 0
        var queue = Self.components(target)
        var followed = 0
        if target.hasPrefix("/") { return true }
        while let component = queue.popLast() {
            if component == ".." {
                if missing > 0 { missing -= 1 } else { stack.removeLast() }
                if stack.isEmpty { return true }
                continue
            }
            guard missing == 0, let current = stack.last else {
                missing += 1
                continue
            }
            let directory = try reader.directory(current)
            if let child = directory.directories.first(where: { $0.name == component }) {
                stack.append(child.tree)
            } else if let link = directory.symlinks.first(where: { $0.name == component }) {
                followed += 1
                // A loop leads nowhere.
                if followed > Self.followLimit { return false }
                if link.target.hasPrefix("/") { return true }
                queue += Self.components(link.target)
            } else {
                missing += 1
            }
        }
        return false
    }

    /// The last component first, so that the next one is popped from the end.
    private static func components(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.reversed().map(String.init)
    }
}
