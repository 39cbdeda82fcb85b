internal import ArgumentParser
internal import BelljarControls
internal import BelljarModel
internal import BelljarRecipe

/// Controls that are set on the command line, for experiments.
struct ControlOptions: ParsableArguments {
    @Option(
        name: .customLong("control"),
        help: ArgumentHelp(
            "Set one control, as `controls` in a recipe does. May be repeated.",
            discussion: """
                A control decides whether builds see something of this host or what belljar puts in its place. For \
                instance, --control clock=real shows the real time. Controls and their states, the default first: \
                \(Control.allCases.map(Self.words).joined(separator: "; ")).
                """, valueName: "name=state"), completion: .controls)
    var settings: [String] = []

    private static func words(_ control: Control) -> String {
        "\(control.rawValue) (\(control.states.map(\.rawValue).joined(separator: ", ")))"
    }

    /// What was given, over what the recipe says.
    ///
    /// - Throws: `usage` if that contradicts the recipe's `root`: another root is another recipe, and no experiment with what a
    ///   build can see of the host.
    func applied(to recipe: Recipe) throws(BelljarError) -> ControlStates {
        let states = try applied(to: recipe.controls)
        guard let root = recipe.root, states[.owners] != recipe.controls[.owners] else { return states }
        let word = recipe.controls[.owners] == .fake ? "fake" : "user"
        throw BelljarError(
            .usage, operation: "use", subject: "--control owners=\(states[.owners].rawValue)",
            answer: "it contradicts `root: \(word)` at \(root)",
            remedy: "change `root` in the recipe, or leave this option out")
    }

    /// What was given, over these states.
    func applied(to states: ControlStates) throws(BelljarError) -> ControlStates {
        var applied = states
        var seen: Set<Control> = []
        for text in settings {
            let (control, state) = try ControlDecoder.setting(text)
            guard seen.insert(control).inserted else {
                throw BelljarError(
                    .usage, operation: "use", subject: "--control \(text)",
                    answer: "\(control.rawValue) is given more than once", remedy: "give each control once"
                )
            }
            applied[control] = state
        }
        return applied
    }
}
