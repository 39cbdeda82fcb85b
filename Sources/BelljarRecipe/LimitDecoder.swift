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
            cpus: values[.cpus] ?? standard.cpus, openFiles: values[.files])
    }

    static let names = LimitName.allCases.map(\.rawValue)

    /// The value of one limit, if the form has it.
    static func value(of limit: LimitName, _ form: Form) -> UInt64? {
        value(limit.rawValue, limit.unit, limit.range, form)
    }

    static func value(_ name: String, _ unit: LimitName.Unit, _ range: ClosedRange<UInt64>, _ form: Form) -> UInt64? {
        switch unit {
        case .seconds: form.optional(name, Rules.seconds(in: range))
        case .bytes: form.optional(name, Rules.bytes(in: range))
        case .count: form.optionalWhole(name, range)
        }
    }
}
