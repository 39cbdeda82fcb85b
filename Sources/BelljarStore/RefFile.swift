internal import BelljarModel

/// The documents in the files of refs. Each says what it is the answer to, and ends with a digest of all it says, so that
/// neither one in another's place nor one with a changed byte is taken for an answer.
enum RefFile {
    private static let seal = "check"

    static func encode(_ members: [String: JSONValue]) -> [UInt8] {
        var sealed = members
        sealed[seal] = .string(digest(members).description)
        return CanonicalJSON.encode(.object(sealed))
    }

    /// What a file says; nil for one that cannot be read or does not have its digest. Versions before this had no digest in it.
    static func decode(_ bytes: [UInt8]) -> [String: JSONValue]? {
        guard case .object(var members)? = try? CanonicalJSON.decode(bytes) else { return nil }
        guard let seal = members.removeValue(forKey: seal) else { return members }
        return seal.string == digest(members).description ? members : nil
    }

    /// Whether belljar could have written a file that says this: to the byte, with the digest or as versions before did.
    static func isOwn(_ bytes: [UInt8], _ forms: [[String: JSONValue]]) -> Bool {
        forms.contains { bytes == encode($0) || bytes == CanonicalJSON.encode(.object($0)) }
    }

    private static func digest(_ members: [String: JSONValue]) -> Digest {
        Digest(of: CanonicalJSON.encode(.object(members)))
    }
}
