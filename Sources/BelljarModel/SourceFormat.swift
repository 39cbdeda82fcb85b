// A source's members in JSON.

extension BuildRecord.Source {
    static let json = JSONType.object(Flat()) {
        JSONMember("kind", \Flat.kind, .choice)
        JSONMember("address", \Flat.address, .text)
        JSONMember("commit", \Flat.commit, .text)
        JSONMember("digest", \Flat.digest, .digest)
        JSONMember("size", \Flat.size, .count)
        JSONMember("into", \Flat.into, .pathBelowBuild)
        JSONMember("strip", \Flat.strip, .count(in: 0...64))
        JSONMember("name", \Flat.name, .pathBelowBuild)
        JSONMember("executable", \Flat.isExecutable, .flag)
    }.mapped { (flat, place) throws(BelljarError) in
        let source = BuildRecord.Source(
            kind: try flat.sourceKind(place), digest: flat.digest, size: flat.size, into: flat.into)
        guard Flat(source) == flat else {
            throw place.wrong(
                "has a member that a source of kind \(flat.kind.rawValue) cannot have; it must be empty, 0 or false")
        }
        return source
    } from: { source in
        Flat(source)
    }

    /// The members of all kinds, each empty, 0 or false where a kind has no use for it.
    private struct Flat: Sendable, Equatable {
        var kind = SourceKind<SourceAddress>.Name.local
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

        func sourceKind(_ place: JSONPlace) throws(BelljarError) -> SourceKind<SourceAddress> {
            guard kind == .git ? Self.isCommit(commit) : commit.isEmpty else {
                throw place.member("commit").wrong(
                    "must be the full ID of a commit for git, and empty for any other kind")
            }
            guard !name.contains("/") else { throw place.member("name").wrong("must be a file name without a slash") }
            switch kind {
            case .archive: return .archive(try parsedAddress(place), strip: Int(strip))
            case .file: return .file(try parsedAddress(place), name: name, isExecutable: isExecutable)
            case .local: return .local(path: address)
            case .patch: return .patch(path: address, strip: Int(strip))
            case .git: return .git(repository: address, commit: commit)
            }
        }

        private func parsedAddress(_ place: JSONPlace) throws(BelljarError) -> SourceAddress {
            do throws(TextMistake) { return try SourceAddress(address) } catch {
                let shown = error.isSecret ? "it" : quoted(address)
                throw place.member("address").wrong("\(shown) \(error.reason)")
            }
        }

        /// A whole SHA-1 or SHA-256, as git prints it.
        private static func isCommit(_ text: String) -> Bool {
            [40, 64].contains(text.utf8.count) && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
        }
    }
}
