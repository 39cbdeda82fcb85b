internal import BelljarModel
internal import Dispatch
internal import Synchronization

/// Runs the tasks of a graph: each after those it depends on, several at once, in a stable order of preference.
struct Scheduler: Sendable {
    struct Task: Sendable {
        var name: String
        var dependencies: [String]
    }

    /// At most this many tasks run at once.
    var width: Int
    let cancellation: Cancellation

    /// - Parameters:
    ///   - tasks: in an order in which each stands after its dependencies.
    ///   - body: does one task, given the values of its dependencies; called from several threads.
    /// - Returns: every task's value.
    /// - Throws: the first error. It cancels the rest; real errors that come after it are attached to its details.
    func run<Value: Sendable>(
        _ tasks: [Task], body: @escaping @Sendable (Task, [String: Value]) throws(BelljarError) -> Value
    ) throws(BelljarError) -> [String: Value] {
        if width <= 1 || tasks.count <= 1 {
            // On the caller's thread: starting others costs more than a cached build takes.
            var values: [String: Value] = [:]
            for task in tasks { values[task.name] = try body(task, values) }
            return values
        }
        let run = Run(tasks: tasks, width: width, cancellation: cancellation, body: body)
        return try run.wait()
    }
}

/// One run of a graph on several threads.
private final class Run<Value: Sendable>: Sendable {
    struct State {
        var waiting: [Scheduler.Task]
        var running = 0
        var values: [String: Value] = [:]
        var failure: BelljarError?
    }

    private let state: Mutex<State>
    private let group = DispatchGroup()
    private let queue = DispatchQueue(label: "belljar.scheduler", attributes: .concurrent)
    private let width: Int
    private let cancellation: Cancellation
    private let body: @Sendable (Scheduler.Task, [String: Value]) throws(BelljarError) -> Value

    init(
        tasks: [Scheduler.Task], width: Int, cancellation: Cancellation,
        body: @escaping @Sendable (Scheduler.Task, [String: Value]) throws(BelljarError) -> Value
    ) {
        state = Mutex(State(waiting: tasks))
        self.width = width
        self.cancellation = cancellation
        self.body = body
    }

    func wait() throws(BelljarError) -> [String: Value] {
        startReady()
        group.wait()
        let (values, failure) = state.withLock { ($0.values, $0.failure) }
        if let failure { throw failure }
        return values
    }

    /// Starts, in the tasks' order, what has all its dependencies, as far as the width allows.
    private func startReady() {
        let ready = state.withLock { state -> [(Scheduler.Task, [String: Value])] in
            guard state.failure == nil else { return [] }
            var started: [(Scheduler.Task, [String: Value])] = []
            var index = 0
            while index < state.waiting.count, state.running < width {
                let task = state.waiting[index]
                if task.dependencies.allSatisfy({ state.values[$0] != nil }) {
                    state.waiting.remove(at: index)
                    state.running += 1
                    started.append((task, state.values))
                } else {
                    index += 1
                }
            }
            // Entered under the lock, so that the group is never empty between one task and the next.
            for _ in started { group.enter() }
            return started
        }
        for (task, values) in ready {
            queue.async {
                self.perform(task, values)
                self.startReady()
                self.group.leave()
            }
        }
    }

    private func perform(_ task: Scheduler.Task, _ values: [String: Value]) {
        let result: Result<Value, BelljarError>
        do throws(BelljarError) {
            result = .success(try body(task, values))
        } catch {
            result = .failure(error)
        }
        state.withLock { state in
            state.running -= 1
            switch result {
            case .success(let value): state.values[task.name] = value
            case .failure(let error): Self.attach(error, to: &state.failure)
            }
        }
        if case .failure = result { cancellation.cancel() }
    }

    private static func attach(_ error: BelljarError, to first: inout BelljarError?) {
        guard first != nil else {
            first = error
            return
        }
        // What was cut short because of the first error is no news.
        if error.code != .cancelled { first?.details.append("also: \(error.summary)") }
    }
}
