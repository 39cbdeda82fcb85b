import BelljarKernel
import BelljarModel
import BelljarStore
import Testing

@testable import BelljarBuild

/// What a build left in `/out`, however it came to be there: no build can give a file an attribute, so the test does.
@Suite struct OutputsTests {
    @Test(arguments: ["f", "d", "."]) func anOutputWithAnAttributeIsRefusedByName(name: String) throws {
        let fixture = try SourceFixture()
        try fixture.write("out/f", "x")
        try fixture.write("out/d/g", "x")
        let out = try Descriptor.workingDirectory.open(fixture.path + "/out", .directory)
        let limits = ResourceLimits.standard
        let taken = try Outputs(collecting: out, limits: limits, into: try fixture.store.makeBatch())
        #expect(taken.listed.map(\.path) == ["d/g", "f"])
        try out.open(name).setAttribute("user.note", [1])
        let error = #expect(throws: BelljarError.self) {
            _ = try Outputs(collecting: out, limits: limits, into: try fixture.store.makeBatch())
        }
        #expect(error?.code == .buildFailed)
        #expect(error?.subject == name)
        #expect(
            error?.answer.hasSuffix("with the extended attribute user.note") == true, "\(String(describing: error))")
    }
}
