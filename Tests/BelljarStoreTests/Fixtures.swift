import BelljarKernel
import BelljarModel

@testable import BelljarStore

enum Fixtures {
    static func entry(
        name: String, created: UInt64 = 1_700_000_000, nanoseconds: UInt32 = 0, roots: [TreeDigest] = [],
        blobs: [Digest] = []
    ) -> RecordEntry {
        RecordEntry(
            name: name, version: "1.0", status: .ok, created: created, nanoseconds: nanoseconds,
            definition: Digest(of: Array(name.utf8)), roots: roots, blobs: blobs)
    }
}

func pause(milliseconds: Int32) { pause(until: .after(milliseconds: UInt64(milliseconds))) }
