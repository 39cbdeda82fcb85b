import BelljarControls
import BelljarKernel
import BelljarModel
import FoundationEssentials
import Testing

@testable import BelljarSandbox

/// Random sequences of operations on files, with every control and with none: what is not meant to differ does not.
///
/// A few seeds always; with BELLJAR_DIFFERENTIAL_SECONDS in the environment (`make differential SECONDS=600`) as many as that
/// time allows, from one that is printed.
@Suite(.enabled(if: SandboxFixture.busybox != nil && FixtureProgram.differential != nil)) struct DifferentialTests {
    let fixture: SandboxFixture

    init() throws {
        fixture = try SandboxFixture()
        try #require(FixtureProgram.differential).add(to: fixture)
        try fixture.makeDirectory("sources/lower")
        try fixture.write("sources/lower/f", "came in")
        try fixture.write("sources/lower/g", "")
    }

    /// In a directory of layers, which is copied when it is changed, and in a plain one.
    private func lines(seed: UInt64, operations: Int, _ world: World) throws -> [Substring] {
        let script = """
            echo build; differential \(seed) \(operations)
            mkdir -p /tmp/d/lower; cd /tmp/d; printf 'came in' > lower/f; : > lower/g
            echo tmp; differential \(seed) \(operations)
            """
        let result = try fixture.run(
            [fixture.script(script)], buildLayers: [fixture.folder + "/sources"], world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output.split(separator: "\n")
    }

    private func compare(seed: UInt64, operations: Int) throws {
        let world = try lines(seed: seed, operations: operations, World(epoch: 1_700_000_000, cpus: 2))
        let real = try lines(seed: seed, operations: operations, .real)
        #expect(real.count == 2 * operations + 2)
        #expect(world.count == real.count)
        for (number, (own, other)) in zip(world, real).enumerated() where own != other {
            let place = number <= operations ? "/build" : "/tmp/d"
            Issue.record("seed \(seed), \(place): \(own), and otherwise \(other)")
            return
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func aShortSequence(_ seed: UInt64) throws {
        try compare(seed: seed, operations: 1000)
    }

    static let seconds = Host.environment("BELLJAR_DIFFERENTIAL_SECONDS").flatMap(UInt64.init)

    @Test(.enabled(if: seconds != nil, "BELLJAR_DIFFERENTIAL_SECONDS says for how long")) func manySequences() throws {
        let end = Host.monotonicNanoseconds() + (Self.seconds ?? 0) * 1_000_000_000
        var seed = UInt64.random(in: 1000...(.max / 2))
        print("differential: seeds from \(seed)")
        var count = 0
        while Host.monotonicNanoseconds() < end {
            try compare(seed: seed, operations: 3000)
            (seed, count) = (seed + 1, count + 1)
        }
        print("differential: \(count) sequences of 3000 operations in two places")
    }

    /// Programs that do different things are told apart.
    @Test func differencesAreSeen() throws {
        let world = World(epoch: 1_700_000_000, cpus: 2)
        #expect(try lines(seed: 5, operations: 100, world) != lines(seed: 6, operations: 100, world))
    }
}
