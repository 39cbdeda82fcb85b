package import BelljarModel

/// `toolchain.lock.yaml`: written by belljar, read by belljar and by people who look at what changed.
extension ToolchainDecoder {
    /// Version of the lock's text, not of the image it describes.
    private static let lockFormat: UInt64 = 1
    /// Numbers are kept within what every reader of YAML and JSON holds exactly.
    private static let largest: UInt64 = (1 << 53) - 1

    package static func lock(_ text: [UInt8], file: String) throws(BelljarError) -> ToolchainLock {
        try read(
            "read toolchain lock", text, file: file, lock,
            remedy:
                "have belljar write it, and do not edit it: get it from version control, or run `belljar toolchain lock`"
        )
    }

    static let lock = MappingRule("a toolchain lock") { lock -> ToolchainLock? in
        let format = lock.required("format", formatNumber, "version of this file's layout")
        if let format, format != lockFormat {
            lock.refuse(
                "the lock has format \(format), and this belljar reads format \(lockFormat); make a new one with "
                    + "`belljar toolchain lock`")
        }
        // What else stands there may mean something else.
        if format == nil { lock.stop() }
        let name = lock.required("name", Rules.name, "the toolchain")
        let spec = lock.required("spec", Rules.prefixedDigest, "digest of what toolchain.yaml asks for")
        let imageFormat = lock.required("image-format", number, "version of the rules for making the image")
        let timestamp = lock.required(
            "timestamp", .whole(Recipe.epochs), "seconds since 1970: the newest package list when the lock was made")
        let image = lock.required("image", .mapping(treeDigest), "tree digest of the finished image")
        let archive = lock.optional(
            "archive", .mapping(pin), "the archive of a toolchain that was imported from one")
        let packages = lock.optional(
            "packages", .list(of: .mapping(lockedPackage), "package", 0...4096),
            "the packages, with their dependencies")
        let changes = lock.optional(
            "changes", .list(of: .mapping(change), "change", 0...ImageChange.limit),
            "what the packages' scripts made or changed in the image")
        guard let name, let spec, let imageFormat, let timestamp, let image else { return nil }
        return ToolchainLock(
            name: name, spec: spec, imageFormat: imageFormat, timestamp: timestamp, packages: packages ?? [],
            archive: archive, image: image, changes: changes ?? [])
    }

    private static let number = ValueRule.whole(0...largest)
    /// Reads another format, too, in order to say so.
    private static let formatNumber = ValueRule(.constant(.integer(Int64(lockFormat))), number.read)

    private static let treeDigest = MappingRule("image") { image -> TreeDigest? in
        let digest = image.required("digest", Rules.prefixedDigest, "of its top directory")
        let size = image.required("size", number, "bytes of that directory's encoding")
        guard let digest, let size else { return nil }
        return TreeDigest(digest: digest, size: size)
    }

    private static let pathInArchive = Rules.path(below: "the archive")

    private static let lockedPackage = MappingRule("a package") { package -> LockedPackage? in
        let name = package.required("name", Rules.name, "of the package")
        let version = package.required("version", Rules.version, "of the package")
        let architecture = package.required("architecture", Rules.name, "amd64 or all")
        let archive = package.required("archive", Rules.name, "name of the archive that serves it")
        let path = package.required("path", pathInArchive, "relative to that archive")
        let size = package.required("size", number, "in bytes")
        let sha256 = package.required("sha256", Rules.sha256, "of the package's file")
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
    ///
    /// - Parameter schema: where editors find the schema, relative to the file; nil for none.
    package static func encodeSpec(name: String, archive: Pin, schema: String?) -> [UInt8] {
        let line = schema.map { "# yaml-language-server: $schema=\($0)\n" } ?? ""
        return Array("\(line)name: \"\(name)\"\n\(encode(archive))".utf8)
    }

    private static func encode(_ archive: Pin) -> String {
        // Single quotes, in which only the quote itself has a meaning: an address may hold what YAML reads otherwise.
        let address = archive.address.description.split(separator: "'", omittingEmptySubsequences: false)
        let size = archive.size.map { "  size: \($0)\n" } ?? ""
        return "archive:\n  address: '\(address.joined(separator: "''"))'\n  sha256: \"\(archive.sha256.hex)\"\n" + size
    }
}
