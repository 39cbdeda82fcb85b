internal import BelljarModel

/// One member of a recipe's `sources`: a mapping whose kind is the key it has.
enum SourceDecoder {
    /// The kinds, with the keys that go along with each.
    private static let companions: [(kind: String, keys: [String])] = [
        ("archive", ["sha256", "size", "strip", "into"]),
        ("file", ["sha256", "size", "name", "executable", "into"]),
        ("local", ["into", "links"]),
        ("patch", ["strip", "into"]),
        ("git", ["commit", "into"]),
    ]

    /// What moves cannot be pinned, however it is spelled.
    private static let advice = Dictionary(
        ["branch", "tag", "ref", "rev", "revision"].map { key in
            (key, "a source is pinned by the full id of a commit: use \"commit\"")
        }
    ) { first, _ in first }.merging(["md5": pin, "sha1": pin, "sha512": pin]) { first, _ in first }

    private static let pin = "a source is pinned by its SHA-256: use \"sha256\""

    /// The largest source, 64 GiB: far above any real one, and within what a file may hold everywhere.
    private static let largest: UInt64 = 64 << 30

    static func source(_ node: YAMLNode, _ mistakes: Mistakes) -> RecipeSource? {
        let kinds = companions.map(\.kind)
        let all = kinds + ["sha256", "size", "strip", "name", "executable", "commit", "into", "links"]
        guard let form = Form(node, "a source", keys: all, advice: advice, mistakes: mistakes) else { return nil }
        let given = companions.filter { form.has($0.kind) }
        guard let kind = given.first, given.count == 1 else {
            let found = given.isEmpty ? "none" : given.map { "\"\($0.kind)\"" }.joined(separator: " and ")
            mistakes.add("a source has exactly one of \(kinds.joined(separator: ", ")); found \(found)", at: node)
            return nil
        }
        for key in all where form.has(key) && key != kind.kind && !kind.keys.contains(key) {
            guard let value = form.node(key) else { continue }
            mistakes.add("\"\(key)\" does not go with a source of kind \"\(kind.kind)\"", at: value)
        }
        let into = form.optional("into", Rules.pathOrEmpty(below: "/build")) ?? ""
        let keepsLinks = form.optional("links", Rules.keepsLinks) ?? false
        guard let value = Self.kind(kind.kind, form) else { return nil }
        return RecipeSource(kind: value, into: into, keepsLinks: keepsLinks, location: mistakes.location(of: node))
    }

    private static func kind(_ kind: String, _ form: Form) -> RecipeSource.Kind? {
        switch kind {
        case "archive":
            let strip = form.optionalWhole("strip", 0...64) ?? 1
            guard let pinned = pinned(kind, form) else { return nil }
            return .archive(pinned, strip: Int(strip))
        case "file":
            let isExecutable = form.optionalBool("executable") ?? false
            let given = form.optional("name", Rules.fileName)
            guard let pinned = pinned(kind, form) else { return nil }
            guard let name = form.has("name") ? given : defaultName(pinned.address, form) else { return nil }
            return .file(pinned, name: name, isExecutable: isExecutable)
        case "local":
            return form.required(kind, Rules.path(below: "the recipe's folder")).map { .local(path: $0) }
        case "patch":
            let strip = form.optionalWhole("strip", 0...64) ?? 1
            return form.required(kind, Rules.path(below: "the recipe's folder")).map {
                .patch(path: $0, strip: Int(strip))
            }
        default:
            let repository = form.required(kind, Rules.repository)
            let why = ": without it the source can change under the recipe (a floating source)"
            let commit = form.required("commit", why: why, Rules.commit)
            guard let repository, let commit else { return nil }
            return .git(repository: repository, commit: commit)
        }
    }

    /// What archives and files have in common, in recipes and toolchains.
    ///
    /// - Parameter key: that of the address.
    static func pinned(_ key: String, _ form: Form) -> Pin? {
        let address = form.required(key, Rules.address)
        let sha256 = form.required("sha256", why: floating, Rules.sha256)
        let size = form.optionalWhole("size", 0...largest)
        guard let address, let sha256 else { return nil }
        return Pin(address: address, sha256: sha256, size: size)
    }

    static let floating =
        ": without it the source can change under the recipe (a floating source); `sha256sum FILE` prints it"

    private static func defaultName(_ address: SourceAddress, _ form: Form) -> String? {
        if case .url(let url) = address, url.utf8.contains(UInt8(ascii: "?")) {
            form.mistakes.add(
                "missing key \"name\" in a source: the address has a query, so no name follows", at: form.node)
            return nil
        }
        guard let name = try? Rules.fileName(address.fileName) else {
            form.mistakes.add("missing key \"name\" in a source: no name follows from the address", at: form.node)
            return nil
        }
        return name
    }
}
