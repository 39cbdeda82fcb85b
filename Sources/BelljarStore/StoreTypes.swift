package import BelljarModel

package struct IngestOptions: Hashable, Sendable {
    /// Move files in instead of copying them.
    package var adopting: Bool
    /// Take setuid and setgid files in as ordinary ones instead of refusing them (toolchain images).
    package var dropsSetuid: Bool
    /// At most this many files, directories and links.
    package var entries: UInt64
    /// At most this many bytes in files.
    package var bytes: UInt64

    package init(
        adopting: Bool = false, dropsSetuid: Bool = false, entries: UInt64 = 4_000_000, bytes: UInt64 = 1 << 40
    ) {
        self.adopting = adopting
        self.dropsSetuid = dropsSetuid
        self.entries = entries
        self.bytes = bytes
    }
}

/// A blob on its way in. Not for use from several threads at once.
package final class BlobWriter {
    init() { fatalError("arrives with the store") }
    /// Bytes written so far.
    package var count: UInt64 { fatalError() }
    package func write(_ bytes: UnsafeRawBufferPointer) throws(BelljarError) { fatalError() }
    /// Makes the blob visible, durably. With `expected`, an `integrity` error that names both digests if the bytes
    /// are others, and nothing is kept.
    package func commit(expected: Digest?, isExecutable: Bool = false) throws(BelljarError) -> Digest { fatalError() }
    /// Throws the bytes away; also what happens if neither method is called.
    package func discard() { fatalError() }
}

/// Keeps garbage collection away while it is alive.
package final class Lease: Sendable {
    init() { fatalError("arrives with the store") }
}

/// A private folder; removed with everything in it when the last reference goes.
package final class Scratch: Sendable {
    /// Absolute path.
    package let path: String
    init(path: String) { self.path = path }
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
    package var definition: Digest
    package var roots: [TreeDigest]
    package var blobs: [Digest]

    package init(
        digest: Digest? = nil, name: String, version: String, status: BuildStatus, created: UInt64,
        definition: Digest, roots: [TreeDigest], blobs: [Digest]
    ) {
        self.digest = digest
        self.name = name
        self.version = version
        self.status = status
        self.created = created
        self.definition = definition
        self.roots = roots
        self.blobs = blobs
    }
}
