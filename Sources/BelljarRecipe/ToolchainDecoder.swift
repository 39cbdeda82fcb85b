package import BelljarModel

/// Text to toolchains and their locks, as strictly as recipes.
package enum ToolchainDecoder {
    /// Bytes that are read of a file of a toolchain.
    package static let maximumBytes = YAMLParser.maximumBytes

    /// What `toolchain.yaml` asks for.
    package static func spec(_ text: [UInt8], file: String) throws(BelljarError) -> ToolchainSpec {
        try read("read toolchain", text, file: file, spec)
    }

    private static func spec(_ root: YAMLNode, _ mistakes: Mistakes) -> ToolchainSpec? {
        let keys = ["name", "debian", "archive"]
        guard let form = Form(root, "a toolchain", keys: keys, mistakes: mistakes) else { return nil }
        let name = form.required("name", Rules.name)
        guard form.has("debian") != form.has("archive") else {
            let found = form.has("debian") ? "both" : "none"
            mistakes.add("a toolchain has exactly one of debian, archive; found \(found)", at: root)
            return nil
        }
        let kind = form.has("debian") ? debian(form) : archive(form)
        guard let name, let kind else { return nil }
        return ToolchainSpec(name: name, kind: kind, location: mistakes.location(of: root))
    }

    private static func debian(_ form: Form) -> ToolchainSpec.Kind? {
        guard let debian = form.optionalForm("debian", "debian", keys: ["suite", "architecture", "packages"]) else {
            return nil
        }
        let suite = debian.required("suite", Rules.name)
        let architecture = debian.required("architecture", Rules.name)
        let packages = debian.texts(debian.requiredList("packages", limit: 4096), "package", Rules.name)
        guard let suite, let architecture else { return nil }
        return .debian(suite: suite, architecture: architecture, packages: packages.map(\.text))
    }

    private static func archive(_ form: Form) -> ToolchainSpec.Kind? {
        pinnedArchive(form).map { .archive($0) }
    }

    /// The member `archive` of a spec or a lock.
    static func pinnedArchive(_ form: Form) -> Pin? {
        form.optionalForm("archive", "archive", keys: ["address", "sha256", "size"])
            .flatMap { SourceDecoder.pinned("address", $0) }
    }

    /// Digest of a spec's meaning: what is asked for, whatever the order of its packages, its comments and layout.
    package static func digest(of spec: ToolchainSpec) -> Digest {
        // Lines of words. No word holds a space or a line's end (the rules see to it), so no two specs share a text.
        var lines = ["belljar toolchain 1", "name \(spec.name)"]
        switch spec.kind {
        case .debian(let suite, let architecture, let packages):
            lines.append("debian \(suite) \(architecture)")
            lines += packages.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "package \($0)" }
        case .archive(let pin):
            // Not the size: the digest decides which bytes are meant.
            lines.append("archive \(pin.address) \(pin.sha256)")
        }
        return Digest(of: Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    /// Parses and decodes, and throws the mistakes if there are any.
    static func read<Value>(
        _ operation: String, _ text: [UInt8], file: String, _ decode: (YAMLNode, Mistakes) -> Value?
    ) throws(BelljarError) -> Value {
        let mistakes = Mistakes(file: file)
        let value = YAMLParser.parse(text, mistakes: mistakes).flatMap { decode($0, mistakes) }
        if let error = mistakes.error(operation) { throw error }
        guard let value else {
            throw BelljarError(.internal, operation: operation, subject: file, answer: "refused without a reason")
        }
        return value
    }
}
