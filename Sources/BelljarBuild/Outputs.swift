internal import BelljarModel
internal import BelljarStore

/// What a build left in `/out`, checked against what its recipe promised.
struct Outputs {
    let store: Store

    /// Every file and link below a tree, sorted by the bytes of their paths.
    func list(_ tree: TreeDigest) throws(BelljarError) -> [BuildRecord.Output] {
        var outputs: [BuildRecord.Output] = []
        try list(tree, path: "", into: &outputs)
        return outputs.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private func list(
        _ tree: TreeDigest, path: String, into outputs: inout [BuildRecord.Output]
    ) throws(BelljarError) {
        let directory = try store.directory(tree)
        for file in directory.files {
            outputs.append(
                BuildRecord.Output(
                    path: path + file.name, mode: file.isExecutable ? "0755" : "0644", size: file.size,
                    digest: file.digest))
        }
        for link in directory.symlinks {
            let target = Array(link.target.utf8)
            outputs.append(
                BuildRecord.Output(
                    path: path + link.name, mode: "link", size: UInt64(target.count), digest: Digest(of: target)))
        }
        for child in directory.directories { try list(child.tree, path: path + child.name + "/", into: &outputs) }
    }

    /// The promised paths that are not there. `.` stands for "at least one file or link".
    func missing(_ promised: [String], in tree: TreeDigest) throws(BelljarError) -> [String] {
        var missing: [String] = []
        for path in promised where !(try exists(path, in: tree)) { missing.append(path) }
        return missing
    }

    private func exists(_ path: String, in tree: TreeDigest) throws(BelljarError) -> Bool {
        let components = path.split(separator: "/").filter { $0 != "." }
        guard let last = components.last else { return try !list(tree).isEmpty }
        var current = tree
        for component in components.dropLast() {
            let directory = try store.directory(current)
            guard let child = directory.directories.first(where: { $0.name == component }) else { return false }
            current = child.tree
        }
        let directory = try store.directory(current)
        return directory.files.contains { $0.name == last } || directory.symlinks.contains { $0.name == last }
            || directory.directories.contains { $0.name == last }
    }
}
