internal import ArgumentParser
internal import BelljarModel
internal import BelljarRecipe

/// Where the user has secrets.
struct SecretOptions: ParsableArguments {
    @Option(
        name: .customLong("secret"),
        help: ArgumentHelp(
            "Where a secret is: NAME=file:PATH or NAME=env:VARIABLE; may be given several times.",
            discussion:
                "In place of what the recipe says. A rebuild needs it for every secret of the record. The secret "
                + "itself is never an argument: every user of the machine sees those.", valueName: "name=place"))
    var settings: [String] = []

    func origins() throws(BelljarError) -> [String: SecretOrigin] {
        var origins: [String: SecretOrigin] = [:]
        for text in settings {
            let (name, origin) = try RecipeDecoder.secret(text)
            guard origins.updateValue(origin, forKey: name) == nil else {
                throw BelljarError(.usage, operation: "use", subject: "--secret \(name)", answer: "it is given twice")
            }
        }
        return origins
    }
}
