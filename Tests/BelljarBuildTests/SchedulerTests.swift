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
        let values: Scheduler.Results<Int> = scheduler.run(tasks(diamond)) { task, known throws(BelljarError) in
            for name in task.dependencies where known[name] == nil {
                throw BelljarError(.internal, operation: "run", subject: task.name, answer: "\(name) is not done")
            }
            return 1 + task.dependencies.reduce(0) { $0 + (known[$1] ?? 0) }
        }
        #expect(try done(values) == ["base": 1, "left": 2, "right": 2, "top": 5])
    }

    @Test func oneAtATimeKeepsTheOrder() throws {
        let journal = Journal()
        let scheduler = Scheduler(width: 1, cancellation: Cancellation())
        let _: Scheduler.Results<Bool> = scheduler.run(tasks(diamond)) { task, _ throws(BelljarError) in
            journal.add(task.name)
            return true
        }
        #expect(journal.all == ["base", "left", "right", "top"])
    }

    /// Two tasks that can only end if they run at the same time.
    @Test func independentTasksRunTogether() throws {
        let arrived = Atomic<Int>(0)
        let scheduler = Scheduler(width: 2, cancellation: Cancellation())
        let met: Scheduler.Results<Bool> = scheduler.run(tasks([("a", []), ("b", [])])) { _, _ throws(BelljarError) in
            arrived.add(1, ordering: .sequentiallyConsistent)
            let patience = Deadline.after(milliseconds: 120_000)
            while arrived.load(ordering: .sequentiallyConsistent) < 2 {
                if patience.isOver { return false }
                // Who computes keeps a processor, and a pool that has as many threads as processors starts no other one.
                pause(until: .after(milliseconds: 1))
            }
            return true
        }
        #expect(try done(met) == ["a": true, "b": true])
    }

    @Test func widthIsKept() throws {
        let running = Atomic<Int>(0)
        let most = Mutex(0)
        let scheduler = Scheduler(width: 3, cancellation: Cancellation())
        let many = (0..<40).map { ("task\($0)", [String]()) }
        let _: Scheduler.Results<Bool> = scheduler.run(tasks(many)) { _, _ throws(BelljarError) in
            let now = running.add(1, ordering: .sequentiallyConsistent).newValue
            most.withLock { $0 = max($0, now) }
            running.subtract(1, ordering: .sequentiallyConsistent)
            return true
        }
        #expect(most.withLock { $0 } <= 3)
    }

    /// The values; an error if a task has none.
    private func done<Value>(_ results: Scheduler.Results<Value>) throws -> [String: Value] {
        try results.endings.mapValues { ending in
            switch ending {
            case .done(let value): value
            case .failed(let error): throw error
            case .untried: throw BelljarError(.internal, operation: "run", subject: "a task", answer: "not tried")
            }
        }
    }

    private static func failure(_ name: String) -> BelljarError {
        BelljarError(.buildFailed, operation: "build", subject: name, answer: "no")
    }

    @Test(arguments: [1, 4]) func theFirstErrorWins(width: Int) throws {
        let journal = Journal()
        let cancellation = Cancellation()
        let scheduler = Scheduler(width: width, cancellation: cancellation)
        let results: Scheduler.Results<Bool> = scheduler.run(tasks(diamond)) { task, _ throws(BelljarError) in
            journal.add(task.name)
            guard task.name != "base" else { throw Self.failure(task.name) }
            return true
        }
        #expect(results.failed == ["base"])
        for name in ["left", "right", "top"] {
            guard case .untried(let failed) = results.endings[name] else {
                Issue.record("\(name) was tried")
                continue
            }
            #expect(failed == ["base"])
        }
        #expect(journal.all == ["base"])
        if width > 1 { #expect(cancellation.isCancelled) }
    }

    /// What does not depend on a failure is done all the same, and what does is told why it is not.
    @Test(arguments: [1, 4]) func aFailureLeavesOthersAlone(width: Int) throws {
        let journal = Journal()
        let cancellation = Cancellation()
        let scheduler = Scheduler(width: width, keepsGoing: true, cancellation: cancellation)
        let graph = diamond + [("apart", []), ("broken", []), ("last", ["top", "broken"]), ("fine", ["right"])]
        let results: Scheduler.Results<Bool> = scheduler.run(tasks(graph)) { task, _ throws(BelljarError) in
            journal.add(task.name)
            if ["left", "broken"].contains(task.name) { throw Self.failure(task.name) }
            return true
        }
        #expect(Set(results.failed) == ["left", "broken"])
        #expect(Set(journal.all) == ["base", "left", "right", "apart", "broken", "fine"])
        guard case .untried(let failed) = results.endings["last"], case .untried(["left"]) = results.endings["top"]
        else {
            Issue.record("\(results)")
            return
        }
        #expect(failed == ["left", "broken"])
        #expect(!cancellation.isCancelled)
    }

    /// From outside everything is ended, whatever else was to go on.
    @Test(arguments: [1, 2]) func whatIsCancelledDoesNotGoOn(width: Int) throws {
        let journal = Journal()
        let cancellation = Cancellation()
        let scheduler = Scheduler(width: width, keepsGoing: true, cancellation: cancellation)
        let chain = [("a", []), ("b", ["a"]), ("c", []), ("d", [])]
        let results: Scheduler.Results<Bool> = scheduler.run(tasks(chain)) { task, _ throws(BelljarError) in
            journal.add(task.name)
            cancellation.cancel()
            throw .cancelled("build", task.name)
        }
        #expect(journal.all.count <= width)
        guard case .untried([]) = results.endings["b"], case .untried([]) = results.endings["d"] else {
            Issue.record("\(results)")
            return
        }
    }
}
