import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarPlan
import Testing

@testable import BelljarSandbox

/// What PID 1 takes at most, whatever a build makes it remember: the figures of SECURITY.md.
///
/// It is asked in `/proc`, from within: the most memory that it ever had, and its table of descriptors, which never becomes smaller.
@Suite(.enabled(if: SandboxFixture.busybox != nil && FixtureProgram.pressure != nil), .serialized)
struct PressureTests {
    /// In KiB: one large listing is half of it.
    private static let memory: UInt64 = 128 << 10
    /// Places in the table, a power of two.
    private static let descriptors: UInt64 = 32_768

    /// Each with what it prints when it did all that it was to do: then PID 1 was really asked for that.
    private static let worst: [(name: String, script: String, answer: String)] = [
        (
            "many large directories in many listings",
            "cd /tmp; for d in 1 2 3; do pressure fill $d 12000 250 & done; wait; pressure list 8 7 1 2 3 /proc /bin /dev",
            "listed"
        ),
        (
            "many small directories in many listings",
            """
            cd /tmp; for d in $(seq 60); do pressure fill $d 200 60; done
            pressure list 10 12 $(seq 60)
            """, "listed"
        ),
        ("threads that wait for the clock", "pressure waits 8 450 3", "3600 threads waited"),
        ("processes that each asked for something", "pressure waits 1800 1 3", "1800 threads waited"),
        ("programs from one parent", "pressure starts 400", "400 programs"),
        (
            "programs that nobody has seen before",
            "for i in $(seq 70); do pressure image 2 1; done; echo 70 images", "70 images"
        ),
        ("directories with owners", "cd /build; pressure owners many d 6000", "6000 owners"),
        ("one directory with many owners", "cd /build; pressure owners one d 8000", "8000 owners"),
        ("a deep path", "cd /build; pressure deep 1000", "deep"),
        ("devices of random numbers", "pressure devices 20", "20 devices"),
    ]

    @Test(arguments: Self.worst.indices) func process1HasAnEnd(index: Int) throws {
        let (name, script, answer) = Self.worst[index]
        let fixture = try SandboxFixture()
        try FixtureProgram.pressure?.add(to: fixture)
        var states = ControlStates.standard
        states[.owners] = .fake
        let world = World(states: states, epoch: 1_700_000_000, cpus: 8)
        let peak = "grep -E '^(VmHWM|FDSize):' /proc/1/status | tr -dc '0-9\n'"
        let result = try fixture.run(
            [fixture.script("\(script)\n\(peak)")], identity: .fakeRoot, buildLayers: try layers(script, fixture),
            world: world)
        #expect(result.status == .ok, "\(name): \(result.errors)")
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.first == answer, "\(name): \(result.output)")
        let figures = lines.dropFirst().compactMap { UInt64($0) }
        try #require(figures.count == 2, "\(name): \(result.output)")
        print(
            "PID 1, \(name) in \(result.usages.first?.milliseconds ?? 0) ms: \(figures[0]) descriptors, \(figures[1]) KiB"
        )
        #expect(figures[0] <= Self.descriptors, "\(name)")
        #expect(figures[1] <= Self.memory, "\(name)")
    }

    /// Directories have to be held only over layers, which large sources are.
    private func layers(_ script: String, _ fixture: SandboxFixture) throws -> [String] {
        guard script.contains("owners many") else { return [] }
        try fixture.makeDirectory("sources")
        let path = fixture.folder + "/sources"
        try Descriptor.workingDirectory.open(path + "/large", [.write, .create], mode: 0o644)
            .truncate(to: Plan.copiedBytes + 1)
        return [path]
    }

    /// What is more than that ends the build, and says so.
    @Test(arguments: [("cd /build; pressure owners many d 20000", "violation"), ("pressure image 8 0", "violation")])
    func whatIsTooMuchEndsTheBuild(script: String, status: String) throws {
        let fixture = try SandboxFixture()
        try FixtureProgram.pressure?.add(to: fixture)
        var states = ControlStates.standard
        states[.owners] = .fake
        let world = World(states: states, epoch: 1_700_000_000, cpus: 2)
        let result = try fixture.run(
            [fixture.script(script)], identity: .fakeRoot, buildLayers: try layers(script, fixture), world: world)
        #expect(result.status.rawValue == status, "\(result.errors)")
    }
}
