internal import ArgumentParser
internal import BelljarControls
internal import BelljarModel
internal import BelljarRecipe

/// Controls that are set on the command line, for experiments.
struct ControlOptions: ParsableArguments {
    @Option(
        name: .customLong("control"),
        help: ArgumentHelp(
            "Set one control, as `controls` in a recipe does; may be given several times.",
            discussion: "Controls: " + Control.allCases.map(\.rawValue).joined(separator: ", ") + ". Every one can be "
                + "real.", valueName: "name=state"))
    var settings: [String] = []

    /// What was given, over these states.
    func applied(to states: ControlStates) throws(BelljarError) -> ControlStates {
        var applied = states
        var seen: Set<Control> = []
        for text in settings {
            let (control, state) = try ControlDecoder.setting(text)
            guard seen.insert(control).inserted else {
                throw BelljarError(
                    .usage, operation: "use", subject: "--control \(text)", answer: "\(control.rawValue) is given twice"
                )
            }
            applied[control] = state
        }
        return applied
    }
}
