internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// What the host's apt is configured for, as apt's own tools tell it: no network, and every form of sources that apt
/// knows. A machine without apt has an empty configuration.
enum AptConfiguration {
    /// The base addresses that serve an archive; nil if apt names none. Asked once per process and command.
    static func bases(of archive: String) throws(BelljarError) -> [String]? {
        // Labels are the archives' own names, but only machines that have downloaded lists know them.
        if let found = try labelled()[archive] { return found }
        return try guessed()[archive]
    }

    private static let labelled = Once { () throws(BelljarError) in try labelledBases() }
    private static let guessed = Once { () throws(BelljarError) in try guessedBases() }

    // MARK: By label

    private static func labelledBases() throws(BelljarError) -> [String: [String]] {
        let text = try answer(of: ["indextargets", "--format", "$(SITE)|$(LABEL)"])
        return parseTargets(text, mirrorList: readMirrorList)
    }

    /// Lines `SITE|LABEL`, as `apt-get indextargets` gives them: one per index file, so most come several times.
    static func parseTargets(_ text: String, mirrorList: (String) -> [String]) -> [String: [String]] {
        var bases: [String: [String]] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            guard fields.count == 2, !fields[1].isEmpty else { continue }
            let name = String(fields[1].lowercased().map { $0 == " " ? "-" : $0 })
            for site in expand(String(fields[0]), mirrorList) { add(site, to: name, in: &bases) }
        }
        return bases
    }

    // MARK: By address

    private static func guessedBases() throws(BelljarError) -> [String: [String]] {
        // Prints what an update would download, and downloads nothing (apt-get(8)).
        parseUris(try answer(of: ["update", "--print-uris"]), mirrorList: readMirrorList)
    }

    /// Lines `'ADDRESS' file size`, as `apt-get update --print-uris` gives them. An archive is named by the last part of
    /// its base address, except that a suite called `...-security` is `debian-security`, wherever it is served.
    static func parseUris(_ text: String, mirrorList: (String) -> [String]) -> [String: [String]] {
        var bases: [String: [String]] = [:]
        for line in text.split(separator: "\n") {
            guard line.first == "'", let end = line.dropFirst().firstIndex(of: "'") else { continue }
            let address = line[line.index(after: line.startIndex)..<end]
            guard address.hasSuffix("/InRelease"), let dists = address.firstRange(of: "/dists/") else { continue }
            let suite = address[dists.upperBound...].dropLast("/InRelease".count)
            for site in expand(String(address[..<dists.lowerBound]), mirrorList) {
                let last = site.split(separator: "/").last.map(String.init) ?? ""
                add(site, to: suite.hasSuffix("-security") ? "debian-security" : last, in: &bases)
            }
        }
        return bases
    }

    // MARK: Parts

    private static func add(_ site: String, to name: String, in bases: inout [String: [String]]) {
        guard !bases[name, default: []].contains(site) else { return }
        bases[name, default: []].append(site)
    }

    /// A site as addresses that can be fetched from. `mirror+file:` names a local list of them (apt-transport-mirror(1));
    /// what is neither that nor http or https is left out.
    private static func expand(_ site: String, _ mirrorList: (String) -> [String]) -> [String] {
        let listPrefix = "mirror+file:"
        let sites = site.hasPrefix(listPrefix) ? mirrorList(String(site.dropFirst(listPrefix.count))) : [site]
        return sites.compactMap { site in
            var text = site
            while text.hasSuffix("/") { text.removeLast() }
            return WebAddress(text)?.text
        }
    }

    /// The addresses in a mirror list: the first word of each line that is no comment.
    private static func readMirrorList(_ path: String) -> [String] {
        // `file:` addresses have one or three slashes.
        let path = path.hasPrefix("///") ? String(path.dropFirst(2)) : path
        do throws(KernelError) {
            let bytes = try Descriptor.workingDirectory.open(path, .followingLinks).readAll(limit: 1 << 20)
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
                line.split(whereSeparator: \.isWhitespace).first.map(String.init)
            }.filter { !$0.hasPrefix("#") }
        } catch { return [] }
    }

    /// What apt-get answers; nothing if there is no apt or if it fails, because a machine may do without.
    private static func answer(of arguments: [String]) throws(BelljarError) -> String {
        let passing = ["PATH", "HOME", "APT_CONFIG"]
        guard let apt = HostProgram.find("apt-get", passing: passing, setting: ["LC_ALL": "C"]) else { return "" }
        let (end, text) = try apt.output(of: arguments, limit: 16 << 20)
        return end.exit == .status(0) ? text : ""
    }
}
