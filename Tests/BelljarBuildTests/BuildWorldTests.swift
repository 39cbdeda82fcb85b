import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarSandbox
import FoundationEssentials
import Testing

@testable import BelljarBuild

@Suite struct BuildWorldTests {
    @Test func theFixedEnvironmentIsWhatRecipesCannotSet() {
        let names = Set(BuildWorld.fixedEnvironment(epoch: 1, cpus: 1, controls: .standard).keys)
        #expect(names == BuildEnvironment.fixedNames)
    }

    @Test func additionsDoNotOverride() {
        let environment = BuildWorld.environment(
            adding: ["PATH": "/evil", "CFLAGS": "-O2"], epoch: 12, limits: ResourceLimits(cpus: 3),
            controls: .standard)
        #expect(environment["PATH"]?.hasPrefix("/usr/local/sbin:") == true)
        #expect(environment["CFLAGS"] == "-O2")
        #expect(environment["SOURCE_DATE_EPOCH"] == "12")
        #expect(environment["BELLJAR_JOBS"] == "3")
    }

    @Test func aFakeRootIsRootInEverything() {
        var controls = ControlStates.standard
        #expect(BuildWorld.identity(controls) == .builder)
        controls[.owners] = .fake
        #expect(BuildWorld.identity(controls) == .fakeRoot)
        #expect(BuildWorld.constants(controls)["user"] == "root 0:0")
        let environment = BuildWorld.environment(adding: [:], epoch: 1, limits: .standard, controls: controls)
        #expect(environment["USER"] == "root" && environment["LOGNAME"] == "root")
        #expect(environment["HOME"] == "/build/.home")
    }

    @Test func theLibraryIsHeldToALevelWhileProcessorsAreHidden() {
        var controls = ControlStates.standard
        let tunables = BuildWorld.environment(adding: [:], epoch: 1, limits: .standard, controls: controls)[
            "GLIBC_TUNABLES"]
        #expect(tunables?.hasPrefix("glibc.cpu.hwcaps=-AVX,-AVX2,") == true)
        controls[.cpu] = .real
        #expect(BuildWorld.fixedEnvironment(epoch: 1, cpus: 1, controls: controls)["GLIBC_TUNABLES"] == nil)
    }

    /// What the library's own diagnosis says of this processor, with and without the variable.
    @Test(.enabled(if: Linker.isThere, "needs the GNU C Library's ld.so with --list-diagnostics"))
    func theLibraryChoosesAsOnTheLevel() throws {
        let real = try Linker.diagnosis([:])
        let level = try Linker.diagnosis(["GLIBC_TUNABLES": ProcessorLevel.tunables])
        // Bits of CPUID that are in use: AVX2 (leaf 7, EBX 5), ERMS (9), AVX512F (16); FMA (leaf 1, ECX 12), AVX (28).
        let wide: UInt64 = 1 << 5 | 1 << 9 | 1 << 16
        let fused: UInt64 = 1 << 12 | 1 << 28
        // SSE4.2 (leaf 1, ECX 20) and SSSE3 (9) stay.
        let kept: UInt64 = 1 << 20 | 1 << 9
        let features = try #require(level["features[0x0].active[0x2]"])
        let extended = try #require(level["features[0x1].active[0x1]"])
        #expect(extended & wide == 0)
        #expect(features & (fused | kept) == kept)
        let preferences =
            ["AVX_Fast_Unaligned_Load": 0, "Prefer_ERMS": 0, "Fast_Unaligned_Copy": 1] as [String: UInt64]
        for (name, value) in preferences { #expect(level["preferred." + name] == value, "\(name)") }
        let there = try #require(real["features[0x1].active[0x1]"])
        guard there & wide != 0 else {
            print("skipped the control: this processor has nothing beyond the level")
            return
        }
        #expect(real != level)
    }

    @Test func noNameIsAControlAndAConstant() {
        let names = Set(BuildWorld.constants(.standard).keys)
        #expect(names.isDisjoint(with: Control.allCases.map(\.rawValue)))
    }

    @Test func openChannelsAreWhatNothingTakesOver() {
        let always = [
            "cpu-time", "cpuid", "elapsed-time", "kernel-answers", "kernel-numbers", "rdrand", "rdtsc", "scheduling",
            "threads",
        ]
        #expect(BuildWorld.openChannels(.standard) == always)
        #expect(BuildWorld.openChannels(.standard, isInherited: true) == (always + ["inherited"]).sorted())
        #expect(BuildWorld.openChannels(.standard, profile: .nested) == (always + ["nested"]).sorted())
        var controls = ControlStates.standard
        controls[.clock] = .real
        #expect(BuildWorld.openChannels(controls) == ["clock"] + always)
        let all = Control.allCases.map(\.rawValue).filter { $0 != "owners" }
        #expect(Set(BuildWorld.openChannels(.real)) == Set(all + always))
    }

    /// The battery shows of each that it is open, and that the label says so.
    @Test func everyOpenChannelHasAProbe() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let table = try Data(contentsOf: tests.appending(path: "Fixtures/Probes/probes.tsv"))
        let rows = String(decoding: table, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("open/") }
        let probed = rows.flatMap { $0.split(separator: "\t").last?.split(separator: ",") ?? [] }.map(String.init)
        #expect(Set(probed) == Set(BuildWorld.openChannels(.standard, isInherited: true)))
    }

