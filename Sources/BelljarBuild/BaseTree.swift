internal import BelljarControls
internal import BelljarModel
internal import BelljarSandbox
internal import BelljarStore

/// The layer on top of a toolchain's image, as a tree.
struct BaseTree {
    private let layer: BaseLayer
    private let made: TreePlan.Made

    /// What stands for it in an action: the layer as it is on an image that has nothing of its own. Computed in memory, because a
    /// cached build needs neither layer nor image in the store; what an image changes about it follows from the image,
    /// which is in the action too.
    static func key(_ world: World) throws(BelljarError) -> TreeDigest {
        try BaseTree(layer: layer(world)).digest
    }

    /// - Parameter image: in the store.
    init(_ world: World, on image: TreeDigest, in store: Store) throws(BelljarError) {
        try self.init(layer: BaseLayer(cpus: Self.cpus(world), image: Self.look(at: image, in: store)))
    }

    private init(layer: BaseLayer) throws(BelljarError) {
        self.layer = layer
        made = try Self.plan(layer).make()
    }

    var digest: TreeDigest { made.root }

    /// A path at which the layer can be mounted.
    func checkout(in store: Store) throws(BelljarError) -> String {
        // No name refers to it, so a collection may have taken parts of it.
        if try !store.holds(made.root) {
            let batch = try store.makeBatch()
            for file in layer.files { try batch.write(file.bytes) }
            for directory in made.directories { try batch.write(directory) }
            try batch.commit()
        }
        return try store.checkout(made.root)
    }

    /// The same for what nobody compares with the store when it is over.
    func unwatchedCheckout(in store: Store) throws(BelljarError) -> String {
        if let known = try store.checkoutIfPresent(made.root) { return known }
        return try checkout(in: store)
    }

    /// The layer for an image that has nothing of its own.
    static func layer(_ world: World) -> BaseLayer { BaseLayer(cpus: cpus(world)) }

    private static func cpus(_ world: World) -> UInt32? { world.states.isVirtualised(.cpu) ? world.cpus : nil }

    // MARK: The image's part

    /// More than any file of accounts has.
    private static let accountsSize = 16 << 20

    /// A file that is a link, or in a folder that is one, does not count: the layer hides it.
    private static func look(at image: TreeDigest, in store: Store) throws(BelljarError) -> BaseLayer.Image {
        var found = BaseLayer.Image()
        guard let folder = try store.directory(image).directories.first(where: { $0.name == "etc" }) else {
            return found
        }
        let directory = try store.directory(folder.tree)
        let names = directory.files.map(\.name) + directory.symlinks.map(\.name)
        found.networkFiles = Set(names.map { "etc/" + $0 }).intersection(BaseLayer.networkFiles)
        for file in directory.files {
            switch file.name {
            case "passwd": found.users = try store.read(file.digest, limit: accountsSize)
            case "group": found.groups = try store.read(file.digest, limit: accountsSize)
            default: break
            }
        }
        return found
    }

    // MARK: The tree

    private final class Folder {
        var folders: [String: Folder] = [:]
        var files: [[UInt8]: TreePlan.Node] = [:]

        func folder(_ names: [Substring]) -> Folder {
            var current = self
            for name in names {
                let next = current.folders[String(name)] ?? Folder()
                current.folders[String(name)] = next
                current = next
            }
            return current
        }

        var node: TreePlan.Node {
            var members = files
            for (name, folder) in folders { members[Array(name.utf8)] = folder.node }
            return .directory(members)
        }
    }

    private static func plan(_ layer: BaseLayer) throws(BelljarError) -> TreePlan {
        let root = Folder()
        for path in layer.directories { _ = root.folder(path.split(separator: "/")) }
        for file in layer.files {
            let names = file.path.split(separator: "/")
            root.folder(names.dropLast()).files[Array((names.last ?? "").utf8)] = .file(
                digest: file.digest, size: file.size, isExecutable: false)
        }
        var plan = TreePlan { tree throws(BelljarError) in
            throw BelljarError(
                .internal, operation: "make", subject: "the base layer", answer: "\(tree) is not a part of it")
        }
        try plan.place(root.node, at: "")
        return plan
    }
}
