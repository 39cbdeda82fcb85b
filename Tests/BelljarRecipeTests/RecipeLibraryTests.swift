import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarRecipe

@Suite struct RecipeLibraryTests {
    /// A `Recipes` folder with recipes of these names and inputs, removed afterwards.
    private func withLibrary(
        _ recipes: [(name: String, inputs: [String])], _ body: (RecipeLibrary, borrowing Descriptor) throws -> Void
    ) throws {
        let folder = try TestFolder()
        for recipe in recipes {
            try folder.write(
                "Recipes/\(recipe.name)/recipe.yaml",
                """
                name: \(recipe.name)
                version: 1
                toolchain: t
                epoch: 1
                inputs: [\(recipe.inputs.joined(separator: ", "))]
                steps: [{name: s, run: x}]
                outputs: [.]

                """)
        }
        _ = try Descriptor.makeDirectories(folder.path + "/Recipes")
        try body(
            RecipeLibrary(project: folder.path),
            Descriptor.workingDirectory.open(folder.path + "/Recipes", [.read, .directory]))
    }

    private func answer(_ body: () throws -> Void) -> BelljarError? {
        #expect(throws: BelljarError.self) { try body() }
    }

    @Test func namesAreThoseWithARecipe() throws {
        try withLibrary([("zlib", []), ("hello", []), ("a.b+c-1", [])]) { library, folder in
            try folder.makeDirectory("empty")
            try folder.makeDirectory(".hidden")
            try folder.open("README", [.write, .create]).writeAll(Array("x".utf8))
            #expect(try library.names() == ["a.b+c-1", "hello", "zlib"])
            #expect(try library.load("hello").name == "hello")
            #expect(try library.load("hello").folder == library.project + "/Recipes/hello")
        }
    }

    @Test func unknownName() throws {
        try withLibrary([("zlib", []), ("hello", [])]) { library, _ in
            let near = answer { _ = try library.load("helo") }
            #expect(near?.code == .usage)
            #expect(near?.summary == "cannot find recipe \"helo\": the project has no recipe of that name")
            #expect(near?.remedy == "did you mean \"hello\"?")
            for path in ["Recipes/hello", "Recipes/hello/", "hello/recipe.yaml"] {
                #expect(answer { _ = try library.load(path) }?.remedy == "did you mean \"hello\"?")
            }
            #expect(answer { _ = try library.load("../../etc") }?.remedy == "the recipes are: hello, zlib")
        }
    }

