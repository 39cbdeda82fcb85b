import BelljarControls
import BelljarModel
import BelljarSandbox
import Testing

@testable import BelljarBuild

@Suite struct BuildFailureTests {
    private func failure() throws -> BuildFailure {
        let tree = TreeDigest(digest: Digest(of: []), size: 0)
        let definition = BuildRecord.Definition(
            name: "hello", version: "2.10", toolchain: .init(name: "c", lock: Digest(of: []), image: tree), sources: [],
            inputs: [],
            steps: [.init(name: "patch", argv: [], directory: ""), .init(name: "make", argv: [], directory: "")],
            environment: [:], outputs: [], epoch: 1, limits: .standard,
            sandbox: BuildWorld.sandbox(.strict), controls: .standard, constants: [:], seed: "")
        let sources = TreePlan.Made(root: tree)
        let job = BuildJob(
            keyed: try .init(definition, action: Digest(of: [])), closure: .init(), sources: sources, patches: nil,
            materials: Materials())
        return BuildFailure(job: job)
    }

    private func error(_ violation: SandboxOutcome.Violation) throws -> BelljarError {
        try failure().error(.violation, usages: [], violation: violation, exceeded: nil)
    }

    /// Of several steps and recipes, it has to be the right one that is looked at.
    @Test func aStepThatCannotBeStartedIsNamed() throws {
        let failure = try failure()
        let step = BuildRecord.Step(name: "make", argv: [], directory: "/build/gone")
        let missing = BelljarError(
            .usage, operation: "start the command in", subject: "/build/gone", stage: "command-directory",
            answer: "No such file or directory (ENOENT)")
        let error = failure.unstarted(step, missing)
        #expect(
            error.summary
                == "cannot start step make of hello 2.10 (stage command-directory): /build/gone: No such file or directory (ENOENT)"
        )
        #expect(error.remedy?.contains("`directory`") == true)
        // What is the host's stays that, and says where it came up.
        let host = failure.unstarted(step, BelljarError(.host, operation: "a", subject: "b", answer: "c"))
        #expect(host.code == .host && host.summary == "cannot a b: c" && host.details == ["in step make of hello 2.10"])
    }

    @Test func aViolationNamesTheProgramSafely() throws {
        let error = try error(
            .init(program: "/build/\u{1b}[2Jtool", reason: "no auxiliary vector was found", command: 1))
        #expect(error.code == .refused)
        #expect(
            error.summary
                == "cannot build hello 2.10 (stage step make): /build/^[[2Jtool: no auxiliary vector was found")
    }
}
