package import BelljarModel
package import BelljarStore

/// Unpacks archives into the store.
package struct Unpacker: Sendable {
    package init(store: Store) { fatalError("arrives with the store's batches") }

    /// The tree of an archive that is a blob of the store, remembered by the store.
    ///
    /// - Throws: `integrity` for an archive that is damaged, hostile (absolute paths, `..`, entries through links,
    ///   devices) or over a limit, naming the entry.
    package func tree(archive: Digest, strip: Int, name: String) throws(BelljarError) -> TreeDigest { fatalError() }
}
