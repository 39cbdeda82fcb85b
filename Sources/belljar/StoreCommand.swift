internal import ArgumentParser
internal import BelljarBuild
internal import BelljarModel
internal import BelljarStore

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Look after the content store.",
        subcommands: [Usage.self, Collect.self, Check.self, Path.self])
}

extension StoreCommand {
    struct Usage: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "du", abstract: "Say how much space the parts of the store take.")

        @Flag(
            help: ArgumentHelp(
                "Say it for each record, toolchain, remembered result and running process.",
                discussion:
                    "What one holds alone would be free without it; what it shares, others hold too. Exit code 6 "
                    + "if one of them cannot be read."))
        var byRoot = false
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            if byRoot {
                let report = try Session(options).store().usageByRoot()
                try showRoots(report)
                guard report.roots.allSatisfy(\.damages.isEmpty) else {
                    throw QuietExit(exitCode: ErrorCode.integrity.exitCode)
                }
                return
            }
            let usage = try Session(options).store().usage()
            let parts = [
                ("blobs", usage.blobs), ("checkouts", usage.checkouts), ("records", usage.records),
                ("names", usage.refs), ("other", usage.other),
            ]
            if options.json {
                return try Console.write(usage, as: Answers.usage)
            }
            for (name, part) in parts {
                Console.write("\(name)  \(part.files) files  \(ProgressWords.size(part.bytes))\n")
            }
            Console.write("total  \(ProgressWords.size(usage.totalBytes))\n")
            Console.write("free on the file system  \(ProgressWords.size(usage.availableBytes))\n")
        }

        private func showRoots(_ report: RootUsageReport) throws(BelljarError) {
            if options.json { return try Console.write(report, as: Answers.roots) }
            for root in report.roots {
                let digest = root.digest.map { "  \($0.hex.prefix(12))" } ?? ""
                let missing = root.missing > 0 ? "  \(root.missing) missing" : ""
                Console.write(
                    "\(root.kind.rawValue)  \(shown(root.name))\(digest)  "
                        + "alone \(ProgressWords.size(root.aloneBytes))  "
                        + "shared \(ProgressWords.size(root.sharedBytes))\(missing)\n")
                for damage in root.damages { Console.write("  wrong  \(damage)\n") }
            }
            Console.write("held by nothing  \(ProgressWords.size(report.looseBytes))\n")
        }
    }

    struct Collect: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gc", abstract: "Remove what no record, toolchain or recent result refers to.",
            discussion:
                "Refused (exit code 5) while another belljar uses the store. Exit code 6 if something that stays "
                + "cannot be read; everything else is done then.")

        @Option(help: ArgumentHelp("Also remove records older than this.", valueName: "days")) var recordsOlderThan:
            UInt64?
        @Option(help: ArgumentHelp("Newest records of each recipe that stay whatever their age.", valueName: "count"))
        var keep: Int = 1
        @Option(help: ArgumentHelp("Also remove toolchain images unused for so long.", valueName: "days"))
        var toolchainsUnusedFor: UInt64?
        @Flag(help: "Only say what would be removed.") var dryRun = false
        @OptionGroup(title: "Global options") var options: GlobalOptions

        private static let daySeconds: UInt64 = 86_400
        private static let mostDays: UInt64 = 100_000

        func validate() throws {
            guard (recordsOlderThan ?? 0) <= Self.mostDays, (toolchainsUnusedFor ?? 0) <= Self.mostDays, keep >= 0
            else {
                throw ValidationError("days are at most \(Self.mostDays), and --keep is not negative")
            }
        }

        func run() throws {
            let report = try Session(options).store().gc(
                GCOptions(
                    recordAgeSeconds: recordsOlderThan.map { $0 * Self.daySeconds }, keptPerName: keep,
                    toolchainAgeSeconds: toolchainsUnusedFor.map { $0 * Self.daySeconds }, isDryRun: dryRun))
            if options.json {
                try Console.write(.init(report: report, isDryRun: dryRun), as: Answers.collection)
            } else {
                Console.write(
                    "\(dryRun ? "would free" : "freed") \(ProgressWords.size(report.freedBytes)): \(report.blobs) blobs, "
                        + "\(report.checkouts) checkouts, \(report.records) records\n")
            }
            if report.missing > 0 {
                Console.complain(
                    "note: \(report.missing) things are referred to and missing; see `belljar store fsck`\n")
            }
            try complain(of: report)
        }

        private func complain(of report: GCReport) throws {
            guard !report.damages.isEmpty else { return }
            for damage in report.damages {
                Console.complain("wrong: \(shown(damage.root)): \(damage.finding)\n")
            }
            let kept = report.keptForDamage ? "no blob was removed, because nobody knows what they refer to; " : ""
            Console.complain("note: \(kept)run `belljar store fsck --repair`\n")
            throw QuietExit(exitCode: ErrorCode.integrity.exitCode)
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fsck", abstract: "Hash everything in the store again and check that it fits together.",
            discussion: "Exit code 6 if something is wrong and was not repaired.")

        @Flag(help: "Mend what can be mended; what is damaged goes into quarantine.") var repair = false
        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            let report = try Session(options, mendsStore: repair).store().fsck(repair: repair)
            if options.json {
                try Console.write(report, as: Answers.check)
            } else {
                for problem in report.problems {
                    Console.write(
                        "\(problem.isRepaired ? "repaired" : "wrong   ")  \(problem.path): \(problem.finding)\n")
                }
                Console.write(
                    "\(report.blobs) blobs, \(ProgressWords.size(report.bytes)), \(report.checkouts) checkouts: "
                        + "\(report.isSound ? "sound" : "not sound")\n")
            }
            if !report.isSound { throw QuietExit(exitCode: ErrorCode.integrity.exitCode) }
        }
    }

    struct Path: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "path", abstract: "Print the store's folder.")

        @OptionGroup(title: "Global options") var options: GlobalOptions

        func run() throws {
            // The place alone: it need not be there yet.
            let path = try Places(options: options).store()
            if options.json {
                try Console.write(path, as: Answers.path)
            } else {
                Console.write(path + "\n")
            }
        }
    }
}
