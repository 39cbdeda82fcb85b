internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
package import BelljarRecipe
package import BelljarToolchain

/// Looks at recipes without building them: whether they can be read, and whether what they name is there. Needs no store, no
/// network and no sandbox, so it says nothing of what only a build shows.
package struct RecipeCheck {
    private let library: RecipeLibrary
    private let toolchains: ToolchainFiles
    private var problems: [BelljarError] = []

    package init(library: RecipeLibrary, toolchains: ToolchainFiles) {
        self.library = library
        self.toolchains = toolchains
    }

    /// All that is wrong with recipes and with those that they need, each problem once.
    package mutating func problems(of names: [String]) throws(BelljarError) -> [BelljarError] {
        problems = []
        let library = library
        var seen: Set<String> = []
        var rest = names
        while let name = rest.first {
            rest.removeFirst()
            guard seen.insert(name).inserted else { continue }
            let reading = library.reading(name)
            for mistake in reading.mistakes { _ = try trying { () throws(BelljarError) in throw mistake } }
            // What a recipe with a mistake names is looked at, too, and so are its inputs.
            if let recipe = reading.recipe {
                try look(at: recipe)
                rest += recipe.inputs.filter { known($0) }
            }
            // What is wrong between recipes: cycles.
            _ = try trying { () throws(BelljarError) in try RecipeGraph.resolve([name], in: library) }
        }
        return problems
    }

    private func known(_ name: String) -> Bool { (try? library.names().contains(name)) ?? false }

    private mutating func trying<Value>(
        _ body: () throws(BelljarError) -> Value, for recipe: Recipe? = nil
    ) throws(BelljarError) -> Value? {
        do throws(BelljarError) { return try body() } catch {
            // Who ended the command, or what is wrong with belljar, is no problem of a recipe's.
            guard error.code != .cancelled, error.code != .internal else { throw error }
            add(error, recipe)
            return nil
        }
    }

    private mutating func add(_ problem: BelljarError, _ recipe: Recipe?) {
        var problem = problem
        let asking = recipe.map { "asked for by \($0.location.file)" }
        let known = problems.firstIndex { other in
            // A cycle is the same wherever one enters it.
            other.operation == problem.operation && !problem.details.isEmpty && asking == nil
                && other.details.sorted() == problem.details.sorted()
                || other.subject == problem.subject && other.answer == problem.answer
        }
        if let known {
            if let asking, !problems[known].details.contains(asking) { problems[known].details.append(asking) }
            return
        }
        if let asking { problem.details.append(asking) }
        problems.append(problem)
    }

    private mutating func look(at recipe: Recipe) throws(BelljarError) {
        let toolchains = toolchains
        if !recipe.toolchain.isEmpty {
            _ = try trying({ () throws(BelljarError) in try toolchains.currentLock(recipe.toolchain) }, for: recipe)
        }
        for source in recipe.sources {
            do throws(BelljarError) { try Self.look(at: source, of: recipe) } catch {
                guard error.code != .cancelled, error.code != .internal else { throw error }
                var located = error
                located.details.append("asked for by \(source.location)")
                add(located, nil)
            }
        }
    }

    /// Whether what lies in the project is there. What comes from elsewhere is pinned, or the recipe could not be read.
    static func look(at source: RecipeSource, of recipe: Recipe) throws(BelljarError) {
        switch source.kind {
        case .archive, .file: break
        case .local(let path):
            let file = try open(path, "read source", recipe)
            let kind = try hostCall("read source", path) { () throws(KernelError) in try file.status().kind }
            guard kind == .directory || kind == .regular else { throw LocalSource.neither(kind, path) }
        case .patch(let path, _):
            let file = try open(path, "read patch", recipe)
            let kind = try hostCall("read patch", path) { () throws(KernelError) in try file.status().kind }
            guard kind == .regular else { throw Sources.noPatch(kind, path) }
        case .git(let repository, _):
            try GitSource.requireLocal(Sources.address(of: repository, recipe))
        }
    }

    private static func open(
        _ path: String, _ operation: String, _ recipe: Recipe
    ) throws(BelljarError) -> Descriptor {
        try LocalSource.open(SourcePlace(path, folder: recipe.folder, project: recipe.project), to: operation)
    }
}
