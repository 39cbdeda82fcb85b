package import BelljarModel
package import BelljarStore

/// A time that a store remembers of something pinned. What a store remembers are trees, so it is one: of a link that leads
/// to the number.
package struct RememberedTime: Sendable {
    private let kind: String
    private let key: String
    private let store: Store

    private static let name = "seconds"
    private static let none = "none"

    package struct Known: Hashable, Sendable {
        /// Nil if there is none.
        package var seconds: UInt64?
    }

    package init(kind: String, key: String, store: Store) {
        self.kind = kind
        self.key = key
        self.store = store
    }

    /// Nil if the store does not know it.
    package func time() throws(BelljarError) -> Known? {
        guard let tree = try store.memo(kind: kind, key: key),
            let text = try store.directory(tree).symlinks.first(where: { $0.name == Self.name })?.target
        else { return nil }
        if text == Self.none { return Known(seconds: nil) }
        return UInt64(text).map { Known(seconds: $0) }
    }

    package func set(_ seconds: UInt64?) throws(BelljarError) {
        let target = seconds.map(String.init) ?? Self.none
        let tree = try store.write(Directory(symlinks: [.init(name: Self.name, target: target)]))
        try store.setMemo(kind: kind, key: key, tree: tree)
    }
}
