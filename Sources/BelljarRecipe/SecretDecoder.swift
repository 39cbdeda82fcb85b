package import BelljarModel

/// The recipe's `secrets`, and which steps list them.
enum SecretDecoder {
    /// Adds what is wrong with how secrets and steps belong together.
    static func check(
        _ secrets: [RecipeSecret], environment: [String: String], steps: [RecipeStep], _ mistakes: Mistakes
    ) {
        var names: Set<String> = []
        var variables = Set(environment.keys)
        for secret in secrets {
            let (line, column) = (secret.location.line, secret.location.column)
            if !names.insert(secret.name).inserted {
                mistakes.add("duplicate secret \(quoted(secret.name))", line: line, column: column)
            } else if !secret.variable.isEmpty, !variables.insert(secret.variable).inserted {
                mistakes.add("variable \(quoted(secret.variable)) is set twice", line: line, column: column)
            } else if !steps.contains(where: { $0.secrets.contains(secret.name) }) {
                mistakes.add(
                    "no step lists secret \(quoted(secret.name)); write secrets: [\(secret.name)] in the step that needs it",
                    line: line, column: column)
            }
        }
        for step in steps {
            for name in step.secrets where !names.contains(name) {
                mistakes.add(
                    "step \(quoted(step.name)) lists the secret \(quoted(name)), which the recipe does not declare",
                    line: step.location.line, column: step.location.column)
            }
        }
    }

    static let secret = MappingRule("a secret") { secret -> RecipeSecret? in
        let name = secret.required(
            "name", Rules.stepName, "the secret is in the file /run/secrets/NAME; each name once")
        let variable = secret.optional(
            "environment", Rules.variableName, "a variable that has the secret too, in the steps that get it")
        let origin = secret.oneOf(
            [
                .init("file", Rules.secretFile, "a file of the user that has it: an absolute path, or ~/PATH") {
                    path, _ in
                    path.map { .file($0) }
                },
                .init("variable", Rules.hostVariable, "a variable of the environment that belljar is started in") {
                    name, _ in
                    name.map { .variable($0) }
                },
            ] as [MappingReader.Kind<SecretOrigin>]
        ) { _ in "a secret has either \"file\" or \"variable\", which says where to read it" }
        // One with a mistake is declared all the same, or each step that lists it would seem to have another. With a mistake
        // the recipe as a whole is refused, so nobody reads from this origin.
        guard let name else { return nil }
        return RecipeSecret(
            name: name, origin: origin ?? .variable(""), variable: variable ?? "", location: secret.location)
    }

    /// `NAME=file:PATH` or `NAME=env:VARIABLE`, as options have it.
    static func setting(_ text: String) throws(BelljarError) -> (name: String, origin: SecretOrigin) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        // A secret that was given by mistake is no name; in base64 it may end with `=`.
        let isNamed = parts.count == 2 && parts[1].contains { $0 != "=" }
        do throws(Wrong) {
            guard parts.count == 2 else { throw Wrong("has no value") }
            let name = try Rules.stepName(parts[0])
            if parts[1].hasPrefix("file:") { return (name, .file(try Rules.secretFile(String(parts[1].dropFirst(5))))) }
            if parts[1].hasPrefix("env:") {
                return (name, .variable(try Rules.hostVariable(String(parts[1].dropFirst(4)))))
            }
            throw Wrong("must begin with file: or env:")
        } catch {
            // The rest may be the secret too.
            throw BelljarError(
                .usage, operation: "use", subject: isNamed ? "--secret \(parts[0])" : "--secret", answer: error.reason,
                remedy: "write NAME=file:PATH, with a path that is absolute or begins with ~/, or NAME=env:VARIABLE")
        }
    }
}

extension Rules {
    /// A file of the user's, outside of the project: what is in the project gets into version control.
    static let secretFile = TextRule(.string(pattern: #"^(?:/|~/)[^\u0000]*$"#, length: 0...4095)) {
        (text) throws(Wrong) in
        guard text.utf8.starts(with: "/".utf8) || text.utf8.starts(with: "~/".utf8) else {
            throw Wrong("must be absolute or begin with ~/, because secrets do not belong in a project")
        }
        guard text.utf8.count < 4096 else { throw Wrong("is longer than 4095 bytes") }
        return text
    }

    /// A variable of the environment that belljar is started in, whatever it is called.
    static let hostVariable = TextRule(JSONSchema.string(pattern: #"^[^=\u0000]+$"#).unquoted(numbers: true)) {
        (text) throws(Wrong) in
        guard !text.isEmpty, !text.utf8.contains(UInt8(ascii: "=")) else {
            throw Wrong("is not the name of a variable")
        }
        return text
    }
}

extension RecipeDecoder {
    /// What an option says of where a secret is.
    package static func secret(_ text: String) throws(BelljarError) -> (name: String, origin: SecretOrigin) {
        try SecretDecoder.setting(text)
    }
}
