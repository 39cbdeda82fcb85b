package import BelljarKernel
package import BelljarModel
internal import BelljarPlan
package import BelljarSandbox

/// Where in a build somebody is let in.
package enum ShellPlace: Hashable, Sendable {
    /// In place of a step, all before it having run: by its number, from 1, or its name. Nil for the first one that the recipe
    /// has itself, with its patches applied.
    case before(step: String?)
    /// Where a build came to that failed, by how many of its steps had begun.
    case afterFailure(begun: Int)
}

/// Who sits there, and what they are told.
package struct ShellSeat {
    /// What terminal they have: the `TERM` of their shell, in place of that of steps.
    package var terminalType: String
    /// Called before the shell begins, on the thread of `output`.
    package var begins: @Sendable (ShellBeginning) -> Void
    /// What the terminal shows.
    package var output: ([UInt8]) -> Void
    /// For a patch of what is changed in `/build`; nil for none.
    package var patch: Patch?

    package struct Patch: Sendable {
        /// Absolute path of the file, which must not be there yet.
        package var file: String
        /// Where is kept what cannot be written there: as of `KeptBuild`.
        package var keptFolder: String

        package init(file: String, keptFolder: String) {
            self.file = file
            self.keptFolder = keptFolder
        }
    }

    package init(
        terminalType: String, patch: Patch? = nil, begins: @escaping @Sendable (ShellBeginning) -> Void,
        output: @escaping ([UInt8]) -> Void
    ) {
        self.terminalType = terminalType
        self.patch = patch
        self.begins = begins
        self.output = output
    }
}

/// The state that a shell begins in.
package struct ShellBeginning: Hashable, Sendable {
    package var subject: String
    /// The step that it is in place of, or that it comes after.
    package var step: String
    /// Of the step, from 1.
    package var number: Int
    package var count: Int
    /// How the step ended; nil for a shell in place of it.
    package var ending: String?
    /// What is not as it was in the recorded build.
    package var differences: [String]
}

/// How a shell ended.
package struct ShellEnd: Sendable {
    package var status: BuildStatus
    /// Nil if it was ended from outside.
    package var exit: ProcessEnd.Exit?
    package var exceeded: ExceededLimit?
    package var violation: SandboxOutcome.Violation?
    /// What became of the patch, for the user.
    package var notes: [String] = []
    /// Where it is, if there is one.
    package var patch: String?

    init(status: BuildStatus) { self.status = status }

    package init(_ outcome: borrowing SandboxOutcome) {
        status = outcome.status
        exit = outcome.usages.last?.exit
        exceeded = outcome.exceeded
        violation = outcome.violation
    }
}

/// The commands of a build with a shell among them.
struct ShellCommands {
    /// How a shell is found: bash where there is one, because people edit lines, and otherwise what runs the steps as well.
    static let argv = ["/bin/sh", "-c", "command -v bash >/dev/null && exec bash; exec sh"]

    /// Index of the step that the shell is in place of, or after.
    let step: Int
    let isAfter: Bool

    /// - Throws: `usage` for a step that there is not.
    init(_ place: ShellPlace, in definition: BuildRecord.Definition) throws(BelljarError) {
        let steps = definition.steps
        guard !steps.isEmpty else {
            throw BelljarError(
                .usage, operation: "open a shell in", subject: definition.name, answer: "it has no steps",
                remedy: "belljar shell -t \(definition.toolchain.name)")
        }
        switch place {
        case .afterFailure(let begun): (step, isAfter) = (min(max(begun, 1), steps.count) - 1, true)
        case .before(nil):
            let isPatched = Sources.patchStep(definition.sources) != nil && steps.count > 1
            (step, isAfter) = (isPatched ? 1 : 0, false)
        case .before(let name?): (step, isAfter) = (try Self.find(name, in: definition), false)
        }
    }

    private static func find(_ name: String, in definition: BuildRecord.Definition) throws(BelljarError) -> Int {
        let steps = definition.steps
        // The last of a name, as with secrets: a recipe may have another `patch`.
        if let index = steps.lastIndex(where: { $0.name == name }) { return index }
        if let number = Int(name), steps.indices.contains(number - 1) { return number - 1 }
        let list = steps.enumerated().map { "\($0.offset + 1) \($0.element.name)" }.joined(separator: ", ")
        throw BelljarError(
            .usage, operation: "open a shell in", subject: definition.name, answer: "it has no step \(quoted(name))",
            remedy: "the steps are: \(list)")
    }

    /// The shell's index among the commands.
    var shell: Int { isAfter ? step + 1 : step }

    /// Puts the shell into a request that has all steps: it sees what the step sees, secrets too.
    func lay(into request: inout SandboxRequest, terminalType: String) {
        let model = request.commands[step]
        let shell = Plan.Command(
            argv: Self.argv,
            environment: Self.environment(model.environment, terminalType: terminalType), directory: model.directory)
        request.commands = Array(request.commands[..<self.shell]) + [shell]
        for index in request.secrets.indices {
            let commands = request.secrets[index].commands
            let isSeen = commands.contains(UInt32(step))
            request.secrets[index].commands =
                commands.filter { $0 < self.shell } + (isSeen ? [UInt32(self.shell)] : [])
        }
    }

    static func environment(_ variables: [String], terminalType: String) -> [String] {
        variables.map { $0.hasPrefix("TERM=") ? "TERM=\(terminalType)" : $0 }
    }

    func beginning(
        _ job: BuildJob, _ before: SandboxRequest.Attendance.Before, differences: [String]
    ) -> ShellBeginning {
        let steps = job.definition.steps
        // A build can fail earlier than last time.
        let reached = isAfter ? max(before.usages.count, 1) - 1 : step
        return ShellBeginning(
            subject: job.subject, step: steps[reached].name, number: reached + 1, count: steps.count,
            ending: isAfter ? before.exceeded?.words ?? before.usages.last.map { BuildFailure.words($0.exit) } : nil,
            differences: differences)
    }
}
