internal import ArgumentParser
internal import BelljarModel
internal import BelljarRecipe

/// Where the user has secrets.
struct SecretOptions: ParsableArguments {
    @Option(
        name: .customLong("secret"),
        help: ArgumentHelp(
            "Where to read a secret from: NAME=file:PATH or NAME=env:VARIABLE. May be repeated.",
            discussion: """
                Takes the place of what the recipe says. `belljar rebuild` needs one for each secret of the record. \
                The secret itself cannot be given here, because every user of the machine can read arguments.
                """, valueName: "name=place"))
    var settings: [String] = []

    func origins() throws(BelljarError) -> [String: SecretOrigin] {
        var origins: [String: SecretOrigin] = [:]
        for text in settings {
            let (name, origin) = try RecipeDecoder.secret(text)
            guard origins.updateValue(origin, forKey: name) == nil else {
                throw BelljarError(
                    .usage, operation: "use", subject: "--secret \(name)", answer: "it is given more than once",
                    remedy: "give each secret once")
            }
        }
        return origins
    }
}
