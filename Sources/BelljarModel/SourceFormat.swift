// A source's members in JSON.

extension BuildRecord.Source {
    static let json = JSONType<Flat>.kinds(
        by: "kind", Flat.Kind.allCases.map { kind in (kind.rawValue, Flat.json(kind)) }
    ).mapped { (flat, place) throws(BelljarError) in
        BuildRecord.Source(
            kind: try flat.sourceKind(place), digest: flat.digest, size: flat.size, into: flat.into)
    } from: { source in
        Flat(source)
    }

    /// The members of all kinds, each empty, 0 or false where a kind has no use for it.
    struct Flat: Sendable {
        typealias Kind = SourceKind<SourceAddress>.Name

        var kind = Kind.local
        var address = ""
        var commit = ""
        var digest = Digest(of: [])
        var size: UInt64 = 0
        var into = ""
        var strip: UInt64 = 0
        var name = ""
        var isExecutable = false

        init() {}

        init(_ source: BuildRecord.Source) {
            (kind, address) = (source.kind.name, source.kind.address)
            (digest, size, into) = (source.digest, source.size, source.into)
            switch source.kind {
            case .archive(_, let strip), .patch(_, let strip): self.strip = UInt64(strip)
            case .file(_, let name, let isExecutable): (self.name, self.isExecutable) = (name, isExecutable)
            case .git(_, let commit): self.commit = commit
            case .local: break
            }
        }

        /// What the members of one kind are.
        fileprivate static func json(_ kind: Kind) -> JSONType<Flat> {
            let has = uses(kind)
            return .object(Flat()) {
                JSONMember("kind", \Flat.kind, .choice(among: [kind]), "what it is")
                JSONMember("address", \Flat.address, .text(has.address), "where it came from, as the recipe says it")
                JSONMember(
                    "commit", \Flat.commit, has.commit ? .text(.commit) : .only("", nothing(kind)),
                    "full id of the commit of a git source; else empty")
                JSONMember(
                    "digest", \Flat.digest, .digest,
                    "SHA-256 of the fetched or patch file; of the tree for local and git sources")
                JSONMember("size", \Flat.size, .count, "bytes of that file, or of the tree's encoded root directory")
                JSONMember(
                    "into", \Flat.into, .text(.pathOrNone(below: "/build")),
                    "directory below /build; empty for /build itself")
                JSONMember(
                    "strip", \Flat.strip, .count(in: 0...(has.strip ? 64 : 0)),
                    "leading path components that are left out of an archive or patch; else 0")
                JSONMember(
                    "name", \Flat.name, has.name ? .text(.fileName) : .only("", nothing(kind)),
                    "what a file is placed as; else empty")
                JSONMember(
                    "executable", \Flat.isExecutable, has.name ? .flag : .no(nothing(kind)),
                    "whether a file is a program; else false")
            }
        }

        /// - Returns: `name` also says whether it can be executable.
        private static func uses(
            _ kind: Kind
        ) -> (address: SharedRule, commit: Bool, strip: Bool, name: Bool) {
            switch kind {
            case .archive: (.address, false, true, false)
            case .file: (.address, false, false, true)
            case .local: (.ownPath, false, false, false)
            case .patch: (.ownPath, false, true, false)
            case .git: (.repository, true, false, false)
            }
        }

        private static func nothing(_ kind: Kind) -> String { "is of no use for a source of kind \(kind.rawValue)" }

        fileprivate func sourceKind(_ place: JSONPlace) throws(BelljarError) -> SourceKind<SourceAddress> {
            switch kind {
            case .archive: .archive(try parsedAddress(place), strip: Int(strip))
            case .file: .file(try parsedAddress(place), name: name, isExecutable: isExecutable)
            case .local: .local(path: address)
            case .patch: .patch(path: address, strip: Int(strip))
            case .git: .git(repository: address, commit: commit)
            }
        }

        /// The rule of the member has looked at it.
        private func parsedAddress(_ place: JSONPlace) throws(BelljarError) -> SourceAddress {
            do throws(TextMistake) { return try SourceAddress(address) } catch {
                throw place.member("address").wrong(error.reason)
            }
        }
    }
}
