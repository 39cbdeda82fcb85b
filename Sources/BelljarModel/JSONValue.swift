/// A JSON document without floats: what records and statements are made of.
///
/// `CanonicalJSON` writes it in the one form of RFC 8785 and reads it strictly.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Within +-(2^53 - 1), the range that every JSON implementation keeps exactly.
    case integer(Int64)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}
