internal import BelljarModel

/// What has a digest: for each value there is exactly one encoding.
enum ObjectTargets {
    static func record(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let record = accepted({ () throws(BelljarError) in try RecordDecoder.decode(input) }) else {
            return false
        }
        guard let bytes = accepted({ () throws(BelljarError) in try record.canonicalBytes() }) else {
            throw FuzzFinding("a record that was read cannot be written")
        }
        guard let again = accepted({ () throws(BelljarError) in try RecordDecoder.decode(bytes) }) else {
            throw FuzzFinding("a record that belljar writes is refused")
        }
        try require(again == record, "a record is another one after writing and reading")
        let twice = accepted { () throws(BelljarError) in try again.canonicalBytes() }
        try require(twice == bytes, "a record has two encodings")
        _ = accepted { () throws(BelljarError) in try record.checkClosure() }
        return true
    }

    static func json(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let value = accepted({ () throws(BelljarError) in try CanonicalJSON.decode(input) }) else {
            return false
        }
        let bytes = CanonicalJSON.encode(value)
        guard let again = accepted({ () throws(BelljarError) in try CanonicalJSON.decode(bytes) }) else {
            throw FuzzFinding("JSON that belljar writes is refused")
        }
        try require(again == value, "JSON is another value after writing and reading")
        try require(CanonicalJSON.encode(again) == bytes, "JSON has two encodings")
        return true
    }

    static func directory(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let directory = accepted({ () throws(BelljarError) in try DirectoryCodec.decode(input) }) else {
            return false
        }
        // Stricter than reading it again: nothing but the one encoding is accepted.
        let written = accepted({ () throws(BelljarError) in try DirectoryCodec.encode(directory) })
        try require(written == input, "a directory has two encodings, or is too large to be written")
        try require(DirectorySize(of: directory).bytes == input.count, "a directory's size is not that of its encoding")
        return true
    }
}
