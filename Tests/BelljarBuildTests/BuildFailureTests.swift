import BelljarControls
import BelljarModel
import BelljarSandbox
import Testing

@testable import BelljarBuild

@Suite struct BuildFailureTests {
    private func error(_ violation: SandboxOutcome.Violation) throws -> BelljarError {
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
        return BuildFailure(job: job).error(.violation, usages: [], violation: violation, exceeded: nil)
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