    /// `printf 'belljar seed 1\ndice' | sha256sum`
    @Test func theSeedIsTheTextsDigest() {
        let world = BuildWorld.world(.standard, epoch: 7, seed: "dice", limits: ResourceLimits(cpus: 3))
        #expect(Digest(bytes: world.seed)?.hex == "05c6c68242e5cff507b1f7cfcf335e79832d2e714c3b0eae78b59da4cf7ce602")
        #expect((world.epoch, world.cpus) == (7, 3))
        #expect(BuildWorld.world(.standard, epoch: 7, limits: .standard).seed != world.seed)
    }

    private func action(_ controls: ControlStates, seed: String = "") throws -> Digest {
        let tree = TreeDigest(digest: Digest(of: []), size: 0)
        let definition = BuildRecord.Definition(
            name: "hello", version: "2.10", toolchain: .init(name: "c", lock: Digest(of: []), image: tree), sources: [],
            inputs: [], steps: [], environment: [:], outputs: [], epoch: 1, limits: .standard,
            sandbox: BuildWorld.sandbox(.strict), controls: controls, constants: [:], seed: seed)
        return try Lowering(definition: definition, sources: tree, patches: nil, base: tree).action().key
    }

    @Test func everyStateIsAnotherAction() throws {
        var actions: Set<Digest> = [try action(.standard), try action(.standard, seed: "x")]
        #expect(actions.count == 2)
        for control in Control.allCases {
            for state in control.states.dropFirst() {
                var controls = ControlStates.standard
                controls[control] = state
                #expect(try actions.insert(action(controls)).inserted, "\(control) \(state)")
            }
        }
    }

    @Test func patchesAreAppliedInOrder() throws {
        func patch(_ into: String, _ strip: Int) -> BuildRecord.Source {
            .init(kind: .patch(path: "p", strip: strip), digest: Digest(of: []), size: 0, into: into)
        }
        let archive = BuildRecord.Source(
            kind: .archive(.url("https://example.org/a"), strip: 1), digest: Digest(of: []), size: 0, into: "")
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

/// The dynamic linker of this machine's GNU C Library.
private enum Linker {
    private static let path = "/lib64/ld-linux-x86-64.so.2"
    static var isThere: Bool { (try? diagnosis([:]))?.isEmpty == false }

    /// What it found of the processor: numbers by the names below `x86.cpu_features`.
    static func diagnosis(_ environment: [String: String]) throws -> [String: UInt64] {
        let output = try Pipe()
        var child = try ChildProcess.spawn(
            path, argv: [path, "--list-diagnostics"], environment: environment, descriptors: [(output.writer.number, 1)]
        )
        let reader = output.closingWriter()
        let text = String(decoding: try reader.readAll(limit: 1 << 20), as: UTF8.self)
        _ = try child.wait()
        var found: [String: UInt64] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("x86.cpu_features.") {
            let parts = line.dropFirst("x86.cpu_features.".count).split(separator: "=0x")
            if parts.count == 2 { found[String(parts[0])] = UInt64(parts[1], radix: 16) }
        }
        return found
    }
}
