/// The limits of a build, by the names that recipes and a host's configuration give them.
package enum LimitName: String, Hashable, Sendable, CaseIterable {
    case timeout, grace, memory, processes, scratch, inodes, file, log
    case outputFiles = "output-files"
    case outputSize = "output-size"
    case cpus
    case files

    package enum Unit: Hashable, Sendable { case seconds, bytes, count }

    package var unit: Unit {
        switch self {
        case .timeout, .grace: .seconds
        case .memory, .scratch, .file, .log, .outputSize: .bytes
        case .processes, .inodes, .outputFiles, .cpus, .files: .count
        }
    }

    private static let tebibyte: UInt64 = 1 << 40

    /// What a recipe, a record or a host may say, in seconds, bytes or pieces. Zero never stands for "no limit": without
    /// one, a recipe says nothing.
    package var range: ClosedRange<UInt64> {
        switch self {
        case .timeout: 1...604_800
        case .grace: 0...600
        // With less than 16 MiB not even a shell with its libraries starts.
        case .memory: 16 << 20...Self.tebibyte
        case .processes: 8...65_536
        case .scratch, .file: 1 << 20...Self.tebibyte
        // The sandbox itself has some directories there.
        case .inodes: 64...1 << 32
        case .log: 4 << 10...1 << 30
        case .outputFiles: 1...4_000_000
        case .outputSize: 0...Self.tebibyte
        case .cpus: 1...1024
        // Up to what the kernel allows unless it is told otherwise (fs.nr_open).
        case .files: 16...1 << 20
        }
    }

    /// A value of this limit as a recipe writes it, in the largest unit that holds it exactly: `90s`, `2GiB`, `512`.
    package func text(_ value: UInt64) -> String { Self.text(value, unit) }

    /// As above, for a value that stands for itself.
    package static func text(_ value: UInt64, _ unit: Unit) -> String {
        switch unit {
        case .count: String(value)
        case .seconds: "\(value)s"
        case .bytes:
            Self.units.first { value >= $0.size && value.isMultiple(of: $0.size) }
                .map { "\(value / $0.size)\($0.name)" } ?? String(value)
        }
    }

    private static let units: [(name: String, size: UInt64)] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
}

