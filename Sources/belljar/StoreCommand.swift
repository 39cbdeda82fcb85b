internal import ArgumentParser
internal import BelljarBuild
internal import BelljarModel
internal import BelljarStore

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "See what the store holds, check it, and free space.",
        discussion: "The store keeps everything that belljar fetched, built and recorded.",
        subcommands: [Usage.self, Collect.self, Check.self, Path.self])
}

extension StoreCommand {
    struct Usage: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "du", abstract: "Print how much space the store takes, and what takes it.",
            usage: "belljar store du [<options>]",
            discussion: """
                  belljar store du             by kind: blobs, checkouts, records, ...
                  belljar store du --by-root   by what keeps it: records, toolchains, ...
                """)

        @Flag(
            help: ArgumentHelp(
                "Print it for each record, toolchain, link, remembered result and running belljar.",
                discussion: """
                    `alone` is what would be free without it, `shared` what others keep as well. Exit code 6 if one of \
                    them cannot be read.
                    """))
        var byRoot = false
        @OptionGroup var options: GlobalOptions

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
                ("blobs", usage.blobs), ("checkouts", usage.checkouts), ("results", usage.results),
                ("records", usage.records), ("refs", usage.refs), ("cache", usage.cache), ("other", usage.other),
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
                for damage in root.damages { Console.write("  wrong  \(shown(damage))\n") }
            }
            Console.write("held by nothing  \(ProgressWords.size(report.looseBytes))\n")
        }
    }

    struct Collect: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gc", abstract: "Free space: remove what no record, toolchain or recent result needs.",
            usage: "belljar store gc [<options>]",
            discussion: """
                  belljar store gc --dry-run                  what would be removed?
                  belljar store gc
                  belljar store gc --records-older-than 90    old records too

                Links of `belljar build --link` keep what they lead to.
                What came in less than ten minutes ago stays, so right after a build this frees little.

                Exit codes: 5 if another belljar uses the store; nothing is removed then. 6 if something that stays \
                cannot be read; what surely can go is removed all the same.
                """)

        @Option(help: ArgumentHelp("Also remove records that are older than this many days.", valueName: "days"))
        var recordsOlderThan: UInt64?
        @Option(
            help: ArgumentHelp(
                "Keep this many of the newest records of each recipe, whatever their age.", valueName: "count"))
        var keep: Int = 1
        @Option(
            help: ArgumentHelp("Also remove toolchain images that were not used for this many days.", valueName: "days")
        )
        var toolchainsUnusedFor: UInt64?
        @Flag(help: "Remove nothing; print what would be removed.") var dryRun = false
        @OptionGroup var options: GlobalOptions

        private static let daySeconds: UInt64 = 86_400
        private static let mostDays: UInt64 = 100_000

        func validate() throws {
            guard (recordsOlderThan ?? 0) <= Self.mostDays, (toolchainsUnusedFor ?? 0) <= Self.mostDays, keep >= 0
            else {
                throw ValidationError("days are at most \(Self.mostDays), and --keep is not negative")
            }
        }

        func run() throws {
            let wanted = GCOptions(
                recordAgeSeconds: recordsOlderThan.map { $0 * Self.daySeconds }, keptPerName: keep,
                toolchainAgeSeconds: toolchainsUnusedFor.map { $0 * Self.daySeconds }, isDryRun: dryRun)
            let store = try Session(options).store()
            let report = try store.gc(wanted)
            let forgotten = try Memories(of: store).forget(isDryRun: dryRun)
            if options.json {
                try Console.write(
                    .init(report: report, forgotten: forgotten, isDryRun: dryRun), as: Answers.collection)
            } else {
                let bytes = ProgressWords.size(report.freedBytes + forgotten.bytes)
                let seldom = [(report.results, "results of links"), (forgotten.files, "memories")]
                    .filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }
                Console.write(
                    "\(dryRun ? "would free" : "freed") \(bytes): \(report.blobs) blobs, \(report.checkouts) checkouts, "
                        + "\(report.records) records\(seldom.joined())\n")
            }
            if report.youngBytes > 0 {
                Console.complain(
                    "note: \(ProgressWords.size(report.youngBytes)) held by nothing stay for now: they came in, or were used, less than "
                        + "\(wanted.graceSeconds / 60) minutes ago\n")
            }
            if report.missing > 0 {
                Console.complain(
                    "note: the store lacks \(report.missing) \(report.missing == 1 ? "blob" : "blobs") that something refers to; "
                        + "run `belljar store fsck`\n")
            }
            try complain(of: report)
        }

        private func complain(of report: GCReport) throws {
            guard !report.damages.isEmpty else { return }
            for damage in report.damages {
                Console.complain("wrong: \(shown(damage.root)): \(shown(damage.finding))\n")
            }
            let kept =
                report.keptForDamage ? "no blob was removed, because the damaged ones may need any of them; " : ""
            Console.complain("note: \(kept)run `belljar store fsck --repair`\n")
            throw QuietExit(exitCode: ErrorCode.integrity.exitCode)
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fsck",
            abstract: "Check the store: hash everything in it again, and look for what is missing.",
            usage: "belljar store fsck [<options>]",
            discussion: """
                Prints one line for each problem. Exit codes: 0 if all is well or was repaired, 6 if something is wrong.
                """)

        @Flag(help: "Repair what can be repaired, and move what is damaged to the folder quarantine.") var repair =
            false
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let report = try Session(options, mendsStore: repair).store().fsck(repair: repair)
            if options.json {
                try Console.write(report, as: Answers.check)
            } else {
                for problem in report.problems {
                    Console.write(
                        "\(problem.isRepaired ? "repaired" : "wrong   ")  \(shown(problem.path)): \(shown(problem.finding))\n"
                            + (problem.remedy.map { "          remedy: \(shown($0))\n" } ?? ""))
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
            commandName: "path", abstract: "Print the store's folder.", usage: "belljar store path [<options>]")

        @OptionGroup var options: GlobalOptions

        func run() throws {
            // The place alone: it need not be there yet.
            let path = try Places(options: options).store()
            if options.json {
                try Console.write(path, as: Answers.path)
            } else {
                // For other programs: just as it is.
                Console.write(bytes: Array("\(path)\n".utf8))
            }
        }
    }
}
