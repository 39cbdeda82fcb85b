package import BelljarModel
internal import BelljarStore

/// What a build's time went to.
package struct Timeline: Sendable {
    /// A part of the critical path: nothing else had to be waited for meanwhile.
    package struct Segment: Sendable {
        /// Number of the process.
        package var process: Int
        package var start: UInt64
        package var end: UInt64

        package var microseconds: UInt64 { end - start }
    }

    package let trace: BuildTrace
    /// Names of the steps, by their numbers.
    package let steps: [String]
    /// From the first process's start to the last one's end.
    package let microseconds: UInt64
    /// Those that took longest by themselves, the time of what they waited for left out; the longest first.
    package let longest: [(process: BuildTrace.Process, own: UInt64)]
    /// One process after the other, from the beginning on: behind each end stood the next beginning.
    package let criticalPath: [Segment]

    package init(_ trace: BuildTrace, steps: [String], count: Int = 10) {
        self.trace = trace
        self.steps = steps
        let start = trace.processes.map(\.start).min() ?? 0
        let end = trace.processes.map(\.end).max() ?? 0
        microseconds = end - start
        let children = Self.children(trace)
        var own: [(process: BuildTrace.Process, own: UInt64)] = []
        for process in trace.processes { own.append((process, Self.own(process, children[process.number] ?? []))) }
        // Of equal ones the first, because sorting keeps their order.
        own.sort { $0.own > $1.own }
        longest = Array(own.prefix(count))
        var path: [Segment] = []
        var later = end
        // Steps, one after the other.
        for root in (children[-1] ?? []).sorted(by: { $0.end > $1.end }) where root.end <= later {
            Self.follow(root, children, into: &path, depth: 0)
            later = root.start
        }
        criticalPath = path.reversed()
    }

    /// By the parent's number; -1 for those without.
    private static func children(_ trace: BuildTrace) -> [Int: [BuildTrace.Process]] {
        Dictionary(grouping: trace.processes) { $0.parent ?? -1 }
    }

    /// The time in which none of its children ran.
    private static func own(_ process: BuildTrace.Process, _ children: [BuildTrace.Process]) -> UInt64 {
        var (rest, free) = (process.start, UInt64(0))
        for child in children.sorted(by: { $0.start < $1.start }) where child.start < process.end {
            if child.start > rest { free += child.start - rest }
            rest = max(rest, child.end)
        }
        return free + (process.end > rest ? process.end - rest : 0)
    }

    /// Back from a process's end: to the child that ended last before, whose end it waited for, and from that one's start on.
    private static func follow(
        _ process: BuildTrace.Process, _ children: [Int: [BuildTrace.Process]], into path: inout [Segment], depth: Int
    ) {
        var later = process.end
        // A trace is no deeper than the processes that a build may have.
        let inner = depth < 10_000 ? children[process.number] ?? [] : []
        for child in inner.sorted(by: { $0.end > $1.end }) where child.end <= later && child.start >= process.start {
            if later > child.end { path.append(.init(process: process.number, start: child.end, end: later)) }
            follow(child, children, into: &path, depth: depth + 1)
            later = child.start
        }
        if later > process.start { path.append(.init(process: process.number, start: process.start, end: later)) }
    }

    /// The processes of the critical path with their time on it, by their first moment.
    package var waitedFor: [(process: BuildTrace.Process, microseconds: UInt64)] {
        var sums: [Int: UInt64] = [:]
        var order: [Int] = []
        for segment in criticalPath {
            if sums[segment.process] == nil { order.append(segment.process) }
            sums[segment.process, default: 0] += segment.microseconds
        }
        return order.map { (trace.processes[$0], sums[$0] ?? 0) }
    }

    package func step(_ process: BuildTrace.Process) -> String {
        steps.indices.contains(process.step) ? steps[process.step] : "\(process.step + 1)"
    }
}

// MARK: - For other programs

