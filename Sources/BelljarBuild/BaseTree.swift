internal import BelljarModel
internal import BelljarSandbox
internal import BelljarStore

/// The constant layer on top of every toolchain image, as a tree.
enum BaseTree {
    /// What names it in an action. Computed in memory: a cached build does not need it in the store.
    static func digest() throws(BelljarError) -> TreeDigest { try made().root }

    /// A path at which the layer can be mounted.
    static func checkout(in store: Store) throws(BelljarError) -> String {
        let made = try made()
        if try !store.contains(made.root.digest) {
            let batch = try store.makeBatch()
            for file in BaseLayer.files { try batch.write(Array(file.content.utf8)) }
            for directory in made.directories { try batch.write(directory) }
            try batch.commit()
        }
        return try store.checkout(made.root)
    }

    private static func made() throws(BelljarError) -> TreePlan.Made {
        var plan = TreePlan { tree throws(BelljarError) in
            throw BelljarError(
                .internal, operation: "make", subject: "the base layer", answer: "\(tree) is not a part of it")
        }
        for path in BaseLayer.directories { try plan.place(.directory([:]), at: path) }
        for file in BaseLayer.files {
            let content = Array(file.content.utf8)
            try plan.place(
                .file(digest: Digest(of: content), size: UInt64(content.count), isExecutable: false), at: file.path)
        }
        return try plan.make()
    }
}
