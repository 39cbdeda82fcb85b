internal import BelljarControls
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore

/// A private root for apt: its own lists, cache and (empty) package database, so that the host's are neither read nor
/// touched. From the host come the sources of the wanted suites, keyrings, proxies and credentials.
struct AptRoot: Sendable {
    /// Absolute path of the private root.
    let path: String
    let architecture: String
    /// The wanted suites that the host has no source for.
    let missingSuites: [String]
    /// The account that apt runs under; nil for belljar's own.
    let owner: Account?
    let limits: SourceLimits

    private var configurationPath: String { "\(path)/apt.conf" }
    /// Where apt keeps the archives' Release files and package listings.
    var listsPath: String { "\(path)/var/lib/apt/lists" }

    /// Makes the root below an empty folder.
    ///
    /// - Throws: `usage` if no source of the host serves the suite.
    init(
        path: String, suite: String, architecture: String, host: AptHost, owner: Account? = nil,
        limits: SourceLimits = .standard
    ) throws(BelljarError) {
        self.path = path
        self.owner = owner
        self.limits = limits
        self.architecture = architecture
        let wanted = AptSources.suites(of: suite)
        let sources = try AptSources(host.sources, wanted: wanted)
        guard sources.suites.contains(suite) else {
            throw BelljarError(
                .usage, operation: "resolve packages of", subject: suite,
                answer: "no apt source of this machine serves the suite '\(suite)'"
                    + NearMatch.hint(for: suite, among: sources.known),
                remedy: "correct `suite` in toolchain.yaml, or add a source for \(suite) to /etc/apt/sources.list.d "
                    + "(deb822 or one-line form)"
                    + (sources.known.isEmpty ? "" : "; served are: \(sources.known.sorted().joined(separator: ", "))"))
        }
        missingSuites = wanted.filter { !sources.suites.contains($0) }
        try makeFolders()
        try write(sources.list, to: "etc/apt/sources.list.d/belljar.list")
        try write(sources.stanzas, to: "etc/apt/sources.list.d/belljar.sources")
        try write("", to: "var/lib/dpkg/status")
        for (name, text) in host.credentials where owner != nil { try write(text, to: "etc/apt/\(name)") }
        try write(configuration(acquire: host.acquireOptions), to: "apt.conf")
    }

    private func makeFolders() throws(BelljarError) {
        let folders = [
            "", "etc", "etc/apt", "var", "var/lib", "var/lib/apt", "var/lib/apt/lists", "var/cache", "var/cache/apt",
            "var/cache/apt/archives", "etc/apt/auth.conf.d", "etc/apt/apt.conf.d", "etc/apt/preferences.d",
            "etc/apt/sources.list.d", "etc/apt/trusted.gpg.d",
            "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/lib/dpkg", "tmp",
        ]
        for folder in folders {
            try hostCall("make folder", "\(path)/\(folder)") { () throws(KernelError) in
                let made = try Descriptor.makeDirectories("\(path)/\(folder)", mode: 0o700)
                if let owner { try made.setOwner(uid: owner.uid, gid: owner.gid) }
            }
        }
    }

    private func write(_ text: String, to name: String) throws(BelljarError) {
        try hostCall("write", "\(path)/\(name)") { () throws(KernelError) in
            let file = try Descriptor.workingDirectory.open(
                "\(path)/\(name)", [.write, .create, .exclusive], mode: 0o600)
            try file.writeAll(Array(text.utf8))
            if let owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
        }
    }

