package import BelljarControls
package import BelljarModel

/// What recipes and command lines say of controls, by their names and the names of their states.
package enum ControlDecoder {
    /// The recipe's `controls` and `root`, over the defaults.
    static func controls(_ form: Form) -> ControlStates {
        var states = ControlStates.standard
        let given = form.optionalForm("controls", "controls", keys: names)
        for control in Control.allCases {
            if let state = given?.optional(control.rawValue, { (text) throws(Wrong) in try state(text, of: control) }) {
                states[control] = state
            }
        }
        guard let owners = form.optional("root", root) else { return states }
        if let given, given.has("owners"), states[.owners] != owners, let place = given.node("owners") {
            form.mistakes.add(
                "owners \(quoted(states[.owners].rawValue)) contradicts root; leave it out, because root decides it",
                at: place)
        }
        states[.owners] = owners
        return states
    }

    /// `NAME=STATE`, as options have it.
    package static func setting(_ text: String) throws(BelljarError) -> (control: Control, state: ControlState) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            throw refusal(text, "NAME=STATE was expected", "for example --control clock=real")
        }
        guard let control = Control(rawValue: parts[0]) else {
            throw refusal(
                text, "there is no control \(quoted(parts[0]))" + NearMatch.hint(for: parts[0], among: names),
                "the controls are: " + names.joined(separator: ", "))
        }
        do throws(Wrong) {
            return (control, try state(parts[1], of: control))
        } catch {
            throw refusal(text, error.message(control.rawValue, parts[1]), nil)
        }
    }

    private static let names = Control.allCases.map(\.rawValue)

    private static func state(_ text: String, of control: Control) throws(Wrong) -> ControlState {
        if let state = control.state(named: text) { return state }
        let names = control.states.map(\.rawValue)
        throw Wrong(
            "is no state of it; it can be " + names.joined(separator: ", ") + NearMatch.hint(for: text, among: names))
    }

    /// Who a build is, which is what the control of owners decides.
    private static func root(_ text: String) throws(Wrong) -> ControlState {
        switch text {
        case "user": return .real
        case "fake": return .fake
        default: throw Wrong("is neither user nor fake")
        }
    }

    private static func refusal(_ text: String, _ answer: String, _ remedy: String?) -> BelljarError {
        BelljarError(.usage, operation: "use", subject: "--control \(text)", answer: answer, remedy: remedy)
    }
}
