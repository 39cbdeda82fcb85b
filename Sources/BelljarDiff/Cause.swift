/// A known reason for differences. docs/causes.md has a chapter for each.
package enum Cause: String, CaseIterable, Hashable, Sendable {
    case embeddedDate = "embedded-date"
    case buildPath = "build-path"
    case temporaryName = "temporary-name"
    case processNumber = "process-number"
    case user
    case order
    case memberOrder = "member-order"
    case archiveTime = "archive-time"
    case umask
    case locale
    case random
    case packing
    case buildID = "build-id"

    /// In a line.
    package var words: String {
        switch self {
        case .embeddedDate: "embedded date"
        case .buildPath: "build path"
        case .temporaryName: "temporary name"
        case .processNumber: "process number"
        case .user: "user or host name"
        case .order: "order"
        case .memberOrder: "order of members"
        case .archiveTime: "time in an archive"
        case .umask: "umask"
        case .locale: "locale"
        case .random: "random number"
        case .packing: "packing"
        case .buildID: "build ID"
        }
    }

    /// What usually helps, in a sentence without a full stop.
    package var remedy: String {
        switch self {
        case .embeddedDate: "let the program take its time from SOURCE_DATE_EPOCH, or leave the date out"
        case .buildPath: "pass -ffile-prefix-map=$PWD=. (or --remap-path-prefix, -trimpath), and build in one folder"
        case .temporaryName: "keep names of temporary files out of what is written, or give them fixed ones"
        case .processNumber: "do not write process numbers into outputs"
        case .user: "set the name instead of asking who builds, and pack with --owner=0 --group=0 --numeric-owner"
        case .order: "sort before writing: keys of a hash table, names of a directory, results of parallel jobs"
        case .memberOrder: "pack in a fixed order: tar --sort=name, or a sorted list of names"
        case .archiveTime: "pack with a fixed time: tar --mtime=@$SOURCE_DATE_EPOCH, gzip -n, zip -X after touch"
        case .umask: "set the umask in the build, or modes when installing (install -m) and packing (tar --mode)"
        case .locale: "set LC_ALL=C.UTF-8 in the build"
        case .random: "give the generator a fixed seed, or derive the identifier from the content"
        case .packing: "use the same packer in the same version with the same level and number of threads"
        case .buildID: "look at the other differences: the linker computes it from the program"
        }
    }

    /// The chapter that tells more.
    package var link: String { "docs/causes.md#\(rawValue)" }

    /// In the order of their declaration.
    var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// That a difference looks as a cause makes it.
package struct CauseFinding: Hashable, Sendable {
    package struct Example: Hashable, Sendable {
        package var first: String
        package var second: String
    }

    package var cause: Cause
    /// What differs, of both sides; nil where that says no more.
    package var example: Example?

    /// Modes of one file under two umasks: what the owner may do is the same, and what others may is less.
    static func ofModes(_ first: UInt32, _ second: UInt32) -> CauseFinding? {
        guard first != second, (first ^ second) & ~0o077 == 0, first & second == first || first & second == second
        else { return nil }
        return CauseFinding(cause: .umask, example: .init(first: first.octal, second: second.octal))
    }
}

/// Causes while they are found, each once.
struct CauseCollection {
    private(set) var findings: [CauseFinding] = []

    /// Bytes of a line that are looked at.
    private static let lineLimit = 4096

    mutating func add(_ finding: CauseFinding) {
        guard !findings.contains(where: { $0.cause == finding.cause }) else { return }
        findings.append(finding)
    }

    /// Looks at two lines that stand against each other.
    mutating func add(_ first: [UInt8], _ second: [UInt8]) {
        guard first != second, first.count <= Self.lineLimit, second.count <= Self.lineLimit else { return }
        var (one, other) = (first, second)
        for mask in CauseMask.all {
            let (masked, against) = (mask.apply(to: one), mask.apply(to: other))
            let differing = zip(masked.found, against.found).first { $0 != $1 }
            if masked.found.count == against.found.count, let differing {
                let example = CauseFinding.Example(
                    first: TextForm.line(differing.0), second: TextForm.line(differing.1))
                add(CauseFinding(cause: mask.cause, example: example))
            }
            (one, other) = (masked.line, against.line)
            if one == other { return }
        }
    }
}
