package import BelljarModel

/// The schemas of the files that people and belljar write, as their readers declare them.
package enum FileSchemas {
    package struct Schema: Sendable {
        /// `recipe`, for the file `recipe.schema.json`.
        package var name: String
        /// What it is of, for people.
        package var title: String
        package var document: JSONValue

        package init(name: String, title: String, _ schema: JSONSchema) {
            self.name = name
            self.title = title
            document = schema.document(name, title: title)
        }

        package var fileName: String { "\(name).schema.json" }
    }

    package static let all = [
        Schema(name: "recipe", title: "recipe.yaml", RecipeDecoder.recipe.schema),
        Schema(name: "toolchain", title: "toolchain.yaml", ToolchainDecoder.spec.schema),
        Schema(name: "toolchain-lock", title: "toolchain.lock.yaml", ToolchainDecoder.lock.schema),
        Schema(name: "limits", title: "limits.yaml of a host", HostLimitsFile.limits.schema),
    ]

    /// Where a project that has the schemas has the one of a `toolchain.yaml`: what belljar writes there names it.
    package static let toolchain = "Schemas/toolchain.schema.json"
}