    @Test func nameIsTheFolders() throws {
        try withLibrary([("zlib", [])]) { library, folder in
            try folder.rename("zlib", to: folder, as: "zlib2")
            let error = answer { _ = try library.load("zlib2") }
            #expect(error?.subject == "Recipes/zlib2/recipe.yaml:1:7")
            #expect(
                error?.answer
                    == "name \"zlib\" differs from the recipe's folder \"zlib2\"; write \"zlib2\", or rename the folder"
            )
        }
    }

    @Test func notARegularFile() throws {
        try withLibrary([("zlib", [])]) { library, folder in
            try folder.unlink("zlib/recipe.yaml")
            try folder.makeSymlink("zlib/recipe.yaml", target: "/etc/passwd")
            #expect(answer { _ = try library.load("zlib") }?.answer == "it is a symbolic link, not a regular file")
        }
    }

    @Test func noFolder() {
        let error = answer { _ = try RecipeLibrary(project: "/nonexistent").names() }
        #expect(error?.code == .usage)
        #expect(error?.answer == "No such file or directory (ENOENT)")
    }

    @Test func tooLarge() throws {
        try withLibrary([("zlib", [])]) { library, folder in
            try folder.open("zlib/recipe.yaml", .write).truncate(to: UInt64(YAMLParser.maximumBytes) + 1)
            let error = answer { _ = try library.load("zlib") }
            #expect(error?.code == .usage)
            #expect(error?.answer == "File too large (EFBIG)")
        }
    }

    // MARK: the graph

    @Test func inputsComeFirstAndOnce() throws {
        try withLibrary([("a", ["d", "b"]), ("b", ["c"]), ("c", []), ("d", ["c"]), ("e", [])]) { (library, _) throws in
            func order(_ names: [String]) throws -> [String] {
                try RecipeGraph.resolve(names, in: library).map(\.name)
            }
            #expect(try order(["a"]) == ["c", "d", "b", "a"])
            #expect(try order(["e", "a", "c"]) == ["e", "c", "d", "b", "a"])
            #expect(try order(["c", "c"]) == ["c"])
        }
    }

    @Test func cycle() throws {
        try withLibrary([("x", ["a"]), ("a", ["y", "b"]), ("b", ["c"]), ("c", ["a"]), ("y", [])]) { library, _ in
            let error = answer { _ = try RecipeGraph.resolve(["x"], in: library) }
            #expect(error?.code == .usage)
            #expect(error?.answer == "inputs form a cycle: a -> b -> c -> a")
            #expect(
                error?.details == [
                    "Recipes/a/recipe.yaml:5:13: \"a\" needs \"b\"", "Recipes/b/recipe.yaml:5:10: \"b\" needs \"c\"",
                    "Recipes/c/recipe.yaml:5:10: \"c\" needs \"a\"",
                ])
        }
    }

    @Test func missingInput() throws {
        try withLibrary([("pigz", ["zlb"]), ("zlib", [])]) { library, _ in
            let error = answer { _ = try RecipeGraph.resolve(["pigz"], in: library) }
            #expect(
                error?.summary
                    == "cannot read recipe Recipes/pigz/recipe.yaml:5:10: the project has no recipe for input \"zlb\""
            )
            #expect(error?.remedy == "did you mean \"zlib\"?")
        }
    }

    @Test func endlessChain() throws {
        let chain = (0...RecipeGraph.maximumDepth).map { ("r\($0)", ["r\($0 + 1)"]) }
        try withLibrary(chain) { library, _ in
            let error = answer { _ = try RecipeGraph.resolve(["r0"], in: library) }
            #expect(error?.answer == "its inputs, their inputs and so on go deeper than 256 recipes")
        }
    }

    private func single(_ name: String, _ more: String = "") -> String {
        "name: \(name)\nversion: 1\ntoolchain: t\nepoch: 1\nsteps: [{name: s, run: x}]\noutputs: [.]\n\(more)"
    }

    @Test func theProjectsOwnRecipe() throws {
        let folder = try TestFolder()
        try folder.write("belljar.yaml", single("own", "inputs: [zlib]\n"))
        let library = RecipeLibrary(project: folder.path)
        #expect(try library.names() == ["own"])
        let recipe = try library.load("own")
        #expect(recipe.folder == folder.path)
        #expect(recipe.project == folder.path)
        #expect(answer { _ = try library.load("belljar.yaml") }?.remedy == "did you mean \"own\"?")
        #expect(answer { _ = try RecipeGraph.resolve(["own"], in: library) }?.subject == "belljar.yaml:7:10")
        try folder.write("Recipes/zlib/recipe.yaml", single("zlib"))
        #expect(try library.names() == ["own", "zlib"])
        #expect(try RecipeGraph.resolve(["own"], in: library).map(\.name) == ["zlib", "own"])
    }

    @Test func twoOfOneName() throws {
        let folder = try TestFolder()
        try folder.write("belljar.yaml", single("zlib"))
        try folder.write("Recipes/zlib/recipe.yaml", single("zlib"))
        let error = answer { _ = try RecipeLibrary(project: folder.path).load("zlib") }
        #expect(error?.answer == "both belljar.yaml and Recipes/zlib/recipe.yaml have that name")
    }

    @Test func aMistakeInTheProjectsOwnRecipeStopsOnlyIt() throws {
        let folder = try TestFolder()
        try folder.write("belljar.yaml", "name: own\n")
        try folder.write("Recipes/zlib/recipe.yaml", single("zlib"))
        let library = RecipeLibrary(project: folder.path)
        #expect(try library.load("zlib").name == "zlib")
        #expect(answer { _ = try library.load("own") }?.operation == "read recipe")
        try folder.write("belljar.yaml", "version: 1\n")
        #expect(answer { _ = try RecipeLibrary(project: folder.path).names() }?.operation == "read recipe")
    }
}
