package import BelljarModel

/// `toolchain.lock.yaml`: written by belljar, read by belljar and by people who look at what changed.
extension ToolchainDecoder {
    /// Version of the lock's text, not of the image it describes.
    private static let lockFormat: UInt64 = 1
    /// Numbers are kept within what every reader of YAML and JSON holds exactly.
    private static let largest: UInt64 = (1 << 53) - 1

    package static func lock(_ text: [UInt8], file: String) throws(BelljarError) -> ToolchainLock {
        try read("read toolchain lock", text, file: file, lock)
    }

    private static func lock(_ root: YAMLNode, _ mistakes: Mistakes) -> ToolchainLock? {
        let keys = ["format", "name", "spec", "image-format", "timestamp", "image", "archive", "packages", "changes"]
        guard let form = Form(root, "a toolchain lock", keys: keys, mistakes: mistakes) else { return nil }
        guard let format = form.requiredWhole("format", 0...largest) else { return nil }
        guard format == lockFormat else {
            mistakes.add(
                "the lock has format \(format) and this belljar reads format \(lockFormat); make it anew with "
                    + "`belljar toolchain lock`", at: root)
            return nil
        }
        let name = form.required("name", Rules.name)
        let spec = form.required("spec", Rules.prefixedDigest)
        let imageFormat = form.requiredWhole("image-format", 0...largest)
        let timestamp = form.requiredWhole("timestamp", Recipe.epochs)
        let image = form.node("image").flatMap { Self.image($0, mistakes) }
        let packages = form.optionalList("packages", limit: 4096).compactMap { Self.package($0, mistakes) }
        let archive = form.has("archive") ? ToolchainDecoder.pinnedArchive(form) : nil
        let changes = form.optionalList("changes", limit: ImageChange.limit).compactMap { Self.change($0, mistakes) }
        guard let name, let spec, let imageFormat, let timestamp, let image else { return nil }
        return ToolchainLock(
            name: name, spec: spec, imageFormat: imageFormat, timestamp: timestamp, packages: packages,
            archive: archive, image: image, changes: changes)
    }

    private static func image(_ node: YAMLNode, _ mistakes: Mistakes) -> TreeDigest? {
        guard let form = Form(node, "image", keys: ["digest", "size"], mistakes: mistakes) else { return nil }
        let digest = form.required("digest", Rules.prefixedDigest)
        let size = form.requiredWhole("size", 0...largest)
        guard let digest, let size else { return nil }
        return TreeDigest(digest: digest, size: size)
    }

    private static let packageKeys = ["name", "version", "architecture", "archive", "path", "size", "sha256"]

    private static func package(_ node: YAMLNode, _ mistakes: Mistakes) -> LockedPackage? {
        guard let form = Form(node, "a package", keys: packageKeys, mistakes: mistakes) else { return nil }
        let name = form.required("name", Rules.name)
        let version = form.required("version", Rules.version)
        let architecture = form.required("architecture", Rules.name)
        let archive = form.required("archive", Rules.name)
        let path = form.required("path", Rules.path(below: "the archive"))
        let size = form.requiredWhole("size", 0...largest)
        let sha256 = form.required("sha256", Rules.sha256)
        guard let name, let version, let architecture, let archive, let path, let size, let sha256 else { return nil }
        return LockedPackage(
            name: name, version: version, architecture: architecture, archive: archive, path: path, size: size,
            sha256: sha256)
    }

    /// The one text of a lock: what `toolchain lock` writes. Packages keep their order.
    package static func encode(_ lock: ToolchainLock) -> [UInt8] {
        var text = """
            # Made by `belljar toolchain lock \(lock.name)`; do not edit by hand.
            # What toolchain.yaml resolved to, and the digest of the image that comes of it.
            format: \(lockFormat)
            name: "\(lock.name)"
            spec: \(lock.spec)
            image-format: \(lock.imageFormat)
            timestamp: \(lock.timestamp)
            image:
              digest: \(lock.image.digest)
              size: \(lock.image.size)

            """
        if let archive = lock.archive { text += encode(archive) }
        text += lock.packages.isEmpty ? "packages: []\n" : "packages:\n"
        for package in lock.packages {
            // Names and versions in quotes, because other readers take `1.10` for a number.
            text += """
                  - name: "\(package.name)"
                    version: "\(package.version)"
                    architecture: \(package.architecture)
                    archive: \(package.archive)
                    path: \(package.path)
                    size: \(package.size)
                    sha256: "\(package.sha256.hex)"

                """
        }
        if !lock.changes.isEmpty {
            text += "# Where the image is not what unpacking the packages gives: made or changed by their scripts.\n"
            text += "changes:\n" + lock.changes.map(encode).joined()
        }
        return Array(text.utf8)
    }

    /// The text of a `toolchain.yaml` for an imported archive.
    package static func encodeSpec(name: String, archive: Pin) -> [UInt8] {
        Array("name: \"\(name)\"\n\(encode(archive))".utf8)
    }

    private static func encode(_ archive: Pin) -> String {
        // Single quotes, in which only the quote itself has a meaning: an address may hold what YAML reads otherwise.
        let address = archive.address.description.split(separator: "'", omittingEmptySubsequences: false)
        let size = archive.size.map { "  size: \($0)\n" } ?? ""
        return "archive:\n  address: '\(address.joined(separator: "''"))'\n  sha256: \"\(archive.sha256.hex)\"\n" + size
    }
}
