internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe

/// Resolves package names to exact packages, as apt does it, in a private root.
struct AptResolver: Sendable {
    struct Resolution: Sendable {
        /// Sorted by name.
        var packages: [LockedPackage]
        /// Newest date of the archives' Release files, in seconds since 1970.
        var timestamp: UInt64
    }

    let root: AptRoot
    let cancellation: Cancellation

    /// The packages and all that they depend on.
    ///
    /// Packages leave Debian's essential ones out of their dependencies, so these are asked for (apt-patterns(7)).
    /// `usr-is-merged` is asked for on top, because images have a merged /usr from their first file on, and apt would
    /// otherwise choose `usrmerge`, which converts a system and needs all of perl.
    func resolve(_ names: [String], essential: Bool) throws(BelljarError) -> Resolution {
        _ = try apt("apt-get", ["-q", "update", "--error-on=any"])
        let wanted = try mergedUsr() + (essential ? ["?essential"] : []) + names
        let text: String
        do throws(BelljarError) {
            text = try apt("apt-get", ["-qq", "--print-uris", "install"] + wanted)
        } catch { throw try misspelt(in: error.details, names) ?? error }
        let downloads = try AptDownload.parse(text)
        let packages = try locked(downloads).sorted { ($0.name, $0.architecture) < ($1.name, $1.architecture) }
        return Resolution(packages: packages, timestamp: try timestamp())
    }

    /// The error for a package that toolchain.yaml names and the suite does not have; nil if apt failed for something else.
    ///
    /// - Parameter complaint: the lines that apt wrote.
    private func misspelt(in complaint: [String], _ wanted: [String]) throws(BelljarError) -> BelljarError? {
        let missing = AptDownload.unknownPackages(in: complaint, among: wanted)
        guard let first = missing.first else { return nil }
        let known = try apt("apt-cache", ["pkgnames", String(first.prefix(1))]).split(separator: "\n").map(String.init)
        return BelljarError(
            .usage, operation: "lock package", subject: first, stage: "resolve",
            answer: "the suite has no package of that name" + NearMatch.hint(for: first, among: known),
            remedy: "correct `packages` in toolchain.yaml; `apt-cache search WORD` finds packages",
            details: missing.dropFirst().map { "nor of the name \($0)" })
    }

    /// `usr-is-merged` where the suite has it (Debian 12 and later).
    private func mergedUsr() throws(BelljarError) -> [String] {
        let known = try apt("apt-cache", ["pkgnames", "usr-is-merged"])
        return known.split(separator: "\n").contains("usr-is-merged") ? ["usr-is-merged"] : []
    }

    /// apt's downloads with what the signed package listings say of them.
    private func locked(_ downloads: [AptDownload]) throws(BelljarError) -> [LockedPackage] {
        let names = downloads.map {
            "\($0.name):\($0.architecture == "all" ? root.architecture : $0.architecture)=\($0.version)"
        }
        let text = try apt("apt-cache", ["show"] + names)
        let stanzas = Dictionary(grouping: try ControlStanza.parse(text, file: "the answer of apt-cache show")) {
            $0["Package"] ?? ""
        }
        let labels = try archiveLabels()
        var packages: [LockedPackage] = []
        for download in downloads {
            packages.append(try locked(download, among: stanzas[download.name] ?? [], labels: labels))
        }
        return packages
    }

    private func locked(
        _ download: AptDownload, among stanzas: [ControlStanza], labels: [(base: String, label: String)]
    ) throws(BelljarError) -> LockedPackage {
        let subject = "\(download.name) \(download.version)"
        guard let archive = labels.first(where: { download.address.hasPrefix($0.base) }),
            let name = Self.archiveNames[archive.label]
        else {
            throw BelljarError(
                .unavailable, operation: "lock package", subject: subject,
                answer: "it comes from an archive that is not one of Debian's own",
                remedy: "disable that archive in /etc/apt, or give it a low priority there, while the lock is made")
        }
        let path = String(download.address.dropFirst(archive.base.count))
        let stanza = stanzas.first {
            $0["Version"] == download.version && $0["Architecture"] == download.architecture && $0["Filename"] == path
        }
        guard let stanza, let sha256 = stanza["SHA256"].flatMap({ Digest(hex: $0) }),
            stanza["Size"].flatMap({ UInt64($0) }) == download.size
        else {
            throw BelljarError(
                .integrity, operation: "lock package", subject: subject,
                answer: "apt's package lists have no SHA256 and size for \(path)",
                remedy: "use another mirror")
        }
        return LockedPackage(
            name: download.name, version: download.version, architecture: download.architecture, archive: name,
            path: path, size: download.size, sha256: sha256)
    }

    /// Archive names of a lock by the label that the signed Release file gives.
    static let archiveNames = ["Debian": "debian", "Debian-Security": "debian-security"]

    /// Base address of each archive and the label it gives itself, the longest address first.
    private func archiveLabels() throws(BelljarError) -> [(base: String, label: String)] {
        let text = try apt(
            "apt-get", ["indextargets", "--format", "$(REPO_URI) $(LABEL)", "Identifier: Packages"])
        let pairs = Set(text.split(separator: "\n")).compactMap { line -> (base: String, label: String)? in
            guard let space = line.firstIndex(of: " ") else { return nil }
            return (PercentEncoding.decode(line[..<space]), String(line[line.index(after: space)...].trimmed))
        }
        return pairs.sorted { ($0.base.utf8.count, $0.base) > ($1.base.utf8.count, $1.base) }
    }

    private func timestamp() throws(BelljarError) -> UInt64 {
        let folder = root.listsPath
        let files = try hostCall("read", folder) { () throws(KernelError) -> [(name: String, text: String)] in
            let opened = try Descriptor.workingDirectory.open(folder, .directory)
            var files: [(name: String, text: String)] = []
            for entry in try opened.entries(limit: 10_000) {
                let name = String(decoding: entry.name, as: UTF8.self)
                guard name.hasSuffix("InRelease") || name.hasSuffix("_Release") else { continue }
                let file = try opened.open(entry.name)
                files.append((name, String(decoding: try file.readAll(limit: 16 << 20), as: UTF8.self)))
            }
            return files
        }
        var newest: UInt64?
        for file in files { newest = max(newest ?? 0, try ReleaseFile(file.text, file: file.name).date) }
        guard let newest else {
            throw BelljarError(
                .internal, operation: "read the date of", subject: folder, answer: "apt left no Release file")
        }
        return newest
    }

    /// Runs one of apt's programs in the private root.
    private func apt(_ name: String, _ arguments: [String]) throws(BelljarError) -> String {
        try Apt.run(name, arguments, environment: root.environment, cancellation: cancellation, in: root)
    }
}
