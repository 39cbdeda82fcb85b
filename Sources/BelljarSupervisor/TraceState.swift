internal import BelljarControls
internal import BelljarKernel

/// What a trace has taken down of the step that runs.
struct TraceState {
    /// Bytes of memory, after which nothing more is taken down.
    static let limit = 96 << 20

    /// From `firstProcess` on.
    private(set) var processes: [TracedProcess] = []
    private(set) var firstProcess = 0
    private var paths: [[UInt8]: Int] = [:]
    /// Those that were not given yet, the last of all.
    private var newPaths: [[UInt8]] = []
    private var writes: [TracedWrite] = []
    private var firstWrite = 0
    /// By path, the running number of its last writing.
    private var lastWrites: [Int: Int] = [:]
    /// The running number of a process's last line, by its number in the sandbox.
    private var current: [Int32: Int] = [:]
    /// How many equal processes of a parent there were.
    private var turns: [UInt64: UInt64] = [:]
    private var step = 0
    private var bytes = 0
    private(set) var isFull = false

    /// What is given of a step, with the running number of each first.
    struct Lines {
        var firstPath: Int
        var paths: [[UInt8]]
        var firstProcess: Int
        var processes: [TracedProcess]
        var firstWrite: Int
        var writes: [TracedWrite]
    }

    /// - Returns: false if it was too much.
    private mutating func takeRoom(_ count: Int) -> Bool {
        if bytes + count > Self.limit { isFull = true }
        if !isFull { bytes += count }
        return !isFull
    }

    // MARK: Processes

    /// - Parameters:
    ///   - key: which programs and forks that are equal in two runs have in common; nil where nothing is known of their descent.
    ///   - before: the running number of what the process was before, if it became another program.
    /// - Returns: its own running number.
    mutating func enter(_ process: TracedProcess, _ key: StreamKey?, before: Int?) -> Int? {
        guard takeRoom(process.memory) else { return nil }
        var process = process
        process.step = step
        let old = before.map { $0 - firstProcess }.flatMap { processes.indices.contains($0) ? $0 : nil }
        process.parent = old.map { processes[$0].parent } ?? current[process.parentNumber]
        process.identity = identity(of: process, key)
        guard let old else { return append(process) }
        // What was only forked to become a program is that program; so what its shell opened for it is its own.
        guard processes[old].isProgram else {
            processes[old].become(process)
            return firstProcess + old
        }
        processes[old].leave(for: &process)
        process.after = before
        return append(process)
    }

    private mutating func append(_ process: TracedProcess) -> Int {
        let line = firstProcess + processes.count
        processes.append(process)
        current[process.number] = line
        return line
    }

    /// What repeats in the next run: by descent where random numbers follow from that; otherwise by what the process is, and its
    /// turn among equal ones.
    private mutating func identity(of process: TracedProcess, _ key: StreamKey?) -> UInt64 {
        if let key { return key.name }
        var sum = ContentSum()
        sum.add(process.parent.flatMap { self[$0]?.identity } ?? 0)
        sum.add(process.isProgram ? 1 : 2)
        if process.isProgram {
            for part in [process.executable, process.arguments, process.directory] {
                unsafe part.withUnsafeBytes { unsafe sum.add($0) }
            }
        }
        let name = sum.value
        sum.add(turns[name, default: 0])
        turns[name, default: 0] += 1
        return sum.value
    }

    private subscript(_ line: Int) -> TracedProcess? {
        processes.indices.contains(line - firstProcess) ? processes[line - firstProcess] : nil
    }

    /// Works on a process of this step.
    mutating func with(_ line: Int, _ body: (inout TracedProcess) -> Void) {
        guard processes.indices.contains(line - firstProcess) else { return }
        body(&processes[line - firstProcess])
    }

    mutating func look(at now: UInt64) {
        for index in processes.indices where processes[index].handle >= 0 { processes[index].look(at: now) }
    }

