internal import BelljarBuild
internal import BelljarModel
internal import BelljarSandbox
internal import BelljarStore
internal import BelljarToolchain

/// What `--json` prints, each answer declared once: what is written and its schema (`belljar schema`) follow from it.
/// A record itself, which `show` prints, is declared beside its reader.
enum Answers {
    /// All of them by the names of their schemas, with what they answer.
    static var all: [(name: String, title: String, schema: JSONSchema)] {
        [
            ("build-answer", "belljar build --json", builds.schema),
            ("build-event", "a line of belljar build --events", event.schema),
            ("build-plan-answer", "belljar build --dry-run --json", plan.schema),
            ("check-answer", "belljar check --json", reproducibility.schema),
            ("diff-answer", "belljar diff --json", diff.schema),
            ("doctor-answer", "belljar doctor --json", doctor.schema),
            ("error-answer", "any command with --json, if it fails", failure.schema),
            ("export-answer", "belljar export --json", export.schema),
            ("fsck-answer", "belljar store fsck --json", check.schema),
            ("gc-answer", "belljar store gc --json", collection.schema),
            ("graph-answer", "belljar graph --json", graph.schema),
            ("impact-answer", "belljar impact --json", impacts.schema),
            ("init-answer", "belljar init --json", project.schema),
            ("lint-answer", "belljar lint --json", lint.schema),
            ("list-answer", "belljar list --json", recipes.schema),
            ("log-answer", "belljar log --json", log.schema),
            ("ledger-answer", "belljar show --ledger --json", ledger.schema),
            ("path-answer", "belljar store path --json", path.schema),
            ("rebuild-answer", "belljar rebuild --json", verdict.schema),
            ("records-answer", "belljar records --json", records.schema),
            ("replay-answer", "belljar replay --json", replay.schema),
            ("schema-answer", "belljar schema --json", schemas.schema),
            ("stats-answer", "belljar stats --json", stats.schema),
            ("store-roots-answer", "belljar store du --by-root --json", roots.schema),
            ("store-usage-answer", "belljar store du --json", usage.schema),
            ("timeline-answer", "belljar timeline --json", timeline.schema),
            ("toolchain-answer", "belljar toolchain show --json", toolchain.schema),
            ("toolchain-list-answer", "belljar toolchain list --json", toolchainList.schema),
            (
                "toolchain-verify-answer", "belljar toolchain verify --json, also with --rebuild",
                verifiedToolchains.schema
            ),
            ("toolchains-answer", "belljar toolchain new, add, lock, build and import --json", toolchains.schema),
            ("verify-answer", "belljar verify --json", verification.schema),
            ("version-answer", "belljar version --json", version.schema),
            ("why-answer", "belljar why --json", reasons.schema),
        ]
    }

    // MARK: Errors

    static let failure = JSONType<ReportedError>.answer {
        JSONMember(says: "error", error, "what went wrong") { $0 }
    }

    /// An error as its reader is told of it: of work that was cut short, who ended it, and not which call that came upon.
    struct ReportedError {
        let error: BelljarError
        /// belljar's exit code.
        let exitCode: Int32

        init(_ error: BelljarError) {
            var told = Interruption.told(error)
            // For who looks for the reason of a delay.
            if error.code == .cancelled, error.operation != told.operation {
                told.details = ["it came while belljar was to \(error.operation) \(error.subject)"]
            }
            self.error = told
            exitCode = ErrorReport.exitCode(of: error)
        }
    }

    static let error = JSONType<ReportedError>.answer {
        JSONMember(says: "code", .text(among: ErrorCode.all.map(\.name)), "the class of the error") {
            $0.error.code.name
        }
        JSONMember(says: "exitCode", .count(in: 0...255), "belljar's exit code") {
            UInt64(clamping: $0.exitCode)
        }
        JSONMember(says: "operation", .text, "what was being done") { $0.error.operation }
        JSONMember(says: "subject", .text, "to what") { $0.error.subject }
        JSONMember(says: "answer", .text, "what the system answered") { $0.error.answer }
        JSONMember(says: "details", .list(of: .text), "further lines: the end of a log, paths that differ") {
            $0.error.details
        }
        JSONMember(maySay: "stage", .text, "the stage in which it happened") { $0.error.stage }
        JSONMember(maySay: "remedy", .text, "what can be done about it") { $0.error.remedy }
        // A number that is too large for JSON is no limit that could be given.
        JSONMember(maySay: "limit", ExceededLimit.json, "the limit that was reached") { reported in
            reported.error.exceeded.flatMap { $0.value <= UInt64(CanonicalJSON.integerLimit) ? $0 : nil }
        }
    }