    /// What apt reads in place of the host's configuration, because it stands in `APT_CONFIG` and moves `Dir`.
    private func configuration(acquire: [String]) -> String {
        // Only root may read the host's credentials, as a rule. An account that is not gets a copy, as long as apt runs.
        let credentials = owner == nil ? "/etc/apt" : "\(path)/etc/apt"
        let lines = [
            "Dir \"\(path)/\";",
            "Dir::State::status \"\(path)/var/lib/dpkg/status\";",
            // The host's keyrings and credentials stay where they are: absolute paths are not moved by Dir.
            "Dir::Etc::trusted \"/etc/apt/trusted.gpg\";",
            "Dir::Etc::trustedparts \"/etc/apt/trusted.gpg.d\";",
            "Dir::Etc::netrc \"\(credentials)/auth.conf\";",
            "Dir::Etc::netrcparts \"\(credentials)/auth.conf.d\";",
            "APT::Architecture \"\(architecture)\";",
            "APT::Architectures { \"\(architecture)\"; };",
            "APT::Install-Recommends \"false\";",
            "APT::Install-Suggests \"false\";",
            // Nothing is installed here, so an ordinary user needs neither locks nor apt's own account.
            "Debug::NoLocking \"1\";",
            "APT::Sandbox::User \"\";",
            // apt counts itself among the essential packages unless told otherwise; a build has no use for it.
            "pkgCacheGen::ForceEssential \",\";",
            "Acquire::Languages \"none\";",
            // Seconds without a byte; what the host's own configuration says comes after it.
            "Acquire::http::Timeout \"20\";",
            "Acquire::https::Timeout \"20\";",
        ]
        return (lines + acquire).map { $0 + "\n" }.joined()
    }

    /// The environment of the apt programs, in addition to the host's proxies.
    var environment: [String: String] {
        [
            "APT_CONFIG": configurationPath, "HOME": path, "TMPDIR": "\(path)/tmp", "LC_ALL": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
    }
}

/// What is taken from the host's own apt.
struct AptHost: Sendable {
    var sources: [AptSources.File]
    /// `apt-config dump` lines about how servers are reached: proxies, retries, time outs, certificates.
    var acquireOptions: [String]
    /// Files below /etc/apt with names and passwords for servers, as far as belljar may read them: name and text.
    var credentials: [(name: String, text: String)] = []

    /// Reads the configuration of this machine.
    ///
    /// - Throws: `unavailable` with the remedy if apt is not installed.
    static func read(cancellation: Cancellation) throws(BelljarError) -> AptHost {
        let folder = "/etc/apt"
        var files: [AptSources.File] = []
        if let text = try textIfPresent("\(folder)/sources.list") {
            files.append(AptSources.File(path: "\(folder)/sources.list", text: text))
        }
        for name in try names(in: "\(folder)/sources.list.d")
        where name.hasSuffix(".list") || name.hasSuffix(".sources") {
            let path = "\(folder)/sources.list.d/\(name)"
            if let text = try textIfPresent(path) { files.append(AptSources.File(path: path, text: text)) }
        }
        let dump = try Apt.run("apt-config", ["dump"], environment: [:], cancellation: cancellation)
        var credentials: [(name: String, text: String)] = []
        if Host.effectiveUid == 0 {
            let parts = try names(in: "\(folder)/auth.conf.d").filter { $0.hasSuffix(".conf") }
            for name in ["auth.conf"] + parts.map({ "auth.conf.d/\($0)" }) {
                if let text = try textIfPresent("\(folder)/\(name)") { credentials.append((name, text)) }
            }
        }
        return AptHost(sources: files, acquireOptions: acquireOptions(in: dump), credentials: credentials)
    }

    /// Only how archives are reached is taken over; hooks, pinning and extra indexes of the host are not.
    static func acquireOptions(in dump: String) -> [String] {
        let wanted = [
            "Acquire::http::", "Acquire::https::", "Acquire::http ", "Acquire::https ", "Acquire::Retries",
            "Acquire::ForceIPv4", "Acquire::ForceIPv6", "Acquire::Check-Valid-Until", "Acquire::By-Hash",
        ]
        return dump.split(separator: "\n").map(String.init).filter { line in wanted.contains { line.hasPrefix($0) } }
    }

    private static func textIfPresent(_ path: String) throws(BelljarError) -> String? {
        try hostCall("read", path) { () throws(KernelError) -> String? in
            guard try Descriptor.workingDirectory.statusIfPresent(of: path) != nil else { return nil }
            let file = try Descriptor.workingDirectory.open(path, .followingLinks)
            return String(decoding: try file.readAll(limit: 4 << 20), as: UTF8.self)
        }
    }

    private static func names(in folder: String) throws(BelljarError) -> [String] {
        try hostCall("list", folder) { () throws(KernelError) -> [String] in
            guard try Descriptor.workingDirectory.statusIfPresent(of: folder) != nil else { return [] }
            let opened = try Descriptor.workingDirectory.open(folder, [.directory, .followingLinks])
            return try opened.entries(limit: 10_000).map { String(decoding: $0.name, as: UTF8.self) }.sorted()
        }
    }
}
