package import BelljarModel

/// The recipe's `secrets`, and which steps list them.
enum SecretDecoder {
    static func secrets(
        _ form: Form, environment: [String: String], steps: [RecipeStep]
    ) -> [RecipeSecret] {
        let mistakes = form.mistakes
        var names: Set<String> = []
        var variables = Set(environment.keys)
        let secrets = form.optionalList("secrets", limit: 64).compactMap { node -> RecipeSecret? in
            guard let secret = secret(node, mistakes) else { return nil }
            if !names.insert(secret.name).inserted {
                mistakes.add("duplicate secret \(quoted(secret.name))", at: node)
            } else if !secret.variable.isEmpty, !variables.insert(secret.variable).inserted {
                mistakes.add("variable \(quoted(secret.variable)) is set twice", at: node)
            } else if !steps.contains(where: { $0.secrets.contains(secret.name) }) {
                mistakes.add(
                    "secret \(quoted(secret.name)) is listed by no step; secrets: [\(secret.name)] gives it to one",
                    at: node)
            }
            return secret
        }
        for step in steps {
            for name in step.secrets where !names.contains(name) {
                mistakes.add(
                    "step \(quoted(step.name)) lists the secret \(quoted(name)), which the recipe does not have",
                    line: step.location.line, column: step.location.column)
            }
        }
        return secrets
    }

    private static func secret(_ node: YAMLNode, _ mistakes: Mistakes) -> RecipeSecret? {
        let keys = ["name", "file", "variable", "environment"]
        guard let form = Form(node, "a secret", keys: keys, mistakes: mistakes) else { return nil }
        let name = form.required("name", Rules.stepName)
        let variable = form.optional("environment", Rules.variableName)
        guard form.has("file") != form.has("variable") else {
            mistakes.add("a secret has either a \"file\" or a \"variable\", where its user has it", at: node)
            return nil
        }
        let origin =
            form.optional("file", Rules.secretFile).map { SecretOrigin.file($0) }
            ?? form.optional("variable", Rules.hostVariable).map { .variable($0) }
        guard let name, let origin else { return nil }
        return RecipeSecret(
            name: name, origin: origin, variable: variable ?? "", location: mistakes.location(of: node))
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
            throw Wrong("names neither a file nor a variable")
        } catch {
            // The rest may be the secret too.
            throw BelljarError(
                .usage, operation: "use", subject: isNamed ? "--secret \(parts[0])" : "--secret", answer: error.reason,
                remedy: "NAME=file:PATH and NAME=env:VARIABLE are accepted; a path is absolute or begins with ~/")
        }
    }
}

extension Rules {
    /// A file of the user's, outside of the project: what is in the project gets into version control.
    static func secretFile(_ text: String) throws(Wrong) -> String {
        guard text.hasPrefix("/") || text.hasPrefix("~/") else {
            throw Wrong("is neither absolute nor begins with ~/; secrets do not belong beside a recipe")
        }
        guard text.utf8.count < 4096 else { throw Wrong("is longer than 4095 bytes") }
        return text
    }

    /// A variable of the environment that belljar is started in, whatever it is called.
    static func hostVariable(_ text: String) throws(Wrong) -> String {
        guard !text.isEmpty, !text.contains("=") else { throw Wrong("is no name of a variable") }
        return text
    }
}

extension RecipeDecoder {
    /// What an option says of where a secret is.
    package static func secret(_ text: String) throws(BelljarError) -> (name: String, origin: SecretOrigin) {
        try SecretDecoder.setting(text)
    }
}
