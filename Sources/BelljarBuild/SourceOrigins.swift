internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// Which addresses gave which bytes, kept in the store's cache.
///
/// That the store has what a recipe pins does not show that the recipe's address serves it: a version may have been raised, or an
/// address changed, and the digest forgotten. So what is new as a pair is fetched, although the store has the bytes.
struct SourceOrigins {
    let store: Store

    static let names = CacheNames("origin", format: 1)

    /// - Parameters:
    ///   - address: as a record says it.
    ///   - content: what it gave: a digest, or the full id of a commit.
    func knows(_ address: String, gave content: String) -> Bool {
        let text = Self.text(address, content)
        return store.cache.read(Self.names.name(of: text), limit: text.count) == text
    }

    func note(_ address: String, gave content: String) throws(BelljarError) {
        let text = Self.text(address, content)
        try hostCall("write", store.cache.path) { () throws(KernelError) in
            try store.cache.write(text, as: Self.names.name(of: text))
        }
    }

    /// Addresses that gave these bytes, sorted. For an error: it reads what is remembered of all sources.
    func addresses(giving content: String) -> [String] {
        let end = Array("\n\(content)\n".utf8)
        let found = store.cache.names(of: Self.names).prefix(Self.looked).compactMap { name -> String? in
            guard let text = store.cache.read(name, limit: Self.longest, isUse: false),
                text.suffix(end.count).elementsEqual(end)
            else {
                return nil
            }
            return String(decoding: text.dropLast(end.count), as: UTF8.self)
        }
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// At most this many are looked at for an error, and none of more bytes.
    private static let looked = 20_000
    private static let longest = 64 << 10

    /// What a file says that some address gave: a digest, or the id of a commit.
    static func content(of file: String, in store: Store) -> String? {
        guard let text = store.cache.read(file, limit: 1 << 16, isUse: false) else { return nil }
        return text.split(separator: UInt8(ascii: "\n")).last.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func text(_ address: String, _ content: String) -> [UInt8] { Array("\(address)\n\(content)\n".utf8) }
}
