internal import BelljarModel
internal import BelljarRecipe

/// YAML that people write, and that others send them.
enum TextTargets {
    static func recipe(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        let recipe = accepted { () throws(BelljarError) in
            try RecipeDecoder.recipe(input, file: "recipe.yaml", folder: "/recipe")
        }
        return recipe != nil
    }

    static func toolchain(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        let spec = accepted { () throws(BelljarError) in
            try ToolchainDecoder.spec(input, file: "toolchain.yaml")
        }
        guard let spec else { return false }
        _ = ToolchainDecoder.digest(of: spec)
        return true
    }

    static func lock(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        func read(_ text: [UInt8]) -> ToolchainLock? {
            accepted { () throws(BelljarError) in try ToolchainDecoder.lock(text, file: "lock.yaml") }
        }
        guard let lock = read(input) else { return false }
        let text = ToolchainDecoder.encode(lock)
        guard let again = read(text) else { throw FuzzFinding("a lock that belljar writes is refused") }
        try require(again == lock, "a lock is another one after writing and reading")
        try require(ToolchainDecoder.encode(again) == text, "a lock has two texts")
        return true
    }
}
