internal import BelljarModel

/// The recipe's `requires`.
enum RequirementDecoder {
    static func requirements(_ form: Form) -> Requirements {
        let keys = ["kernel", "features", "memory", "disk", "isa"]
        guard let given = form.optionalForm("requires", "requires", keys: keys) else { return .none }
        let size: ClosedRange<UInt64> = 1...1 << 50
        return Requirements(
            kernel: given.optional("kernel", release),
            features: given.texts(given.optionalList("features", limit: 64), "feature", feature).map(\.text),
            memoryBytes: given.optional("memory", Rules.bytes(in: size)),
            diskBytes: given.optional("disk", Rules.bytes(in: size)), isa: given.optional("isa", instructionSet))
    }

    /// Two numbers: `6.12`.
    static func release(_ text: String) throws(Wrong) -> String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw Wrong("is no release such as 6.12") }
        for part in parts { _ = try Rules.whole(part, in: 0...9999) }
        return text
    }

    private static func feature(_ text: String) throws(Wrong) -> String {
        let names = Requirements.knownFeatures
        if names.contains(text) { return text }
        throw Wrong("is no feature that `belljar doctor` tries out" + NearMatch.hint(for: text, among: names))
    }

    private static func instructionSet(_ text: String) throws(Wrong) -> InstructionSet {
        if let level = InstructionSet(rawValue: text) { return level }
        throw Wrong("is none of " + InstructionSet.allCases.map(\.rawValue).joined(separator: ", "))
    }
}
