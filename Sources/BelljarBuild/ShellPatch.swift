internal import BelljarControls
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore
internal import Synchronization

/// What somebody changes in `/build` while they have a shell, as a patch for `patch -p1` and `git apply`. A snapshot is taken when
/// the shell begins and another when it has ended; lines are compared by the host's diff(1), held to bounds: it reads bytes of a
/// build. Its names for the files are numbers, so nothing that a build calls a file is taken for anything else.
///
/// What a patch cannot say is named: `FolderChanges` decides. The home directory is not looked at. Whatever goes wrong once the
/// shell has ended, the changes are kept, because they are somebody's work.
final class ShellPatch: Sendable {
    /// What a patch may have, in bytes.
    private static let limit = 64 << 20
    /// How long diff may take.
    private static let seconds: UInt64 = 120
    /// So many names of what is not in the patch are shown.
    private static let shownNames = 20
    /// Names that are tried beside one that is taken.
    private static let otherNames = 99
    private static let operation = "write patch"

    private let request: ShellSeat.Patch
    private let limits: FolderSnapshot.Limits
    private let subject: String
    private let folder: TemporaryFolder
    private let diff: HostProgram
    private let scan: SecretScan?
    private let progress: any ProgressSink
    private let begun = Mutex<Result<FolderSnapshot, BelljarError>?>(nil)

    private var file: String { request.file }

    /// - Parameters:
    ///   - subject: whose build it is, for the name of what is kept.
    ///   - scan: for the build's secrets; nil if it has none.
    init(
        _ request: ShellSeat.Patch, of subject: String, in store: Store, scan: SecretScan?, progress: any ProgressSink,
        limits: FolderSnapshot.Limits = .init()
    ) throws(BelljarError) {
        guard var diff = HostProgram.find("env", passing: ["PATH"], setting: ["LC_ALL": "C", "TZ": "UTC"]),
            HostProgram.find("diff", passing: []) != nil
        else {
            throw BelljarError(
                .host, operation: Self.operation, subject: request.file, answer: "the program diff is not installed",
                remedy: "install it: apt install diffutils")
        }
        diff.account = store.owner
        diff.bounds.seconds = Self.seconds
        (self.request, self.subject, self.diff) = (request, subject, diff)
        (self.scan, self.progress, self.limits) = (scan, progress, limits)
        folder = try store.makeTemporaryFolder()
        if (try? Descriptor.workingDirectory.status(of: request.file)) != nil {
            throw BelljarError(
                .usage, operation: Self.operation, subject: request.file, answer: "there is a file of that name",
                remedy: "choose another name, or move it away")
        }
        try hostCall(Self.operation, request.file) { () throws(KernelError) in
            for name in ["begun", "a", "b"] {
                try Descriptor.workingDirectory.makeDirectory(folder.path + "/" + name, mode: 0o755)
            }
            // Now, and not when the work is done.
            _ = try Self.create(request.file)
            try Descriptor.workingDirectory.unlink(request.file)
        }
    }

    private static func create(_ file: String) throws(KernelError) -> Descriptor {
        try Descriptor.workingDirectory.open(file, [.write, .create, .exclusive], mode: 0o644)
    }

    // MARK: The shell begins

    /// - Returns: whether it may: nobody is to work for an hour on what cannot be compared afterwards.
    func begin(_ build: borrowing Descriptor?) -> Bool {
        progress.report(.notice("noting what is in /build, for the patch"))
        let result: Result<FolderSnapshot, BelljarError>
        do throws(BelljarError) { result = .success(try look(build)) } catch { result = .failure(Self.inTime(error)) }
        begun.withLock { $0 = result }
        if case .failure = result { return false }
        return true
    }

    private func look(_ build: borrowing Descriptor?) throws(BelljarError) -> FolderSnapshot {
        switch build {
        case .none:
            throw BelljarError(
                .internal, operation: Self.operation, subject: file, answer: "the sandbox handed no /build out")
        case .some(let build):
            return try FolderSnapshot(
                build, copies: folder.path + "/begun", scan: scan, operation: "compare", limits: limits)
        }
    }

    private static func inTime(_ error: BelljarError) -> BelljarError {
        guard error.code == .resourceExceeded else { return error }
        var error = error
        error.remedy =
            "leave --patch out, or open the shell in place of an earlier step (--step), before there is so much"
        return error
    }

    /// Why there was no shell; nil if there was one.
    var refusal: BelljarError? {
        guard case .failure(let error) = begun.withLock({ $0 }) else { return nil }
        return error
    }

    // MARK: The shell has ended

    /// Writes the patch, and says what became of it.
    func finish(_ build: borrowing Descriptor?, _ end: inout ShellEnd) throws(BelljarError) {
        guard case .success(let before) = begun.withLock({ $0 }) else { return }
        switch build {
        case .none: end.notes = ["no patch: the sandbox was ended, and /build with it"]
        case .some(let build):
            do throws(BelljarError) { try compare(before, build, &end) } catch {
                // Who wants it to end does not wait for a copy.
                if error.code == .cancelled { throw error }
                throw keeping(build, after: error)
            }
        }
    }

