import BelljarControls
import BelljarModel
import FoundationEssentials
import Testing

@testable import BelljarSandbox

/// Programs that do what gets in the way of whoever answers their calls. Each is run twice, with every control and with none:
/// what it prints is the same, but for the time, which is the world's in one case and not in the other.
@Suite(.enabled(if: SandboxFixture.busybox != nil && FixtureProgram.faults != nil)) struct FaultTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    private static let epoch: UInt64 = 1_700_000_000

    private func lines(_ command: String, _ world: World) throws -> [Substring] {
        let result = try fixture.run([fixture.script(command + " < /etc/passwd")], world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output.split(separator: "\n")
    }

    /// Cases of faults.c, and whether they print the time.
    @Test(arguments: [
        // Closes, replaces and blocks everything that a process has.
        ("closed", true), ("undumpable", true), ("unreadable", true),
        // Memory and files that change between a question and its answer, and callers that vanish or stand still.
        ("racing", false), ("changing", false), ("vanishing", false), ("killed", true), ("stopped", false),
        ("many", false),
        // Filters, roots and descriptors of their own.
        ("nested", true), ("roots", true), ("threads", true),
        // Every way to name a file, and every wrong one.
        ("paths", false),
    ])
    func whatHappensIsWhatHappensOtherwise(_ name: String, _ showsTime: Bool) throws {
        try #require(FixtureProgram.faults).add(to: fixture)
        let world = try lines("faults \(name)", World(epoch: Self.epoch, cpus: 2))
        let real = try lines("faults \(name)", .real)
        #expect(!real.isEmpty)
        for (own, other) in zip(world, real) where own != other && !own.hasPrefix("clock ") {
            Issue.record("\(own), and otherwise \(other)")
        }
        #expect(world.count == real.count)
        let times = world.filter { $0.hasPrefix("clock ") }
        #expect(times.isEmpty != showsTime)
        #expect(times.allSatisfy { $0.contains(" 0 \(Self.epoch).") }, "\(times)")
        #expect(!real.contains { $0.contains("\(Self.epoch)") })
    }

    /// On a real host the two differ: where something is mounted, and where layers come together.
    @Test func listingsSayTheNumbersOfFiles() throws {
        try #require(FixtureProgram.faults).add(to: fixture)
        let script = "mkdir lower; : > lower/a; : > lower/b; faults numbers"
        let world = try lines(script, World(epoch: Self.epoch, cpus: 1))
        #expect(world.count == 11)
        #expect(world.allSatisfy { $0.hasPrefix("numbers ") && $0.hasSuffix(" 1 0") }, "\(world)")
        #expect(try lines(script, .real).contains { $0.hasPrefix("other ") })
    }

    /// Whoever has no auxiliary vector to change could go on asking the kernel's shared object.
    @Test func aProgramThatCannotBeHookedIsAViolation() throws {
        try #require(FixtureProgram.unhooked).add(to: fixture)
        let world = World(epoch: Self.epoch, cpus: 1)
        let result = try fixture.run([fixture.script("unhooked; echo and on")], world: world)
        #expect(result.status == .violation)
        #expect(!result.output.contains("on"))
        #expect(try lines("unhooked keep", world) == ["went on"])
        #expect(try lines("unhooked", .real) == ["went on"])
    }
}
