/// How many bytes the names of a tree take: every path, with the targets of links. Whoever takes a tree in holds them all, and so
/// does everybody who later lists it; an entry counts little beside a path of the greatest length, or a target.
package struct ListingSize: Hashable, Sendable {
    /// Room for four million entries of 64 bytes.
    package static let limit = 256 << 20

    package private(set) var bytes = 0

    package init() {}

    /// Bytes are those of the texts (`PathText`), which may be three for one of the name.
    package mutating func add(path: Int, target: Int = 0) { bytes += path + target }

    /// The answer of an error about a tree with so many; nil if they may be.
    package func objection(limit: Int = Self.limit) -> String? {
        guard bytes > limit else { return nil }
        return "limit of \(LimitName.text(UInt64(limit), .bytes)) for the paths and the targets of links in one tree "
            + "was reached: they have \(bytes) bytes or more"
    }
}

/// How many bytes of a record its outputs take, known before any of them is read.
package struct OutputListSize: Hashable, Sendable {
    package private(set) var bytes = 0

    package init() {}

    /// What one takes at least, besides its path: the comma that parts it from the next is the first's bracket.
    private static let fixed =
        CanonicalJSON.encode([
            "digest": .digest(Digest(of: [])), "mode": "0644", "path": "", "size": .integer(0),
        ]).count + 1

    /// A file or link.
    package mutating func add(path: String) { bytes += Self.fixed + CanonicalJSON.length(ofText: path) }

    /// The answer of an error about a record with these outputs; nil if it may be.
    package func objection(limit: Int = BuildRecord.sizeLimit) -> String? {
        guard bytes > limit else { return nil }
        return "limit of \(LimitName.text(UInt64(limit), .bytes)) for a record was reached: its list of outputs has "
            + "\(bytes) bytes or more"
    }
}
