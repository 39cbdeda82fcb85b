internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
package import BelljarUnpack

/// How things are compared, and at what cost at most. What is compared may be made to attack whoever looks at it: all bounds hold
/// whatever it says of itself, and at each of them the comparison goes on with less detail and says so.
package struct Inspection: Sendable {
    package struct Limits: Sendable {
        /// Containers within each other that are opened.
        package var depth = 16
        /// Folders within each other.
        package var folderDepth = 512
        /// Bytes that are unpacked and kept to be looked at, at one time.
        package var unpackedBytes: UInt64 = 16 << 30
        /// Members of one archive.
        package var members = 1_000_000
        /// Parts that are described.
        package var findings = 5000
        /// Bytes between the first and the last line that differ, of which lines are matched; those of a JSON document.
        package var lineBytes = 32 << 20
        package var jsonBytes = 8 << 20
        /// Lines of one text that are shown, and of all together.
        package var shownLines = 300
        package var allShownLines = 100_000
        /// Stretches of bytes of one file that are shown.
        package var shownSpots = 6
        /// After so long nothing more is opened, matched or described; what differs is still found.
        package var milliseconds: UInt64 = 600_000

        package init() {}
    }

    package var bounds = Limits()
    /// Opens archives, in processes of their own; nil to compare them byte by byte.
    package var opener: ArchiveOpener?
    /// Where what is unpacked lies for as long as it is looked at.
    package var scratchFolder: String
    package var cancellation: Cancellation

    /// - Parameter scratchFolder: `TMPDIR`, or where large temporary files belong (file-hierarchy(7)).
    package init(
        opener: ArchiveOpener? = nil, scratchFolder: String = Host.environment("TMPDIR") ?? "/var/tmp",
        cancellation: Cancellation
    ) {
        self.opener = opener
        self.scratchFolder = scratchFolder
        self.cancellation = cancellation
    }
}

extension TreeDifference {
    /// What the second has that the first has not, and the other way round; nil if they are the same.
    ///
    /// Things whose digests are known to be the same are not opened. Names and modes count in folders; owners and times of files
    /// only where an archive keeps them.
    ///
    /// - Throws: what keeps it from telling whether they are the same: `host` for what cannot be read, `integrity` for what the
    ///   store has lost, `cancelled`.
    package static func between(
        _ first: ComparedNode, _ second: ComparedNode, named name: String = "", by inspection: Inspection
    ) throws(BelljarError) -> TreeDifference? {
        try Comparer(inspection).difference(first, second, named: name)
    }
}

/// One comparison while it runs: what is left of its bounds.
final class Comparer {
    let inspection: Inspection
    let scratch: ScratchSpace
    private let deadline: Deadline
    private var findings: Int
    var shownLines: Int
    /// Why no archive can be opened on this host, once that was tried.
    var archivesStayClosed: String?

    var bounds: Inspection.Limits { inspection.bounds }

    init(_ inspection: Inspection) {
        self.inspection = inspection
        scratch = ScratchSpace(folder: inspection.scratchFolder, limit: inspection.bounds.unpackedBytes)
        deadline = .after(milliseconds: inspection.bounds.milliseconds)
        findings = inspection.bounds.findings
        shownLines = inspection.bounds.allShownLines
    }

    func check() throws(BelljarError) {
        try inspection.cancellation.check("compare", "the two")
        try hostCall("compare", "the two") { () throws(KernelError) in }
    }

    /// Whether there is neither time nor room for details any more.
    var isSpent: Bool { findings == 0 || deadline.isOver }

    /// Whether one more part may be described.
    func takeFinding() -> Bool {
        guard findings > 0 else { return false }
        findings -= 1
        return true
    }

    // MARK: Nodes

    func difference(
        _ first: ComparedNode, _ second: ComparedNode, named name: String, folders: Int = 0
    ) throws(BelljarError) -> TreeDifference? {
        try check()
        var found: TreeDifference?
        switch (first.kind, second.kind) {
        case (.file(let one, let openFirst), .file(let other, let openSecond)):
            if one == nil || one != other {
                found = try contentDifference(try openFirst(), try openSecond(), named: name, depth: 0)
            }
        case (.folder(let one, let listFirst), .folder(let other, let listSecond)):
            if one == nil || one != other {
                found = try folderDifference(try listFirst(), try listSecond(), named: name, folders: folders)
            }
        case (.link(let one), .link(let other)):
            if !one.utf8.elementsEqual(other.utf8) {
                found = TreeDifference(name: name, form: .link)
                found?.properties = [.init(name: "target", first: PathText.shown(one), second: PathText.shown(other))]
            }
        case (.special(let one), .special(let other)) where one == other: break
        default:
            found = TreeDifference(name: name, form: .data)
            found?.properties = [.init(name: "kind", first: first.words, second: second.words)]
        }
        if let (one, other) = second.otherPermissions(than: first) {
            if found == nil { found = TreeDifference(name: name, form: first.form) }
            found?.properties.append(.init(name: "mode", first: one.octal, second: other.octal))
            if let cause = CauseFinding.ofModes(one, other) { found?.causes.append(cause) }
        }
        return found
    }

    private func folderDifference(
        _ first: ComparedNode.Listing, _ second: ComparedNode.Listing, named name: String, folders: Int
    ) throws(BelljarError) -> TreeDifference? {
        var found = TreeDifference(name: name, form: .folder)
        guard folders < bounds.folderDepth else {
            found.omitted = 1
            found.notes.append("folders more than \(bounds.folderDepth) deep are not looked at")
            return found
        }
        var (one, other) = (0, 0)
        while one < first.names.count || other < second.names.count {
            let order = Self.order(first.names, one, second.names, other)
            if order == 0 {
                let nodes = (try first.node(one), try second.node(other))
                if let part = try difference(nodes.0, nodes.1, named: first.names[one], folders: folders + 1) {
                    add(part, to: &found)
                }
            } else if order < 0 {
                let node = try first.node(one)
                add(TreeDifference(name: first.names[one], form: node.form, change: .onlyInFirst), to: &found)
            } else {
                let node = try second.node(other)
                add(TreeDifference(name: second.names[other], form: node.form, change: .onlyInSecond), to: &found)
            }
            if order <= 0 { one += 1 }
            if order >= 0 { other += 1 }
        }
        return found.isOfUse ? found : nil
    }

    func add(_ part: TreeDifference, to whole: inout TreeDifference) {
        let isOnlyWay = part.form.isFolder && part.change == .changed && part.properties.isEmpty && part.notes.isEmpty
        if isOnlyWay, part.parts.isEmpty {
            whole.omitted += part.omitted
        } else if isOnlyWay || takeFinding() {
            // A folder costs nothing but what is in it, which was counted.
            whole.parts.append(part)
        } else {
            whole.omitted += 1
        }
    }

    /// Less than 0 if the first list's next name comes first, more if the second's does.
    private static func order(_ first: [String], _ one: Int, _ second: [String], _ other: Int) -> Int {
        guard one < first.count else { return 1 }
        guard other < second.count else { return -1 }
        if first[one].utf8.elementsEqual(second[other].utf8) { return 0 }
        return first[one].utf8.lexicographicallyPrecedes(second[other].utf8) ? -1 : 1
    }
}

extension UInt32 {
    /// Permissions, as chmod(1) takes them: `0755`.
    var octal: String {
        let digits = String(self, radix: 8)
        return String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits
    }
}
