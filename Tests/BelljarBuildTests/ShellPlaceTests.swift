import BelljarKernel
import BelljarModel
import BelljarPlan
import BelljarSandbox
import Testing

@testable import BelljarBuild

/// Where a shell stands among the steps.
@Suite struct ShellPlaceTests {
    private func definition(patched: Bool = false, steps: [String] = ["configure", "build", "install"]) throws
        -> BuildRecord.Definition
    {
        var definition = try EngineFixture().definition()
        if patched {
            definition.sources = [
                .init(kind: .patch(path: "fix.patch", strip: 1), digest: Digest(of: []), size: 0, into: "")
            ]
        }
        let own = steps.map { BuildRecord.Step(name: $0, argv: BuildWorld.argv(script: $0), directory: "/build/" + $0) }
        definition.steps = (Sources.patchStep(definition.sources).map { [$0] } ?? []) + own
        return definition
    }

    private func place(_ place: ShellPlace, patched: Bool = false) throws -> [Int] {
        let commands = try ShellCommands(place, in: try definition(patched: patched))
        return [commands.step, commands.shell]
    }

    @Test func stepsAreFoundByNameAndNumber() throws {
        #expect(try place(.before(step: nil)) == [0, 0])
        #expect(try place(.before(step: "3")) == [2, 2])
        #expect(try place(.before(step: "build")) == [1, 1])
        for name in ["0", "4", "-1", "", "Build", "99999999999999999999"] {
            let error = #expect(throws: BelljarError.self) { try place(.before(step: name)) }
            #expect(error?.code == .usage && error?.remedy == "the steps are: 1 configure, 2 build, 3 install")
        }
    }

    /// Sources with their patches are what the first step of a recipe finds.
    @Test func patchesAreAppliedUnlessTheirStepIsMeant() throws {
        #expect(try place(.before(step: nil), patched: true) == [1, 1])
        #expect(try place(.before(step: "1"), patched: true) == [0, 0])
    }

    @Test func aFailedStepHasRun() throws {
        #expect(try place(.afterFailure(begun: 2)) == [1, 2])
        #expect(try place(.afterFailure(begun: 3)) == [2, 3])
        // Records of others may say anything.
        #expect(try place(.afterFailure(begun: 0)) == [0, 1])
        #expect(try place(.afterFailure(begun: 9)) == [2, 3])
    }

    @Test func aBuildWithoutStepsHasNoPlace() throws {
        let error = #expect(throws: BelljarError.self) {
            try ShellCommands(.before(step: nil), in: try definition(steps: []))
        }
        #expect(error?.code == .usage && error?.remedy == "belljar shell -t c")
    }

    @Test(arguments: [ShellPlace.before(step: "build"), .afterFailure(begun: 2)])
    func theShellHasWhatItsStepHas(place: ShellPlace) throws {
        let definition = try definition()
        let commands = definition.steps.map {
            Plan.Command(argv: $0.argv, environment: ["A=\($0.name)", "TERM=dumb", "XTERM=1"], directory: $0.directory)
        }
        var request = SandboxRequest(
            root: .layers([]),
            secrets: [
                .init(name: "first", content: [], commands: [0]), .init(name: "mine", content: [], commands: [1, 2]),
            ], commands: commands)
        let laid = try ShellCommands(place, in: definition)
        laid.lay(into: &request, terminalType: "xterm")
        #expect(request.commands.dropLast() == commands.prefix(laid.shell))
        #expect(request.commands.last?.environment == ["A=build", "TERM=xterm", "XTERM=1"])
        #expect(request.commands.last?.directory == "/build/build")
        #expect(request.secrets.map(\.commands) == [[0], laid.isAfter ? [1, 2] : [1]])
    }

    @Test func linesAreComparedWithoutTheirOrder() {
        func difference(_ one: String, _ other: String) -> Int {
            RecordedSteps.difference(Array(one.utf8), Array(other.utf8))
        }
        #expect(difference("a\nb\na\n", "b\na\na\n") == 0)
        #expect(difference("a\nb\n", "a\nc\n") == 1)
        #expect(difference("a\n", "a\na\nb\n") == 2)
        #expect(difference("", "") == 0)
    }
}