    private func compare(
        _ before: FolderSnapshot, _ build: borrowing Descriptor, _ end: inout ShellEnd
    ) throws(BelljarError) {
        progress.report(.notice("comparing /build with what it was when the shell began"))
        let after = try FolderSnapshot(build, after: before, copies: folder.path + "/b")
        let changes = FolderChanges(from: before, to: after)
        try lay(changes.changes.compactMap { before.entries[$0.path]?.copy == nil ? nil : $0.copy })
        let isLineByLine = changes.changes.contains { $0.copy != nil }
        let patch = PatchText.text(changes.changes, hunks: isLineByLine ? PatchText.hunks(try differences()) : [:])
        if patch.isEmpty {
            end.notes.append("nothing was changed that a patch can say")
        } else {
            try write(patch, &end)
        }
        end.notes += changes.left.prefix(Self.shownNames).map { "not in the patch: \(shown($0.path)) (\($0.what))" }
        let more = changes.left.count - Self.shownNames
        if more > 0 { end.notes.append("not in the patch: \(more) more") }
    }

    private func shown(_ path: [UInt8]) -> String { PathText.shown(PathText.text(scan?.redacted(path) ?? path)) }

    /// Puts the copies of the beginning that count to where diff finds them.
    private func lay(_ copies: [Int]) throws(BelljarError) {
        try hostCall(Self.operation, file) { () throws(KernelError) in
            let begun = try Descriptor.workingDirectory.open(folder.path + "/begun", .directory)
            let old = try Descriptor.workingDirectory.open(folder.path + "/a", .directory)
            for number in copies {
                let name = FolderSnapshot.name(ofCopy: number)
                try begun.rename(name, to: old, as: name)
            }
        }
    }

    private func differences() throws(BelljarError) -> [UInt8] {
        var found: [UInt8] = []
        let file = file
        let check = { () throws(BelljarError) in try hostCall(Self.operation, file) { () throws(KernelError) in } }
        let end = unsafe try diff.run(["-C", folder.path, "diff", "-ruNa", "a", "b"], check: check) {
            piece throws(BelljarError) in
            guard found.count + piece.count <= Self.limit else {
                throw BelljarError(
                    .resourceExceeded, operation: Self.operation, subject: file,
                    answer: "it would have more than \(Self.limit >> 20) MiB")
            }
            unsafe found.append(contentsOf: piece)
        }
        if case .time(let seconds) = end.overrun {
            throw BelljarError(
                .resourceExceeded, operation: Self.operation, subject: file, stage: "diff",
                answer: "diff had not compared the files in \(seconds) s")
        }
        guard end.exit == .status(0) || end.exit == .status(1), end.errorText.isEmpty, end.overrun == nil else {
            throw BelljarError(
                .host, operation: Self.operation, subject: file, stage: "diff",
                answer: end.errorText.isEmpty ? "it ended with \(end.exit)" : LogTail.escaped(end.errorText.utf8))
        }
        return found
    }

    // MARK: Writing

    /// Where the patch was to be, or as near as can be: it is not had a second time.
    private func write(_ patch: [UInt8], _ end: inout ShellEnd) throws(BelljarError) {
        var place = file
        do throws(KernelError) { try Self.write(patch, to: file) } catch {
            if error.tellsOfEnd { throw .cancelled(Self.operation, file) }
            end.notes.append(
                error.errno == .EEXIST
                    ? "somebody made \(file) meanwhile" : "\(file) cannot be written (\(error.call): \(error.answer))")
            place = try writeElsewhere(patch, after: error)
        }
        end.notes.append("patch: \(place)")
        end.patch = place
    }

    private static func write(_ patch: [UInt8], to file: String) throws(KernelError) {
        let target = try create(file)
        do throws(KernelError) { try target.writeAll(patch) } catch {
            try? Descriptor.workingDirectory.unlink(file)
            throw error
        }
    }

    private func writeElsewhere(_ patch: [UInt8], after first: KernelError) throws(BelljarError) -> String {
        for number in 1...Self.otherNames {
            let other = "\(file).\(number)"
            do throws(KernelError) {
                try Self.write(patch, to: other)
                return other
            } catch {
                if error.errno == .EEXIST { continue }
                break
            }
        }
        let kept = KeptBuild(folder: request.keptFolder, name: subject, scan: scan ?? SecretScan([]))
        do throws(BelljarError) {
            return try kept.keep(patch, as: "changes.patch")
        } catch {
            var told = BelljarError.hostFailure(first, operation: Self.operation, subject: file)
            told.details.append(error.summary)
            throw told
        }
    }

    /// The error with where all of `/build` is now.
    private func keeping(_ build: borrowing Descriptor, after error: BelljarError) -> BelljarError {
        var error = error
        let kept = KeptBuild(folder: request.keptFolder, name: subject, scan: scan ?? SecretScan([]))
        error.details += kept.kept(build: build)
        error.remedy = "take what you changed from the copy: `diff -ru` with the sources, for example"
        return error
    }
}