    // MARK: Builds and records

    static let verdict = JSONType<Verdict>.answer {
        JSONMember(says: "verdict", .choice, "what was shown") { $0.kind }
        JSONMember(says: "record", .digest, "the record that was rebuilt") { $0.original }
        JSONMember(says: "differences", .list(of: difference), "outputs that are not as recorded") { $0.differences }
        JSONMember(says: "inputs", .map(.text, to: .text), "where each input came from: store or rebuilt") { $0.inputs }
        JSONMember(says: "milliseconds", .count, "how long it took, with fetching and building images") {
            $0.milliseconds
        }
        JSONMember(says: "executed", .flag, "whether the action was executed") { $0.rebuilt != nil }
        JSONMember(maySay: "rebuilt", .digest, "the record that this execution left") { $0.rebuilt }
        JSONMember(
            maySay: "reason", error,
            "the error behind failed and inconclusive, and behind different where every file is the same"
        ) { verdict in
            verdict.reason.map { ReportedError($0) }
        }
    }

    static let difference = JSONType<Verdict.Difference>.answer {
        JSONMember(says: "kind", .choice, "what is different") { $0.kind }
        JSONMember(says: "path", .text, "path below /out") { $0.path }
        JSONMember(maySay: "expected", BuildRecord.Output.json, "the output in the record") { $0.expected }
        JSONMember(maySay: "found", BuildRecord.Output.json, "the output now") { $0.found }
    }

    static let records = JSONType<[RecordEntry]>.answer {
        JSONMember(says: "records", .list(of: listed), "the newest first") { $0 }
    }

    private static let listed = JSONType<RecordEntry>.answer {
        JSONMember(maySay: "digest", .digest, "SHA-256 of the record") { $0.digest }
        JSONMember(says: "name", .name(.recipe), "the recipe's name") { $0.name }
        JSONMember(says: "version", .name(.version), "the recipe's version") { $0.version }
        JSONMember(says: "status", .choice, "ok, or how the build failed") { $0.status }
        JSONMember(says: "created", .count, "when it was kept: seconds since 1970") { $0.created }
        JSONMember(says: "definition", .digest, "SHA-256 of the definition") { $0.definition }
        JSONMember(maySay: "rebuildOf", .digest, "the record whose rebuild left this one; missing for a build") {
            $0.rebuildOf
        }
    }

    /// A log or a ledger, which is text of its own.
    struct Text {
        var record: Digest
        var content: Digest
        /// In bytes.
        var size: UInt64
        var isTruncated: Bool
    }

    static let log = text("log")
    static let ledger = text("ledger")

    private static func text(_ name: String) -> JSONType<Text> {
        .answer {
            JSONMember(says: "record", .digest, "SHA-256 of the record") { $0.record }
            JSONMember(says: name, .digest, "SHA-256 of the text") { $0.content }
            JSONMember(says: "size", .count, "bytes of the text") { $0.size }
            JSONMember(says: "truncated", .flag, "whether it was cut off at its limit") { $0.isTruncated }
        }
    }

    struct Verification {
        var file: String
        var digest: Digest
        var record: Digest
        var output: String
    }

    static let verification = JSONType<Verification>.answer {
        JSONMember(says: "file", .text, "the file that was checked") { $0.file }
        JSONMember(says: "digest", .digest, "its SHA-256") { $0.digest }
        JSONMember(says: "record", .digest, "the record that has it") { $0.record }
        JSONMember(says: "output", .text, "which of its outputs it is") { $0.output }
        // What does not match is an error.
        JSONMember(says: "match", .flag, "always true: what does not match is an error") { _ in true }
    }

