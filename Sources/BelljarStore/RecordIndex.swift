internal import BelljarControls
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import GRDB
internal import Synchronization

/// The SQLite index of the records, opened when it is first asked.
///
/// It only saves reading every file of `records` for every listing: the files are what counts. Each question first
/// brings the index up to date with the names that are in the folder, so a build never waits for SQLite, and an index
/// that is lost, stale or damaged costs nothing but time.
final class RecordIndex: Sendable {
    private let path: String
    private let owner: Account?
    private let queue = Mutex<DatabaseQueue?>(nil)

    /// Raised when the tables change; an index of another version is made anew.
    private static let version = 3

    init(path: String, owner: Account?) {
        self.path = path
        self.owner = owner
    }

    /// The digests that are indexed.
    func digests() throws(BelljarError) -> Set<Digest> {
        try perform { database in
            Set(try String.fetchAll(database, sql: "SELECT digest FROM record").compactMap { Digest(hex: $0) })
        }
    }

    /// Adds and removes records in one step.
    func update(adding entries: [RecordEntry], removing digests: [Digest]) throws(BelljarError) {
        guard !entries.isEmpty || !digests.isEmpty else { return }
        try perform { database in
            try database.inTransaction(.immediate) {
                for digest in digests {
                    try database.execute(sql: "DELETE FROM record WHERE digest = ?", arguments: [digest.hex])
                }
                for entry in entries { try RecordIndex.insert(entry, into: database) }
                return .commit
            }
        }
    }

    /// Newest first; equally old ones by digest, so that the order is always the same.
    func records() throws(BelljarError) -> [RecordEntry] {
        try perform { database in
            // In the order of what the rows say themselves: that is sealed, and the columns beside it are not.
            try Row.fetchAll(database, sql: "SELECT digest, entry FROM record").map { try RecordIndex.entry(in: $0) }
                .sorted { $0.isListed(before: $1) }
        }
    }

    /// What is said of each record.
    func entries() throws(BelljarError) -> [Digest: RecordEntry] {
        let listed = try records().compactMap { entry in entry.digest.map { ($0, entry) } }
        return Dictionary(listed) { first, _ in first }
    }

    /// What SQLite finds wrong with the file; nil if nothing is.
    ///
    /// - Throws: `integrity` for a file that SQLite does not take for a database, `host` for everything that says nothing of
    ///   the file.
    func finding() throws(BelljarError) -> String? {
        let answer = try perform { try String.fetchOne($0, sql: "PRAGMA integrity_check(1)") }
        return answer == "ok" ? nil : answer ?? "no answer"
    }

    /// Forgets everything; the next question makes the index again.
    func reset() throws(BelljarError) {
        queue.withLock { $0 = nil }
        for suffix in ["", "-wal", "-shm"] {
            try host("remove", path + suffix) { () throws(KernelError) in
                try Descriptor.workingDirectory.removeTree(path + suffix)
            }
        }
    }

