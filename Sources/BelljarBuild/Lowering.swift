internal import BelljarModel

/// A definition as the Remote Execution API sees it, whole: whoever has the content of its trees can run it anywhere.
struct LoweredAction: Sendable {
    var command: RECommand
    var action: REAction
    /// The directories of the input root that are in none of its trees, children first.
    var directories: [Directory]
    /// The input root's `plan.json`.
    var plan: [UInt8]

    /// The cache key, here and on any remote cache.
    var key: Digest { action.digest.digest }
}

/// Lowers a definition to an `Action`.
///
/// The input root holds everything that the steps can read: `root` (the toolchain's image), `base` (the constant files
/// on top of it), `build` (the sources), `inputs` and `plan.json`. Addresses, the texts of recipes and locks, and
/// whatever else leads to the same content do not go in, which is what makes builds stop early.
struct Lowering {
    let definition: BuildRecord.Definition
    /// Root of what `/build` holds at the start.
    let sources: TreeDigest
    let patches: TreeDigest?
    let base: TreeDigest

    func action() throws(BelljarError) -> LoweredAction {
        let platform = REPlatform([
            .init(name: "OSFamily", value: "linux"), .init(name: "ISA", value: "x86-64"),
            .init(name: "belljar-profile", value: definition.sandbox.profile),
        ])
        let command = RECommand(
            arguments: ["belljar-init", "plan.json"], environment: definition.environment, outputPaths: ["out"],
            workingDirectory: "", platform: platform)
        let plan = CanonicalJSON.encode(try plan())
        let root = try inputRoot(plan)
        let action = REAction(
            command: command.digest, inputRoot: root.root, timeoutSeconds: definition.limits.timeoutSeconds,
            doNotCache: !definition.isCacheable, platform: platform)
        return LoweredAction(command: command, action: action, directories: root.directories, plan: plan)
    }

    private func inputRoot(_ plan: [UInt8]) throws(BelljarError) -> TreePlan.Made {
        var root = TreePlan { tree throws(BelljarError) in
            throw BelljarError(
                .internal, operation: "lower", subject: tree.description, answer: "two parts of an input root overlap")
        }
        try root.place(.tree(definition.toolchain.image), at: "root")
        try root.place(.tree(base), at: "base")
        try root.place(.tree(sources), at: "build")
        for input in definition.inputs { try root.place(.tree(input.tree), at: "inputs/" + input.name) }
        if let patches { try root.place(.tree(patches), at: "inputs/" + BuildWorld.patchesName) }
        try root.place(
            .file(digest: Digest(of: plan), size: UInt64(plan.count), isExecutable: false), at: "plan.json")
        return try root.make()
    }

    // MARK: plan.json

    /// Everything that a definition says, but for what `leftOut` names: so a member that is new is part of the key
    /// without anybody thinking of it.
    private func plan() throws(BelljarError) -> JSONValue {
        guard case .object(var members) = try definition.json() else {
            preconditionFailure("a definition is an object")
        }
        for path in Self.leftOut.keys { members.remove(path.split(separator: ".").map(String.init)) }
        members["v"] = .integer(Self.planVersion)
        return .object(members)
    }

    private static let planVersion: Int64 = 2

    /// What of a definition is no part of the plan, by its path in a record, and why.
    static let leftOut: [String: LeftOut] = [
        "environment": .elsewhere("the command's environment variables"),
        "inputs": .elsewhere(
            "the input root's folder inputs", but: ["definition": "however it was made, the tree is what is read"]),
        "limits.graceSeconds": .decidesNothing("it comes when a build has failed already"),
        "requires": .decidesNothing("it says where a build may run"),
        "sources": .elsewhere(
            "the input root's folders build and inputs/.patches",
            but: ["address": "wherever it comes from, its digest is pinned", "commit": "the tree is what is read"]),
        "toolchain": .elsewhere(
            "the input root's folder root",
            but: ["lock": "however it was made, the image is what is read", "name": "the image is what is read"]),
    ]

    enum LeftOut: Hashable {
        /// Another part of the action covers it.
        ///
        /// - Parameter but: members of it that decide nothing, and why.
        case elsewhere(String, but: [String: String] = [:])
        case decidesNothing(String)
    }
}

extension [String: JSONValue] {
    /// Removes what is at a path of names; nothing if it is not there.
    fileprivate mutating func remove(_ path: [String]) {
        guard let name = path.first else { return }
        guard path.count > 1 else {
            self[name] = nil
            return
        }
        guard case .object(var inner) = self[name] else { return }
        inner.remove(Array(path.dropFirst()))
        self[name] = .object(inner)
    }
}
