package import BelljarModel

/// Something to be put at a path of a composed tree.
package struct Placement: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case tree(TreeDigest)
        case file(Digest, size: UInt64, isExecutable: Bool)
        case symlink(target: String)
    }

    /// Relative path; empty (for a tree only) for the root itself.
    package var path: String
    package var content: Content

    package init(path: String, content: Content) {
        self.path = path
        self.content = content
    }
}

extension Store {
    /// Puts trees and files together into one tree, durably. Directories that several placements have are merged; a
    /// file or link that another placement has too is an error unless both are the same.
    ///
    /// - Throws: `usage` naming the path that two placements disagree about.
    package func composeTree(of placements: [Placement]) throws(BelljarError) -> TreeDigest {
        let batch = try makeBatch()
        let tree = try batch.composeTree(of: placements)
        try batch.commit()
        return tree
    }
}

extension Batch {
    /// As `Store.composeTree`, as part of this batch.
    package func composeTree(of placements: [Placement]) throws(BelljarError) -> TreeDigest {
        var root = Composition.directory([:])
        for placement in placements {
            let components = placement.path.split(separator: "/").map(String.init)
            if let wrong = components.first(where: { DirectoryCodec.objection(toName: $0) != nil }) {
                throw conflict(placement.path, "`\(wrong)` is not a name")
            }
            var node: Composition =
                switch placement.content {
                case .tree(let tree): .tree(tree)
                case .file(let digest, let size, let isExecutable):
                    .file(digest, size: size, isExecutable: isExecutable)
                case .symlink(let target): .symlink(target)
                }
            for component in components.reversed() { node = .directory([Array(component.utf8): node]) }
            root = try merge(root, node, path: "")
        }
        return try write(root)
    }

    private func conflict(_ path: String, _ answer: String) -> BelljarError {
        BelljarError(.usage, operation: "place", subject: path.isEmpty ? "root" : path, answer: answer)
    }

    private func merge(
        _ left: Composition, _ right: Composition, path: String
    ) throws(BelljarError) -> Composition {
        if left == right { return left }
        // An empty directory takes whatever directory is laid over it, without reading it.
        if left == .directory([:]), right.isDirectory { return right }
        guard left.isDirectory, right.isDirectory else {
            throw conflict(path, "two sources place different things there")
        }
        var members = try expand(left)
        for (name, node) in try expand(right) {
            let text = String(decoding: name, as: UTF8.self)
            members[name] =
                if let present = members[name] {
                    try merge(present, node, path: path.isEmpty ? text : "\(path)/\(text)")
                } else { node }
        }
        return .directory(members)
    }

    /// The members of a directory.
    private func expand(_ node: Composition) throws(BelljarError) -> [[UInt8]: Composition] {
        switch node {
        case .directory(let members): return members
        case .file, .symlink: return [:]
        case .tree(let tree):
            let directory = try directory(tree)
            var members: [[UInt8]: Composition] = [:]
            for file in directory.files {
                members[Array(file.name.utf8)] = .file(file.digest, size: file.size, isExecutable: file.isExecutable)
            }
            for link in directory.symlinks { members[Array(link.name.utf8)] = .symlink(link.target) }
            for child in directory.directories { members[Array(child.name.utf8)] = .tree(child.tree) }
            return members
        }
    }

    private func write(_ node: Composition) throws(BelljarError) -> TreeDigest {
        if case .tree(let tree) = node { return tree }
        var files: [Directory.File] = []
        var directories: [Directory.Subdirectory] = []
        var links: [Directory.Symlink] = []
        for (bytes, member) in try expand(node) {
            let name = String(decoding: bytes, as: UTF8.self)
            switch member {
            case .file(let digest, let size, let isExecutable):
                files.append(.init(name: name, digest: digest, size: size, isExecutable: isExecutable))
            case .symlink(let target): links.append(.init(name: name, target: target))
            case .tree, .directory: directories.append(.init(name: name, tree: try write(member)))
            }
        }
        return try write(Directory(files: files, directories: directories, symlinks: links))
    }
}

/// A tree while it is put together. Names are bytes, because Swift takes canonically equivalent strings for equal and
/// file systems do not.
private indirect enum Composition: Hashable {
    case file(Digest, size: UInt64, isExecutable: Bool)
    case symlink(String)
    /// A tree that nothing else was laid over.
    case tree(TreeDigest)
    case directory([[UInt8]: Composition])

    var isDirectory: Bool {
        switch self {
        case .tree, .directory: true
        case .file, .symlink: false
        }
    }
}
