package import BelljarModel

/// Recipes and what they need, for people to look at.
package struct GraphDrawing: Sendable {
    private let recipes: [Recipe]
    private let inputs: [String: [String]]

    /// - Parameter recipes: each behind those that it needs, as `RecipeGraph.resolve` gives them.
    package init(_ recipes: [Recipe]) {
        self.recipes = recipes
        inputs = Dictionary(recipes.map { ($0.name, $0.inputs) }) { first, _ in first }
    }

    // MARK: Text

    /// Each recipe that none of the others needs, and what it needs indented below it. What was written out before is not again.
    package var text: String {
        let needed = Set(recipes.flatMap(\.inputs))
        var written: Set<String> = []
        return recipes.map(\.name).filter { !needed.contains($0) }
            .map { lines(of: $0, "", &written).joined() }.joined()
    }

    private func lines(of name: String, _ indent: String, _ written: inout Set<String>) -> [String] {
        let inputs = inputs[name] ?? []
        guard written.insert(name).inserted || inputs.isEmpty else { return ["\(indent)\(name) (see above)\n"] }
        return ["\(indent)\(name)\n"] + inputs.flatMap { lines(of: $0, indent + "  ", &written) }
    }

    // MARK: DOT

    /// For Graphviz: an arrow leads from each recipe to those that need it. Names are made of letters, digits and `.+-`, so
    /// quotes are enough.
    package var dot: String {
        let nodes = recipes.map { "  \"\($0.name)\" [label=\"\($0.name)\\n\($0.version)\"]\n" }
        let edges = recipes.flatMap { recipe in recipe.inputs.map { "  \"\($0)\" -> \"\(recipe.name)\"\n" } }
        return "digraph recipes {\n  rankdir=LR\n  node [shape=box]\n" + (nodes + edges).joined() + "}\n"
    }

    // MARK: SVG

    /// Of a box, in pixels; and what a character of its text takes at most.
    private static let (height, gap, margin, character) = (40, 16, 16, 8)
    /// Between two columns, for the lines.
    private static let way = 60

    private struct Box {
        var (x, y, width) = (0, 0, 0)
    }

    /// A column for each length of the longest way to a recipe that needs none, and lines from left to right.
    package var svg: String {
        let columns = columns
        var boxes: [String: Box] = [:]
        var x = Self.margin
        for column in columns {
            let width = column.map { max($0.name.utf8.count, $0.version.utf8.count) * Self.character + 20 }.max() ?? 0
            for (index, recipe) in column.enumerated() {
                boxes[recipe.name] = Box(x: x, y: Self.margin + index * (Self.height + Self.gap), width: width)
            }
            x += width + Self.way
        }
        let rows = columns.map(\.count).max() ?? 0
        let size = (x - Self.way + Self.margin, 2 * Self.margin + rows * (Self.height + Self.gap) - Self.gap)
        let lines = recipes.flatMap { recipe in
            recipe.inputs.compactMap { input in Self.line(boxes[input], boxes[recipe.name]) }
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(max(size.0, 1))" height="\(max(size.1, 1))" \
            font-family="monospace" font-size="13">
            <g fill="none" stroke="#888">
            \(lines.joined())</g>
            <g fill="#fff" stroke="#333">
            \(recipes.compactMap { recipe in boxes[recipe.name].map(Self.rectangle) }.joined())</g>
            <g text-anchor="middle">
            \(recipes.compactMap { recipe in boxes[recipe.name].map { Self.words(recipe, $0) } }.joined())</g>
            </svg>

            """
    }

    private var columns: [[Recipe]] {
        var depths: [String: Int] = [:]
        var columns: [[Recipe]] = []
        for recipe in recipes {
            let depth = recipe.inputs.compactMap { depths[$0] }.max().map { $0 + 1 } ?? 0
            depths[recipe.name] = depth
            while columns.count <= depth { columns.append([]) }
            columns[depth].append(recipe)
        }
        // Each as high as those that it needs, on the whole, so that fewer lines cross.
        var rows: [String: Double] = [:]
        return columns.map { column in
            let placed = column.map { recipe in
                let rows = recipe.inputs.compactMap { rows[$0] }
                return (rows.isEmpty ? 0 : rows.reduce(0, +) / Double(rows.count), recipe)
            }
            let sorted = placed.sorted { ($0.0, $0.1.name) < ($1.0, $1.1.name) }.map(\.1)
            for (index, recipe) in sorted.enumerated() { rows[recipe.name] = Double(index) }
            return sorted
        }
    }

    private static func line(_ from: Box?, _ to: Box?) -> String? {
        guard let from, let to else { return nil }
        let (start, end) = (from.x + from.width, to.x)
        let (first, last) = (from.y + height / 2, to.y + height / 2)
        return "<path d=\"M\(start),\(first) C\(start + way / 2),\(first) \(end - way / 2),\(last) \(end),\(last)\"/>\n"
    }

    private static func rectangle(_ box: Box) -> String {
        "<rect x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(box.width)\" height=\"\(height)\" rx=\"4\"/>\n"
    }

    private static func words(_ recipe: Recipe, _ box: Box) -> String {
        let x = box.x + box.width / 2
        return "<text x=\"\(x)\" y=\"\(box.y + 17)\">\(recipe.name)</text>"
            + "<text x=\"\(x)\" y=\"\(box.y + 33)\" fill=\"#666\">\(recipe.version)</text>\n"
    }
}
