import BelljarModel

@testable import BelljarStore

enum Fixtures {
    static func entry(
        name: String, created: UInt64 = 1_700_000_000, roots: [TreeDigest] = [], blobs: [Digest] = []
    ) -> RecordEntry {
        RecordEntry(
            name: name, version: "1.0", status: .ok, created: created, definition: Digest(of: Array(name.utf8)),
            roots: roots, blobs: blobs)
    }
}