    mutating func finish(at now: UInt64) {
        for index in processes.indices { processes[index].finish(at: now) }
    }

    // MARK: Files

    private mutating func number(of path: [UInt8]) -> Int? {
        if let known = paths[path] { return known }
        guard takeRoom(2 * path.count + 128) else { return nil }
        let number = paths.count
        paths[path] = number
        newPaths.append(path)
        return number
    }

    mutating func read(_ path: [UInt8], by line: Int) {
        guard let number = number(of: path), processes.indices.contains(line - firstProcess) else { return }
        guard !processes[line - firstProcess].reads.contains(number), takeRoom(24) else { return }
        processes[line - firstProcess].reads.insert(number)
    }

    /// Takes down that a file is written to, or comes to be under this name.
    mutating func write(
        _ path: [UInt8], by line: Int, at time: UInt64, _ how: TracedWrite.How, from source: [UInt8]? = nil,
        content: TracedContent? = nil
    ) {
        guard let number = number(of: path) else { return }
        if how == .open, let last = last(number), writes[last].process == line, writes[last].how == .open {
            return writes[last].content = nil
        }
        guard takeRoom(2 * MemoryLayout<TracedWrite>.stride) else { return }
        var write = TracedWrite(process: line, path: number, how: how, content: content, time: time)
        write.source = source.flatMap { self.number(of: $0) }
        lastWrites[number] = firstWrite + writes.count
        writes.append(write)
    }

    /// In `writes`.
    private func last(_ path: Int) -> Int? {
        guard let order = lastWrites[path], order >= firstWrite else { return nil }
        return order - firstWrite
    }

    /// What a file holds, as far as it was summed up.
    func content(of path: [UInt8]) -> TracedContent? {
        paths[path].flatMap { last($0) }.flatMap { writes[$0].content }
    }

    /// Whether a file is to be summed up now: somebody wrote it who is not at it any more.
    ///
    /// - Parameter isLast: whether it is about to be gone.
    func isToBeSummed(_ path: [UInt8], for line: Int, isLast: Bool) -> Bool {
        guard let last = paths[path].flatMap({ last($0) }), writes[last].content == nil else { return false }
        let writer = writes[last].process
        return isLast && writer == line || self[writer]?.isOver ?? true
    }

    mutating func sum(_ path: [UInt8], _ content: TracedContent?) {
        if let last = paths[path].flatMap({ last($0) }) { writes[last].content = content }
    }

    /// What was written and not summed up yet, each by the name that it has by now.
    func unsummed() -> [(order: Int, path: [UInt8])] {
        var names = [[UInt8]](repeating: [], count: paths.count)
        for (path, number) in paths { names[number] = path }
        var found: [(order: Int, path: [UInt8])] = []
        let moves = writes.indices.filter { writes[$0].how == .rename && writes[$0].content == nil }
        for (path, order) in lastWrites where order >= firstWrite && writes[order - firstWrite].content == nil {
            var name = names[path]
            for move in moves where move > order - firstWrite {
                guard let source = writes[move].source, name.starts(with: names[source] + [UInt8(ascii: "/")]) else {
                    continue
                }
                name = names[writes[move].path] + name.dropFirst(names[source].count)
            }
            found.append((order, name))
        }
        return found
    }

    mutating func sum(order: Int, _ content: TracedContent?) { writes[order - firstWrite].content = content }

    // MARK: Output

    /// Takes the lines of a step that is over.
    mutating func take() -> Lines {
        let lines = Lines(
            firstPath: paths.count - newPaths.count, paths: newPaths, firstProcess: firstProcess, processes: processes,
            firstWrite: firstWrite, writes: writes)
        firstProcess += processes.count
        firstWrite += writes.count
        (processes, writes, newPaths, current) = ([], [], [], [:])
        // Of a path its text is still known.
        bytes = paths.keys.reduce(0) { $0 + 2 * $1.count + 128 }
        step += 1
        return lines
    }
}
