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
        // No name refers to it, so a collection may have taken parts of it.
        if try !store.holds(made.root) {
            let batch = try store.makeBatch()
            for file in BaseLayer.files { try batch.write(file.bytes) }
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
        // A folder at a time: every placing makes the directories above anew.
        var folders: [String: [[UInt8]: TreePlan.Node]] = [:]
        for file in BaseLayer.files {
            let names = file.path.split(separator: "/")
            let name = Array((names.last ?? "").utf8)
            folders[names.dropLast().joined(separator: "/"), default: [:]][name] = .file(
                digest: file.digest, size: file.size, isExecutable: false)
        }
        for (path, files) in folders { try plan.place(.directory(files), at: path) }
        return try plan.make()
    }
}
