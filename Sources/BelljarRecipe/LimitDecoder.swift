internal import BelljarModel

/// Limits by their names, as recipes ask for them and hosts allow them.
enum LimitDecoder {
    /// The recipe's `limits`, over the defaults.
    static func limits(_ form: Form) -> ResourceLimits {
        guard let given = form.optionalForm("limits", "limits", keys: names) else { return .standard }
        var values: [LimitName: UInt64] = [:]
        for limit in LimitName.allCases { values[limit] = value(of: limit, given) }
        let standard = ResourceLimits.standard
        return ResourceLimits(
            timeoutSeconds: values[.timeout] ?? standard.timeoutSeconds,
            graceSeconds: values[.grace] ?? standard.graceSeconds, memoryBytes: values[.memory],
            processes: values[.processes] ?? standard.processes,
            scratchBytes: values[.scratch] ?? standard.scratchBytes, scratchInodes: values[.inodes],
            fileBytes: values[.file] ?? standard.fileBytes, logBytes: values[.log] ?? standard.logBytes,
            outputFiles: values[.outputFiles] ?? standard.outputFiles, outputBytes: values[.outputSize],
            cpus: values[.cpus] ?? standard.cpus)
    }

    static let names = LimitName.allCases.map(\.rawValue)

    /// The value of one limit, if the form has it.
    static func value(of limit: LimitName, _ form: Form) -> UInt64? {
        let range = range(of: limit)
        return switch limit.unit {
        case .seconds: form.optional(limit.rawValue, Rules.seconds(in: range))
        case .bytes: form.optional(limit.rawValue, Rules.bytes(in: range))
        case .count: form.optionalWhole(limit.rawValue, range)
        }
    }

    private static let tebibyte: UInt64 = 1 << 40

    private static func range(of limit: LimitName) -> ClosedRange<UInt64> {
        switch limit {
        case .timeout: 1...604_800
        case .grace: 0...600
        // With less than 16 MiB not even a shell with its libraries starts.
        case .memory: 16 << 20...tebibyte
        case .processes: 8...65_536
        case .scratch, .file: 1 << 20...tebibyte
        // The sandbox itself has some directories there.
        case .inodes: 64...1 << 32
        case .log: 4 << 10...1 << 30
        case .outputFiles: 1...4_000_000
        case .outputSize: 0...tebibyte
        case .cpus: 1...1024
        }
    }
}
