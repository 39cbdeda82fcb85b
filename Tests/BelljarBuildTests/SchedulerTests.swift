import BelljarKernel
import BelljarModel
import Synchronization
import Testing

@testable import BelljarBuild

@Suite struct SchedulerTests {
    private final class Journal: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    private func tasks(_ text: [(String, [String])]) -> [Scheduler.Task] {
        text.map { .init(name: $0.0, dependencies: $0.1) }
    }

    private let diamond: [(String, [String])] = [
        ("base", []), ("left", ["base"]), ("right", ["base"]), ("top", ["left", "right"]),
    ]

    @Test(arguments: [1, 2, 8]) func everyTaskSeesItsDependencies(width: Int) throws {
        let scheduler = Scheduler(width: width, cancellation: Cancellation())
        let values: [String: Int] = try scheduler.run(tasks(diamond)) { task, known throws(BelljarError) in
            for name in task.dependencies where known[name] == nil {
                throw BelljarError(.internal, operation: "run", subject: task.name, answer: "\(name) is not done")
            }
            return 1 + task.dependencies.reduce(0) { $0 + (known[$1] ?? 0) }
        }
        #expect(values == ["base": 1, "left": 2, "right": 2, "top": 5])
    }

    @Test func oneAtATimeKeepsTheOrder() throws {
        let journal = Journal()
        let scheduler = Scheduler(width: 1, cancellation: Cancellation())
        let _: [String: Bool] = try scheduler.run(tasks(diamond)) { task, _ throws(BelljarError) in
            journal.add(task.name)
            return true
        }
        #expect(journal.all == ["base", "left", "right", "top"])
    }

    /// Two tasks that can only end if they run at the same time.
    @Test func independentTasksRunTogether() throws {
        let arrived = Atomic<Int>(0)
        let scheduler = Scheduler(width: 2, cancellation: Cancellation())
        let met: [String: Bool] = try scheduler.run(tasks([("a", []), ("b", [])])) { _, _ throws(BelljarError) in
            arrived.add(1, ordering: .sequentiallyConsistent)
            let patience = Deadline.after(milliseconds: 120_000)
            while arrived.load(ordering: .sequentiallyConsistent) < 2 {
                if patience.isOver { return false }
                // Who computes keeps a processor, and a pool that has as many threads as processors starts no other one.
                pause(until: .after(milliseconds: 1))
            }
            return true
        }
        #expect(met == ["a": true, "b": true])
    }

    @Test func widthIsKept() throws {
        let running = Atomic<Int>(0)
        let most = Mutex(0)
        let scheduler = Scheduler(width: 3, cancellation: Cancellation())
        let many = (0..<40).map { ("task\($0)", [String]()) }
        let _: [String: Bool] = try scheduler.run(tasks(many)) { _, _ throws(BelljarError) in
            let now = running.add(1, ordering: .sequentiallyConsistent).newValue
            most.withLock { $0 = max($0, now) }
            running.subtract(1, ordering: .sequentiallyConsistent)
            return true
        }
        #expect(most.withLock { $0 } <= 3)
    }

    @Test(arguments: [1, 4]) func theFirstErrorWins(width: Int) throws {
        let journal = Journal()
        let cancellation = Cancellation()
        let scheduler = Scheduler(width: width, cancellation: cancellation)
        let error = #expect(throws: BelljarError.self) {
            let _: [String: Bool] = try scheduler.run(tasks(diamond)) { task, _ throws(BelljarError) in
                journal.add(task.name)
                guard task.name != "base" else {
                    throw BelljarError(.buildFailed, operation: "build", subject: task.name, answer: "no")
                }
                return true
            }
        }
        #expect(error?.subject == "base")
        #expect(journal.all == ["base"])
        if width > 1 { #expect(cancellation.isCancelled) }
    }

    @Test func laterErrorsAttach() throws {
        let failed = Atomic<Int>(0)
        let scheduler = Scheduler(width: 2, cancellation: Cancellation())
        let error = #expect(throws: BelljarError.self) {
            let _: [String: Bool] = try scheduler.run(tasks([("a", []), ("b", [])])) { task, _ throws(BelljarError) in
                failed.add(1, ordering: .sequentiallyConsistent)
                while failed.load(ordering: .sequentiallyConsistent) < 2 {}
                throw BelljarError(.buildFailed, operation: "build", subject: task.name, answer: "no")
            }
        }
        #expect(error?.details.count == 1)
        #expect(error?.details.first?.hasPrefix("also: cannot build") == true)
    }
}
