import BelljarKernel
import Synchronization
import Testing

/// What a program is started with otherwise than usual, and what is left of that here.
@Suite(.serialized) struct StartConditionTests {
    private static let path = "PATH=/usr/bin:/bin; "

    private final class Refusals: Sendable {
        let seen = Mutex<[StartCondition]>([])
    }

    /// What a script sees that is started so.
    private func seen(
        _ script: String, _ conditions: Set<StartCondition>, _ refusals: Refusals = Refusals()
    ) throws -> String {
        let pipe = try Pipe()
        let number = pipe.writer.number
        var child = try StartCondition.starting(
            with: conditions, refused: { condition, _ in refusals.seen.withLock { $0.append(condition) } }
        ) { () throws(KernelError) in
            try ChildProcess.spawn(
                "/bin/sh", argv: ["sh", "-c", Self.path + script], environment: [:],
                descriptors: [(source: number, target: 1)])
        }
        let reader = pipe.closingWriter()
        let text = String(decoding: try reader.readAll(limit: 1 << 20), as: UTF8.self)
        _ = try child.wait()
        return text
    }

    @Test(arguments: [
        (StartCondition.processors, "nproc"), (.nice, "nice"), (.umask, "umask"), (.directory, "pwd"),
        (.limits, "ulimit -Sn; ulimit -Ss"),
    ])
    func isOtherInTheChildAndNowhereElse(condition: StartCondition, script: String) throws {
        let refusals = Refusals()
        let before = try seen(script, [])
        let varied = try seen(script, [condition], refusals)
        // A host with one processor, or the lowest of priorities, has none to take away.
        if condition == .processors, Host.cpus < 2 { return }
        #expect(varied != before || refusals.seen.withLock { $0 == [condition] })
        #expect(try seen(script, []) == before)
    }

    @Test func whatCannotBeStartedIsSaidAndLeavesAllAsItWas() throws {
        let before = try seen("umask; pwd; nice; ulimit -Sn; ulimit -Ss", [])
        #expect(throws: KernelError(call: "posix_spawn", subject: "/no/such", number: 2)) {
            var child = try StartCondition.starting(with: Set(StartCondition.allCases), refused: { _, _ in }) {
                () throws(KernelError) in
                try ChildProcess.spawn("/no/such", argv: ["x"], environment: [:], descriptors: [])
            }
            _ = try child.wait()
        }
        #expect(try seen("umask; pwd; nice; ulimit -Sn; ulimit -Ss", []) == before)
    }
}
