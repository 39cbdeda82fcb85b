internal import BelljarModel

/// One member of a recipe's `sources`: a mapping whose kind is the key it has.
enum SourceDecoder {
    /// What moves cannot be pinned, however it is spelled.
    private static let advice = Dictionary(
        ["branch", "tag", "ref", "rev", "revision"].map { key in
            (key, "a source is pinned by the full ID of a commit: use \"commit\"")
        }
    ) { first, _ in first }.merging(["md5": pin, "sha1": pin, "sha512": pin, "worktree": tree]) { first, _ in first }

    private static let pin = "a source is pinned by its SHA-256: use \"sha256\""

    private static let tree = "a git working tree is a local source: `local: PATH` with `tracked: true`"

    /// The largest source, 64 GiB: far above any real one, and within what a file may hold everywhere.
    private static let largest: UInt64 = 64 << 30

    static let source = MappingRule("a source", advice: advice) { source -> RecipeSource? in
        let part = source.oneOf([archive, file, local, patch, git]) { found in
            let found = found.isEmpty ? "none" : found.map { "\"\($0)\"" }.joined(separator: " and ")
            return "a source has exactly one of archive, file, local, patch, git; found \(found)"
        }
        let into = source.optional(
            "into", Rules.pathOrEmpty(below: "/build"), "the directory below /build where it is placed or applied")
        guard let part else { return nil }
        return RecipeSource(
            kind: part.kind, into: into ?? "", keepsLinks: part.keepsLinks, ignore: part.ignore,
            selection: part.selection, location: source.location)
    }

    /// A kind of source with what else goes with it.
    private struct Part {
        var kind: RecipeSource.Kind
        var keepsLinks = false
        var ignore: [String] = []
        var selection = LocalSelection.notIgnored
    }

    private typealias Kind = MappingReader.Kind<Part>

    private static var archive: Kind {
        Kind("archive", Rules.address, "a tar, zip or ar archive, unpacked: ARCHIVE:PATH, or https://...") {
            address, source in
            let pin = pinned(address, source)
            let strip = stripped(source)
            return pin.map { Part(kind: .archive($0, strip: strip)) }
        }
    }

    private static var file: Kind {
        Kind("file", Rules.address, "one file, placed as it is: ARCHIVE:PATH, or https://...") { address, source in
            let pin = pinned(address, source)
            let given = source.optional(
                "name", Rules.fileName, "the name of the file; default the last part of its address")
            let isExecutable = source.optional("executable", .flag, "whether it is a program; default false")
            source.forbid(
                .anything.with("required", ["file"])
                    .with("properties", .object(["file": Rules.namelessAddress.json, "name": false])))
            guard let pin else { return nil }
            guard let name = source.node(of: "name") == nil ? defaultName(pin.address, source) : given else {
                return nil
            }
            return Part(kind: .file(pin, name: name, isExecutable: isExecutable ?? false))
        }
    }

    private static var local: Kind {
        Kind(
            "local", Rules.ownPath,
            "a file, or a directory whose contents are placed: a path beside the recipe, /PATH in the project, / the project"
        ) { path, source in
            let keepsLinks = source.optional(
                "links", Rules.keepsLinks, "whether it may hold links that lead out of it; default refuse")
            let ignore = source.optional(
                "ignore", .distinct(Rules.ignorePattern, "pattern", Recipe.ignoreCount),
                "what is left out, as lines of a .gitignore in it; ! takes back in")
            let readsGitignore = source.optional(
                "gitignore", .flag, "whether what .gitignore files name is left out; default true")
            let isTracked = source.optional(
                "tracked", .flag, "whether exactly the files that git tracks are taken, as they are now; default false")
            source.forbid(.anything.with("required", ["tracked", "gitignore"]))
            if source.node(of: "tracked") != nil, let other = source.node(of: "gitignore") {
                source.mistakes.add(
                    "a source has either gitignore or tracked: git can track what is ignored", at: other)
            }
            let unignored = readsGitignore ?? true ? LocalSelection.notIgnored : .notIgnoredByOwn
            return path.map {
                Part(
                    kind: .local(path: $0), keepsLinks: keepsLinks ?? false, ignore: (ignore ?? []).map(\.value),
                    selection: isTracked ?? false ? .tracked : unignored)
            }
        }
    }

    private static var patch: Kind {
        Kind(
            "patch", Rules.ownPath, "a patch beside the recipe, or /PATH in the project, applied before the first step"
        ) { path, source in
            let strip = stripped(source)
            return path.map { Part(kind: .patch(path: $0, strip: strip)) }
        }
    }

    private static var git: Kind {
        Kind("git", Rules.repository, "a repository: an address with a scheme, or a path") { repository, source in
            let commit = source.required(
                "commit", Rules.commit, "the full ID of a commit, 40 or 64 digits",
                why: ": without it the source could change while the recipe stays the same (a floating source); "
                    + "`git ls-remote ADDRESS BRANCH` prints that of a branch")
            guard let repository, let commit else { return nil }
            return Part(kind: .git(repository: repository, commit: commit))
        }
    }

    private static func stripped(_ source: MappingReader) -> Int {
        Int(source.optional("strip", .whole(0...64), "how many leading parts of each path are removed; default 1") ?? 1)
    }

    /// What archives and files have in common, in recipes and toolchains.
    static func pinned(_ address: SourceAddress?, _ source: MappingReader) -> Pin? {
        let sha256 = source.required("sha256", Rules.sha256, "as `sha256sum` prints it", why: floating)
        let size = source.optional("size", .whole(0...largest), "in bytes; not checked if left out")
        guard let address, let sha256 else { return nil }
        return Pin(address: address, sha256: sha256, size: size)
    }

    static let floating =
        ": without it the source could change while the recipe stays the same (a floating source); `sha256sum FILE` prints it"

    private static func defaultName(_ address: SourceAddress, _ source: MappingReader) -> String? {
        if case .url(let url) = address, url.utf8.contains(UInt8(ascii: "?")) {
            source.mistakes.add(
                "missing key \"name\" in a source: the address has a query, so it does not tell one", at: source.node)
            return nil
        }
        guard let name = try? Rules.fileName(address.fileName) else {
            source.mistakes.add(
                "missing key \"name\" in a source: the address does not tell one", at: source.node)
            return nil
        }
        return name
    }
}
