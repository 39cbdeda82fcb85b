internal import BelljarModel

/// What `--json` prints of a project's recipes.
extension Answers {
    /// One recipe of the project, as far as it can be read.
    struct ListedRecipe {
        var name: String
        /// Nil if it cannot be read.
        var recipe: Recipe?
        /// Why it cannot.
        var mistake: BelljarError?
        /// The newest build of that name which succeeded.
        var record: Digest?
    }

    static let recipes = JSONType<[ListedRecipe]>.answer {
        JSONMember(says: "recipes", .list(of: recipe), "the project's, by name") { $0 }
    }

    private static let recipe = JSONType<ListedRecipe>.answer {
        JSONMember(says: "name", .text, "the recipe's name") { $0.name }
        JSONMember(maySay: "file", .text, "its path in the project; missing if it cannot be read, as all that follows")
        {
            $0.recipe?.location.file
        }
        JSONMember(maySay: "version", .text, "what it builds") { $0.recipe?.version }
        JSONMember(maySay: "toolchain", .text, "the toolchain that it is built in") { $0.recipe?.toolchain }
        JSONMember(maySay: "epoch", .count, "seconds since 1970; missing for `auto`") { listed in
            guard case .seconds(let seconds)? = listed.recipe?.epoch else { return nil }
            return seconds
        }
        JSONMember(maySay: "inputs", .list(of: .text), "the recipes whose outputs it needs") { $0.recipe?.inputs }
        JSONMember(maySay: "record", .digest, "the newest record of a build of it in this project that succeeded") {
            $0.record
        }
        JSONMember(maySay: "mistake", error, "why it cannot be read") { listed in
            listed.mistake.map { ReportedError($0) }
        }
    }

    static let graph = JSONType<[Recipe]>.answer {
        JSONMember(says: "recipes", .list(of: node), "each behind those that it needs") { $0 }
    }

    private static let node = JSONType<Recipe>.answer {
        JSONMember(says: "name", .name(.recipe), "the recipe's name") { $0.name }
        JSONMember(says: "inputs", .list(of: .text), "the recipes whose outputs it needs") { $0.inputs }
    }

    struct Lint {
        var recipes: [String]
        var problems: [BelljarError]
    }

    static let lint = JSONType<Lint>.answer {
        JSONMember(says: "recipes", .list(of: .text), "the names of those that were looked at") { $0.recipes }
        JSONMember(says: "problems", .list(of: error), "what keeps them from being built; none if all is well") {
            lint in
            lint.problems.map { ReportedError($0) }
        }
    }
}
