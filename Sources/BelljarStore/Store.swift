package import BelljarKernel
package import BelljarModel

/// The content store of one user: blobs and trees by SHA-256, action results, records. Several processes may use one
/// store at once; every method may be called from any thread.
package final class Store: Sendable {
    /// Owner given to everything in the store when belljar runs as root; nil means "whoever runs belljar".
    package struct Owner: Hashable, Sendable {
        package var uid: UInt32
        package var gid: UInt32

        package init(uid: UInt32, gid: UInt32) {
            self.uid = uid
            self.gid = gid
        }
    }

    /// Absolute path of the store's folder.
    package let path: String

    /// Opens the store, making it if it is not there. A store made by a newer version is refused.
    package init(path: String, owner: Owner?) throws(BelljarError) { fatalError("arrives with the store") }

    // MARK: Blobs

    package func contains(_ digest: Digest) throws(BelljarError) -> Bool { fatalError() }
    package func size(of digest: Digest) throws(BelljarError) -> UInt64? { fatalError() }
    /// Stores bytes durably.
    package func write(_ bytes: [UInt8], isExecutable: Bool = false) throws(BelljarError) -> Digest { fatalError() }
    /// A blob's bytes; an error if it is larger than `limit` bytes or not there.
    package func read(_ digest: Digest, limit: Int) throws(BelljarError) -> [UInt8] { fatalError() }
    /// Opens a blob for reading.
    package func open(_ digest: Digest) throws(BelljarError) -> Descriptor { fatalError() }
    /// Starts a streamed blob: bytes are hashed as they are written, and only `BlobWriter.commit` makes them visible.
    package func makeWriter() throws(BelljarError) -> BlobWriter { fatalError() }

    // MARK: Trees

    /// Stores one directory's canonical encoding. What it refers to must be in the store already.
    package func write(_ directory: Directory) throws(BelljarError) -> TreeDigest { fatalError() }
    package func directory(_ tree: TreeDigest) throws(BelljarError) -> Directory { fatalError() }
    /// Takes in everything below an open directory, by descriptors, never following links. Files are hashed in
    /// parallel and copied to fresh inodes (or, with `adopting`, moved in: only for folders that `makeScratch` made
    /// and nothing else can still write to). Modes become 0644 or 0755; devices, sockets, FIFOs, setuid and setgid
    /// files (unless `dropsSetuid`), file capabilities and names that are not UTF-8 are refused by path.
    package func ingest(directory: borrowing Descriptor, options: IngestOptions) throws(BelljarError) -> TreeDigest {
        fatalError()
    }
    /// A read-only view of a tree on disk, made once from hard links: an absolute path that stays valid while a lease
    /// covers the tree.
    package func checkout(_ tree: TreeDigest) throws(BelljarError) -> String { fatalError() }

    // MARK: Names for what is in the store

    /// Remembered results of pure functions, such as "archive with this digest, unpacked": kind and key to a tree.
    package func memo(kind: String, key: String) throws(BelljarError) -> TreeDigest? { fatalError() }
    package func setMemo(kind: String, key: String, tree: TreeDigest) throws(BelljarError) { fatalError() }
    /// The record of an action that succeeded, by the action's digest.
    package func cachedRecord(action: Digest) throws(BelljarError) -> Digest? { fatalError() }
    package func setCachedRecord(action: Digest, record: Digest) throws(BelljarError) { fatalError() }
    /// Durably stores a record and lists it; `roots` (trees) and `blobs` are kept as long as the record is.
    package func addRecord(_ entry: RecordEntry, bytes: [UInt8]) throws(BelljarError) -> Digest { fatalError() }
    /// Newest first.
    package func records() throws(BelljarError) -> [RecordEntry] { fatalError() }
    /// A toolchain image that was built here, by lock digest.
    package func setToolchain(name: String, lock: Digest, image: TreeDigest) throws(BelljarError) { fatalError() }
    package func toolchainImage(lock: Digest) throws(BelljarError) -> TreeDigest? { fatalError() }

    // MARK: Life

    /// While the returned lease is alive, garbage collection by any process keeps everything that is in the store or
    /// comes into it.
    package func lease() throws(BelljarError) -> Lease { fatalError() }
    /// A private folder inside the store, on the same file system as the blobs; removed with its owner.
    package func makeScratch() throws(BelljarError) -> Scratch { fatalError() }
}
