import BelljarControls
import BelljarModel
import Testing

@testable import BelljarRecipe

/// Pictures of what needs what.
@Suite struct GraphDrawingTests {
    private static func recipe(_ name: String, _ inputs: String...) -> Recipe {
        Recipe(
            name: name, version: "1", toolchain: "c", epoch: 1, sources: [], inputs: inputs, environment: [:],
            steps: [],
            outputs: ["."], limits: .standard, controls: .standard, seed: "", folder: "/",
            location: SourceLocation(file: "x", line: 1, column: 1))
    }

    private let drawing = GraphDrawing([
        recipe("base"), recipe("zlib", "base"), recipe("lib", "base", "zlib"), recipe("app", "lib", "zlib"),
        recipe("alone"),
    ])

    @Test func textIsIndentedAndSaysThingsOnce() {
        #expect(
            drawing.text
                == "app\n  lib\n    base\n    zlib\n      base\n  zlib (see above)\nalone\n")
    }

    @Test func dotHasEveryRecipeAndInput() {
        #expect(drawing.dot.hasPrefix("digraph recipes {\n"))
        #expect(drawing.dot.contains("  \"base\" [label=\"base\\n1\"]\n"))
        #expect(drawing.dot.split(separator: "\n").count { $0.contains("->") } == 5)
        #expect(drawing.dot.contains("  \"zlib\" -> \"app\"\n"))
    }

    /// Columns from left to right, boxes that do not lie on each other, and a line for each input.
    @Test func svgHasABoxForEachRecipe() throws {
        let svg = drawing.svg
        #expect(svg.hasPrefix("<svg xmlns=") && svg.hasSuffix("</svg>\n"))
        #expect(svg.split(separator: "\n").count { $0.hasPrefix("<path ") } == 5)
        let boxes = svg.split(separator: "\n").filter { $0.hasPrefix("<rect ") }.map { line in
            line.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.compactMap { Int($0.element) }
        }
        #expect(boxes.count == 5)
        #expect(Set(boxes.map { [$0[0], $0[1]] }).count == 5)
        // base, zlib, lib, app: each in a column of its own, because each needs the one before.
        #expect(Set(boxes.map { $0[0] }).count == 4)
        #expect(GraphDrawing([]).svg.contains("<svg") && GraphDrawing([]).text.isEmpty)
    }
}