/// What a build may use at most. Part of the definition, because a build that meets a limit ends differently.
package struct ResourceLimits: Hashable, Sendable {
    /// Wall time of all steps together, in seconds.
    package var timeoutSeconds: UInt64
    /// Seconds between SIGTERM and SIGKILL once the time is over.
    package var graceSeconds: UInt64
    /// Resident memory of all processes together, in bytes, what they share counted once; nil for no limit. Address space is
    /// not limited: runtimes reserve far more of it than they touch.
    package var memoryBytes: UInt64?
    /// Processes and threads alive at once in the sandbox.
    package var processes: UInt64
    /// Size of the writable scratch (`/build`'s changes, `/out` and `/tmp` together), in bytes.
    package var scratchBytes: UInt64
    /// Files, directories and links in the scratch; nil for one to each 4 KiB of its size.
    package var scratchInodes: UInt64?
    /// Size of any one file, in bytes (RLIMIT_FSIZE).
    package var fileBytes: UInt64
    /// Bytes of log kept; the rest is dropped and the truncation marked.
    package var logBytes: UInt64
    /// Files, directories and links below `/out`.
    package var outputFiles: UInt64
    /// Bytes in files below `/out`; nil for what the scratch can hold.
    package var outputBytes: UInt64?
    /// CPUs the build is told it has and may use (`BELLJAR_JOBS`, `make -j` by convention of the recipe).
    package var cpus: UInt64
    /// Files that one process may have open (RLIMIT_NOFILE); nil for what the kernel begins with, 1024 and up to 4096 on request.
    package var openFiles: UInt64?

    package init(
        timeoutSeconds: UInt64 = 3600, graceSeconds: UInt64 = 5, memoryBytes: UInt64? = nil, processes: UInt64 = 4096,
        scratchBytes: UInt64 = 8 << 30, scratchInodes: UInt64? = nil, fileBytes: UInt64 = 8 << 30,
        logBytes: UInt64 = 64 << 20, outputFiles: UInt64 = 500_000, outputBytes: UInt64? = nil, cpus: UInt64 = 2,
        openFiles: UInt64? = nil
    ) {
        self.timeoutSeconds = timeoutSeconds
        self.graceSeconds = graceSeconds
        self.memoryBytes = memoryBytes
        self.processes = processes
        self.scratchBytes = scratchBytes
        self.scratchInodes = scratchInodes
        self.fileBytes = fileBytes
        self.logBytes = logBytes
        self.outputFiles = outputFiles
        self.outputBytes = outputBytes
        self.cpus = cpus
        self.openFiles = openFiles
    }

    /// How many files a process may have open in the end, if nobody said it.
    package static let usualOpenFiles: UInt64 = 4096

    package static let standard = ResourceLimits()

    /// A file with content takes 4 KiB of the scratch at least, so more than this many never fit.
    package var inodes: UInt64 { scratchInodes ?? max(1024, scratchBytes / 4096) }

    package mutating func set(_ limit: LimitName, to value: UInt64) {
        switch limit {
        case .timeout: timeoutSeconds = value
        case .grace: graceSeconds = value
        case .memory: memoryBytes = value
        case .processes: processes = value
        case .scratch: scratchBytes = value
        case .inodes: scratchInodes = value
        case .file: fileBytes = value
        case .log: logBytes = value
        case .outputFiles: outputFiles = value
        case .outputSize: outputBytes = value
        case .cpus: cpus = value
        case .files: openFiles = value
        }
    }

    /// The value that was given; nil where the limit is none, or follows from another one.
    package func given(_ limit: LimitName) -> UInt64? {
        switch limit {
        case .inodes: scratchInodes
        case .outputSize: outputBytes
        case .files: openFiles
        case .timeout, .grace, .memory, .processes, .scratch, .file, .log, .outputFiles, .cpus: value(of: limit)
        }
    }

    /// The value that holds, whether it was given or follows from another one; nil for no limit.
    package func value(of limit: LimitName) -> UInt64? {
        switch limit {
        case .timeout: timeoutSeconds
        case .grace: graceSeconds
        case .memory: memoryBytes
        case .processes: processes
        case .scratch: scratchBytes
        case .inodes: inodes
        case .file: fileBytes
        case .log: logBytes
        case .outputFiles: outputFiles
        case .outputSize: outputBytes ?? scratchBytes
        case .cpus: cpus
        case .files: openFiles ?? Self.usualOpenFiles
        }
    }
}

/// A limit that a build reached, and by what.
package struct ExceededLimit: Hashable, Sendable {
    package var limit: LimitName
    /// In seconds, bytes or pieces, as the limit counts.
    package var value: UInt64
    /// What was seen, in words: `310 MiB in all processes together`. May hold a build's own names.
    package var seen: String

    package init(limit: LimitName, value: UInt64, seen: String) {
        self.limit = limit
        self.value = value
        self.seen = seen
    }

    /// As the answer of an error.
    package var words: String { "limit \(limit.rawValue) of \(limit.text(value)) was reached: \(seen)" }

    /// What can be done about it in a rebuild.
    package var recordedRemedy: String {
        "the record's own limit holds in a rebuild as well: rebuild where the build uses less, or from the record of a build that "
            + "was allowed more"
    }

    /// What can be done about it in a recipe.
    package var remedy: String {
        let (twice, overflow) = value.multipliedReportingOverflow(by: 2)
        let more = overflow || !limit.range.contains(twice) ? "..." : limit.text(twice)
        return "make the build use less, or allow it more with `limits: {\(limit.rawValue): \(more)}` in its recipe"
    }
}
