internal import BelljarKernel
package import BelljarModel

/// Which servers serve the archive that an address names: the machine's configuration, never the project's.
package struct Mirrors: Hashable, Sendable {
    /// Base addresses by archive name (`debian`, `debian-security`), in the order they are tried.
    package var bases: [String: [String]]
    /// Whether apt's configuration is asked for archives that `bases` does not name.
    package var asksApt: Bool

    package init(bases: [String: [String]], asksApt: Bool = false) {
        self.bases = bases
        self.asksApt = asksApt
    }

    /// From `BELLJAR_MIRROR_<ARCHIVE>` (space-separated base addresses; the archive's name in capitals with `_` for
    /// `-`) and then from what the host's apt is configured for. Never touches the network, and asks apt only when an
    /// archive is first needed.
    ///
    /// - Throws: `usage` for a variable with something else than http and https addresses.
    package static func configured() throws(BelljarError) -> Mirrors {
        try configured(environment: Host.environment())
    }

    private static let prefix = "BELLJAR_MIRROR_"

    static func configured(environment: [String: String]) throws(BelljarError) -> Mirrors {
        var bases: [String: [String]] = [:]
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
            let archive = name.dropFirst(prefix.count).lowercased().map { $0 == "_" ? "-" : $0 }
            var addresses: [String] = []
            for word in value.split(whereSeparator: \.isWhitespace) {
                guard let address = WebAddress(String(word)) else {
                    throw BelljarError(
                        .usage, operation: "use the mirror in", subject: name,
                        answer: "\(quoted(String(word))) is not an http or https address",
                        remedy: "set it to the addresses of mirrors, separated by spaces")
                }
                addresses.append(address.text)
            }
            if !addresses.isEmpty { bases[String(archive)] = addresses }
        }
        return Mirrors(bases: bases, asksApt: true)
    }

    /// The base addresses of one archive, in the order they are tried; never empty.
    ///
    /// - Throws: `unavailable` naming the archive if no mirror is known for it.
    func bases(of archive: String) throws(BelljarError) -> [String] {
        if let known = bases[archive], !known.isEmpty { return known }
        if asksApt, let known = try AptConfiguration.bases(of: archive), !known.isEmpty { return known }
        let variable = Self.prefix + archive.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
        throw BelljarError(
            .unavailable, operation: "find a mirror of", subject: archive,
            answer: asksApt ? "neither \(variable) nor apt's sources name one" : "\(variable) is not set",
            remedy: "set \(variable) to the base address of a mirror, or configure apt for this archive")
    }
}
