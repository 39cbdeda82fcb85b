internal import BelljarModel

/// Which process of a build made a file come out otherwise than in another run of the same build.
package struct Blame: Sendable {
    /// A process, for who reads of it.
    package struct Actor: Sendable {
        package var program: String
        package var command: String
        package var argv: [String]
        package var directory: String
        /// The step's name.
        package var step: String
        /// Which line of the step's script ran it, as far as that can be told.
        package var line: String?
        /// Commands that it came from, the nearest first.
        package var parents: [String]
    }

    package enum Divergence: String, Sendable, CaseIterable {
        /// The same program had other arguments, another directory or another ancestor.
        case arguments
        /// The same process wrote something else, from inputs that were the same.
        case content
        /// It was written in one of the runs only.
        case presence
        /// The traced runs came out alike, or do not tell.
        case unknown
    }

    /// The output.
    package var path: String
    package var writer: Actor?
    package var divergence: Divergence
    /// The first file that differs, from which the others follow.
    package var file: String?
    /// Who wrote that.
    package var culprit: Actor?
    /// Of other arguments: those of the other run.
    package var otherCommand: String?
    /// What the culprit and its relatives asked for that a control leaves to the host, by the control's name: programs.
    package var consulted: [String: [String]]
}

/// Two traces of the same definition.
struct TraceComparison {
    let one: BuildTrace
    let other: BuildTrace
    let definition: BuildRecord.Definition
    let scripts: [String: ScriptPlace]
    /// Names of controls that are left to the host.
    let open: Set<String>
    private let byPath: [String: [Int]]
    private let otherByPath: [String: [Int]]
    private let otherIDs: Set<String>
    private let children: [Int: [Int]]

    init(
        _ one: BuildTrace, _ other: BuildTrace, _ definition: BuildRecord.Definition, scripts: [String: ScriptPlace],
        open: Set<String>
    ) {
        (self.one, self.other, self.definition, self.scripts, self.open) = (one, other, definition, scripts, open)
        byPath = Self.index(one)
        otherByPath = Self.index(other)
        children = Dictionary(grouping: one.processes.indices) {
            one.processes[$0].after ?? one.processes[$0].parent ?? -1
        }
        otherIDs = Set(other.processes.map(\.id))
    }

    /// Where in the writes each path is.
    private static func index(_ trace: BuildTrace) -> [String: [Int]] {
        var found: [String: [Int]] = [:]
        for (order, write) in trace.writes.enumerated() { found[trace.path(write.path), default: []].append(order) }
        return found
    }

    func blame(_ output: String) -> Blame {
        let path = "/out/" + output
        var blame = Blame(path: output, divergence: .unknown, consulted: [:])
        guard let last = origin(of: path, before: one.writes.count) else { return blame }
        blame.writer = actor(one.writes[last].process, writing: one.path(one.writes[last].path))
        let first = earliest(last)
        let name = one.path(one.writes[first].path)
        guard let kind = difference(of: name, upTo: first) ?? difference(of: path, upTo: one.writes.count) else {
            return blame
        }
        let process = one.writes[first].process
        blame.file = name
        blame.divergence = kind
        var culprit = process
        if let odd = unmatched(process) {
            blame.divergence = .arguments
            culprit = odd
            blame.otherCommand = counterpart(of: odd)?.command()
        }
        blame.culprit = actor(culprit, writing: name)
        blame.consulted = consulted(by: culprit, writing: name)
        return blame
    }

    // MARK: Who wrote a file

    /// The writing that a file's bytes come from: back through renames, links and copies.
    private func origin(of path: String, before order: Int, depth: Int = 0) -> Int? {
        guard depth < 50 else { return nil }
        let own = (byPath[path] ?? []).last { $0 < order && one.writes[$0].how != .remove }
        if let moved = moved(path, after: own ?? -1, before: order) {
            return origin(of: moved.path, before: moved.order, depth: depth + 1) ?? moved.order
        }
        guard let own else { return nil }
        let write = one.writes[own]
        if let source = write.source { return origin(of: one.path(source), before: own, depth: depth + 1) ?? own }
        if let source = copied(own) { return origin(of: source, before: own, depth: depth + 1) ?? own }
        return own
    }

