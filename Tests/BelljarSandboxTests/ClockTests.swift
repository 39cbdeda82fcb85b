import BelljarControls
import BelljarModel
import BelljarSandbox
import Foundation
import Testing

/// Clocks and waits for them: what PID 1 answers, next to the kernel's own answers.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct ClockTests {
    let fixture: SandboxFixture

    init() throws {
        fixture = try SandboxFixture()
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/Probes/clock.c")
        let compiler = try Process.run(
            URL(filePath: "/usr/bin/cc"),
            arguments: [
                "-static", "-O1", "-Wall", "-pthread", "-o", fixture.folder + "/image/bin/clock", source.path,
            ])
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
    }

    private static func world(_ change: (inout ControlStates) -> Void = { _ in }) -> World {
        var states = ControlStates.standard
        change(&states)
        return World(states: states, epoch: 1_000_000_000, cpus: 2)
    }

    private func output(_ script: String, _ world: World = Self.world()) throws -> String {
        let result = try fixture.run([fixture.script(script)], world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output
    }

    /// The probe's answers by name.
    private func answers(_ script: String, _ world: World = Self.world()) throws -> [String: String] {
        let lines = try output(script, world).split(separator: "\n")
        let pairs = lines.map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        return Dictionary(pairs.map { ($0[0], $0.count > 1 ? $0[1] : "") }) { first, _ in first }
    }

    /// The beginning of the epoch's second, September 2001, whatever the year.
    @Test func wallClocksBeginAtTheEpoch() throws {
        let found = try answers("clock read")
        var expected = [
            "gettimeofday": "0 1000000000.000000 0 0", "time": "1000000000 1000000000", "nowhere": "errno 14",
            "times": "new", "shared": "0 1000000000 1000000000 0 size 4096 mode 600",
            "queue": "0 1000000000 0 count 0", "semaphores": "0 1000000000 1000000000 count 1 value 1",
            "shared-none": "errno 22", "queue-nowhere": "errno 14", "stamps": "errno 92", "reuse": "0",
            "stamp": "errno 25",
        ]
        for clock in [0, 5, 11] {
            expected["clock-\(clock)"] = "1000000000.000000000"
            expected["raw-\(clock)"] = "1000000000.000000000"
        }
        for clock in [8, 16, 23] {
            expected["clock-\(clock)"] = "errno 22"
            expected["raw-\(clock)"] = "errno 22"
        }
        for clock in [1, 4, 6, 7] { expected["running-\(clock)"] = "new" }
        for (name, value) in expected { #expect(found[name] == value, "\(name)") }
        #expect(found["set"]?.hasPrefix("errno ") == true)
        #expect(
            try output("date -u; sleep 1; date -u")
                == "Sun Sep  9 01:46:40 UTC 2001\nSun Sep  9 01:46:41 UTC 2001\n")
    }

    @Test func theHostsClockIsThereWhenAskedFor() throws {
        let found = try answers("clock read", Self.world { $0[.clock] = .real })
        let seconds = Double(found["clock-0"] ?? "") ?? 0
        #expect(abs(seconds - Date().timeIntervalSince1970) < 60)
        #expect(found["running-1"] == "new")
        #expect(found["stamps"] == "0")
        #expect(found["shared"]?.contains("1000000000") == false)
        #expect(found["queue"]?.hasSuffix("count 0") == true)
    }

    @Test func aLoopThatWaitsForTheClockEnds() throws {
        let found = try answers("clock spin")
        // Ten thousand tenths of a millisecond after the first readings; the loop counts from its second one.
        #expect(found["loop"] == "109999")
        #expect(found["thread"] == "1000000000.000000000")
        #expect(try output("clock spin") == output("clock spin"))
    }

    private static let waits = [
        "sleep": "0 fine", "sleep-shows": "1", "sleep-tai": "0 fine", "sleep-on": "fine", "sleep-invalid": "22",
        "sleep-negative": "22", "sleep-nowhere": "14", "sleep-signal": "4 fine", "sleep-killed": "15",
        "semaphore": "errno 110 fine", "semaphore-now": "errno 110", "condition": "110 fine", "mutex": "110 fine",
        "condition-set": "0 fine", "until": "0 fine", "inheriting": "110 fine", "inheriting-free": "0",
        "futex": "errno 110 fine", "futex-other": "errno 11", "futex-no-bits": "errno 22", "futex-invalid": "errno 22",
        "requeue": "errno 110 fine", "words": "errno 110 fine", "words-invalid": "errno 22", "timerfd-set": "0",
        "timerfd": "8 fine", "timerfd-count": "1 0", "timerfd-past": "8", "timerfd-invalid": "errno 22",
        "timerfd-none": "errno 9", "timer-set": "0", "timer": "14 fine", "timer-kept": "1",
        "points-set": "0", "points-0": "1 fine", "points-1": "1 fine", "points-2": "1 fine",
        "points-facts": "-2 1 123456789abcdef", "points-far": "0",
        "points-get": "0", "points-left": "1 7 5", "points-length": "0", "points-old": "1 7", "points-soon": "1 fine",
        "points-over": "0 0", "points-back": "errno 11", "points-deleted": "errno 11", "points-none": "errno 22",
        "points-none-get": "errno 22", "points-constant": "0", "points-thread": "1 fine",
        "points-handler": "errno 4 fine", "points-invalid": "errno 22", "points-nowhere": "errno 22",
        "receive": "errno 110 fine", "receive-left": "3", "message": "abc 7", "send": "0",
        "send-full": "errno 110 fine", "send-long": "errno 90",
    ]

    /// The kernel's answers are the same, and its waits take as long.
    @Test(arguments: [ControlState.frozen, .real]) func waitsForTheClockTakeTheirTime(_ state: ControlState) throws {
        #expect(try answers("clock wait", Self.world { $0[.clock] = state }) == Self.waits)
    }

    /// Microseconds by which the wall clock moved: what was waited for, and one for each wait.
    private static let passed = """
        clock_nanosleep 300001
        nanosleep 300001
        until 250001
        poll 200001
        select 250001
        ppoll 100001
        computing 0
        epoll_wait 100001
        poll-pipe 100001
        sigtimedwait 100001
        futex 100001
        taken-up 100001
        woken-early 0
        timerfd 100001
        setitimer 100001
        alarm 1000001
        alarm-off 1120002
        closed 0
        deleted 0
        point 400001
        ticks 1500001
        alarms 1000001
        computing-on 500001
        child 300001
        grandchild 300001
        killed 50001
        thread 300001
        thread-waits 1000001
        files 0 wrong

        """

    /// What was asked for, however long it took; and what is changed in between is neither older nor newer than that.
    @Test func timePassesForWhoWaits() throws {
        try #require(FixtureProgram.passing).add(to: fixture)
        #expect(try output("passing") == Self.passed)
        // The host's clock moves while somebody computes, too.
        #expect(try !output("passing", Self.world { $0[.clock] = .real }).contains("computing 0\n"))
    }

    /// Timers that tick without end, and more alarms than there could be processes: the waits of others count, and later timers.
    @Test func nobodysTimersKeepOthersWaiting() throws {
        #expect(try output("clock crowd") == "beside-ticks 1\nafter-alarms 1\nafter-timers 1\n")
    }

    /// So when the machine was started is the same whenever that is asked.
    @Test func theMachineIsUpForAsLongAsTheClockMoved() throws {
        #expect(try output("cat /proc/uptime; sleep 2.5; cat /proc/uptime") == "60.00 60.00\n62.50 62.50\n")
        let stands = Self.world { $0[.clock] = .real }
        #expect(try output("sleep 1; cat /proc/uptime", stands) == "60.00 60.00\n")
    }

    /// Who reads the clock again and again, each time in another process, is told when the time is up.
    @Test func whoWaitsForAClockThatStandsIsTold() throws {
        var limits = ResourceLimits.standard
        (limits.timeoutSeconds, limits.graceSeconds) = (20, 1)
        func result(_ script: String) throws -> SandboxFixture.Result {
            try fixture.run([fixture.script(script)], limits: limits, world: Self.world())
        }
        let waiting = try result("first=$(date +%s); while [ $(date +%s) = $first ]; do :; done")
        #expect(waiting.status == .timeout && waiting.awaitedClock)
        let working = try result("date +%s; while :; do :; done")
        #expect(working.status == .timeout && !working.awaitedClock)
    }

    /// Processes side by side have times of their own, and who waits for them is where the last of them was.
    @Test func timeOfParallelProcessesIsTheirOwn() throws {
        let script = """
            date +%s
            for length in 1 2 1; do (sleep $length; date +%s > "$length") & done
            date +%s
            wait
            date +%s
            cat 1 2
            """
        let expected = [0, 0, 2, 1, 2].map { "\(1_000_000_000 + $0)\n" }.joined()
        #expect(try output(script) == expected)
    }

    /// Callers that are killed while they are held do not keep the build, and neither does their number.
    @Test func heldCallersCanBeKilled() throws {
        let script = """
            for i in $(seq 50); do clock stay & done
            sleep 0.2
            kill -9 $(jobs -p)
            wait || true
            for i in $(seq 5); do clock stay & done
            """
        #expect(try output(script) == "")
    }
}
