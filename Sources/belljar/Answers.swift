internal import BelljarBuild
internal import BelljarModel
internal import BelljarSandbox
internal import BelljarStore

/// What `--json` prints, each answer declared once: what is written and its schema (`belljar schema`) follow from it.
/// A record itself, which `show` prints, is declared beside its reader.
enum Answers {
    /// All of them by the names of their schemas, with what they answer.
    static var all: [(name: String, title: String, schema: JSONSchema)] {
        [
            ("build-answer", "belljar build --json", builds.schema),
            ("doctor-answer", "belljar doctor --json", doctor.schema),
            ("error-answer", "any command with --json, if it fails", failure.schema),
            ("fsck-answer", "belljar store fsck --json", check.schema),
            ("gc-answer", "belljar store gc --json", collection.schema),
            ("log-answer", "belljar log --json", log.schema),
            ("ledger-answer", "belljar show --ledger --json", ledger.schema),
            ("path-answer", "belljar store path --json", path.schema),
            ("rebuild-answer", "belljar rebuild --json", verdict.schema),
            ("records-answer", "belljar records --json", records.schema),
            ("schema-answer", "belljar schema --json", schemas.schema),
            ("store-roots-answer", "belljar store du --by-root --json", roots.schema),
            ("store-usage-answer", "belljar store du --json", usage.schema),
            ("toolchain-answer", "belljar toolchain show --json", toolchain.schema),
            ("toolchain-list-answer", "belljar toolchain list --json", toolchainList.schema),
            ("toolchain-verify-answer", "belljar toolchain verify --json", verifiedToolchains.schema),
            (
                "toolchains-answer", "belljar toolchain lock, build, import and verify --rebuild --json",
                toolchains.schema
            ),
            ("verify-answer", "belljar verify --json", verification.schema),
            ("version-answer", "belljar version --json", version.schema),
        ]
    }

    // MARK: Errors

    static let failure = JSONType<ReportedError>.answer {
        JSONMember(says: "error", error) { $0 }
    }

    struct ReportedError {
        var error: BelljarError
        /// Nil for what the error's code says.
        var exitCode: Int32?
    }

    private static let error = JSONType<ReportedError>.answer {
        JSONMember(says: "code", .text(among: ErrorCode.all.map(\.name))) { $0.error.code.name }
        JSONMember(says: "exitCode", .count(in: 0...255)) {
            UInt64(clamping: $0.exitCode ?? $0.error.code.exitCode)
        }
        JSONMember(says: "operation", .text) { $0.error.operation }
        JSONMember(says: "subject", .text) { $0.error.subject }
        JSONMember(says: "answer", .text) { $0.error.answer }
        JSONMember(says: "details", .list(of: .text)) { $0.error.details }
        JSONMember(maySay: "stage", .text) { $0.error.stage }
        JSONMember(maySay: "remedy", .text) { $0.error.remedy }
        // A number that is too large for JSON is no limit that could be given.
        JSONMember(maySay: "limit", ExceededLimit.json) { reported in
            reported.error.exceeded.flatMap { $0.value <= UInt64(CanonicalJSON.integerLimit) ? $0 : nil }
        }
    }

    // MARK: Builds and records

    static let builds = JSONType<[BuildOutcome]>.answer {
        JSONMember(says: "builds", .list(of: build)) { $0 }
    }

    private static let build = JSONType<BuildOutcome>.answer {
        JSONMember(says: "name", .name(.recipe)) { $0.record.definition.name }
        JSONMember(says: "version", .name(.version)) { $0.record.definition.version }
        JSONMember(says: "cached", .flag) { $0.isCached }
        JSONMember(says: "action", .digest) { $0.record.action }
        JSONMember(says: "definition", .digest) { $0.record.keyed.digest }
        JSONMember(says: "result", .digest) { (outcome) throws(BelljarError) in try outcome.record.result.resultDigest()
        }
        JSONMember(says: "image", .digest) { $0.record.definition.toolchain.image.digest }
        JSONMember(says: "status", .choice) { $0.record.result.status }
        JSONMember(says: "outputs", .list(of: BuildRecord.Output.json)) { $0.record.result.outputs }
        JSONMember(says: "milliseconds", .count) { $0.record.observed.milliseconds }
        JSONMember(maySay: "record", .digest) { $0.digest }
        JSONMember(maySay: "tree", .digest) { $0.record.result.tree?.digest }
    }

    static let verdict = JSONType<Verdict>.answer {
        JSONMember(says: "verdict", .choice) { $0.kind }
        JSONMember(says: "record", .digest) { $0.original }
        JSONMember(says: "differences", .list(of: difference)) { $0.differences }
        JSONMember(says: "inputs", .map(.text, to: .text)) { $0.inputs }
        JSONMember(says: "milliseconds", .count) { $0.milliseconds }
        JSONMember(says: "executed", .flag) { $0.rebuilt != nil }
        JSONMember(maySay: "rebuilt", .digest) { $0.rebuilt }
        JSONMember(maySay: "reason", error) { verdict in
            verdict.reason.map { ReportedError(error: $0, exitCode: nil) }
        }
    }

