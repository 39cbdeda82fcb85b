internal import BelljarModel
internal import BelljarStore

/// The constant layer on top of every toolchain image.
enum BaseTree {
    static func digest() throws(BelljarError) -> TreeDigest { DirectoryCodec.digest(of: .empty) }
    static func checkout(in store: Store) throws(BelljarError) -> String { try store.checkout(try store.write(.empty)) }
}
