package import BelljarControls
package import BelljarModel

/// What recipes and command lines say of controls, by their names and the names of their states.
package enum ControlDecoder {
    /// The recipe's `root` and `controls`, over the defaults.
    static func controls(_ recipe: MappingReader) -> ControlStates {
        var states = ControlStates.standard
        let owners = recipe.optional(
            "root", root, "user for an ordinary user, fake for a root whose changes of owner seem to work; default user"
        )
        let given =
            recipe.optional("controls", .mapping(given), "what is virtualised, and how; real shows what the host has")
            ?? [:]
        for (control, state) in given { states[control] = state.value }
        for (word, contradiction) in [("user", ControlState.fake), ("fake", .real)] {
            recipe.forbid(contradicting(word, contradiction))
        }
        guard let owners else { return states }
        if let given = given[.owners], given.value != owners {
            recipe.mistakes.add(
                "owners \(quoted(given.value.rawValue)) contradicts `root`; leave owners out, because `root` decides it",
                at: given.node)
        }
        states[.owners] = owners
        return states
    }

    private static let given = MappingRule("controls") { controls -> [Control: Placed<ControlState>]? in
        var states: [Control: Placed<ControlState>] = [:]
        for control in Control.allCases {
            let state = controls.optional(control.rawValue, rule(control), control.summary)
            if let state, let node = controls.node(of: control.rawValue) {
                states[control] = Placed(value: state, node: node)
            }
        }
        return states
    }

    private static func rule(_ control: Control) -> TextRule<ControlState> {
        let names = control.states.map(\.rawValue)
        return .words(control.states.map { ($0.rawValue, $0) }) { text in
            "is not one of its states: " + names.joined(separator: ", ") + NearMatch.hint(for: text, among: names)
        }
    }

    /// Who a build is, which is what the control of owners decides.
    private static let root = TextRule<ControlState>.words([("user", .real), ("fake", .fake)]) { _ in
        "is neither user nor fake"
    }

    private static func contradicting(_ root: String, _ owners: ControlState) -> JSONSchema {
        let owners = JSONSchema.anything.with("required", ["owners"])
            .with("properties", .object(["owners": JSONSchema.constant(.string(owners.rawValue)).json]))
        return .anything.with("required", ["root", "controls"])
            .with("properties", .object(["root": JSONSchema.constant(.string(root)).json, "controls": owners.json]))
    }

    /// `NAME=STATE`, as options have it.
    package static func setting(_ text: String) throws(BelljarError) -> (control: Control, state: ControlState) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            throw refusal(text, "it is not of the form NAME=STATE", "for example --control clock=real")
        }
        guard let control = Control(rawValue: parts[0]) else {
            throw refusal(
                text, "there is no control \(quoted(parts[0]))" + NearMatch.hint(for: parts[0], among: names),
                "the controls are: " + names.joined(separator: ", "))
        }
        do throws(Wrong) {
            return (control, try rule(control)(parts[1]))
        } catch {
            throw refusal(
                text, error.message(control.rawValue, parts[1]),
                "for example --control \(control.rawValue)=\(control.states.last?.rawValue ?? "")")
        }
    }

    private static let names = Control.allCases.map(\.rawValue)

    private static func refusal(_ text: String, _ answer: String, _ remedy: String?) -> BelljarError {
        BelljarError(.usage, operation: "use", subject: "--control \(text)", answer: answer, remedy: remedy)
    }
}
