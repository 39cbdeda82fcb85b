package import BelljarModel

package struct IngestOptions: Hashable, Sendable {
    /// Directories within each other that are taken in, unless `depth` says otherwise.
    package static let depthLimit = 256
    /// Bytes of the longest path that is taken in: what the kernel takes at once (PATH_MAX, which counts a NUL).
    package static let pathLimit = 4095

    /// Move files in instead of copying them.
    package var adopting: Bool
    /// Take setuid and setgid files in as ordinary ones instead of refusing them (toolchain images).
    package var dropsSetuid: Bool
    /// Refuse links whose target is absolute or leads out of the directory. What is left cannot lead out even through
    /// other links: `..` is accepted only at the beginning of a target.
    package var refusesEscapingLinks: Bool
    /// What to do about a link that is refused for that.
    package var linkRemedy: String?
    /// What can be done about anything else.
    static let remedy = "leave it out, or change it: readable files, directories and links are taken in"
    /// Refuse files and directories with extended attributes instead of leaving these behind.
    package var refusesAttributes: Bool
    /// At most this many files, directories and links.
    package var entries: UInt64
    /// At most this many bytes in files.
    package var bytes: UInt64
    /// At most this many directories within each other.
    package var depth: Int
    /// At most this many bytes in the paths and the targets of links, as texts.
    package var listingBytes = ListingSize.limit
    /// At most this many bytes in the encoding of one directory.
    package var directoryBytes = DirectoryCodec.sizeLimit
    /// At most this many bytes in the list that a record has of the files and links; nil if no record lists them.
    package var recordBytes: Int?
    /// The class of the error for what is refused.
    package var refusal: ErrorCode
    /// Whether `entries` and `bytes` are the limits of a build's outputs, so that reaching one is `resource_exceeded`.
    package var holdsOutputLimits: Bool

    package init(
        adopting: Bool = false, dropsSetuid: Bool = false, refusesEscapingLinks: Bool = false,
        linkRemedy: String? = nil,
        refusesAttributes: Bool = false,
        entries: UInt64 = 4_000_000, bytes: UInt64 = 1 << 40, depth: Int = IngestOptions.depthLimit,
        refusal: ErrorCode = .refused,
        holdsOutputLimits: Bool = false
    ) {
        self.adopting = adopting
        self.dropsSetuid = dropsSetuid
        self.refusesEscapingLinks = refusesEscapingLinks
        self.linkRemedy = linkRemedy
        self.refusesAttributes = refusesAttributes
        self.entries = entries
        self.bytes = bytes
        self.depth = depth
        self.refusal = refusal
        self.holdsOutputLimits = holdsOutputLimits
    }
}

/// One path of a tree.
package struct TreeEntry: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case file(isExecutable: Bool)
        case directory
        case symlink(target: String)
    }

    /// Relative to the tree, without a leading slash; a text in the form of `PathText`, as is a link's target.
    package var path: String
    package var kind: Kind
    /// Bytes of a file; for a link the length of its target; for a directory the size of its encoding.
    package var size: UInt64
    /// Of a file's content; for a link of its target's bytes; for a directory of its encoding.
    package var digest: Digest

    package init(path: String, kind: Kind, size: UInt64, digest: Digest) {
        self.path = path
        self.kind = kind
        self.size = size
        self.digest = digest
    }
}

/// What came of taking a directory in.
package struct IngestResult: Hashable, Sendable {
    package var tree: TreeDigest
    /// Everything below the directory, sorted by the UTF-8 bytes of the paths.
    package var entries: [TreeEntry]
    /// Bytes in files.
    package var bytes: UInt64
}

/// A record as the store lists it.
package struct RecordEntry: Hashable, Sendable {
    /// Digest of the record's canonical bytes; set by `Store.addRecord`.
    package var digest: Digest?
    package var name: String
    package var version: String
    package var status: BuildStatus
    /// Seconds since 1970.
    package var created: UInt64
    /// The part of a second that goes with `created`, so that records of one second are listed in their order.
    package var nanoseconds: UInt32
    package var definition: Digest
    package var roots: [TreeDigest]
    package var blobs: [Digest]
    /// The record whose rebuild made this one; nil for a build's. A rebuild's record answers to its digest, never to a name: it
    /// shows what came out once more, and nobody was given that.
    package var rebuildOf: Digest?

    package init(
        digest: Digest? = nil, name: String, version: String, status: BuildStatus, created: UInt64,
        nanoseconds: UInt32 = 0, definition: Digest, roots: [TreeDigest], blobs: [Digest], rebuildOf: Digest? = nil
    ) {
        self.digest = digest
        self.name = name
        self.version = version
        self.status = status
        self.created = created
        self.nanoseconds = nanoseconds
        self.definition = definition
        self.roots = roots
        self.blobs = blobs
        self.rebuildOf = rebuildOf
    }

    /// The order of every listing: the newest first, and by digest where the clock says no more.
    func isListed(before other: RecordEntry) -> Bool {
        if created != other.created { return created > other.created }
        if nanoseconds != other.nanoseconds { return nanoseconds > other.nanoseconds }
        return (digest?.hex ?? "") < (other.digest?.hex ?? "")
    }
}