    struct Export {
        var record: Digest
        /// Files and links.
        var outputs: UInt64
        var folder: String?
        var file: String?
        /// Paths in the folder, as texts of `PathText`.
        var kept: [String] = []
    }

    static let export = JSONType<Export>.answer {
        JSONMember(says: "record", .digest, "the record whose outputs these are") { $0.record }
        JSONMember(says: "outputs", .count, "files and links that it has") { $0.outputs }
        JSONMember(maySay: "folder", .text, "where they are; with --output") { $0.folder }
        JSONMember(maySay: "file", .text, "the archive that they are in; with --tar") { $0.file }
        JSONMember(
            says: "kept", .list(of: .text),
            "files of earlier exports that are no outputs any more, and stay because they were changed"
        ) { $0.kept.map { PathText.shown($0) } }
    }

    // MARK: The store

    static let usage = JSONType<UsageReport>.answer {
        JSONMember(says: "totalBytes", .count, "all files of the store") { $0.totalBytes }
        JSONMember(says: "availableBytes", .count, "free on its file system") { $0.availableBytes }
        JSONMember(says: "blobs", part, "contents by their SHA-256") { $0.blobs }
        JSONMember(says: "checkouts", part, "trees that are laid out as folders") { $0.checkouts }
        JSONMember(says: "results", part, "what links of `belljar build --link` lead to") { $0.results }
        JSONMember(says: "records", part, "the list of the records") { $0.records }
        JSONMember(says: "names", part, "what remembers actions, results and toolchains") { $0.refs }
        JSONMember(says: "cache", part, "memories of sources and projects, and compiled filters") { $0.cache }
        JSONMember(says: "other", part, "everything else") { $0.other }
    }

    private static let part = JSONType<UsageReport.Part>.answer {
        JSONMember(says: "files", .count, "how many there are") { $0.files }
        JSONMember(says: "bytes", .count, "what they take on the disk") { $0.bytes }
    }

    static let roots = JSONType<RootUsageReport>.answer {
        JSONMember(says: "roots", .list(of: root), "what keeps content in the store") { $0.roots }
        JSONMember(says: "looseBytes", .count, "bytes that nothing keeps") { $0.looseBytes }
    }

    private static let root = JSONType<RootUsage>.answer {
        JSONMember(says: "kind", .choice, "what it is") { $0.kind }
        JSONMember(says: "name", .text, "what it is called") { $0.name }
        JSONMember(says: "aloneBytes", .count, "bytes that only this keeps") { $0.aloneBytes }
        JSONMember(says: "sharedBytes", .count, "bytes that others keep, too") { $0.sharedBytes }
        JSONMember(says: "missing", .count, "contents that it names and that are not there") {
            UInt64(clamping: $0.missing)
        }
        JSONMember(maySay: "digest", .digest, "SHA-256 of the record, also of a link's, or of a toolchain's lock") {
            $0.digest
        }
        JSONMember(maySay: "damages", .list(of: .text), "what cannot be read of it") {
            $0.damages.isEmpty ? nil : $0.damages
        }
    }

    struct Collection {
        var report: GCReport
        var forgotten: Memories.Forgotten
        var isDryRun: Bool
    }

    static let collection = JSONType<Collection>.answer {
        JSONMember(says: "dryRun", .flag, "whether nothing was removed") { $0.isDryRun }
        JSONMember(says: "records", .count, "records that went") { UInt64(clamping: $0.report.records) }
        JSONMember(says: "actions", .count, "remembered actions that went") { UInt64(clamping: $0.report.actions) }
        JSONMember(says: "memos", .count, "remembered results that went") { UInt64(clamping: $0.report.memos) }
        JSONMember(says: "toolchains", .count, "toolchains that went") { UInt64(clamping: $0.report.toolchains) }
        JSONMember(says: "checkouts", .count, "laid out trees that went") { UInt64(clamping: $0.report.checkouts) }
        JSONMember(says: "links", .count, "links that are gone, and keep nothing any more") {
            UInt64(clamping: $0.report.links)
        }
        JSONMember(says: "results", .count, "folders that no link leads to any more") {
            UInt64(clamping: $0.report.results)
        }
        JSONMember(says: "memories", .count, "memories of sources and projects that went") {
            UInt64(clamping: $0.forgotten.files)
        }
        JSONMember(says: "blobs", .count, "contents that went") { UInt64(clamping: $0.report.blobs) }
        JSONMember(says: "freedBytes", .count, "bytes that are free now") {
            $0.report.freedBytes + $0.forgotten.bytes
        }
        JSONMember(says: "keptBlobs", .count, "contents that stay") { UInt64(clamping: $0.report.keptBlobs) }
        JSONMember(says: "youngBytes", .count, "bytes that nothing refers to, and that are too young to go") {
            $0.report.youngBytes
        }
        JSONMember(says: "missing", .count, "contents that are named and not there") {
            UInt64(clamping: $0.report.missing)
        }
        JSONMember(says: "damages", .list(of: damage), "what cannot be read") { $0.report.damages }
    }

