/// Reads records strictly: unknown members, other versions, and a closure whose members are not what the definition
/// names are refused.
package enum RecordDecoder {
    private static let operation = "read record"

    /// - Throws: `usage` for what is not a record of a known format, `integrity` for a closure that does not have the
    ///   digests the definition names.
    package static func decode(_ bytes: [UInt8]) throws(BelljarError) -> BuildRecord {
        try record(try CanonicalJSON.decode(bytes, sizeLimit: BuildRecord.sizeLimit))
    }

    package static func record(_ value: JSONValue) throws(BelljarError) -> BuildRecord {
        let maker = value["observed"]?["runner"]?["version"]?.string
        let unversioned = JSONPlace(operation: operation, remedy: remedy(madeBy: maker))
        guard case .object(let members) = value else { throw unversioned.wrong("must be an object") }
        let format = try format(members["v"], unversioned.member("v"))
        let place = JSONPlace(operation: operation, remedy: unversioned.remedy, format: format)
        let record = try BuildRecord.json.decode(value, at: place)
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
        guard wantedLocks == Set(closure.locks.keys), wantedDefinitions == Set(closure.definitions.keys) else {
            throw BelljarError(
                .integrity, operation: "read record", subject: "closure",
                answer: "it does not have exactly the locks and definitions that the record's definition needs")
        }
    }

    private static func compare(_ found: Digest, _ expected: Digest, _ what: String) throws(BelljarError) {
        guard found != expected else { return }
        throw BelljarError(
            .integrity, operation: "read record", subject: "closure, \(what)",
            answer: "expected \(expected), found \(found)")
    }
}
