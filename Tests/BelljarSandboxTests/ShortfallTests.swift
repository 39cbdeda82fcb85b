import BelljarModel
import Testing

@testable import BelljarSandbox

@Suite struct ShortfallTests {
    private var host: HostMeasure {
        var host = HostMeasure(folder: "/")
        (host.release, host.memoryBytes, host.diskBytes, host.isa) = ("6.12.3-amd64", 8 << 30, 1 << 30, .v2)
        return host
    }

    private func feature(_ name: String) -> HostFeature? {
        switch name {
        case "overlay": HostFeature(name: name, state: .available, finding: "yes", remedy: nil)
        case "landlock":
            HostFeature(name: name, state: .optionalMissing, finding: "ENOSYS", remedy: "another kernel")
        default: nil
        }
    }

    @Test func whatIsThereIsNotMissing() {
        let wanted = Requirements(
            kernel: "6.12", features: ["overlay"], memoryBytes: 8 << 30, diskBytes: 1 << 30, isa: .v2)
        #expect(wanted.shortfalls(host, probe: feature) == [])
    }

    @Test func everythingThatIsMissingIsListed() {
        let wanted = Requirements(
            kernel: "6.13", features: ["overlay", "landlock"], memoryBytes: 16 << 30, diskBytes: 2 << 30, isa: .v3)
        let lines = wanted.shortfalls(host, probe: feature)
        #expect(lines.count == 5)
        #expect(
            lines.first == "kernel 6.13 or newer is required, and there is 6.12.3-amd64; remedy: use a newer kernel")
        #expect(lines.dropFirst().first == "feature landlock is required, and there is ENOSYS; remedy: another kernel")
        #expect(
            lines.last == "a processor of level x86-64-v3 is required, and there is x86-64-v2; remedy: build on one")
    }

    @Test(arguments: [("6.6", true), ("6.12", true), ("6.13", false), ("7.0", false), ("5.99", true)])
    func releasesAreNumbers(wanted: String, isThere: Bool) {
        #expect(Requirements.isRelease("6.12.3-amd64", atLeast: wanted) == isThere)
        #expect(!Requirements.isRelease(nil, atLeast: wanted))
    }

    @Test func levelsNeedAllBelow() {
        let all = Set(InstructionSet.allCases.flatMap(\.flags))
        #expect(InstructionSet(flags: all) == .v4)
        #expect(InstructionSet(flags: all.subtracting(["avx2"])) == .v2)
        #expect(InstructionSet(flags: all.subtracting(["sse2"])) == nil)
        #expect(InstructionSet(flags: []) == nil)
    }

    @Test func thisHostCanBeMeasured() {
        let host = HostMeasure(folder: "/")
        #expect(host.release != nil)
        #expect(host.memoryBytes ?? 0 > 1 << 26)
        #expect(host.diskBytes != nil)
        #expect(host.isa != nil)
        #expect(HostMeasure(folder: "/no/such/folder").diskBytes == nil)
    }

    /// Recipes are read where nothing can be tried out, so the names stand twice.
    @Test func theNamesAreThoseOfTheProbes() {
        #expect(Requirements.knownFeatures == HostProbe.all.map(\.name))
    }
}
