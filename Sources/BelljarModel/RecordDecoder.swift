/// Reads records strictly: unknown members, other versions, and a closure whose members are not what the definition
/// names are refused.
package enum RecordDecoder {
    private static let operation = "read record"

    /// - Throws: `usage` for what is not a record of a known format, `integrity` for a closure that does not have the
    ///   digests the definition names.
    package static func decode(_ bytes: [UInt8]) throws(BelljarError) -> BuildRecord {
        let value: JSONValue
        do throws(BelljarError) {
            value = try CanonicalJSON.decode(bytes, sizeLimit: BuildRecord.sizeLimit)
        } catch { throw withRemedy(error) }
        return try record(value)
    }

    package static func record(_ value: JSONValue) throws(BelljarError) -> BuildRecord {
        let maker = value["observed"]?["runner"]?["version"]?.string
        do throws(BelljarError) { return try read(value, madeBy: maker) } catch {
            throw withRemedy(error, madeBy: maker)
        }
    }

    /// What can be done about a record that no belljar wrote. Said here once: whatever is wrong with one, nobody corrects it.
    package static let remedy =
        "the record was damaged, or edited after belljar wrote it: get it anew from where it was made (there, "
        + "`belljar show RECORD --json` prints it), or build the recipe again"

    private static func withRemedy(_ error: BelljarError, madeBy maker: String? = nil) -> BelljarError {
        guard error.remedy == nil else { return error }
        var error = error
        // What this version would not write, a newer one may.
        let other = maker.flatMap { $0 == OwnVersion.text ? nil : $0 }
        error.remedy =
            remedy + (other.map { "; if belljar \(quoted($0)) is newer than this one, read it with that" } ?? "")
        return error
    }

    private static func read(_ value: JSONValue, madeBy maker: String?) throws(BelljarError) -> BuildRecord {
        let unversioned = JSONPlace(operation: operation, remedy: remedy(madeBy: maker))
        guard case .object(let members) = value else { throw unversioned.wrong("must be an object") }
        let format = try format(members["v"], unversioned.member("v"))
        let place = JSONPlace(operation: operation, remedy: unversioned.remedy, format: format)
        let record = try BuildRecord.json.decode(value, at: place)
        if let contradiction = record.observedContradiction {
            throw place.member(contradiction.member).wrong(contradiction.answer)
        }
        try record.checkClosure()
        return record
    }

    private static func format(_ value: JSONValue?, _ place: JSONPlace) throws(BelljarError) -> UInt64 {
        guard let value else { throw place.wrong("is missing") }
        let format = try place.count(value)
        guard (1...BuildRecord.formatVersion).contains(format) else {
            throw place.wrong(
                "the record has format \(format), and this belljar reads formats up to \(BuildRecord.formatVersion)",
                remedy: place.remedy)
        }
        return format
    }

    /// What can be done about a record that says more than this version knows.
    private static func remedy(madeBy maker: String?) -> String {
        let version = maker.map { "\(quoted($0)), which made it" } ?? "of the version that made it"
        return BuildRecord.remedyIfOwn(madeBy: maker) ?? "read it with belljar \(version), or with a newer one"
    }
}

/// Which belljar this is.
package enum OwnVersion {
    /// Stands in every record. The changelog says what changed.
    package static let text = "0.3.0"
}

extension BuildRecord {
    /// What is to be thought of a record that this belljar cannot have written, and that says it did; nil for all others.
    package static func remedyIfOwn(madeBy maker: String?) -> String? {
        guard maker == OwnVersion.text else { return nil }
        return
            "the record says that belljar \(OwnVersion.text) made it, which is this one: it was changed after that, or a "
            + "fork of belljar made it"
    }
}

extension BuildRecord {
    /// Every lock and definition that this record's definition reaches is in the closure under its own digest, and
    /// nothing else is.
    package func checkClosure() throws(BelljarError) {
        for (digest, text) in closure.locks {
            try Self.compare(Digest(of: Array(text.utf8)), digest, "lock")
        }
        for (digest, keyed) in closure.definitions { try Self.compare(keyed.digest, digest, "definition") }
        var wantedLocks: Set<Digest> = []
        var wantedDefinitions: Set<Digest> = []
        var queue = [definition]
        while let next = queue.popLast() {
            wantedLocks.insert(next.toolchain.lock)
            for input in next.inputs where wantedDefinitions.insert(input.definition).inserted {
                // A definition's digest covers its inputs' digests, so a cycle cannot be written down.
                if let made = closure.definitions[input.definition] { queue.append(made.definition) }
            }
        }
        try Self.compare(Set(closure.locks.keys), wantedLocks, "locks")
        try Self.compare(Set(closure.definitions.keys), wantedDefinitions, "definitions")
        try checkInputs()
    }

    /// An input has the name of the recipe that made it, wherever it is named.
    private func checkInputs() throws(BelljarError) {
        for reader in [definition] + closure.definitions.values.map(\.definition) {
            for input in reader.inputs {
                guard let made = closure.definitions[input.definition]?.definition, made.name != input.name else {
                    continue
                }
                throw BelljarError(
                    .integrity, operation: "read record", subject: "closure, definition \(input.definition)",
                    answer:
                        "it defines \(made.name), and the input of \(reader.name) that it stands for is \(input.name)")
            }
        }
    }

    private static func compare(
        _ found: Set<Digest>, _ wanted: Set<Digest>, _ what: String
    ) throws(BelljarError) {
        guard found != wanted else { return }
        let (missing, extra) = (wanted.subtracting(found).sorted(), found.subtracting(wanted).sorted())
        let words = [
            missing.first.map { "it lacks \($0), which the record's definition needs" },
            extra.first.map { "it has \($0), which nothing needs" },
        ]
        let all = missing.map { "missing: \($0)" } + extra.map { "not needed: \($0)" }
        throw BelljarError(
            .integrity, operation: "read record", subject: "closure, \(what)",
            answer: words.compactMap(\.self).joined(separator: "; "),
            details: all.count > words.compactMap(\.self).count ? Array(all.prefix(Self.listedDigests)) : [])
    }

    /// So many digests that do not fit are listed at most.
    private static let listedDigests = 20

    private static func compare(_ found: Digest, _ expected: Digest, _ what: String) throws(BelljarError) {
        guard found != expected else { return }
        throw BelljarError(
            .integrity, operation: "read record", subject: "closure, \(what)",
            answer: "expected \(expected), found \(found)")
    }
}
