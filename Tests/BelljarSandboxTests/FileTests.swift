import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarPlan
import FoundationEssentials
import Testing

@testable import BelljarSandbox

/// Files, directories and their names as a build has them: as on a machine, and alike on every host.
@Suite(.enabled(if: SandboxFixture.busybox != nil && FixtureProgram.files != nil)) struct FileTests {
    let fixture: SandboxFixture

    init() throws {
        fixture = try SandboxFixture()
        try FixtureProgram.files?.add(to: fixture)
    }

    private static let world = World(epoch: 1_700_000_000, cpus: 2)

    /// Sources with directories in each other, of which two files are one in the store.
    private func sources(_ name: String = "sources") throws -> String {
        try fixture.makeDirectory("\(name)/came/deep")
        for file in ["file", "other"] { try fixture.write("\(name)/came/deep/\(file)", file) }
        let root = fixture.folder + "/" + name
        try FileManager.default.createSymbolicLink(atPath: root + "/came/link", withDestinationPath: "deep/file")
        try FileManager.default.linkItem(atPath: root + "/came/deep/file", toPath: root + "/came/same")
        return root
    }

    private func output(_ script: String, _ layers: [String], _ world: World = Self.world) throws -> String {
        let result = try fixture.run([fixture.script(script)], buildLayers: layers, world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output
    }

    @Test func everythingIsAsOnAMachine() throws {
        let found = try output("files", [try sources()])
        #expect(found == "48 things\n", "\(found)")
    }

    /// What came in need not be known to be the kernel's to rename.
    @Test func directoriesAreRenamedInTheHostsWorldToo() throws {
        let script = "mv came went; mkdir empty; busybox mv -T went empty; cat empty/deep/other"
        #expect(try output(script, [try sources()], .real) == "other")
    }

    /// The first layer is on top; what came in is copied with its modes.
    @Test func layersAreLaidOverEachOther() throws {
        let (upper, lower) = (try sources("upper"), try sources("lower"))
        try fixture.write("lower/came/deep/other", "hidden")
        try fixture.write("lower/came/deep/below", "below")
        try fixture.write("upper/name", "a file")
        try fixture.makeDirectory("lower/name/x")
        try Descriptor.workingDirectory.setPermissions(of: lower + "/came/deep/below", 0o755)
        let script = """
            cat came/deep/other name; echo; stat -c %a:%h:%s came/deep/* came/same came; readlink came/link; mv came x; ls x/deep
            """
        #expect(
            try output(script, [upper, lower]) == """
                othera file
                755:1:5
                644:1:4
                644:1:5
                644:1:4
                755:3:4096
                deep/file
                below
                file
                other

                """)
    }

    /// Sources that are too large to be copied lie under an overlay. There the kernel does not rename what came in, and programs
    /// copy it.
    @Test func largeSourcesAreALayer() throws {
        let layer = try sources()
        let file = try Descriptor.workingDirectory.open(layer + "/large", [.write, .create], mode: 0o644)
        try file.truncate(to: Plan.copiedBytes)
        let script = """
            grep -c ' /build .* - overlay ' /proc/self/mountinfo; stat -c %s:%b large
            mv came went && cat went/deep/other; echo; mkdir a; mv a b; stat -c %i:%h b > x; mv b c; stat -c %h c
            """
        #expect(try output(script, [layer]) == "1\n\(Plan.copiedBytes):\(Plan.copiedBytes / 512)\nother\n1\n")
        let copied = "grep -c ' /build .* - tmpfs ' /proc/self/mountinfo"
        try FileManager.default.removeItem(atPath: layer + "/large")
        #expect(try output(copied, [layer]) == "1\n")
    }

    /// Copies of sources are not what the limit on the scratch is for.
    @Test func sourcesTakeNothingOfTheLimits() throws {
        try fixture.makeDirectory("sources")
        for index in 0..<300 { try fixture.write("sources/f\(index)", String(repeating: "x", count: 20_000)) }
        var limits = ResourceLimits()
        (limits.scratchBytes, limits.scratchInodes) = (4 << 20, 200)
        let layers = [fixture.folder + "/sources"]
        func run(_ script: String) throws -> SandboxFixture.Result {
            try fixture.run([fixture.script(script)], buildLayers: layers, limits: limits, world: Self.world)
        }
        let result = try run(
            "ls | wc -l; dd if=/dev/zero of=a bs=1M count=1 2>/dev/null; for i in $(seq 100); do > n$i; done")
        #expect(result.status == .ok && result.output == "300\n", "\(result)")
        let full = try run("dd if=/dev/zero of=a bs=1M count=6")
        #expect(full.status == .resourceExceeded)
        #expect(full.exceeded?.limit == .scratch && full.exceeded?.value == 4 << 20)
        #expect(full.exceeded?.seen.hasPrefix("4") == true, "\(full.exceeded?.seen ?? "")")
        let many = try run("for i in $(seq 300); do > n$i; done")
        #expect(many.exceeded?.limit == .inodes && many.exceeded?.value == 200)
    }

    /// So many files that some paths want the same number of 32 bits.
    @Test func numbersAreUnique() throws {
        let script = """
            mkdir many; cd many; for d in 0 1 2 3 4 5 6 7; do mkdir $d
            (cd $d; seq 10000 | busybox xargs touch); done
            find . /bin -exec stat -c '%d %i' {} + > ../numbers; find . /bin -exec stat -c '%d %i' {} + | busybox cmp - ../numbers
            sort -u ../numbers | wc -l; wc -l < ../numbers; cut -d ' ' -f 2 ../numbers | sort -n | tail -n 1
            ls -iA 7 | while read i n; do echo $i; done | sort > ../listed; stat -c %i 7/* | sort | busybox cmp - ../listed
            """
        let lines = try output(script, []).split(separator: "\n").compactMap { Int($0) }
        try #require(lines.count == 3)
        #expect(lines[0] == lines[1] && lines[1] > 80_000)
        #expect(lines[2] < 1 << 32)
    }

    /// Names of `/proc` that only some kernels have are not listed, and all are in one order.
    @Test func procIsListedAlike() throws {
        let script = """
            for d in /proc /proc/self /proc/self/task/$$ /proc/sys /proc/sys/kernel; do
                find $d -maxdepth 1 | busybox sed "1d; s,.*/,," > l; grep -vE '^[0-9]+$' l > names || true
                sort names | busybox cmp - names; grep -E '^[0-9]+$' l > numbers || true; sort -n numbers | busybox cmp - numbers
                busybox cat names numbers | busybox cmp - l
            done
            ! ls /proc/self | grep -E '^(ksm_stat|arch_status|cpuset|timens_offsets|sched|stack)$'
            test -r /proc/self/timens_offsets
            ls /proc/self | grep -cE '^(status|maps|fd)$'
            """
        let result = try fixture.run([fixture.script(script)], world: Self.world)
        #expect(result.status == .ok && result.output == "3\n", "\(result.errors) \(result.output)")
    }
}