extension Timeline {
    /// Events as Perfetto (ui.perfetto.dev) and Chrome (about:tracing) read them: a process is a step there, and a thread a process.
    package var events: [UInt8] {
        var events: [JSONValue] = steps.enumerated().map { index, name in
            .object([
                "name": "process_name", "ph": "M", "pid": .integer(Int64(index + 1)), "tid": 0,
                "args": .object(["name": .string(name)]),
            ])
        }
        for process in trace.processes {
            events.append(
                .object([
                    "name": .string(process.program), "cat": "process", "ph": "X",
                    "ts": .integer(Int64(process.start)), "dur": .integer(Int64(process.microseconds)),
                    "pid": .integer(Int64(process.step + 1)), "tid": .integer(Int64(process.pid)),
                    "args": .object([
                        "command": .string(process.command(limit: 1000)), "directory": .string(process.directory),
                        "cpu": .integer(Int64(process.cpu)), "exit": process.exit.map { .integer(Int64($0)) } ?? .null,
                    ]),
                ]))
        }
        return CanonicalJSON.encode(.object(["displayTimeUnit": "ms", "traceEvents": .array(events)]))
    }

    private static let (width, height, most) = (1200.0, 18, 2000)

    /// A picture: a bar for each process, those of the critical path in another colour. Of very many, the longest.
    package var picture: String {
        let shown = trace.processes.sorted { $0.microseconds > $1.microseconds }.prefix(Self.most)
            .sorted { $0.start < $1.start }
        let critical = Set(criticalPath.map(\.process))
        let begin = trace.processes.map(\.start).min() ?? 0
        let scale = Self.width / Double(max(microseconds, 1))
        var ends: [UInt64] = []
        var bars = ""
        for process in shown {
            let row = ends.firstIndex { $0 <= process.start } ?? ends.count
            if row == ends.count { ends.append(process.end) } else { ends[row] = process.end }
            let (x, wide) = (
                Self.text(Double(process.start - begin) * scale), Double(process.microseconds) * scale
            )
            let name = Self.escaped(process.program)
            bars +=
                "<g><title>\(Self.escaped(process.command(limit: 300)))\n\(process.microseconds / 1000) ms, "
                + "\(Self.escaped(step(process)))</title><rect x=\"\(x)\" y=\"\(row * Self.height)\" "
                + "width=\"\(Self.text(max(wide, 0.5)))\" height=\"\(Self.height - 2)\" "
                + "class=\"\(critical.contains(process.number) ? "c" : "p")\"/>"
                + (wide > 8 * Double(process.program.count)
                    ? "<text x=\"\(x)\" y=\"\(row * Self.height + 12)\">\(name)</text>" : "")
                + "</g>\n"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(max(ends.count, 1) * Self.height)">
            <style>.p{fill:#9db8d9}.c{fill:#e0705c}text{font:11px sans-serif}</style>
            \(bars)</svg>

            """
    }

    /// Two digits behind the point.
    private static func text(_ number: Double) -> String {
        let hundredths = Int((number * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    private static func escaped(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case _ where scalar.value < 0x20 || scalar.value == 0xfffe || scalar.value == 0xffff: safe += "\u{fffd}"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }
}

extension Engine {
    /// The trace of a record; of one that has none, that of a further build of it, which leaves a record as a rebuild does.
    package func trace(
        of record: BuildRecord, digest: Digest
    ) throws(BelljarError) -> (trace: BuildTrace, record: Digest) {
        if let kept = try BuildTrace(of: record, in: tools.store) { return (kept, digest) }
        let lease = try tools.store.lease()
        defer { withExtendedLifetime(lease) {} }
        let images = makeImages()
        let job = try makeRebuilder(images).job(of: record, digest: digest)
        let executor = TracingExecutor(
            progress: progress, inner: realExecutor(images, remembers: false, traces: true))
        let outcome = try executor.execute(job)
        if let failure = outcome.failure, failure.code == .cancelled { throw failure }
        guard let made = outcome.digest, let trace = try BuildTrace(of: outcome.record, in: tools.store) else {
            throw outcome.failure
                ?? BelljarError(.internal, operation: "trace", subject: job.subject, answer: "there is no trace")
        }
        return (trace, made)
    }
}
