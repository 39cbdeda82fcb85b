internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// What a build left in `/out`, taken in and checked against what its recipe promised.
struct Outputs {
    let tree: TreeDigest
    /// Every file and link, sorted by the bytes of their paths.
    let listed: [BuildRecord.Output]
    private let entries: [TreeEntry]

    /// Takes in the directory, as part of a batch.
    ///
    /// - Parameter keepsLinks: whether links may lead out of the tree. They are taken as they are, and never followed.
    /// - Throws: `build_failed` naming what cannot be an output: devices, sockets, setuid files, links out of the tree;
    ///   `resource_exceeded` for more than the limits allow.
    init(
        collecting out: borrowing Descriptor, limits: ResourceLimits, keepsLinks: Bool = false,
        linkRemedy: String = Outputs.linkRemedy, into batch: Batch
    ) throws(BelljarError) {
        var options = IngestOptions(
            refusesEscapingLinks: !keepsLinks, linkRemedy: linkRemedy, refusesAttributes: true,
            entries: limits.outputFiles,
            bytes: limits.outputBytes ?? limits.scratchBytes,
            refusal: .buildFailed, holdsOutputLimits: true)
        options.recordBytes = BuildRecord.sizeLimit
        let taken = try batch.ingest(directory: out, options: options)
        tree = taken.tree
        entries = taken.entries
        listed = taken.entries.compactMap { BuildRecord.Output($0) }
    }

    static let linkRemedy =
        "make the build leave relative links that stay in $OUT, or keep these as they are with `links: keep` in the recipe; what "
        + "they lead to is then not pinned"

    /// The promised paths that are not there. `.` stands for "at least one file or link".
    func missing(_ promised: [String]) -> [String] {
        let present = Set(entries.map { Array($0.path.utf8) })
        return promised.filter { path in
            let components = path.split(separator: "/").filter { $0 != "." }
            if components.isEmpty { return listed.isEmpty }
            return !present.contains(Array(components.joined(separator: "/").utf8))
        }
    }
}
