import BelljarControls
import BelljarModel
import Testing

@testable import BelljarSandbox

/// Names of temporary files, which the GNU C Library of this machine makes from the monotonic clock, as the program does that
/// is compiled with it. Of a hundred names some four are made of random numbers instead, depending on the clock.
@Suite(.enabled(if: FixtureProgram.temporary != nil && SandboxFixture.busybox != nil)) struct TemporaryFileTests {
    let fixture: SandboxFixture

    init() throws {
        fixture = try SandboxFixture()
        try FixtureProgram.temporary?.add(to: fixture)
    }

    private func lines(_ script: String, seed: UInt8 = 0) throws -> [Substring] {
        let world = World(epoch: 0, seed: [UInt8](repeating: seed, count: World.seedSize), cpus: 2)
        let result = try fixture.run([fixture.script(script)], world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output.split(separator: "\n")
    }

    @Test(arguments: ["temporary library 300", "temporary long 150"])
    func theyAreTheSameInEveryRun(_ script: String) throws {
        let runs = try (0..<3).map { _ in try lines(script) }
        #expect(runs[0].last == "done" && runs[0].count > 600)
        #expect(!runs[0].contains { $0.hasPrefix("bad") })
        #expect(Set(runs[0]).count == runs[0].count)
        for run in runs[1...] {
            let first = zip(runs[0], run).first { $0 != $1 }
            #expect(run == runs[0], "\(first.map { "\($0) and \($1)" } ?? "")")
        }
    }

    /// They follow from the seed, and each process has its own.
    @Test func theyAreRandom() throws {
        let script = "for i in 1 2; do (temporary library 2); mkdir d; cd d; done; temporary library 2"
        let found = try lines(script).filter { $0 != "done" }
        #expect(found.count == 24)
        #expect(Set(found).count == 24)
        #expect(try lines(script).filter { $0 != "done" } == found)
        #expect(Set(try lines(script, seed: 1).filter { $0 != "done" }).isDisjoint(with: found))
    }

    /// Nothing but a name that the library made is another one, whoever creates it.
    @Test func namesOfAProgramsOwnStay() throws {
        #expect(try lines("temporary fixed 500") == ["done"])
    }
}
