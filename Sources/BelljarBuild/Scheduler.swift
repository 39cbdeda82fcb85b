internal import BelljarModel
internal import Dispatch
internal import Synchronization

/// Runs the tasks of a graph: each after those it depends on, several at once, in a stable order of preference.
struct Scheduler: Sendable {
    struct Task: Sendable {
        var name: String
        var dependencies: [String]
    }

    enum Ending<Value: Sendable>: Sendable {
        case done(Value)
        /// Code `cancelled` for one that was cut short, by the first failure or from outside.
        case failed(BelljarError)
        /// It never began. The names of those that failed among all that it depends on; none for one that could have begun.
        case untried(failed: [String])

        var isDone: Bool {
            if case .done = self { true } else { false }
        }
    }

    struct Results<Value: Sendable>: Sendable {
        /// Of every task.
        var endings: [String: Ending<Value>] = [:]
        /// Those that failed, in the order in which they did.
        var failed: [String] = []
    }

    /// At most this many tasks run at once.
    var width: Int
    /// Whether a failure leaves alone what does not depend on it. Otherwise the first one cancels the rest.
    var keepsGoing = false
    let cancellation: Cancellation

    /// - Parameters:
    ///   - tasks: in an order in which each stands after its dependencies.
    ///   - body: does one task, given the values of its dependencies; called from several threads.
    func run<Value: Sendable>(
        _ tasks: [Task], body: @escaping @Sendable (Task, [String: Value]) throws(BelljarError) -> Value
    ) -> Results<Value> {
        if width <= 1 || tasks.count <= 1 {
            // On the caller's thread: starting others costs more than a cached build takes.
            return runHere(tasks, body: body)
        }
        return Run(tasks: tasks, self, body: body).wait()
    }

    private func runHere<Value: Sendable>(
        _ tasks: [Task], body: @Sendable (Task, [String: Value]) throws(BelljarError) -> Value
    ) -> Results<Value> {
        var (results, values) = (Results<Value>(), [String: Value]())
        for task in tasks {
            let isReady = task.dependencies.allSatisfy { results.endings[$0]?.isDone == true }
            guard isReady, results.failed.isEmpty || keepsGoing && !cancellation.isCancelled else {
                results.leave(task)
                continue
            }
            do throws(BelljarError) {
                let value = try body(task, values)
                values[task.name] = value
                results.endings[task.name] = .done(value)
            } catch {
                results.fail(task, error)
            }
        }
        return results
    }
}

extension Scheduler.Results {
    fileprivate mutating func fail(_ task: Scheduler.Task, _ error: BelljarError) {
        endings[task.name] = .failed(error)
        failed.append(task.name)
    }

    /// - Parameter task: one that does not begin any more, although its dependencies' endings are known.
    fileprivate mutating func leave(_ task: Scheduler.Task) {
        var roots: [String] = []
        for name in task.dependencies {
            switch endings[name] {
            case .failed(let error): roots += error.code == .cancelled ? [] : [name]
            case .untried(let failed): roots += failed
            case .done, nil: break
            }
        }
        var seen: Set<String> = []
        endings[task.name] = .untried(failed: roots.filter { seen.insert($0).inserted })
    }
}

/// One run of a graph on several threads.
private final class Run<Value: Sendable>: Sendable {
    struct State {
        var waiting: [Scheduler.Task]
        var running = 0
        var values: [String: Value] = [:]
        var results = Scheduler.Results<Value>()
    }

    private let state: Mutex<State>
    private let group = DispatchGroup()
    private let queue = DispatchQueue(label: "belljar.scheduler", attributes: .concurrent)
    private let scheduler: Scheduler
    private let body: @Sendable (Scheduler.Task, [String: Value]) throws(BelljarError) -> Value

    init(
        tasks: [Scheduler.Task], _ scheduler: Scheduler,
        body: @escaping @Sendable (Scheduler.Task, [String: Value]) throws(BelljarError) -> Value
    ) {
        state = Mutex(State(waiting: tasks))
        self.scheduler = scheduler
        self.body = body
    }

    func wait() -> Scheduler.Results<Value> {
        startReady()
        group.wait()
        return state.withLock { state in
            for task in state.waiting { state.results.leave(task) }
            return state.results
        }
    }

    /// Whether nothing begins any more.
    private func isOver(_ state: State) -> Bool {
        !state.results.failed.isEmpty && (!scheduler.keepsGoing || scheduler.cancellation.isCancelled)
    }

    /// Starts, in the tasks' order, what has all its dependencies, as far as the width allows.
    private func startReady() {
        let ready = state.withLock { state -> [(Scheduler.Task, [String: Value])] in
            guard !isOver(state) else { return [] }
            var started: [(Scheduler.Task, [String: Value])] = []
            var index = 0
            while index < state.waiting.count, state.running < scheduler.width {
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
            case .success(let value):
                state.values[task.name] = value
                state.results.endings[task.name] = .done(value)
            case .failure(let error): state.results.fail(task, error)
            }
        }
        if case .failure = result, !scheduler.keepsGoing { scheduler.cancellation.cancel() }
    }
}
