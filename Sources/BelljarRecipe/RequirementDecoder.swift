internal import BelljarModel

/// The recipe's `requires`.
enum RequirementDecoder {
    static let requirements = MappingRule("requires") { requires -> Requirements? in
        let kernel = requires.optional("kernel", Rules.release, "this release of the kernel or a newer one: 6.12")
        let features = requires.optional(
            "features", .distinct(feature, "feature", 0...64), "features of the kernel, as `belljar doctor` names them")
        let memory = requires.optional("memory", size, "memory of the machine")
        let disk = requires.optional("disk", size, "free space where the store is")
        let isa = requires.optional("isa", instructionSet, "the processor's level")
        return Requirements(
            kernel: kernel, features: (features ?? []).map(\.value), memoryBytes: memory, diskBytes: disk, isa: isa)
    }

    private static let size = Rules.bytes(in: Recipe.requiredBytes)

    private static let feature = TextRule.words(Requirements.knownFeatures.map { ($0, $0) }) { text in
        "is not a feature that `belljar doctor` lists"
            + NearMatch.hint(for: text, among: Requirements.knownFeatures)
    }

    private static let instructionSet = TextRule<InstructionSet>.cases { _ in
        "is not one of " + InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
    }
}
