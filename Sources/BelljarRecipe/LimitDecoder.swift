package import BelljarModel

/// Limits by their names, as recipes ask for them and hosts allow them.
enum LimitDecoder {
    /// The recipe's `limits`.
    static let limits = MappingRule("limits") { limits -> [LimitName: UInt64]? in
        var values: [LimitName: UInt64] = [:]
        for limit in LimitName.allCases {
            values[limit] = limits.optional(limit.rawValue, rule(limit), description(of: limit))
        }
        return values
    }

    /// The defaults, with what a recipe says in their place.
    static func resourceLimits(_ given: [LimitName: UInt64]) -> ResourceLimits {
        var limits = ResourceLimits.standard
        for (limit, value) in given { limits.set(limit, to: value) }
        return limits
    }

    static func rule(_ limit: LimitName) -> ValueRule<UInt64> { rule(limit.unit, limit.range) }

    static func rule(_ unit: LimitName.Unit, _ range: ClosedRange<UInt64>) -> ValueRule<UInt64> {
        switch unit {
        case .seconds: .text(Rules.seconds(in: range))
        case .bytes: .text(Rules.bytes(in: range))
        case .count: .whole(range)
        }
    }

    static func description(of limit: LimitName) -> String {
        switch limit {
        case .timeout: "time for all steps together, 1s to 168h; then every process gets SIGTERM; default 1h"
        case .grace: "from that SIGTERM to SIGKILL for every process, 0s to 10m; default 5s"
        case .memory: "resident memory of all processes together, 16MiB to 1024GiB; default none"
        case .processes: "processes and threads at once, 8 to 65536; default 4096"
        case .scratch:
            "what may be written to /build, /out, /tmp, /var/tmp, /run and /dev/shm, 1MiB to 1024GiB; default 8GiB"
        case .inodes: "files, directories and links that may be added there; default one for each 4KiB of scratch"
        case .file: "size of any one file, 1MiB to 1024GiB; default 8GiB"
        case .log: "how much of the log is kept, 4KiB to 1GiB; default 64MiB"
        case .outputFiles: "files, directories and links below /out at the end, 1 to 4000000; default 500000"
        case .outputSize: "bytes in files below /out, 0 to 1024GiB; default as scratch"
        case .cpus: "how many processors the build sees, 1 to 1024; default 2"
        case .files: "files that one process may have open, 16 to 1048576; default 1024, and 4096 as hard limit"
        }
    }

    /// What an option says of a timeout: as a recipe does, or in seconds.
    static func timeout(_ text: String) throws(BelljarError) -> UInt64 {
        let isNumber = text.utf8.allSatisfy(Rules.isDigit)
        do throws(Wrong) { return try Rules.seconds(in: LimitName.timeout.range)(isNumber ? text + "s" : text) } catch {
            throw BelljarError(
                .usage, operation: "use", subject: "--timeout \(text)", answer: "it " + error.reason,
                remedy: "for example --timeout 10m")
        }
    }

    static func description(of limit: SourceLimit) -> String {
        switch limit {
        case .files: "files, directories and links of a source, 1 to 4000000; default 1000000"
        case .size: "bytes of a source, unpacked, 1KiB to 1024GiB; default 64GiB"
        case .fetchSize: "bytes of one download, 1KiB to 1024GiB; default 16GiB"
        case .fetchTime: "one download with all attempts, 1s to 168h; default 6h"
        }
    }
}

extension RecipeDecoder {
    /// What an option says of a timeout, in seconds.
    package static func timeout(_ text: String) throws(BelljarError) -> UInt64 { try LimitDecoder.timeout(text) }
}