    private static let difference = JSONType<Verdict.Difference>.answer {
        JSONMember(says: "kind", .choice) { $0.kind }
        JSONMember(says: "path", .text) { $0.path }
        JSONMember(maySay: "expected", BuildRecord.Output.json) { $0.expected }
        JSONMember(maySay: "found", BuildRecord.Output.json) { $0.found }
    }

    static let records = JSONType<[RecordEntry]>.answer {
        JSONMember(says: "records", .list(of: listed)) { $0 }
    }

    private static let listed = JSONType<RecordEntry>.answer {
        JSONMember(maySay: "digest", .digest) { $0.digest }
        JSONMember(says: "name", .name(.recipe)) { $0.name }
        JSONMember(says: "version", .name(.version)) { $0.version }
        JSONMember(says: "status", .choice) { $0.status }
        JSONMember(says: "created", .count) { $0.created }
        JSONMember(says: "definition", .digest) { $0.definition }
        JSONMember(maySay: "rebuildOf", .digest) { $0.rebuildOf }
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
            JSONMember(says: "record", .digest) { $0.record }
            JSONMember(says: name, .digest) { $0.content }
            JSONMember(says: "size", .count) { $0.size }
            JSONMember(says: "truncated", .flag) { $0.isTruncated }
        }
    }

    struct Verification {
        var file: String
        var digest: Digest
        var record: Digest
        var output: String
    }

    static let verification = JSONType<Verification>.answer {
        JSONMember(says: "file", .text) { $0.file }
        JSONMember(says: "digest", .digest) { $0.digest }
        JSONMember(says: "record", .digest) { $0.record }
        JSONMember(says: "output", .text) { $0.output }
        // What does not match is an error.
        JSONMember(says: "match", .flag) { _ in true }
    }

    // MARK: The store

    static let usage = JSONType<UsageReport>.answer {
        JSONMember(says: "totalBytes", .count) { $0.totalBytes }
        JSONMember(says: "availableBytes", .count) { $0.availableBytes }
        JSONMember(says: "blobs", part) { $0.blobs }
        JSONMember(says: "checkouts", part) { $0.checkouts }
        JSONMember(says: "records", part) { $0.records }
        JSONMember(says: "names", part) { $0.refs }
        JSONMember(says: "other", part) { $0.other }
    }

    private static let part = JSONType<UsageReport.Part>.answer {
        JSONMember(says: "files", .count) { $0.files }
        JSONMember(says: "bytes", .count) { $0.bytes }
    }

    static let roots = JSONType<RootUsageReport>.answer {
        JSONMember(says: "roots", .list(of: root)) { $0.roots }
        JSONMember(says: "looseBytes", .count) { $0.looseBytes }
    }

    private static let root = JSONType<RootUsage>.answer {
        JSONMember(says: "kind", .choice) { $0.kind }
        JSONMember(says: "name", .text) { $0.name }
        JSONMember(says: "aloneBytes", .count) { $0.aloneBytes }
        JSONMember(says: "sharedBytes", .count) { $0.sharedBytes }
        JSONMember(says: "missing", .count) { UInt64(clamping: $0.missing) }
        JSONMember(maySay: "digest", .digest) { $0.digest }
        JSONMember(maySay: "damages", .list(of: .text)) { $0.damages.isEmpty ? nil : $0.damages }
    }

    struct Collection {
        var report: GCReport
        var isDryRun: Bool
    }

    static let collection = JSONType<Collection>.answer {
        JSONMember(says: "dryRun", .flag) { $0.isDryRun }
        JSONMember(says: "records", .count) { UInt64(clamping: $0.report.records) }
        JSONMember(says: "actions", .count) { UInt64(clamping: $0.report.actions) }
        JSONMember(says: "memos", .count) { UInt64(clamping: $0.report.memos) }
        JSONMember(says: "toolchains", .count) { UInt64(clamping: $0.report.toolchains) }
        JSONMember(says: "checkouts", .count) { UInt64(clamping: $0.report.checkouts) }
        JSONMember(says: "blobs", .count) { UInt64(clamping: $0.report.blobs) }
        JSONMember(says: "freedBytes", .count) { $0.report.freedBytes }
        JSONMember(says: "keptBlobs", .count) { UInt64(clamping: $0.report.keptBlobs) }
        JSONMember(says: "missing", .count) { UInt64(clamping: $0.report.missing) }
        JSONMember(says: "damages", .list(of: damage)) { $0.report.damages }
    }

    private static let damage = JSONType<GCReport.Damage>.answer {
        JSONMember(says: "root", .text) { $0.root }
        JSONMember(says: "finding", .text) { $0.finding }
    }

    static let check = JSONType<FsckReport>.answer {
        JSONMember(says: "sound", .flag) { $0.isSound }
        JSONMember(says: "blobs", .count) { UInt64(clamping: $0.blobs) }
        JSONMember(says: "bytes", .count) { $0.bytes }
        JSONMember(says: "names", .count) { UInt64(clamping: $0.refs) }
        JSONMember(says: "checkouts", .count) { UInt64(clamping: $0.checkouts) }
        JSONMember(says: "problems", .list(of: problem)) { $0.problems }
    }

    private static let problem = JSONType<FsckProblem>.answer {
        JSONMember(says: "kind", .choice) { $0.kind }
        JSONMember(says: "path", .text) { $0.path }
        JSONMember(says: "finding", .text) { $0.finding }
        JSONMember(says: "repaired", .flag) { $0.isRepaired }
    }

    static let path = JSONType<String>.answer {
        JSONMember(says: "path", .text) { $0 }
    }

    // MARK: Toolchains

    static let toolchains = JSONType<[ToolchainLock]>.answer {
        JSONMember(says: "toolchains", .list(of: locked)) { $0 }
    }

    private static let locked = JSONType<ToolchainLock>.answer { lockedMembers() }

    private static func lockedMembers() -> [JSONMember<ToolchainLock>] {
        [
            JSONMember(says: "name", .name(.recipe)) { $0.name },
            JSONMember(says: "image", .digest) { $0.image.digest },
            JSONMember(says: "timestamp", .count) { $0.timestamp },
            JSONMember(says: "packages", .list(of: package)) { $0.packages },
        ]
    }

    private static let package = JSONType<LockedPackage>.answer {
        JSONMember(says: "name", .text) { $0.name }
        JSONMember(says: "version", .text) { $0.version }
        JSONMember(says: "architecture", .text) { $0.architecture }
        JSONMember(says: "archive", .text) { $0.archive }
        JSONMember(says: "path", .text) { $0.path }
        JSONMember(says: "size", .count) { $0.size }
        JSONMember(says: "sha256", .digest) { $0.sha256 }
    }

    struct Toolchain {
        var lock: ToolchainLock
        /// Of the lock's text.
        var digest: Digest
    }

    static let toolchain = JSONType<Toolchain>.answer {
        lockedMembers().map { $0.said(of: \Toolchain.lock) }
        JSONMember(says: "lock", .digest) { $0.digest }
    }

    struct ToolchainState {
        var name: String
        var state: String
    }

    static let toolchainList = JSONType<[ToolchainState]>.answer {
        JSONMember(says: "toolchains", .list(of: toolchainState)) { $0 }
    }

    private static let toolchainState = JSONType<ToolchainState>.answer {
        JSONMember(says: "name", .text) { $0.name }
        JSONMember(says: "state", .text) { $0.state }
    }

    struct VerifiedToolchain {
        var name: String
        var image: Digest
        var files: Int
        var bytes: UInt64
    }

    static let verifiedToolchains = JSONType<[VerifiedToolchain]>.answer {
        JSONMember(says: "toolchains", .list(of: verifiedToolchain)) { $0 }
    }

    private static let verifiedToolchain = JSONType<VerifiedToolchain>.answer {
        JSONMember(says: "name", .text) { $0.name }
        JSONMember(says: "image", .digest) { $0.image }
        JSONMember(says: "files", .count) { UInt64(clamping: $0.files) }
        JSONMember(says: "bytes", .count) { $0.bytes }
    }

    // MARK: The host and the program

    struct Doctor {
        var isComplete: Bool
        var features: [HostFeature]
    }

    static let doctor = JSONType<Doctor>.answer {
        JSONMember(says: "complete", .flag) { $0.isComplete }
        JSONMember(says: "features", .list(of: feature)) { $0.features }
    }

    private static let feature = JSONType<HostFeature>.answer {
        JSONMember(says: "name", .text) { $0.name }
        JSONMember(says: "state", .choice) { $0.state }
        JSONMember(says: "finding", .text) { $0.finding }
        JSONMember(maySay: "remedy", .text) { $0.remedy }
    }

    struct NamedSchema {
        var name: String
        /// What it is of.
        var title: String
        /// In the folder that it was written to; nil if it was not.
        var file: String?
    }

    static let schemas = JSONType<[NamedSchema]>.answer {
        JSONMember(says: "schemas", .list(of: namedSchema)) { $0 }
    }

    private static let namedSchema = JSONType<NamedSchema>.answer {
        JSONMember(says: "name", .text) { $0.name }
        JSONMember(says: "title", .text) { $0.title }
        JSONMember(maySay: "file", .text) { $0.file }
    }

    static let version = JSONType<String>.answer {
        JSONMember(says: "version", .text) { $0 }
        JSONMember(says: "recordFormat", .count) { _ in BuildRecord.formatVersion }
    }
}
