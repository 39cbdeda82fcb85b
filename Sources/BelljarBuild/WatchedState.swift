package import BelljarModel
internal import BelljarStore

/// What recipes, their toolchains and their sources say at one moment. Two that are equal have the same builds to make.
package struct WatchedState: Equatable, Sendable {
    fileprivate struct Part: Equatable {
        var recipe: Recipe
        /// Of the toolchain's lock.
        var lock: Digest
        /// Those that the recipe does not pin: local ones and patches.
        var sources: [BuildRecord.Source]
    }

    fileprivate var parts: [Part]
}

extension Engine {
    /// Looks at all that builds of these recipes begin with. Nothing is fetched, built or kept.
    ///
    /// - Parameter recipes: as of `build`.
    package func watchedState(of recipes: [Recipe]) throws(BelljarError) -> WatchedState {
        let images = ToolchainImages(
            folders: tools.toolchainFolders, store: tools.store, toolchains: tools.toolchains, remembers: false)
        let sources = sources
        var parts: [WatchedState.Part] = []
        for recipe in recipes {
            let lock = try images.choose(recipe.toolchain).toolchain.lock
            let open = zip(recipe.sources, try sources.foresee(recipe).sources).filter { $0.0.kind.isLocal }
            parts.append(.init(recipe: recipe, lock: lock, sources: open.compactMap(\.1)))
        }
        return WatchedState(parts: parts)
    }
}

extension RecipeSource.Kind {
    /// Whether it is what lies on this machine, whatever that is.
    fileprivate var isLocal: Bool {
        switch self {
        case .local, .patch: true
        case .archive, .file, .git: false
        }
    }
}
