/// Where the invoking user has a secret. Part of no digest and no record.
package enum SecretOrigin: Hashable, Sendable, CustomStringConvertible {
    /// A file; absolute, or `~/` and a path below the user's home.
    case file(String)
    /// A variable of the environment that belljar was started in.
    case variable(String)

    package var description: String {
        switch self {
        case .file(let path): "file \(path)"
        case .variable(let name): "variable \(name)"
        }
    }
}

/// A secret as a recipe names it.
package struct RecipeSecret: Hashable, Sendable {
    package var name: String
    package var origin: SecretOrigin
    /// The variable that the steps which list it find it in as well; empty for none.
    package var variable: String
    package var location: SourceLocation

    package init(name: String, origin: SecretOrigin, variable: String, location: SourceLocation) {
        self.name = name
        self.origin = origin
        self.variable = variable
        self.location = location
    }
}

extension BuildRecord.Definition {
    /// Whether an earlier execution may answer. A secret's value decides the result and is no part of the key: were it,
    /// even as a digest, whoever sees the key could try values until one fits.
    package var isCacheable: Bool { secrets.isEmpty }
}

extension BuildRecord {
    /// A secret as a definition names it: what it is called and who gets it, never what it is.
    package struct Secret: Hashable, Sendable {
        /// Also the file's name in `/run/secrets`.
        package var name: String
        /// Empty for none.
        package var variable: String
        /// Names of the steps that get it, in their order.
        package var steps: [String]

        package init(name: String, variable: String, steps: [String]) {
            self.name = name
            self.variable = variable
            self.steps = steps
        }
    }
}
