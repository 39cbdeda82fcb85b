package import BelljarModel
package import BelljarStore

/// One file to have in the store.
package struct Pin: Hashable, Sendable {
    package var address: SourceAddress
    package var sha256: Digest
    /// Size in bytes where it is pinned; a transfer that grows past it is cut off.
    package var size: UInt64?

    package init(address: SourceAddress, sha256: Digest, size: UInt64?) {
        self.address = address
        self.sha256 = sha256
        self.size = size
    }
}

/// Brings pinned files into the store: in parallel, with retries, verified while they stream.
package struct Fetcher: Sendable {
    package init(store: Store, mirrors: Mirrors, progress: any ProgressSink, cancellation: Cancellation) {
        fatalError("arrives with the fetcher")
    }

    /// Fetches what the store does not hold yet.
    ///
    /// - Throws: `integrity` naming both digests; `unavailable` naming every mirror tried and what each answered.
    package func fetch(_ pins: [Pin]) throws(BelljarError) { fatalError() }
}

/// Which servers serve the archive that an address names: the machine's configuration, never the project's.
package struct Mirrors: Hashable, Sendable {
    /// Base addresses by archive name (`debian`, `debian-security`), in the order they are tried.
    package var bases: [String: [String]]

    package init(bases: [String: [String]]) { self.bases = bases }

    /// From `BELLJAR_MIRROR_<ARCHIVE>` (space-separated base addresses) and then from what the host's apt is
    /// configured for. Never touches the network.
    package static func configured() throws(BelljarError) -> Mirrors { fatalError() }
}

/// Unpacks archives into the store.
package struct Unpacker: Sendable {
    package init(store: Store) { fatalError("arrives with the fetcher") }

    /// The tree of an archive that is a blob of the store, remembered by the store.
    ///
    /// - Throws: `integrity` for an archive that is damaged, hostile (absolute paths, `..`, entries through links,
    ///   devices) or over a limit, naming the entry.
    package func tree(archive: Digest, strip: Int, name: String) throws(BelljarError) -> TreeDigest { fatalError() }
}
