import BelljarModel
import Testing

@testable import BelljarBuild

@Suite struct BuildWorldTests {
    @Test func theFixedEnvironmentIsWhatRecipesCannotSet() {
        let names = Set(BuildWorld.fixedEnvironment(epoch: 1, cpus: 1).keys)
        #expect(names == BuildEnvironment.fixedNames)
    }

    @Test func additionsDoNotOverride() {
        let environment = BuildWorld.environment(
            adding: ["PATH": "/evil", "CFLAGS": "-O2"], epoch: 12, limits: ResourceLimits(cpus: 3))
        #expect(environment["PATH"]?.hasPrefix("/usr/local/sbin:") == true)
        #expect(environment["CFLAGS"] == "-O2")
        #expect(environment["SOURCE_DATE_EPOCH"] == "12")
        #expect(environment["BELLJAR_JOBS"] == "3")
    }

    @Test func patchesAreAppliedInOrder() throws {
        func patch(_ into: String, _ strip: Int) -> BuildRecord.Source {
            .init(kind: "patch", address: "p", digest: Digest(of: []), size: 0, into: into, strip: strip)
        }
        let archive = BuildRecord.Source(kind: "archive", address: "a", digest: Digest(of: []), size: 0, into: "")
        let step = try #require(Sources.patchStep([archive, patch("", 1), patch("it's", 0)]))
        #expect(step.name == "patch")
        #expect(
            step.argv.last == """
                cd '/build'
                patch -N -p1 -i /inputs/.patches/0000.patch
                cd '/build/it'\\''s'
                patch -N -p0 -i /inputs/.patches/0001.patch

                """)
        #expect(Sources.patchStep([archive]) == nil)
    }
}
