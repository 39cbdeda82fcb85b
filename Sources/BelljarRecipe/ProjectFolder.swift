package import BelljarKernel

/// What `belljar init` looks at: the names in a folder, and the texts of some files.
package struct ProjectFolder: Sendable {
    /// Names of what the folder itself holds, sorted.
    package let names: [String]
    private let files: Set<String>
    private let texts: [String: String]
    /// Names of files in `src` and below.
    private let sources: [String]

    /// So much of a file is read.
    private static let textLimit = 256 << 10
    private static let entryLimit = 100_000
    /// So many files of `src` are looked at, and so deep.
    private static let sourceLimit = 1000
    private static let sourceDepth = 12

    /// - Parameter path: absolute.
    package init(_ path: String) throws(KernelError) {
        let folder = try Descriptor.workingDirectory.open(path, [.read, .directory, .followingLinks])
        var names: [String] = []
        var files: Set<String> = []
        var texts: [String: String] = [:]
        for entry in try folder.entries(limit: Self.entryLimit) {
            guard let name = String(validating: entry.name, as: UTF8.self) else { continue }
            names.append(name)
            guard try folder.status(of: entry.name).kind == .regular else { continue }
            files.insert(name)
            if ProjectTemplate.readNames.contains(name) { texts[name] = try Self.text(folder, name) }
        }
        if names.contains("debian") {
            for name in ["debian/control", "debian/changelog"] { texts[name] = try Self.text(folder, name) }
        }
        var sources: [String] = []
        if names.contains("src") { try Self.list("src", in: folder, 0, &sources) }
        self.sources = sources
        self.names = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        self.files = files
        self.texts = texts
    }

    package init(files: [String: String]) {
        names = files.keys.sorted()
        self.files = Set(files.keys)
        texts = files
        sources = files.keys.filter { $0.hasPrefix("src/") }
    }

    private static func list(
        _ name: String, in parent: borrowing Descriptor, _ depth: Int, _ found: inout [String]
    ) throws(KernelError) {
        guard depth < sourceDepth, try parent.status(of: name).kind == .directory else { return }
        let folder = try parent.open(name, [.read, .directory])
        for entry in try folder.entries(limit: entryLimit) where found.count < sourceLimit {
            guard let name = String(validating: entry.name, as: UTF8.self) else { continue }
            if try folder.status(of: entry.name).kind == .directory {
                try list(name, in: folder, depth + 1, &found)
            } else {
                found.append(name)
            }
        }
    }

    private static func text(_ folder: borrowing Descriptor, _ name: String) throws(KernelError) -> String? {
        guard try folder.statusIfPresent(of: name)?.kind == .regular else { return nil }
        let bytes = try folder.open(name, [.read, .nonblocking]).readSome(atMost: textLimit)
        return String(decoding: bytes, as: UTF8.self)
    }

    func hasFile(_ name: String) -> Bool { files.contains(name) }
    func hasFile(endingWith suffixes: [String]) -> Bool {
        files.contains { name in suffixes.contains { name.hasSuffix($0) } }
    }
    func hasSource(endingWith suffix: String) -> Bool { sources.contains { $0.hasSuffix(suffix) } }
    func has(_ name: String) -> Bool { names.contains(name) }

    /// The beginning of a file that templates read; empty if there is none.
    func text(_ name: String) -> String { texts[name] ?? "" }

    /// Whether a line begins with this, after spaces.
    func hasLine(_ name: String, beginningWith start: String) -> Bool {
        text(name).split(whereSeparator: \.isNewline).contains { line in
            line.drop { $0 == " " || $0 == "\t" }.hasPrefix(start)
        }
    }
}