    /// What a row says. One that belljar did not write is a damage: to pass over it would hide a record.
    private static func entry(in row: Row) throws -> RecordEntry {
        let digest = try row.decode(String.self, forColumn: "digest")
        let text = try row.decode(String.self, forColumn: "entry")
        let entry = Digest(hex: digest).flatMap { RecordEntry(digest: $0, refFile: Array(text.utf8)) }
        guard let entry else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "its row \(digest) is not that of a record")
        }
        return entry
    }

    private static func insert(_ entry: RecordEntry, into database: Database) throws {
        guard let digest = entry.digest else { preconditionFailure("a record of the store has a digest") }
        try database.execute(
            sql: "INSERT OR REPLACE INTO record (digest, created, nanoseconds, name, entry) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                digest.hex, Int64(clamping: entry.created), Int64(entry.nanoseconds), entry.name,
                String(decoding: RefFile.encode(entry.members), as: UTF8.self),
            ])
    }

    // MARK: The database

    private func perform<Result: Sendable>(
        _ body: @Sendable (Database) throws -> Result
    ) throws(BelljarError) -> Result {
        do {
            return try opened().inDatabase(body)
        } catch {
            throw RecordIndex.failure(error, path: path)
        }
    }

    private static func failure(_ error: any Error, path: String) -> BelljarError {
        if let error = error as? KernelError {
            do throws(BelljarError) {
                try host("use index", path) { () throws(KernelError) -> Void in throw error }
            } catch { return error }
        }
        var error = error
        // SQLite holds what has been given to it; a value that is missing, or of another type, was not given by belljar.
        if error is RowDecodingError {
            error = DatabaseError(resultCode: .SQLITE_CORRUPT, message: "it lacks a value")
        }
        guard let error = error as? DatabaseError else {
            return BelljarError(.host, operation: "use index", subject: path, answer: "\(error)")
        }
        let code = error.resultCode
        // The last of these: it ends before it should by what is written at its beginning.
        let isDamaged =
            code == .SQLITE_CORRUPT || code == .SQLITE_NOTADB || error.extendedResultCode == .SQLITE_IOERR_SHORT_READ
        return BelljarError(
            isDamaged ? .integrity : .host, operation: "use index", subject: path,
            answer: "\(error.message ?? "no message") (SQLite \(error.extendedResultCode.rawValue))",
            remedy: isDamaged ? "run `belljar store fsck --repair`" : remedy(for: code))
    }

    /// What to do about an answer of SQLite that says nothing of the file.
    private static func remedy(for code: ResultCode) -> String {
        switch code {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            "try again when other belljars have ended; `fuser` shows who has the file open"
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_READONLY:
            "check who owns the store's folder and what is in it, and the limit on open files (ulimit -n)"
        case .SQLITE_NOMEM: "free some memory"
        // SQLite says no more than "I/O error" where it finds no room for the file of its shared memory.
        default: spaceRemedy + "; if there is enough, check the disk"
        }
    }

    private func opened() throws -> DatabaseQueue {
        try queue.withLock { queue in
            if let queue { return queue }
            if let owner {
                // Made before SQLite looks at it, because SQLite gives its other files the owner of this one.
                let file = try Descriptor.workingDirectory.open(path, [.readWrite, .create], mode: 0o644)
                try owner.take(file)
            }
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            let made = try DatabaseQueue(path: path, configuration: configuration)
            try made.inDatabase { try RecordIndex.makeTables($0) }
            queue = made
            return made
        }
    }

    private static let columns = ["digest", "created", "nanoseconds", "name", "entry"]

    /// Whether the tables are those of this version. With the right version and others, SQLite would answer questions with an
    /// error that says nothing of the file.
    private static func hasTables(_ database: Database) throws -> Bool {
        guard try Int.fetchOne(database, sql: "PRAGMA user_version") == version else { return false }
        guard try String.fetchAll(database, sql: "SELECT name FROM pragma_table_info('record')") == columns else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "its tables are not belljar's")
        }
        return true
    }

    private static func makeTables(_ database: Database) throws {
        // The index can be made again, so it need not survive a power cut: flushing it would cost what it saves.
        try database.execute(sql: "PRAGMA synchronous = NORMAL")
        if try hasTables(database) { return }
        // The file keeps this mode. Asked for it each time, GRDB writes to the file each time, also where somebody only reads.
        try database.execute(sql: "PRAGMA journal_mode = WAL")
        try database.inTransaction(.immediate) {
            // Another process may have been quicker.
            if try hasTables(database) { return .commit }
            try database.execute(
                sql: """
                    DROP TABLE IF EXISTS record;
                    CREATE TABLE record (
                        digest TEXT PRIMARY KEY NOT NULL,
                        created INTEGER NOT NULL,
                        nanoseconds INTEGER NOT NULL,
                        name TEXT NOT NULL,
                        entry TEXT NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX record_created ON record (created, nanoseconds);
                    PRAGMA user_version = \(version);
                    """)
            return .commit
        }
    }
}
