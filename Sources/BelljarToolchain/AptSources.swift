internal import BelljarModel

/// The host's apt sources, cut down to the suites that a toolchain is made of.
///
/// Where the archives are is the machine's business, so its own sources are used as they stand, with their options and
/// keyrings; a toolchain only says which suites it wants.
struct AptSources: Hashable, Sendable {
    /// One file of the host: `sources.list`, `sources.list.d/*.list` or `sources.list.d/*.sources`.
    struct File: Hashable, Sendable {
        var path: String
        var text: String
    }

    /// What to put into a `.list` file: one entry a line.
    private(set) var list = ""
    /// What to put into a `.sources` file: stanzas.
    private(set) var stanzas = ""
    /// The wanted suites that some entry serves.
    private(set) var suites: Set<String> = []
    /// All suites of binary packages that some entry serves.
    private(set) var known: Set<String> = []

    /// Suites of one Debian release: the release itself, its updates between point releases, and its security fixes.
    static func suites(of release: String) -> [String] { [release, "\(release)-updates", "\(release)-security"] }

    init(_ files: [File], wanted: [String]) throws(BelljarError) {
        for file in files {
            if file.path.hasSuffix(".sources") {
                try addStanzas(file, wanted: wanted)
            } else {
                addLines(file, wanted: wanted)
            }
        }
    }

    private mutating func addStanzas(_ file: File, wanted: [String]) throws(BelljarError) {
        for stanza in try ControlStanza.parse(file.text, file: file.path) {
            guard stanza.words("Types").contains("deb"), stanza["Enabled"]?.lowercased() != "no" else { continue }
            known.formUnion(stanza.words("Suites"))
            let served = stanza.words("Suites").filter { wanted.contains($0) }
            guard !served.isEmpty else { continue }
            var kept = stanza
            for index in kept.fields.indices {
                switch kept.fields[index].name.lowercased() {
                case "types": kept.fields[index].value = "deb"
                case "suites": kept.fields[index].value = served.joined(separator: " ")
                default: break
                }
            }
            stanzas += kept.text + "\n"
            suites.formUnion(served)
        }
    }

    /// One-line entries: `deb [option=value ...] address suite component...` (sources.list(5)).
    private mutating func addLines(_ file: File, wanted: [String]) {
        for line in file.text.textLines {
            let entry = line.prefix { $0 != "#" }.trimmed
            guard entry.hasPrefix("deb ") || entry.hasPrefix("deb\t") else { continue }
            var rest = entry.dropFirst(3).trimmed
            if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
                rest = rest[rest.index(after: end)...].trimmed
            }
            let words = rest.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard words.count >= 2 else { continue }
            known.insert(words[1])
            guard wanted.contains(words[1]) else { continue }
            list += entry + "\n"
            suites.insert(words[1])
        }
    }
}
