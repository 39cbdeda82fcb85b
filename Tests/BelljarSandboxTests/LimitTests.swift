import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarSandbox
import Testing

/// Each limit against a program that goes for it, on the real kernel. What a program could do without the limit is done
/// first, as far as a machine that others use can bear it.
@Suite(.enabled(if: SandboxFixture.busybox != nil), .serialized) struct LimitTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    /// Runs one script under the standard limits with some changed.
    private func run(
        _ script: String, ceiling: UInt64? = nil, _ change: (inout ResourceLimits) -> Void = { _ in }
    ) throws -> (result: SandboxFixture.Result, seconds: Double) {
        var limits = ResourceLimits.standard
        // Whatever goes wrong, a test has an end.
        limits.timeoutSeconds = 60
        change(&limits)
        let begun = Host.monotonicNanoseconds()
        let result = try fixture.run([fixture.script(script)], limits: limits, memoryCeiling: ceiling)
        return (result, Double(Host.monotonicNanoseconds() - begun) / 1e9)
    }

    private func expect(
        _ result: SandboxFixture.Result, _ limit: LimitName, _ value: UInt64, _ seen: String,
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) {
        #expect(result.status == .resourceExceeded, "\(result.errors)", sourceLocation: sourceLocation)
        #expect(result.exceeded?.limit == limit, "\(result.errors)", sourceLocation: sourceLocation)
        #expect(result.exceeded?.value == value, sourceLocation: sourceLocation)
        #expect(
            result.exceeded?.seen.contains(seen) == true, "\(result.exceeded?.seen ?? "")",
            sourceLocation: sourceLocation)
    }

    // MARK: Time

    @Test func aHangThatTrapsTermIsKilledAfterTheGrace() throws {
        let script = "set +e; trap 'echo no' TERM; while true; do sleep 1000; done"
        let (result, seconds) = try run(script) { ($0.timeoutSeconds, $0.graceSeconds) = (1, 2) }
        #expect(result.status == .timeout)
        #expect(result.output.contains("no"))
        #expect(result.usages.map(\.exit) == [.signal(9)])
        #expect(result.exceeded?.limit == .timeout)
        #expect(result.exceeded?.value == 1)
        #expect((2.9...20).contains(seconds))
    }

    @Test func whoHeedsTermNeedNotWaitForTheGrace() throws {
        let (result, seconds) = try run("trap 'echo bye; exit 0' TERM; sleep 1000 & wait") {
            ($0.timeoutSeconds, $0.graceSeconds) = (1, 40)
        }
        #expect(result.status == .timeout)
        #expect(result.output == "bye\n")
        #expect(seconds < 20)
    }

    // MARK: Processes

    private func sleepers(_ count: Int) -> String {
        "i=0; while test $i -lt \(count); do sleep 5 & i=$((i+1)); done; echo all; kill $(cat /proc/*/stat "
            + "| grep '(sleep)' | cut -d' ' -f1)"
    }

    @Test func manyProcessesRunWithRoomForThem() throws {
        let (result, _) = try run(sleepers(40))
        #expect(result.status == .ok, "\(result.errors)")
        #expect(result.output == "all\n")
    }

    @Test func oneProcessTooManyEndsTheBuild() throws {
        let (result, _) = try run(sleepers(40)) { $0.processes = 20 }
        expect(result, .processes, 20, "processes and threads")
        #expect(result.errors.contains("Resource temporarily unavailable"))
    }

    /// Exactly as many as were allowed: the shell, `true` and 18 others.
    @Test(arguments: [false, true]) func theLimitCountsTheBuildsOwn(_ isSupervised: Bool) throws {
        let script = "i=0; while test $i -lt 18; do sleep 5 & i=$((i+1)); done; /bin/true; echo all"
        var limits = ResourceLimits.standard
        limits.processes = 20
        let world = isSupervised ? World(epoch: 1, cpus: 2) : .real
        let result = try fixture.run([fixture.script(script)], limits: limits, world: world)
        #expect(result.output == "all\n", "\(result.errors)")
        let more = script.replacing("18", with: "19")
        #expect(try fixture.run([fixture.script(more)], limits: limits, world: world).exceeded?.limit == .processes)
    }

    @Test(.enabled(if: FixtureProgram.bombs != nil)) func aForkBombIsEnded() throws {
        try #require(FixtureProgram.bombs).add(to: fixture)
        let (result, seconds) = try run("bombs fork") { $0.processes = 100 }
        expect(result, .processes, 100, "processes and threads")
        #expect(seconds < 40)
    }

    // MARK: Memory

    /// So many programs with 64 MiB of their own each, for a second.
    private func hogs(_ count: Int) -> String {
        "i=0; while test $i -lt \(count); do dd if=/dev/zero of=/dev/null bs=64M 2>/dev/null & i=$((i+1)); done; "
            + "sleep 2; echo survived; kill $(cat /proc/*/stat | grep '(dd)' | cut -d' ' -f1)"
    }

    @Test func manyProcessesMayUseMemoryTogether() throws {
        let (result, _) = try run(hogs(6)) { $0.memoryBytes = 1 << 30 }
        #expect(result.status == .ok, "\(result.errors) \(String(describing: result.exceeded))")
        #expect(result.output == "survived\n")
    }

    @Test func aMemoryBombOfSeveralProcessesIsEnded() throws {
        let (result, seconds) = try run(hogs(6)) { $0.memoryBytes = 256 << 20 }
        expect(result, .memory, 256 << 20, "bytes")
        #expect(result.output == "")
        #expect(seconds < 20)
    }

    /// Too quick for a look, and successful.
    @Test func theHighestUseOfOneProcessCounts() throws {
        let script = "dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null && echo survived"
        let (enough, _) = try run(script) { $0.memoryBytes = 80 << 20 }
        #expect(enough.status == .ok)
        let (result, _) = try run(script) { $0.memoryBytes = 48 << 20 }
        expect(result, .memory, 48 << 20, "bytes")
        #expect(result.output == "survived\n")
    }

    @Test func theHostsCeilingHoldsForABuildWithoutALimit() throws {
        let (result, _) = try run(hogs(6) + "; ulimit -v", ceiling: 256 << 20)
        expect(result, .memory, 256 << 20, "bytes")
        let (other, _) = try run("ulimit -v", ceiling: 256 << 20)
        #expect(other.output == "unlimited\n")
        #expect(other.enforcement["memory"] == "process-1")
    }

    /// What a memory bomb of C does under a limit that it passes by far, and under one that has room for it.
    private func aBombIsEnded(_ arguments: String, room: UInt64, seconds most: Double) throws {
        try #require(FixtureProgram.bombs).add(to: fixture)
        let (enough, _) = try run("bombs \(arguments)") { $0.memoryBytes = room }
        #expect(enough.status == .ok, "\(enough.errors) \(String(describing: enough.exceeded))")
        #expect(enough.output == "survived\n")
        let (result, seconds) = try run("bombs \(arguments)") { $0.memoryBytes = 256 << 20 }
        expect(result, .memory, 256 << 20, "bytes")
        #expect(result.output == "")
        #expect(seconds < most)
    }

    /// The kernel shows no memory for a process whose first thread has ended, only for its other threads.
    @Test(.enabled(if: FixtureProgram.bombs != nil)) func memoryWithoutAFirstThreadCounts() throws {
        try aBombIsEnded("orphans 6 80", room: 1 << 30, seconds: 20)
    }

    /// No thread lives long enough to be listed first and looked at then, or hardly any.
    @Test(.enabled(if: FixtureProgram.bombs != nil)) func memoryOfThreadsThatMakeWayCounts() throws {
        try aBombIsEnded("relay 2 160", room: 1 << 30, seconds: 20)
    }

    /// Counting what 250 processes share takes PID 1 a second or so. It is not to rest for twenty of them after that.
    @Test(.enabled(if: FixtureProgram.bombs != nil)) func looksThatTakeLongAreNotFarBetween() throws {
        try aBombIsEnded("sharers 250 150", room: 2 << 30, seconds: 30)
    }

    /// Programs that start others (vfork, posix_spawn) lend them their memory until those have become another program.
    @Test(.enabled(if: FixtureProgram.bombs != nil)) func memoryThatIsLentCountsOnce() throws {
        try #require(FixtureProgram.bombs).add(to: fixture)
        let (result, _) = try run("bombs lend 3 150") { $0.memoryBytes = 256 << 20 }
        #expect(result.status == .ok, "\(String(describing: result.exceeded))")
        #expect(result.output == "survived\n")
        // Among others, and not lent, so much is too much.
        let (other, _) = try run("bombs lend 3 150 & bombs orphans 1 150; wait") { $0.memoryBytes = 256 << 20 }
        expect(other, .memory, 256 << 20, "bytes")
    }

    /// Six shells with the same 40 MB, which they got from the one that started them.
    @Test func sharedMemoryCountsOnce() throws {
        let (result, _) = try run(
            """
            x=$(dd if=/dev/zero bs=1M count=40 2>/dev/null | tr '\\0' x)
            for i in 1 2 3 4 5 6; do (sleep 2; :) & done
            wait; echo ${#x}
            """
        ) { $0.memoryBytes = 192 << 20 }
        #expect(result.status == .ok, "\(result.errors) \(String(describing: result.exceeded))")
        #expect(result.output == "41943040\n")
    }

    /// As every process begins; it may take it back.
    @Test func theKernelIsToldWhoGoesFirst() throws {
        #expect(try run("cat /proc/self/oom_score_adj").result.output == "1000\n")
    }

    // MARK: Disk

    private let fill = "dd if=/dev/zero of=/out/x bs=1M count=20 2>/dev/null; echo written"

    @Test func aDiskBombIsEnded() throws {
        #expect(try run(fill).result.output == "written\n")
        let (result, _) = try run(fill) { $0.scratchBytes = 8 << 20 }
        expect(result, .scratch, 8 << 20, "bytes were in use")
    }

    @Test(arguments: ["/build", "/out", "/tmp", "/dev/shm"]) func theScratchIsOne(_ folder: String) throws {
        let (result, _) = try run("dd if=/dev/zero of=\(folder)/x bs=1M count=20") { $0.scratchBytes = 8 << 20 }
        expect(result, .scratch, 8 << 20, "bytes were in use")
        #expect(result.errors.contains("No space left on device"))
    }

    @Test func anInodeBombIsEnded() throws {
        let script = "i=0; while test $i -lt 2000; do : > /tmp/$i; i=$((i+1)); done; echo made"
        #expect(try run(script).result.output == "made\n")
        let (result, _) = try run(script) { $0.scratchInodes = 500 }
        expect(result, .inodes, 500, "500 files and directories were in use")
        #expect(result.errors.contains("No space left on device"))
    }

    // MARK: Files

    @Test func aSparseFileOfAnExbibyteIsRefused() throws {
        #expect(try run("truncate -s 1000000 /out/x; echo made").result.output == "made\n")
        let (result, _) = try run("truncate -s 1152921504606846976 /out/x; echo made")
        expect(result, .file, 8 << 30, "SIGXFSZ")
        #expect(result.output == "")
    }

    @Test func aFileThatGrowsTooLargeIsNamed() throws {
        let (result, _) = try run("cd /out; dd if=/dev/zero of=big bs=1M count=2 || exit 2") { $0.fileBytes = 1 << 20 }
        expect(result, .file, 1 << 20, "/out/big has 1048576 bytes")
    }

    // MARK: Log

    @Test func aFloodedLogIsCut() throws {
        let (result, _) = try run("yes | head -c 20000000; echo end >&2; exit 0") { $0.logBytes = 100_000 }
        #expect(result.status == .ok)
        #expect(result.output.utf8.count + result.errors.utf8.count == 100_000)
        #expect(result.logTruncated)
    }

    @Test func anEndlessLogEndsWithTheTime() throws {
        let (result, _) = try run("yes") { ($0.logBytes, $0.timeoutSeconds) = (100_000, 1) }
        #expect(result.status == .timeout)
        #expect(result.output.utf8.count == 100_000)
    }

    // MARK: What is no limit

    @Test func aFailureNearNoLimitIsAFailure() throws {
        let (result, _) = try run("exit 3") {
            ($0.memoryBytes, $0.scratchInodes, $0.processes) = (64 << 20, 5000, 20)
        }
        #expect(result.status == .buildFailed)
        #expect(result.exceeded == nil)
    }
}