    private static let damage = JSONType<GCReport.Damage>.answer {
        JSONMember(says: "root", .text, "what names it") { $0.root }
        JSONMember(says: "finding", .text, "what is wrong") { $0.finding }
    }

    static let check = JSONType<FsckReport>.answer {
        JSONMember(says: "sound", .flag, "whether nothing is wrong, or all of it was repaired") { $0.isSound }
        JSONMember(says: "blobs", .count, "contents that were looked at") { UInt64(clamping: $0.blobs) }
        JSONMember(says: "bytes", .count, "bytes that were hashed") { $0.bytes }
        JSONMember(says: "names", .count, "names that were looked at") { UInt64(clamping: $0.refs) }
        JSONMember(says: "checkouts", .count, "laid out trees that were looked at") { UInt64(clamping: $0.checkouts) }
        JSONMember(says: "problems", .list(of: problem), "what is wrong") { $0.problems }
    }

    private static let problem = JSONType<FsckProblem>.answer {
        JSONMember(says: "kind", .choice, "what kind of problem it is") { $0.kind }
        JSONMember(says: "path", .text, "path in the store") { $0.path }
        JSONMember(says: "finding", .text, "what is wrong") { $0.finding }
        JSONMember(says: "repaired", .flag, "whether it was repaired") { $0.isRepaired }
        JSONMember(maySay: "remedy", .text, "what helps where a repair does not, or not all the way") { $0.remedy }
    }

    static let path = JSONType<String>.answer {
        JSONMember(says: "path", .text, "the store's folder") { $0 }
    }

    // MARK: Toolchains

    static let toolchains = JSONType<[ToolchainLock]>.answer {
        JSONMember(says: "toolchains", .list(of: locked), "those that were asked for") { $0 }
    }

    private static let locked = JSONType<ToolchainLock>.answer { lockedMembers() }

    private static func lockedMembers() -> [JSONMember<ToolchainLock>] {
        [
            JSONMember(says: "name", .name(.recipe), "the toolchain's name") { $0.name },
            JSONMember(says: "image", .digest, "SHA-256 of the image") { $0.image.digest },
            JSONMember(says: "timestamp", .count, "the time of its files: seconds since 1970") { $0.timestamp },
            JSONMember(says: "packages", .list(of: package), "what it is made of") { $0.packages },
        ]
    }

    private static let package = JSONType<LockedPackage>.answer {
        JSONMember(says: "name", .text, "the package's name") { $0.name }
        JSONMember(says: "version", .text, "the package's version") { $0.version }
        JSONMember(says: "architecture", .text, "what it is for") { $0.architecture }
        JSONMember(says: "archive", .text, "the archive that has it") { $0.archive }
        JSONMember(says: "path", .text, "path in that archive") { $0.path }
        JSONMember(says: "size", .count, "bytes of the package") { $0.size }
        JSONMember(says: "sha256", .digest, "SHA-256 of the package") { $0.sha256 }
    }

    struct Toolchain {
        var lock: ToolchainLock
        /// Of the lock's text.
        var digest: Digest
    }

    static let toolchain = JSONType<Toolchain>.answer {
        lockedMembers().map { $0.said(of: \Toolchain.lock) }
        JSONMember(says: "lock", .digest, "SHA-256 of the lock's text") { $0.digest }
    }

