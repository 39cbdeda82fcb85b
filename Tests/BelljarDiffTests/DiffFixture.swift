import BelljarControls
import BelljarHost
import BelljarKernel
import BelljarModel
import BelljarSandbox
import BelljarUnpack
import TestSupport
import Testing

@testable import BelljarDiff

/// Two things of a test's own, below `a` and `b` of a folder.
struct DiffFixture {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    static let opener: ArchiveOpener = {
        let own = (try? Descriptor.workingDirectory.readLink("/proc/self/exe")) ?? []
        let programs = String(decoding: own, as: UTF8.self).split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let cache = (Host.environment("TMPDIR") ?? "/tmp") + "/belljar-diff-cache-\(Host.processId)"
        let account: Account? = Host.effectiveUid == 0 ? .init(uid: 65534, gid: 65534) : nil
        let sandbox = Sandbox(initPath: programs + "/belljar-init", cacheFolder: cache, account: account)
        return ArchiveOpener(sandbox, cancellation: Cancellation())
    }()

    func inspection(_ change: (inout Inspection.Limits) -> Void = { _ in }) -> Inspection {
        var inspection = Inspection(opener: Self.opener, scratchFolder: folder.path, cancellation: Cancellation())
        change(&inspection.bounds)
        return inspection
    }

    /// The difference of the files or folders `a` and `b`.
    func difference(
        _ a: String = "a", _ b: String = "b", named name: String = "",
        _ change: (inout Inspection.Limits) -> Void = { _ in }
    ) throws -> TreeDifference? {
        try TreeDifference.between(
            try .onDisk("\(folder.path)/\(a)"), try .onDisk("\(folder.path)/\(b)"), named: name, by: inspection(change))
    }

    /// The difference of two files of these bytes.
    func difference(
        of a: [UInt8], _ b: [UInt8], named name: String = "file", _ change: (inout Inspection.Limits) -> Void = { _ in }
    ) throws -> TreeDifference? {
        try folder.write("a", a)
        try folder.write("b", b)
        return try difference(named: name, change)
    }

    func difference(of a: String, _ b: String, named name: String = "file") throws -> TreeDifference? {
        try difference(of: Array(a.utf8), Array(b.utf8), named: name)
    }

    /// Runs a program of the host in the folder.
    func run(_ program: String, _ arguments: String..., file: StaticString = #fileID) throws {
        let script = "cd \"$0\" && umask 022 && exec \"$@\""
        let shell = try #require(HostProgram.find("sh", passing: ["PATH"]))
        let end = try shell.run(["-c", script, folder.path, program] + arguments, check: {}) { _ in }
        try #require(end.exit == .status(0), "\(program) \(arguments): \(end.errorText)")
    }

    func shell(_ script: String) throws { try run("sh", "-euc", script) }
}

extension TreeDifference {
    /// The part at this way down.
    func part(_ names: String...) -> TreeDifference? {
        names.reduce(Optional(self)) { found, name in found?.parts.first { $0.name == name } }
    }

    var lines: LineDifference? { if case .lines(let lines) = detail { lines } else { nil } }
    var bytes: ByteDifference? { if case .bytes(let bytes) = detail { bytes } else { nil } }

    /// The hunks as a patch has them.
    var patch: [String] {
        (lines?.hunks ?? []).flatMap { [$0.heading] + $0.lines.map { $0.mark + $0.text } }
    }

    func property(_ name: String) -> [String?]? {
        properties.first { $0.name == name }.map { [$0.first, $0.second] }
    }

    var text: String {
        DifferenceText.lines(of: self, first: "a", second: "b").map { $0.text + "\n" }.joined()
    }
}
