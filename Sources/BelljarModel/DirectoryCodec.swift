/// The canonical encoding of `Directory`: the Remote Execution API v2 message of that name.
///
/// Fields as in build/bazel/remote/execution/v2/remote_execution.proto: Directory {files=1, directories=2,
/// symlinks=3}, FileNode {name=1, digest=2, is_executable=4}, DirectoryNode {name=1, digest=2}, SymlinkNode {name=1,
/// target=2}, Digest {hash=1 in hexadecimal digits, size_bytes=2}. The API's strings are UTF-8; `PathText` says what stands for
/// a name that is not.
package enum DirectoryCodec {
    /// Bytes of an encoded directory; a million entries of the usual length fit.
    package static let sizeLimit = 256 << 20
    /// Bytes of a name (NAME_MAX of Linux file systems) and of a link's target (PATH_MAX with its terminator).
    package static let nameLimit = 255
    package static let targetLimit = 4095

    /// The only way to an encoding, so that none comes into being that `decode` would refuse for its size.
    ///
    /// - Parameter limit: bytes that are read of one.
    /// - Throws: `resource_exceeded` for a directory whose encoding would have more.
    package static func encode(
        _ directory: Directory, limit: Int = Self.sizeLimit
    ) throws(BelljarError) -> [UInt8] {
        let size = DirectorySize(of: directory)
        if let objection = size.objection(limit: limit) {
            throw BelljarError(
                .resourceExceeded, operation: "write", subject: "directory object", answer: objection,
                remedy: "put fewer files into one directory, or use shorter names and link targets")
        }
        return write(directory, size.bytes)
    }

    private static func write(_ directory: Directory, _ size: Int) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.reserve(size)
        for file in directory.files {
            var node = ProtobufWriter()
            node.string(1, file.name)
            node.message(2, encode(file.digest, size: file.size))
            node.bool(4, file.isExecutable)
            writer.message(1, node.bytes)
        }
        for child in directory.directories {
            var node = ProtobufWriter()
            node.string(1, child.name)
            node.message(2, encode(child.tree.digest, size: child.tree.size))
            writer.message(2, node.bytes)
        }
        for link in directory.symlinks {
            var node = ProtobufWriter()
            node.string(1, link.name)
            node.string(2, link.target)
            writer.message(3, node.bytes)
        }
        return writer.bytes
    }

    /// The digest that names the tree below this directory.
    package static func digest(of directory: Directory) throws(BelljarError) -> TreeDigest {
        digest(ofEncoded: try encode(directory))
    }

    package static func digest(ofEncoded bytes: [UInt8]) -> TreeDigest {
        TreeDigest(digest: Digest(of: bytes), size: UInt64(bytes.count))
    }

    /// Reads an encoded directory, strictly: only the canonical encoding of a directory with acceptable, unique names
    /// is accepted.
    ///
    /// - Throws: `integrity`, saying what is wrong.
    package static func decode(_ bytes: [UInt8]) throws(BelljarError) -> Directory {
        guard bytes.count <= sizeLimit else { throw failure("larger than \(sizeLimit) bytes") }
        guard let directory = parse(bytes[...]) else { throw failure("malformed message") }
        try check(directory)
        guard write(directory, bytes.count) == bytes else { throw failure("not the canonical encoding") }
        return directory
    }

    /// What is wrong with a name of a directory's member; nil if nothing is.
    package static func objection(toName name: String) -> String? {
        switch name {
        case "": return "an empty name"
        case ".", "..": return "the name `\(name)`"
        default: break
        }
        guard let bytes = PathText.bytes(name) else { return "a name with a NUL" }
        if bytes.count > nameLimit { return "a name longer than \(nameLimit) bytes" }
        if name.utf8.contains(UInt8(ascii: "/")) { return "a name with a slash" }
        return nil
    }

    /// What is wrong with a link's target; nil if nothing is.
    package static func objection(toTarget target: String) -> String? {
        if target.isEmpty { return "a link without a target" }
        guard let bytes = PathText.bytes(target) else { return "a link target with a NUL" }
        if bytes.count > targetLimit { return "a link target longer than \(targetLimit) bytes" }
        return nil
    }

    /// Checks names, targets and that no name occurs twice.
    ///
    /// - Throws: `integrity`, saying what is wrong.
    package static func check(_ directory: Directory) throws(BelljarError) {
        // By bytes, because Swift takes canonically equivalent strings for equal and file systems do not.
        var names: Set<[UInt8]> = []
        let all = directory.files.map(\.name) + directory.directories.map(\.name) + directory.symlinks.map(\.name)
        for name in all {
            if let objection = objection(toName: name) { throw failure(objection) }
            guard names.insert(Array(name.utf8)).inserted else { throw failure("the name `\(name)` occurs twice") }
        }
        for link in directory.symlinks {
            if let objection = objection(toTarget: link.target) { throw failure("`\(link.name)`: \(objection)") }
        }
        for size in directory.files.map(\.size) + directory.directories.map(\.tree.size) where size > Int64.max {
            throw failure("a size of \(size) bytes")
        }
    }

    private static func failure(_ answer: String) -> BelljarError {
        BelljarError(.integrity, operation: "read", subject: "directory object", answer: answer)
    }

    static func encode(_ digest: Digest, size: UInt64) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.string(1, digest.hex)
        writer.integer(2, size)
        return writer.bytes
    }

    // MARK: Parsing. Whatever has the wrong type or is no text gives nil; the rest shows when it is encoded again.

    private static func parse(_ bytes: ArraySlice<UInt8>) -> Directory? {
        var files: [Directory.File] = []
        var directories: [Directory.Subdirectory] = []
        var symlinks: [Directory.Symlink] = []
        var reader = ProtobufReader(bytes)
        while let (field, value) = reader.next() {
            guard case .bytes(let content) = value, let node = Node(content, isLink: field == 3) else { return nil }
            switch (field, node.digest) {
            case (1, let (digest, size)?):
                files.append(.init(name: node.name, digest: digest, size: size, isExecutable: node.isExecutable))
            case (2, let (digest, size)?):
                directories.append(.init(name: node.name, tree: TreeDigest(digest: digest, size: size)))
            case (3, nil): symlinks.append(.init(name: node.name, target: node.target))
            default: return nil
            }
        }
        guard reader.isAtEnd else { return nil }
        return Directory(files: files, directories: directories, symlinks: symlinks)
    }

    /// Any of the three kinds of node. Field 2 is the target of a link and the digest of the others.
    private struct Node {
        var name = ""
        var target = ""
        var digest: (Digest, UInt64)?
        var isExecutable = false

        init?(_ bytes: ArraySlice<UInt8>, isLink: Bool) {
            var reader = ProtobufReader(bytes)
            while let (field, value) = reader.next() {
                switch (field, value) {
                case (1, .bytes(let text)):
                    guard let name = String(validating: text, as: UTF8.self) else { return nil }
                    self.name = name
                case (2, .bytes(let text)) where isLink:
                    guard let target = String(validating: text, as: UTF8.self) else { return nil }
                    self.target = target
                case (2, .bytes(let content)):
                    guard let digest = DirectoryCodec.parseDigest(content) else { return nil }
                    self.digest = digest
                case (4, .integer(let flag)): isExecutable = flag == 1
                default: return nil
                }
            }
            guard reader.isAtEnd else { return nil }
        }
    }

    private static func parseDigest(_ bytes: ArraySlice<UInt8>) -> (Digest, UInt64)? {
        var digest: Digest?
        var size: UInt64 = 0
        var reader = ProtobufReader(bytes)
        while let (field, value) = reader.next() {
            switch (field, value) {
            case (1, .bytes(let hex)): digest = Digest(hex: String(decoding: hex, as: UTF8.self))
            case (2, .integer(let number)): size = number
            default: return nil
            }
        }
        guard reader.isAtEnd, let digest else { return nil }
        return (digest, size)
    }
}