    struct ToolchainState {
        enum State: String, CaseIterable { case built, locked, unusable }
        enum Origin: String, CaseIterable { case project, belljar }

        var name: String
        var info: ToolchainInfo

        var state: State { info.problem != nil ? .unusable : info.isBuilt ? .built : .locked }
        var origin: Origin { info.isShipped ? .belljar : .project }
    }

    static let toolchainList = JSONType<[ToolchainState]>.answer {
        JSONMember(says: "toolchains", .list(of: toolchainState), "the project's, and those that came with belljar") {
            $0
        }
    }

    private static let toolchainState = JSONType<ToolchainState>.answer {
        JSONMember(says: "name", .text, "the toolchain's name") { $0.name }
        JSONMember(
            says: "state", .choice, "built: its image is in this store; locked: it is not; unusable: see problem"
        ) {
            $0.state
        }
        JSONMember(maySay: "problem", .text, "why its lock cannot be used") { $0.info.problem?.answer }
        JSONMember(says: "origin", .choice, "whether it is the project's, or came with belljar") { $0.origin }
        JSONMember(says: "folder", .text, "absolute path of its folder") { $0.info.folder }
    }

    struct Project {
        var name: String
        var template: String
        /// Absolute paths.
        var files: [String]
        var toolchain: ToolchainLock?
    }

    static let project = JSONType<Project>.answer {
        JSONMember(says: "name", .name(.recipe), "the new recipe's name") { $0.name }
        JSONMember(says: "template", .text, "the template that was used") { $0.template }
        JSONMember(says: "files", .list(of: .text), "absolute paths of what was written") { $0.files }
        JSONMember(maySay: "image", .digest, "SHA-256 of the toolchain's image, if it was locked") {
            $0.toolchain?.image.digest
        }
    }

    struct VerifiedToolchain {
        var name: String
        var image: Digest
        var files: Int
        var bytes: UInt64
    }

    static let verifiedToolchains = JSONType<[VerifiedToolchain]>.answer {
        JSONMember(says: "toolchains", .list(of: verifiedToolchain), "those that were asked for") { $0 }
    }

    private static let verifiedToolchain = JSONType<VerifiedToolchain>.answer {
        JSONMember(says: "name", .text, "the toolchain's name") { $0.name }
        JSONMember(says: "image", .digest, "SHA-256 of the image") { $0.image }
        JSONMember(says: "files", .count, "files that were hashed") { UInt64(clamping: $0.files) }
        JSONMember(says: "bytes", .count, "bytes that were hashed") { $0.bytes }
    }

    // MARK: The host and the program

    struct Doctor {
        var isComplete: Bool
        var features: [HostFeature]
    }

    static let doctor = JSONType<Doctor>.answer {
        JSONMember(says: "complete", .flag, "whether this host has all that a sandbox needs") { $0.isComplete }
        JSONMember(says: "features", .list(of: feature), "what was tried out") { $0.features }
    }

    private static let feature = JSONType<HostFeature>.answer {
        JSONMember(says: "name", .text, "the feature's name") { $0.name }
        JSONMember(says: "state", .choice, "whether it is there") { $0.state }
        JSONMember(says: "finding", .text, "what was seen") { $0.finding }
        JSONMember(maySay: "remedy", .text, "what can be done") { $0.remedy }
    }

    struct NamedSchema {
        var name: String
        /// What it is of.
        var title: String
        /// In the folder that it was written to; nil if it was not.
        var file: String?
    }

    static let schemas = JSONType<[NamedSchema]>.answer {
        JSONMember(says: "schemas", .list(of: namedSchema), "all of them") { $0 }
    }

    private static let namedSchema = JSONType<NamedSchema>.answer {
        JSONMember(says: "name", .text, "what `belljar schema` knows it by") { $0.name }
        JSONMember(says: "title", .text, "what it is of") { $0.title }
        JSONMember(maySay: "file", .text, "the file that was written; only with --output") { $0.file }
    }

    static let version = JSONType<String>.answer {
        JSONMember(says: "version", .text, "of this belljar") { $0 }
        JSONMember(says: "recordFormat", .count, "the format of records that it writes") {
            _ in BuildRecord.formatVersion
        }
    }
}