    /// A rename of a folder that the path is in.
    private func moved(_ path: String, after: Int, before: Int) -> (path: String, order: Int)? {
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
            folder = folder[..<slash]
            let found = (byPath[String(folder)] ?? []).last {
                $0 < before && $0 > after && one.writes[$0].how == .rename
            }
            guard let found, let source = one.writes[found].source else { continue }
            return (one.path(source) + path.dropFirst(folder.count), found)
        }
        return nil
    }

    /// The file that a process read and wrote again as it was: cp, install, tee.
    private func copied(_ order: Int) -> String? {
        let write = one.writes[order]
        guard let content = write.content else { return nil }
        return one.processes[write.process].reads.lazy.map(one.path).first { path in
            (byPath[path] ?? []).last { $0 < order }.map { one.writes[$0].content == content } ?? false
        }
    }

    // MARK: What differs first

    /// Follows a file that differs to what its writer read that differs too, and so on.
    private func earliest(_ order: Int) -> Int {
        var order = order
        while true {
            let write = one.writes[order]
            let givers = relatives(of: write.process, writing: one.path(write.path))
            let read = Set(givers.flatMap { one.processes[$0].reads })
            let causes = read.lazy.map(one.path).compactMap { path -> Int? in
                guard let last = (byPath[path] ?? []).last(where: { $0 < order }),
                    difference(of: path, upTo: last) != nil
                else { return nil }
                return origin(of: path, before: last + 1)
            }
            guard let next = causes.min(), next < order else { return order }
            order = next
        }
    }

    /// A process with those whose words it can have written: what it made itself, and in a shell's pipeline what ran beside it.
    ///
    /// A shell that opens a file for a command makes many others besides: of those, the ones that the line names.
    private func relatives(of number: Int, writing path: String) -> Set<Int> {
        let process = one.processes[number]
        var found: Set = [number]
        var open = children[number] ?? []
        if one.isShell(number) {
            // Of the step's own shell the line; of another one, all that it was told.
            let line = process.parent == nil ? line(of: number, writing: path)?.text : nil
            let words = ScriptLine.words(line ?? process.command(limit: 1000))
            let write = (byPath[path] ?? []).last { one.writes[$0].process == number }
            let opened = write.flatMap { one.opened(by: one.writes[$0], among: open) }
            open = open.filter {
                words.contains(one.processes[$0].program) || $0 == opened && one.processes[$0].isForked
            }
        }
        if let parent = process.parent, one.isShell(parent) {
            open += (children[parent] ?? []).filter {
                let other = one.processes[$0]
                return other.start <= process.end && process.start <= other.end
            }
        }
        while let next = open.popLast() {
            found.insert(next)
            open += (children[next] ?? []).filter { !found.contains($0) }
        }
        return found
    }

    /// What a file differs in up to one of its writings; nil if nothing is known to.
    private func difference(of path: String, upTo order: Int) -> Blame.Divergence? {
        let contents = (byPath[path] ?? []).filter { $0 <= order }.map { one.writes[$0].content }
        let others = (otherByPath[path] ?? []).map { other.writes[$0].content }
        guard !contents.isEmpty else { return nil }
        if others.count < contents.count { return .presence }
        for (content, otherContent) in zip(contents, others) {
            if let content, let otherContent, content != otherContent { return .content }
        }
        return nil
    }

    /// The first of a process and its ancestors whose like the other run does not have, if its parent is there.
    private func unmatched(_ process: Int) -> Int? {
        one.descent(of: process).last { !otherIDs.contains($0.id) }?.number
    }

    /// What the other run has in its place: a child of the same parent, of the same program, that this run does not have.
    private func counterpart(of number: Int) -> BuildTrace.Process? {
        let process = one.processes[number]
        let own = Set(one.processes.map(\.id))
        let parent = (process.after ?? process.parent).map { one.processes[$0].id }
        return other.processes.first { candidate in
            !own.contains(candidate.id) && candidate.executable == process.executable
                && (candidate.after ?? candidate.parent).map { other.processes[$0].id } == parent
        }
    }

    // MARK: What is said of it

    private func actor(_ number: Int, writing path: String) -> Blame.Actor {
        let process = one.processes[number]
        let descent = one.descent(of: number)
        let steps = definition.steps
        let step = steps.indices.contains(process.step) ? steps[process.step] : nil
        let found = line(of: number, writing: path)
        return Blame.Actor(
            program: process.program, command: process.command(), argv: process.argv, directory: process.directory,
            step: step?.name ?? "", line: found.map { "\($0.place): \($0.text)" },
            parents: descent.dropFirst().map { $0.command(limit: 60) })
    }

    /// The line of the step's script that a process comes from.
    private func line(of number: Int, writing path: String) -> (place: String, text: String)? {
        let steps = definition.steps
        let step = one.processes[number].step
        guard steps.indices.contains(step), let script = steps[step].argv.last else { return nil }
        var words = ScriptLine.words(path.split(separator: "/").last.map(String.init) ?? "")
        // What the step's own shell ran.
        if let child = one.descent(of: number).dropLast().last {
            words.formUnion(ScriptLine.words(child.command(limit: 1000)))
        }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        return ScriptLine(script: script, place: scripts[steps[step].name]).find(words, writing: name)
    }

    /// What of the host was asked for by a process, by its relatives and by what it comes from.
    private func consulted(by number: Int, writing path: String) -> [String: [String]] {
        var found: [String: Set<String>] = [:]
        for number in relatives(of: number, writing: path).union(one.descent(of: number).map(\.number)) {
            let process = one.processes[number]
            for control in process.consulted.keys where open.contains(control) {
                found[control, default: []].insert(process.program)
            }
        }
        return found.mapValues { $0.sorted() }
    }
}

/// Which line of a script ran something, as far as its words tell.
struct ScriptLine {
    let script: String
    let place: ScriptPlace?

    /// - Parameter target: the name of a file; a line that sends something there is more than one that has its words.
    /// - Returns: the place and the line; nil if no line stands out.
    func find(_ wanted: Set<String>, writing target: String) -> (place: String, text: String)? {
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
        let scores = lines.enumerated().map { line in
            let isTarget =
                !target.isEmpty
                && (line.element.contains("> \(target)") || line.element.contains(">\(target)"))
            return (Self.words(String(line.element)).intersection(wanted).count + (isTarget ? 2 : 0), line.offset)
        }
        guard let most = scores.map(\.0).max(), most > 0 else { return nil }
        let best = scores.filter { $0.0 == most }
        guard best.count == 1, let index = best.first?.1 else { return nil }
        let line = lines[index].drop { " \t".contains($0) }
        return (
            place.map { $0.place(ofLine: index + 1) } ?? "line \(index + 1)",
            "\(line.prefix(100))\(line.count > 100 ? "..." : "")"
        )
    }

    static func words(_ line: String) -> Set<String> {
        var words: Set<String> = []
        let parts = line.split { !($0.isLetter || $0.isNumber || "_.+-/".contains($0)) }
        for word in parts where word.contains(where: \.isLetter) {
            words.insert(String(word))
            if let name = word.split(separator: "/").last { words.insert(String(name)) }
        }
        return words
    }
}
