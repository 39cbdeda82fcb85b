import BelljarControls
import BelljarModel
import Testing

@testable import BelljarSandbox

/// What programs read from the kernel's files of random numbers.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct RandomDeviceTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    private func lines(_ script: String, seed: UInt8 = 0) throws -> [Substring] {
        let world = World(epoch: 0, seed: [UInt8](repeating: seed, count: World.seedSize), cpus: 2)
        let result = try fixture.run([fixture.script(script)], world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output.split(separator: "\n")
    }

    private static let twice = """
        exec 3< /dev/urandom 4< /dev/urandom
        for i in 3 4; do head -c 16 <&$i | od -An -tx1; head -c 16 <&$i | od -An -tx1; done
        """

    @Test func everyOpeningReadsOnAndRepeats() throws {
        let first = try lines(Self.twice)
        #expect(first.count == 4)
        #expect(Set(first).count == 4)
        #expect(try lines(Self.twice) == first)
        #expect(try lines(Self.twice, seed: 1) != first)
    }

    /// Or `uuidgen` in a loop would print one number for ever.
    @Test func directoriesAndTurnsTellEqualCommandsApart() throws {
        let script = "for d in /tmp /build /tmp; do cd $d; /bin/head -c 16 /dev/urandom | od -An -tx1; done"
        let found = try lines(script)
        #expect(found.count == 3)
        #expect(Set(found).count == 3)
        #expect(try lines(script) == found)
    }

    @Test func identifiersHaveTheirForm() throws {
        let script = """
            f=/proc/sys/kernel/random/uuid
            read a < $f; read b < $f; echo $a; echo $b; wc -c $f
            """
        let found = try lines(script)
        try #require(found.count == 3)
        #expect(found[0] != found[1])
        let form = #/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#
        for identifier in found[..<2] { #expect(identifier.wholeMatch(of: form) != nil, "\(identifier)") }
        #expect(found[2].hasPrefix("37 "))
        #expect(try lines(script) == found)
    }

    /// Nobody can leave anything in them for others.
    @Test func theyCannotBeWritten() throws {
        let script =
            "exec 3< /dev/urandom; ! (echo x >&3) 2> /dev/null; ! (: > /proc/self/fd/3) 2> /dev/null; echo kept"
        #expect(try lines(script) == ["kept"])
    }
}
