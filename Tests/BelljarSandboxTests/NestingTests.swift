import BelljarControls
import BelljarModel
import BelljarSandbox
import Testing

/// The profile `nested`: namespaces inside the sandbox, on request and no wider than said.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct NestingTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    private func run(
        _ script: String, _ profile: IsolationProfile, world: World = .real
    ) throws -> SandboxFixture.Result {
        var world = world
        world.allowsNesting = profile == .nested
        return try fixture.run([fixture.script(script)], profile: profile, world: world)
    }

    private static let worlds = [World.real, World(epoch: 1_700_000_000, cpus: 2)]

    /// Root of its own, with a file system over `/tmp` that nobody else sees.
    private let nest = """
        echo outside > /tmp/x
        busybox unshare --user --map-root-user --mount sh -e -c '
            id -u; mount -t tmpfs none /tmp; ls /tmp; echo inside > /tmp/x; cat /tmp/x; ls -l /tmp/x | wc -l'
        cat /tmp/x
        """

    @Test(arguments: worlds) func aNestIsMade(_ world: World) throws {
        let result = try run(nest, .nested, world: world)
        #expect(result.status == .ok, "\(result.errors)")
        #expect(result.output == "0\ninside\n1\noutside\n")
    }

    @Test(arguments: worlds) func withoutTheProfileItIsRefused(_ world: World) throws {
        let result = try run(nest, .strict, world: world)
        #expect(result.status == .buildFailed)
        #expect(result.output == "")
        #expect(result.errors.contains("Operation not permitted"), "\(result.errors)")
    }

    /// Kinds that stay closed, one that does not for control, and mounts outside of a nest. `SeccompKernelTests` have all
    /// kinds and all ways to make them.
    @Test(arguments: ["--net", "--uts", "--ipc"]) func otherNamespacesStayClosed(_ kind: String) throws {
        let open = try run("busybox unshare --user --map-root-user --mount --pid --fork true", .nested)
        #expect(open.status == .ok, "\(open.errors)")
        let closed = try run("busybox unshare --user --map-root-user \(kind) true", .nested)
        #expect(closed.status == .buildFailed)
        #expect(closed.errors.contains("Operation not permitted"), "\(closed.errors)")
        let outside = try run("mount -t tmpfs none /tmp", .nested)
        #expect(outside.errors.contains("ermission denied") || outside.errors.contains("not permitted"))
    }

    /// A file system of a nest has the size that it says, whatever the scratch may have; and the record does not say
    /// otherwise.
    @Test func nobodySaysThatTheScratchHolds() throws {
        var limits = ResourceLimits.standard
        limits.scratchBytes = 16 << 20
        var world = World.real
        let fill = "dd if=/dev/zero of=/tmp/x bs=1M count=40 2>/dev/null && echo written"
        let script = "busybox unshare -U -r -m sh -c 'mount -t tmpfs -o size=1g none /tmp && \(fill)'"
        world.allowsNesting = true
        let nested = try fixture.run([fixture.script(script)], profile: .nested, limits: limits, world: world)
        #expect(nested.output == "written\n", "\(nested.errors)")
        #expect(nested.enforcement["scratch"] == "none")
        #expect(nested.enforcement["inodes"] == "none")
        // Elsewhere the scratch has its limit there too.
        let bare = try fixture.run([fixture.script(fill)], profile: .nested, limits: limits, world: world)
        #expect(bare.exceeded?.limit == .scratch)
        let strict = try fixture.run([fixture.script(fill)], limits: limits)
        #expect(strict.exceeded?.limit == .scratch)
        #expect(strict.enforcement["scratch"] == "tmpfs")
    }

    /// What masks parts of /proc cannot be taken off, and a fresh /proc would show what lies below.
    @Test func masksHold() throws {
        let result = try run(
            """
            busybox unshare --user --map-root-user --mount --pid --fork sh -c '
                umount /proc/kcore && echo uncovered; umount /proc && echo gone
                mkdir /tmp/p; mount -t proc none /tmp/p && echo fresh; echo tried'
            """, .nested)
        #expect(result.output == "tried\n", "\(result.errors)")
    }

    /// The root stays read-only, and the rest of the strict profile stays.
    @Test func theRestIsAsBefore() throws {
        let result = try run(
            """
            busybox unshare --user --map-root-user --mount sh -c '
                mount -o remount,rw / && echo writable; touch /x && echo touched
                mount -o remount,rw,bind /inputs && echo inputs; dmesg && echo log; echo tried'
            """, .nested)
        #expect(result.output == "tried\n", "\(result.errors)")
    }

    @Test func aNestEndsWithItsBuild() throws {
        var limits = ResourceLimits.standard
        limits.timeoutSeconds = 2
        limits.graceSeconds = 0
        let script = "busybox unshare --user --map-root-user --mount --pid --fork sh -c 'trap \"\" TERM; sleep 1000'"
        var world = World.real
        world.allowsNesting = true
        let result = try fixture.run([fixture.script(script)], profile: .nested, limits: limits, world: world)
        #expect(result.status == .timeout)
    }
}
