package import BelljarModel

/// Recipes and the recipes whose outputs they need.
package enum RecipeGraph {
    /// Chains of inputs longer than this are no project's; the limit bounds the recursion.
    static let maximumDepth = 256

    /// The named recipes and all that they need, each once, every recipe behind its inputs. The order follows from the
    /// names and the recipes alone: in the order given, inputs in the order of the recipe.
    package static func resolve(
        _ names: [String], in library: RecipeLibrary
    ) throws(BelljarError) -> [Recipe] {
        var walk = Walk(library: library)
        for name in names { try walk.begin(name) }
        return walk.order
    }

    /// One that cannot be had, or that needs one which cannot.
    package struct Unread: Sendable {
        package var name: String
        package var error: BelljarError
    }

    /// As `resolve`, of those names for which that is possible.
    ///
    /// - Returns: also why it is not of the others, in the order of the names.
    package static func resolving(
        _ names: [String], in library: RecipeLibrary
    ) -> (recipes: [Recipe], refused: [Unread]) {
        var walk = Walk(library: library)
        var refused: [Unread] = []
        for name in names {
            do throws(BelljarError) { try walk.begin(name) } catch { refused.append(Unread(name: name, error: error)) }
        }
        return (walk.order, refused)
    }

    /// A depth-first walk: a recipe is put down when everything it needs has been.
    private struct Walk {
        let library: RecipeLibrary
        var order: [Recipe] = []
        private var done: Set<String> = []
        /// The recipes being visited, each with the place where the one before it names it.
        private var path: [(name: String, needed: SourceLocation?)] = []

        init(library: RecipeLibrary) { self.library = library }

        mutating func begin(_ name: String) throws(BelljarError) {
            path = []
            try visit(name, needed: nil)
        }

        private mutating func visit(_ name: String, needed: SourceLocation?) throws(BelljarError) {
            if done.contains(name) { return }
            if let start = path.firstIndex(where: { $0.name == name }) {
                throw RecipeGraph.cycle(Array(path[start...]) + [(name, needed)])
            }
            guard path.count < RecipeGraph.maximumDepth else {
                throw BelljarError(
                    .usage, operation: "order recipes", subject: needed?.description ?? name,
                    answer: "its inputs, their inputs and so on go deeper than \(RecipeGraph.maximumDepth) recipes",
                    remedy: "make one recipe of several in the chain")
            }
            path.append((name, needed))
            let located = try library.located(name, needed: needed)
            for input in located.recipe.inputs { try visit(input, needed: located.inputs[input]) }
            path.removeLast()
            done.insert(name)
            order.append(located.recipe)
        }
    }

    /// - Parameter members: the recipes of the cycle in order, the first once more at the end.
    private static func cycle(_ members: [(name: String, needed: SourceLocation?)]) -> BelljarError {
        let steps = zip(members, members.dropFirst())
        let details = steps.map { from, to in
            "\(to.needed.map { "\($0): " } ?? "")\(quoted(from.name)) needs \(quoted(to.name))"
        }
        return BelljarError(
            .usage, operation: "order recipes", subject: members.dropFirst().first?.needed?.description ?? "inputs",
            answer: "inputs form a cycle: " + members.map(\.name).joined(separator: " -> "),
            remedy: "a recipe cannot need itself; remove one of these inputs", details: details)
    }
}
