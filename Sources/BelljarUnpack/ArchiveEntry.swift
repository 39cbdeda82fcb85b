package import BelljarModel

/// A path inside an archive, taken apart and safe to use below a directory: relative, without `..`, of bounded depth
/// and length. Its bytes are the archive's own.
package struct EntryPath: Hashable, Sendable, CustomStringConvertible {
    /// The single path components from the top, as texts in the form of `PathText`; empty for the archive's own top
    /// directory (`./`).
    package let components: [String]
    /// Whether a slash stands at its end, by which old archives mark directories.
    let endsWithSlash: Bool

    /// Components joined with `/`, without a leading `./` and without a trailing slash, in the form of `PathText`.
    package var description: String { components.joined(separator: "/") }

    init(components: [String], endsWithSlash: Bool = false) {
        self.components = components
        self.endsWithSlash = endsWithSlash
    }

    /// Byte by byte, because Swift takes canonically equivalent strings for equal and file systems do not.
    package static func == (left: EntryPath, right: EntryPath) -> Bool {
        left.components.count == right.components.count
            && zip(left.components, right.components).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }

    package func hash(into hasher: inout Hasher) {
        for component in components { hasher.combine(Array(component.utf8)) }
    }

    /// Takes a path apart; `.` and empty components are dropped, as every file system does.
    ///
    /// - Throws: what is wrong with the path, in words.
    init(_ bytes: [UInt8], limits: ArchiveLimits) throws(PathFault) {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.first != UInt8(ascii: "/") else { throw .absolute }
        guard bytes.count <= limits.pathBytes else { throw .longPath(limit: limits.pathBytes) }
        guard !bytes.contains(0) else { throw .zeroByte }
        var components: [String] = []
        for part in bytes.split(separator: UInt8(ascii: "/")) where part != [UInt8(ascii: ".")] {
            guard part != [UInt8(ascii: "."), UInt8(ascii: ".")] else { throw .climbs }
            guard part.count <= limits.nameBytes else { throw .longName(limit: limits.nameBytes) }
            components.append(PathText.text(Array(part)))
        }
        guard components.count <= limits.depth else { throw .deep(limit: limits.depth) }
        self.components = components
        endsWithSlash = bytes.last == UInt8(ascii: "/")
    }

    /// Without its first components; nil when nothing is left.
    func dropping(first count: Int) -> EntryPath? {
        guard components.count > count else { return nil }
        return EntryPath(components: Array(components.dropFirst(count)), endsWithSlash: endsWithSlash)
    }
}

/// Why a path of an archive is refused.
enum PathFault: Error, CustomStringConvertible {
    case empty, absolute, climbs, zeroByte
    case longPath(limit: Int)
    case longName(limit: Int)
    case deep(limit: Int)

    var description: String {
        switch self {
        case .empty: "an empty path"
        case .absolute: "an absolute path"
        case .climbs: "a path that climbs out with .."
        case .zeroByte: "a path with a NUL byte"
        case .longPath(let limit): "a path longer than \(limit) bytes"
        case .longName(let limit): "a name longer than \(limit) bytes"
        case .deep(let limit): "a path more than \(limit) directories deep"
        }
    }
}

/// One member of an archive, as its header describes it.
package struct ArchiveEntry: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case file
        case directory
        /// The target as it stands in the archive, in the form of `PathText`; it may point anywhere and is never followed.
        case symlink(target: String)
        /// Another name of a file or link that came earlier in the same archive.
        case hardlink(to: EntryPath)
        /// A device, FIFO or socket, in words: `a block device`.
        case special(String)
    }

    package var path: EntryPath
    package var kind: Kind
    /// Permission bits with set-user-ID, set-group-ID and sticky: 0 to 0o7777.
    package var permissions: UInt32
    /// Size in bytes that the header declares; 0 where it does not.
    package var size: UInt64
    /// Seconds since 1970, as the header has it.
    package var modified: Int64

    /// Whether anybody may execute it.
    package var isExecutable: Bool { permissions & 0o111 != 0 }
}

/// What an archive may hold at most. Archives are hostile until proven otherwise: these bound memory, disk and time.
///
/// Nothing here looks at how well an archive is packed: test data of zeros packs a thousand times and more, and what a
/// bomb fills is what counts.
package struct ArchiveLimits: Hashable, Sendable {
    /// Members, and directories that are only implied by the paths of others.
    package var entries: UInt64
    /// Bytes in all files together, holes included.
    package var bytes: UInt64
    /// Where these two come from; nil where nobody can set them.
    package var sources: SourceLimits?
    /// Directories above one entry.
    package var depth: Int
    /// Bytes in one path; Linux's PATH_MAX without its end.
    package var pathBytes: Int
    /// Bytes in one component; Linux's NAME_MAX.
    package var nameBytes: Int
    /// Bytes of all paths and targets of links together: these take no room in the content, and pack best of all.
    package var listingBytes = ListingSize.limit
    /// Bytes of one directory's encoding.
    package var directoryBytes = DirectoryCodec.sizeLimit

    package init(
        entries: UInt64 = SourceLimit.files.standard, bytes: UInt64 = SourceLimit.size.standard, depth: Int = 128,
        pathBytes: Int = 4095, nameBytes: Int = 255
    ) {
        self.entries = entries
        self.bytes = bytes
        self.depth = depth
        self.pathBytes = pathBytes
        self.nameBytes = nameBytes
    }

    /// Those of sources on this host.
    package init(_ sources: SourceLimits) {
        self.init(entries: sources[.files], bytes: sources[.size])
        self.sources = sources
    }

    /// The answer of an error about a limit that was reached.
    func words(_ limit: SourceLimit, seen: String) -> String {
        if let sources { return sources.words(limit, seen: seen) }
        let value = limit == .files ? entries : bytes
        return "limit of \(limit.text(value)) was reached: \(seen)"
    }
}
