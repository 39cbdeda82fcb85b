internal import ArgumentParser
internal import BelljarBuild
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

struct TimelineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract: "Show what the time of a build went to: its longest processes, and the critical path.",
        usage: "belljar timeline [<options>] <record>",
        discussion: """
            A build with --trace has written down when each process began and ended. Of a record without, the build is \
            run once more for it; the record that this leaves is that of a rebuild.

              belljar timeline hello
              belljar timeline hello --trace hello.json    for ui.perfetto.dev
              belljar timeline hello --svg hello.svg       a picture

            The critical path is what to make faster first: back from the end, always to the process whose end was \
            waited for. Exit codes: 0; those of `belljar rebuild`, if the build could not be run.
            """)

    @Argument(
        help: RecordReference.help(
            "The record: a recipe's name, the beginning of a digest, or a file.", "A name means its last build."),
        completion: .records)
    var record: String

    @Option(
        help: ArgumentHelp("Write all processes to this file, as Perfetto and Chrome read them.", valueName: "file"),
        completion: .file())
    var trace: String?

    @Option(help: ArgumentHelp("Write a picture to this file.", valueName: "file"), completion: .file())
    var svg: String?

    @Flag(
        help: ArgumentHelp(
            "Fetch nothing.", discussion: "A source that is not in the store ends it with exit code 8."))
    var offline = false

    @OptionGroup var secrets: SecretOptions
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let session = Session(options, showsProgress: true, isOffline: offline)
        let lease = try session.store().lease()
        defer { withExtendedLifetime(lease) {} }
        let found = try RecordReference(text: record, session: session).find()
        let engine = try session.engine(jobs: 1, secrets: try secrets.origins())
        let traced = try engine.trace(of: found.record, digest: found.digest)
        LiveProgress.stop()
        let timeline = Timeline(traced.trace, steps: found.record.definition.steps.map(\.name))
        if let trace { try write(timeline.events, to: trace) }
        if let svg { try write(Array(timeline.picture.utf8), to: svg) }
        let answer = Answers.FoundTimeline(timeline: timeline, record: traced.record)
        if options.json {
            try Console.write(answer, as: Answers.timeline)
        } else {
            Console.write(timeline.words(TextStyle(options.color, descriptor: 1)))
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws(BelljarError) {
        let file = try UserFile(path, "write the timeline to").open([.write, .create, .truncate, .followingLinks])
        try hostCall("write", path) { () throws(KernelError) in try file.writeAll(bytes) }
    }
}

extension Timeline {
    /// Processes of the critical path that are shown.
    private static let shownOfPath = 20

    func words(_ style: TextStyle) -> String {
        var lines = [
            "\(trace.processes.count) processes in \(Self.seconds(microseconds))"
                + (trace.isTruncated ? "; the trace reached its limit, and later ones are missing" : ""),
            style.bold("longest by themselves"),
        ]
        lines += longest.map { line($0.process, $0.own) }
        let path = waitedFor
        let shown = path.sorted { $0.microseconds > $1.microseconds }.prefix(Self.shownOfPath).map(\.process.number)
        lines.append(style.bold("critical path"))
        lines += path.filter { shown.contains($0.process.number) }.map { line($0.process, $0.microseconds) }
        if path.count > shown.count { lines.append("  and \(path.count - shown.count) more, each shorter") }
        return lines.map { $0 + "\n" }.joined()
    }

    private func line(_ process: BuildTrace.Process, _ time: UInt64) -> String {
        "  \(Self.seconds(time))  cpu \(Self.seconds(process.cpu))  \(shown(step(process)))  "
            + shown(process.command(limit: 80))
    }

    private static func seconds(_ time: UInt64) -> String { ProgressWords.seconds(Double(time) / 1e6) }
}

extension Answers {
    struct FoundTimeline {
        var timeline: Timeline
        /// Whose trace it is.
        var record: Digest
    }

    static let timeline = JSONType<FoundTimeline>.answer {
        JSONMember(says: "record", .digest, "SHA-256 of the record that has the trace") { $0.record }
        JSONMember(says: "microseconds", .count, "from the first process's start to the last one's end") {
            $0.timeline.microseconds
        }
        JSONMember(says: "processes", .count, "how many there were") {
            UInt64(clamping: $0.timeline.trace.processes.count)
        }
        JSONMember(says: "truncated", .flag, "whether the trace reached its limit") { $0.timeline.trace.isTruncated }
        JSONMember(says: "longest", .list(of: span), "those that took longest by themselves") { found in
            found.timeline.longest.map { .init(timeline: found.timeline, process: $0.process, time: $0.own) }
        }
        JSONMember(says: "criticalPath", .list(of: span), "what was waited for, in order") { found in
            found.timeline.waitedFor.map { .init(timeline: found.timeline, process: $0.process, time: $0.microseconds) }
        }
    }

    struct Span {
        var timeline: Timeline
        var process: BuildTrace.Process
        var time: UInt64
    }

    private static let span = JSONType<Span>.answer {
        JSONMember(says: "program", .text, "the program's name") { $0.process.program }
        JSONMember(says: "argv", .list(of: .text), "its arguments, as far as a trace takes them") { $0.process.argv }
        JSONMember(says: "directory", .text, "where it ran") { $0.process.directory }
        JSONMember(says: "step", .text, "the step's name") { $0.timeline.step($0.process) }
        JSONMember(says: "start", .count, "microseconds since the build's beginning") { $0.process.start }
        JSONMember(says: "end", .count, "the same of its end") { $0.process.end }
        JSONMember(says: "microseconds", .count, "its own time; on the critical path, its part of that") { $0.time }
        JSONMember(says: "cpu", .count, "processor time in microseconds") { $0.process.cpu }
        JSONMember(maySay: "exit", .count, "its exit status, where the kernel tells it") {
            $0.process.exit.map { UInt64($0) }
        }
        JSONMember(maySay: "signal", .count, "the signal that ended it") { $0.process.signal.map { UInt64($0) } }
    }
}
