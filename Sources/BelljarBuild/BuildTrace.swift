package import BelljarModel
package import BelljarStore

/// A trace as it was kept (docs/record.md): which processes a build had, when, and which files each read and wrote.
package struct BuildTrace: Sendable {
    package struct Process: Sendable {
        package var number: Int
        /// Repeats in the next run, as long as what the process is and where it comes from repeat.
        package var id: String
        package var parent: Int?
        /// What it was before it became this program.
        package var after: Int?
        package var step: Int
        /// Its number in the sandbox.
        package var pid: Int
        /// Whether it never became a program of its own.
        package var isForked: Bool
        package var argv: [String]
        package var executable: String
        package var directory: String
        /// In microseconds since the build's beginning.
        package var start: UInt64
        package var end: UInt64
        /// Processor time in microseconds.
        package var cpu: UInt64
        package var exit: Int?
        package var signal: Int?
        /// How often it asked for what a control answers.
        package var consulted: [String: Int]
        /// Numbers of paths.
        package var reads: [Int] = []

        package var microseconds: UInt64 { end - min(start, end) }
    }

    package struct Write: Sendable {
        package enum How: String, Sendable { case open, rename, link, symlink, directory, remove }

        package var process: Int
        package var path: Int
        package var how: How
        /// Of `rename` and `link`: the name before.
        package var source: Int?
        /// What the file held when its writer was done with it; nil where that is not known.
        package var content: String?
        /// In microseconds since the build's beginning.
        package var time: UInt64
    }

    package private(set) var paths: [String] = []
    package private(set) var processes: [Process] = []
    package private(set) var writes: [Write] = []
    /// Whether something is missing at its end.
    package let isTruncated: Bool

    private static let sizeLimit = 64 << 20

    /// The trace of a record.
    ///
    /// - Returns: nil if the build kept none, or this store does not have it.
    package init?(of record: BuildRecord, in store: Store) throws(BelljarError) {
        guard let digest = record.observed.trace, try store.contains(digest) else { return nil }
        try self.init(store.read(digest, limit: Self.sizeLimit), isTruncated: record.observed.traceTruncated)
    }

    init(_ lines: [UInt8], isTruncated: Bool) throws(BelljarError) {
        self.isTruncated = isTruncated
        for line in lines.split(separator: UInt8(ascii: "\n")) { try take(CanonicalJSON.decode(Array(line))) }
    }

    private mutating func take(_ line: JSONValue) throws(BelljarError) {
        switch line["kind"]?.string {
        case "path":
            guard line["number"]?.integer == Int64(paths.count), let path = line["path"]?.string else {
                throw Self.wrong
            }
            paths.append(path)
        case "process":
            guard let process = Process(line), process.number == processes.count else { throw Self.wrong }
            processes.append(process)
        case "reads":
            guard let process = line["process"]?.index, processes.indices.contains(process) else { throw Self.wrong }
            processes[process].reads += (line["paths"]?.array ?? []).compactMap(\.index).filter(paths.indices.contains)
        case "write":
            guard let write = Write(line), processes.indices.contains(write.process),
                paths.indices.contains(write.path),
                write.source.map(paths.indices.contains) ?? true
            else { throw Self.wrong }
            writes.append(write)
        default: throw Self.wrong
        }
    }

    private static var wrong: BelljarError {
        BelljarError(
            .integrity, operation: "read", subject: "a trace", answer: "a line is none that this belljar writes",
            remedy: "build with --trace again")
    }

    // MARK: Looking

    package func path(_ number: Int) -> String { paths[number] }

    /// A process and those that it comes from, up to its step's first.
    package func descent(of process: Int) -> [Process] {
        var line = [processes[process]]
        while let next = line.last?.after ?? line.last?.parent, processes.indices.contains(next), line.count < 1000 {
            line.append(processes[next])
        }
        return line
    }

    private static let shells: Set = ["sh", "dash", "bash", "ash", "busybox", "zsh", "ksh"]

    package func isShell(_ process: Int) -> Bool { Self.shells.contains(processes[process].program) }

    /// For whom a shell opened a file: its child that began next, if that is what it was opened for. What a shell writes itself
    /// (`echo`) is opened for nobody.
    package func opened(by write: Write, among children: [Int]) -> Int? {
        guard isShell(write.process), write.how == .open else { return nil }
        return children.lazy.filter { processes[$0].start >= write.time }.min {
            processes[$0].start < processes[$1].start
        }
    }

    /// Everything that processes read, looked at or looked for.
    package var reads: Set<String> { Set(processes.flatMap { $0.reads.map(path) }) }
    /// Everything that was written or given a name.
    package var written: Set<String> { Set(writes.map { path($0.path) }) }
}

extension JSONValue {
    fileprivate var index: Int? { integer.flatMap { $0 >= 0 ? Int($0) : nil } }
    fileprivate var count: UInt64? { integer.flatMap { UInt64(exactly: $0) } }
}

extension BuildTrace.Process {
    fileprivate init?(_ line: JSONValue) {
        guard let number = line["number"]?.index, let id = line["id"]?.string, let step = line["step"]?.index,
            let pid = line["pid"]?.index, let isForked = line["forked"]?.bool,
            let executable = line["executable"]?.string, let directory = line["directory"]?.string,
            let start = line["start"]?.count, let end = line["end"]?.count, let cpu = line["cpu"]?.count
        else { return nil }
        self.init(
            number: number, id: id, parent: line["parent"]?.index, after: line["after"]?.index, step: step, pid: pid,
            isForked: isForked, argv: (line["argv"]?.array ?? []).compactMap(\.string), executable: executable,
            directory: directory, start: start, end: end, cpu: cpu, exit: line["exit"]?.index,
            signal: line["signal"]?.index,
            consulted: (line["consulted"]?.object ?? [:]).compactMapValues(\.index))
    }

    /// `cc1`, `sh`: as it was called.
    package var program: String { String((argv.first ?? executable).split(separator: "/").last ?? "?") }

    /// What was typed, as far as a line takes it.
    package func command(limit: Int = 100) -> String {
        let text = argv.isEmpty ? executable : argv.joined(separator: " ")
        let line = text.split(separator: "\n").joined(separator: "; ")
        return line.count > limit ? line.prefix(limit) + "..." : line
    }
}

extension BuildTrace.Write {
    fileprivate init?(_ line: JSONValue) {
        guard let process = line["process"]?.index, let path = line["path"]?.index,
            let how = line["how"]?.string.flatMap(How.init)
        else { return nil }
        self.init(
            process: process, path: path, how: how, source: line["from"]?.index, content: line["content"]?.string,
            time: line["time"]?.count ?? 0)
    }
}
