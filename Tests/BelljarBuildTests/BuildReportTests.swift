import BelljarControls
import BelljarModel
import Testing

@testable import BelljarBuild

/// Which of several failures stands for the whole, and so decides the exit code.
@Suite struct BuildReportTests {
    private func error(_ code: ErrorCode, _ name: String) -> BelljarError {
        BelljarError(code, operation: "build", subject: name, answer: "no")
    }

    private func report(
        _ endings: [(String, BuildReport.Ending)], failed: [String], keptGoing: Bool
    ) throws -> BuildReport {
        let entries = try endings.map { name, ending in
            BuildReport.Entry(recipe: try Self.recipe(name), ending: ending)
        }
        return BuildReport(entries: entries, failed: failed, keptGoing: keptGoing)
    }

    private static func recipe(_ name: String) throws -> Recipe {
        Recipe(
            name: name, version: "1", toolchain: "tiny", epoch: 1, sources: [], inputs: [], environment: [:], steps: [],
            outputs: ["."], limits: .standard, controls: .init(), seed: "", folder: "/",
            location: SourceLocation(file: "recipe.yaml", line: 1, column: 1))
    }

    @Test func theFirstOfTheRecipesDecidesWhereAllAreTried() throws {
        let report = try report(
            [
                ("a", .failed(error(.resourceExceeded, "a"), nil)), ("b", .failed(error(.buildFailed, "b"), nil)),
                ("c", .untried(failed: ["b"])),
            ], failed: ["b", "a"], keptGoing: true)
        #expect(report.decisive?.subject == "a")
        let thrown = #expect(throws: BelljarError.self) { try report.outcomes() }
        #expect(thrown?.details == ["also: cannot build b: no"])
    }

    @Test func whatEndedTheBuildDecidesElse() throws {
        let report = try report(
            [
                ("a", .failed(error(.resourceExceeded, "a"), nil)), ("b", .failed(error(.buildFailed, "b"), nil)),
                ("c", .failed(.cancelled("build", "c"), nil)), ("d", .untried(failed: [])),
            ], failed: ["b", "c", "a"], keptGoing: false)
        #expect(report.decisive?.subject == "b")
    }

    @Test(arguments: [true, false]) func whatCameFromOutsideDecides(keptGoing: Bool) throws {
        let cut = try report([("a", .failed(.cancelled("build", "a"), nil))], failed: ["a"], keptGoing: keptGoing)
        #expect(cut.decisive?.code == .cancelled)
        let both = try report(
            [("a", .failed(error(.buildFailed, "a"), nil)), ("b", .failed(.cancelled("build", "b"), nil))],
            failed: ["a", "b"], keptGoing: keptGoing)
        // One that was cut short because of a failure is no news; one that nothing of the build cut short is.
        #expect(both.decisive?.code == (keptGoing ? .cancelled : .buildFailed))
    }
}
