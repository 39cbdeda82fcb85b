package import BelljarModel

/// Text to toolchains and their locks, as strictly as recipes.
package enum ToolchainDecoder {
    /// Bytes that are read of a file of a toolchain.
    package static let maximumBytes = YAMLParser.maximumBytes

    /// What `toolchain.yaml` asks for.
    package static func spec(_ text: [UInt8], file: String) throws(BelljarError) -> ToolchainSpec {
        try read(
            "read toolchain", text, file: file, spec,
            remedy: "correct the file: `belljar schema toolchain` prints all its keys and what they mean")
    }

    static let spec = MappingRule("a toolchain") { spec -> ToolchainSpec? in
        let name = spec.required("name", Rules.ownName, "the folder's name")
        let kind = spec.oneOf(
            [
                .init("debian", .mapping(debian), "Debian packages, resolved when the toolchain is locked") { kind, _ in
                    kind
                },
                .init("archive", .mapping(pin), "a tar archive of a root file system") { pin, _ in
                    pin.map { .archive($0) }
                },
            ] as [MappingReader.Kind<ToolchainSpec.Kind>]
        ) { "a toolchain has exactly one of debian, archive; found \($0.isEmpty ? "none" : "both")" }
        guard let name, let kind else { return nil }
        return ToolchainSpec(name: name, kind: kind, location: spec.location)
    }

    private static let debian = MappingRule("debian") { debian -> ToolchainSpec.Kind? in
        let suite = debian.required("suite", Rules.name, "bookworm; its security and other updates are included")
        let architecture = debian.required("architecture", Rules.name, "amd64")
        let packages = debian.required(
            "packages", .distinct(Rules.name, "package", 1...4096), "what to install; dependencies follow; each once")
        let essential = debian.optional(
            "essential", .flag, "whether the packages come along that Debian calls essential; default true")
        guard let suite, let architecture else { return nil }
        return .debian(
            DebianPackages(
                suite: suite, architecture: architecture, names: (packages ?? []).map(\.value), essential: essential))
    }

    /// The member `archive` of a spec or a lock.
    static let pin = MappingRule("archive") { archive -> Pin? in
        let address = archive.required("address", Rules.address, "ARCHIVE:PATH, or https://...")
        return SourceDecoder.pinned(address, archive)
    }

    /// Whether a lock was made of what this spec asks for.
    ///
    /// The first versions had no `essential`, and left those packages out. A lock of theirs stays good for a spec that
    /// does not say.
    package static func isMade(_ lock: ToolchainLock, of spec: ToolchainSpec) -> Bool {
        if lock.spec == digest(of: spec) { return true }
        guard case .debian(var packages) = spec.kind, packages.essential == nil else { return false }
        packages.essential = false
        var first = spec
        first.kind = .debian(packages)
        return lock.spec == digest(of: first)
    }

    /// Digest of a spec's meaning: what is asked for, whatever the order of its packages, its comments and layout.
    package static func digest(of spec: ToolchainSpec) -> Digest {
        // Lines of words. No word holds a space or a line's end (the rules see to it), so no two specs share a text.
        var lines = ["belljar toolchain 1", "name \(spec.name)"]
        switch spec.kind {
        case .debian(let packages):
            lines.append("debian \(packages.suite) \(packages.architecture)")
            if packages.essential ?? true { lines.append("essential") }
            lines += packages.names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "package \($0)" }
        case .archive(let pin):
            // Not the size: the digest decides which bytes are meant.
            lines.append("archive \(pin.address) \(pin.sha256)")
        }
        return Digest(of: Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    /// Parses and decodes, and throws the mistakes if there are any.
    static func read<Value>(
        _ operation: String, _ text: [UInt8], file: String, _ rule: MappingRule<Value>, remedy: String
    ) throws(BelljarError) -> Value {
        let mistakes = Mistakes(file: file)
        let value = YAMLParser.parse(text, mistakes: mistakes).flatMap { rule.read($0, mistakes) }
        if let error = mistakes.error(operation, remedy: remedy) { throw error }
        guard let value else {
            throw BelljarError(
                .internal, operation: operation, subject: file, answer: "it was refused, and no reason was given")
        }
        return value
    }
}
