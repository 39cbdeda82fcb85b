import BelljarKernel
import BelljarModel
import BelljarPlan
import BelljarSandbox
import Dispatch
import FoundationEssentials
import Testing

/// How runs begin, end, and are ended.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct SandboxLifeTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    /// Whether a process of this machine has the text in its command line.
    private func isRunning(_ text: String) throws -> Bool {
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int(name) != nil {
            let line = (try? Data(contentsOf: URL(filePath: "/proc/\(name)/cmdline"))) ?? Data()
            if String(decoding: line, as: UTF8.self).contains(text) { return true }
        }
        return false
    }

    /// Waits until nothing has the text in its command line, a few seconds at most.
    private func hasEnded(_ text: String) throws -> Bool {
        for _ in 0..<100 {
            if !(try isRunning(text)) { return true }
            pause(until: .after(milliseconds: 50))
        }
        return false
    }

    /// A number of seconds to sleep that no other process uses.
    private let mark = "\(Int.random(in: 100_000_000...999_999_999))"

    @Test func commandsRunInOrderUntilOneFails() throws {
        var started: [Int] = []
        let result = try fixture.run(
            [
                fixture.script("echo one"), fixture.script("echo two; exit 3"), fixture.script("echo three"),
            ], started: { started.append($0) })
        #expect(result.status == .buildFailed)
        #expect(result.output == "one\ntwo\n")
        #expect(result.usages.map(\.exit) == [.status(0), .status(3)])
        #expect(started == [0, 1])
    }

    @Test func outputOfOneCommandIsReadBeforeTheNextBegins() throws {
        let lines = 3000
        let request = SandboxRequest(
            root: .layers(fixture.roots),
            commands: (0..<3).map {
                fixture.script("i=0; while test $i -lt \(lines); do echo \($0) padding padding; i=$((i+1)); done")
            })
        var current = -1
        var mixed = 0
        var count = 0
        _ = try fixture.sandbox.run(request, cancellation: Cancellation()) { index in
            current = index
        } output: { _, bytes in
            for line in bytes.split(separator: 10) where line.count == 17 {
                count += 1
                if line.first != UInt8(48 + current) { mixed += 1 }
            }
        }
        #expect(mixed == 0)
        #expect(count > lines)
    }

    @Test func signalsAreTold() throws {
        #expect(try fixture.run([fixture.script("kill -9 $$")]).usages.map(\.exit) == [.signal(9)])
    }

    @Test func usageIsMeasured() throws {
        let result = try fixture.run([fixture.script("dd if=/dev/zero of=/tmp/x bs=1M count=64 2>/dev/null; sleep 1")])
        let usage = try #require(result.usages.first)
        #expect(usage.milliseconds >= 1000)
        #expect(usage.systemMicroseconds >= 1000)
        #expect(usage.peakBytes > 500_000)
    }

    @Test func whatHoldsEachLimitIsTold() throws {
        var limits = ResourceLimits.standard
        limits.memoryBytes = 1 << 30
        let bounded = try fixture.run([fixture.script("true")], limits: limits).enforcement
        #expect(["rlimit", "pid_max+rlimit"].contains(bounded["processes"]))
        #expect(bounded["memory"] == "process-1")
        #expect(bounded["scratch"] == "tmpfs")
        #expect(bounded["inodes"] == "tmpfs")
        #expect(bounded["seccomp"] == "2 filters")
        #expect(bounded["namespaces"] == "user+mount+pid+net+ipc+uts+cgroup+time")
        limits.memoryBytes = nil
        #expect(try fixture.run([fixture.script("true")], limits: limits).enforcement["memory"] == "none")
    }

    /// Scopes show in nothing but the number of layers that are left, so those are counted here and inside.
    @Test(.enabled(if: FixtureProgram.scopes != nil)) func landlockKeepsSignalsWithin() throws {
        let version = try? Host.landlockVersion()
        guard let version, version >= 6 else {
            #expect(try fixture.run([fixture.script("true")]).enforcement["landlock"] == "none")
            return
        }
        try #require(FixtureProgram.scopes).add(to: fixture)
        var program = try ChildProcess.spawn(
            "\(fixture.folder)/image/bin/scopes", argv: ["scopes"], environment: [:], descriptors: [])
        let end = try program.wait().exit
        let layers = try #require((2...16).first { end == .status($0) }, "\(end)")
        let result = try fixture.run([fixture.script("scopes")])
        #expect(result.usages.map(\.exit) == [.status(layers - 1)], "\(result.errors)")
        #expect(result.enforcement["landlock"] == "scopes")
    }

    @Test func aDaemonDiesWithItsCommand() throws {
        let result = try fixture.run([
            fixture.script(
                "setsid sh -c 'sleep \(mark) & sleep \(mark) &' </dev/null >/dev/null 2>&1 & sleep 0.2; echo done"),
            fixture.script("for d in /proc/[0-9]*; do read name < $d/comm; test $name != sleep || echo found; done"),
        ])
        #expect(result.output == "done\n")
        #expect(try !isRunning(mark))
    }

    @Test func cancellationEndsEverything() throws {
        let cancellation = Cancellation()
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.5) { cancellation.cancel() }
        let result = try fixture.run([fixture.script("sleep \(mark)")], cancellation: cancellation)
        #expect(result.status == .cancelled)
        #expect(try !isRunning(mark))
    }

    @Test func missingProgramsAndDirectoriesAreNamed() throws {
        let missing = Plan.Command(argv: ["/no/such"], environment: [:], directory: "/build")
        #expect(error(of: [missing])?.stage == "command-execute")
        #expect(error(of: [missing])?.subject.contains("/no/such") == true)
        #expect(error(of: [fixture.script("true", directory: "/no/dir")])?.stage == "command-directory")
    }

    @Test func missingLayersAreNamed() throws {
        let failure = error(of: [fixture.script("true")], root: .layers(["/no/layer", fixture.roots[0]]))
        #expect(failure?.stage == "open-sources")
        #expect(failure?.subject.contains("/no/layer") == true)
    }

    private func error(of commands: [Plan.Command], root: Plan.Root? = nil) -> BelljarError? {
        do {
            _ = try fixture.run(commands, root: root)
            return nil
        } catch {
            return error as? BelljarError
        }
    }

    @Test func runsAtTheSameTimeDoNotMeet() throws {
        let fixture = fixture
        nonisolated(unsafe) var outputs = [String](repeating: "", count: 8)
        DispatchQueue.concurrentPerform(iterations: 8) { index in
            let text =
                (try? fixture.run([fixture.script("echo \(index) > /out/f; sleep 0.1; ps | grep -c sleep")]).out["f"])
                ?? "?"
            unsafe outputs.withUnsafeMutableBufferPointer { unsafe $0[index] = text }
        }
        #expect(unsafe outputs == (0..<8).map { "\($0)\n" })
    }
}
