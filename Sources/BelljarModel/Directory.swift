/// One directory of a tree: the Remote Execution API's `Directory` message as a value.
///
/// Its canonical encoding (see `DirectoryCodec`) gives the digest that names the tree everywhere. Owners, times and
/// modes other than "executable or not" are not part of a tree. Names and targets are texts in the form of `PathText`.
package struct Directory: Hashable, Sendable {
    package struct File: Hashable, Sendable {
        package var name: String
        package var digest: Digest
        /// Size in bytes.
        package var size: UInt64
        /// Mode 0755 if true, else 0644.
        package var isExecutable: Bool

        package init(name: String, digest: Digest, size: UInt64, isExecutable: Bool) {
            self.name = name
            self.digest = digest
            self.size = size
            self.isExecutable = isExecutable
        }
    }

    package struct Subdirectory: Hashable, Sendable {
        package var name: String
        package var tree: TreeDigest

        package init(name: String, tree: TreeDigest) {
            self.name = name
            self.tree = tree
        }
    }

    package struct Symlink: Hashable, Sendable {
        package var name: String
        package var target: String

        package init(name: String, target: String) {
            self.name = name
            self.target = target
        }
    }

    /// Each list is sorted by the UTF-8 bytes of its names; a name occurs once over all three lists.
    package private(set) var files: [File]
    package private(set) var directories: [Subdirectory]
    package private(set) var symlinks: [Symlink]

    /// Sorts its members. Names must be unique and single path components; `DirectoryCodec.decode` and the store's
    /// ingest check that for what comes from outside.
    package init(files: [File] = [], directories: [Subdirectory] = [], symlinks: [Symlink] = []) {
        self.files = files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        self.directories = directories.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        self.symlinks = symlinks.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    package static let empty = Directory()

    /// The file of this name, a text in the form of `PathText`; found by halving, as the lists are sorted.
    package func file(_ name: String) -> File? { Self.member(name, of: files, by: \.name) }

    /// The directory of this name.
    package func directory(_ name: String) -> Subdirectory? { Self.member(name, of: directories, by: \.name) }

    private static func member<Member>(
        _ name: String, of members: [Member], by path: KeyPath<Member, String>
    ) -> Member? {
        var (low, high) = (0, members.count)
        while low < high {
            let middle = (low + high) / 2
            if members[middle][keyPath: path].utf8.lexicographicallyPrecedes(name.utf8) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        // By bytes, because Swift takes canonically equivalent strings for equal.
        guard low < members.count, members[low][keyPath: path].utf8.elementsEqual(name.utf8) else { return nil }
        return members[low]
    }
}

/// The digest of an encoded `Directory` and the size of that encoding in bytes: the API's `Digest` message.
package struct TreeDigest: Hashable, Sendable, CustomStringConvertible {
    package var digest: Digest
    /// Size in bytes of the encoded `Directory`, not of the files below it.
    package var size: UInt64

    package init(digest: Digest, size: UInt64) {
        self.digest = digest
        self.size = size
    }

    package var description: String { digest.description }

    /// The answer of an error about another tree than this one. Where only the sizes differ, the digests would not show it.
    package func words(against found: TreeDigest) -> String {
        digest == found.digest
            ? "expected \(self) with \(size) bytes, found it with \(found.size) bytes"
            : "expected \(self), found \(found)"
    }
}
