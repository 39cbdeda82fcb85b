import BelljarControls
import BelljarModel
import BelljarPlan
import BelljarSandbox
import Testing

@testable import BelljarBuild

@Suite struct BuildFailureTests {
    private func failure(
        sources: [BuildRecord.Source] = [],
        steps: [BuildRecord.Step] = [
            .init(name: "patch", argv: [], directory: ""), .init(name: "make", argv: [], directory: ""),
        ]
    ) throws -> BuildFailure {
        let tree = TreeDigest(digest: Digest(of: []), size: 0)
        let definition = BuildRecord.Definition(
            name: "hello", version: "2.10", toolchain: .init(name: "c", lock: Digest(of: []), image: tree),
            sources: sources,
            inputs: [], steps: steps, environment: [:], outputs: [], epoch: 1, limits: .standard,
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

    /// No recipe has the step that applies patches, so nobody finds there what it lacks.
    @Test func aToolchainWithoutPatchIsTold() throws {
        func remedy(_ failure: BuildFailure, _ statuses: Int32...) -> String? {
            let usages = statuses.map {
                Report.CommandUsage(
                    isSignal: false, code: $0, wallMicroseconds: 1, userMicroseconds: 1, systemMicroseconds: 1,
                    peakBytes: 1)
            }
            return failure.error(.buildFailed, usages: usages, violation: nil, exceeded: nil).remedy
        }
        let patch = BuildRecord.Source(
            kind: .patch(path: "fix.patch", strip: 1), digest: Digest(of: []), size: 1, into: "")
        let own = BuildRecord.Step(name: "make", argv: ["make"], directory: "/build")
        let patching = try failure(sources: [patch], steps: [try #require(Sources.patchStep([patch])), own])
        let said = remedy(patching, 127)
        #expect(said?.hasSuffix("belljar toolchain add c patch`") == true, "\(said ?? "")")
        // A patch that does not fit, a later step, and a step of the recipe's that has that name.
        #expect(remedy(patching, 1) == nil)
        #expect(remedy(patching, 0, 127) == nil)
        #expect(remedy(try failure(), 127) == nil)
    }

    @Test func aMissingOutputIsLookedForElsewhere() throws {
        let failure = try failure()
        func error(_ missing: [String], _ present: [String]) -> BelljarError {
            failure.missingOutputs(missing, present: present)
        }
        let elsewhere = error(["usr/bin/hours"], ["a", "usr/local/bin/hours"])
        #expect(elsewhere.answer == "output usr/bin/hours does not exist")
        #expect(elsewhere.details == ["there is: a", "there is: usr/local/bin/hours"])
        #expect(
            elsewhere.remedy == "write usr/local/bin/hours in `outputs`, or install it as usr/bin/hours")
        #expect(error(["lib/libfoo.so"], ["lib/libfo.so"]).remedy?.hasPrefix("write lib/libfo.so in ") == true)
        let nothing = error(["usr/bin/hours", "b"], [])
        #expect(nothing.answer == "output usr/bin/hours does not exist: /out is empty")
        #expect(nothing.details == ["missing: usr/bin/hours", "missing: b"])
        #expect(nothing.remedy?.contains("below $OUT") == true && nothing.remedy?.contains("--keep-failed") == true)
        #expect(error(["."], []).answer == "/out is empty")
        let many = error(["x"], (0..<100).map { "directory/of/\($0)" })
        #expect(many.details.count == 11 && many.details.last == "and 90 more")
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
