package import BelljarModel

extension BuildRecord.BuildResult {
    /// How the outputs that a record lists are not those of the tree that it names; nil if they are, or there is no tree. The tree has
    /// to be in the store.
    package func difference(fromTreeIn store: Store) throws(BelljarError) -> String? {
        guard let tree else { return nil }
        let found = try store.entries(of: tree).compactMap { BuildRecord.Output($0) }
        for (listed, there) in zip(outputs, found) where !Self.isSame(listed, there) {
            return "the record lists \(Self.words(listed)), and its tree \(tree) has \(Self.words(there)) there"
        }
        if let more = outputs.dropFirst(found.count).first {
            return "the record lists \(Self.words(more)), which its tree \(tree) does not have"
        }
        return found.dropFirst(outputs.count).first.map {
            "the record does not list \(Self.words($0)), which its tree \(tree) has"
        }
    }

    /// Paths by their bytes: to Swift two spellings of a name are one.
    private static func isSame(_ one: BuildRecord.Output, _ other: BuildRecord.Output) -> Bool {
        one == other && one.path.utf8.elementsEqual(other.path.utf8)
    }

    private static func words(_ output: BuildRecord.Output) -> String {
        "\(quoted(PathText.shown(output.path))) (\(output.mode), \(output.size) bytes, \(output.digest))"
    }
}

extension BuildRecord.Output {
    /// As a record lists a file or link; nil for a directory.
    package init?(_ entry: TreeEntry) {
        switch entry.kind {
        case .file(let isExecutable):
            self.init(
                path: entry.path, mode: isExecutable ? "0755" : "0644", size: entry.size, digest: entry.digest)
        case .symlink: self.init(path: entry.path, mode: "link", size: entry.size, digest: entry.digest)
        case .directory: return nil
        }
    }
}
