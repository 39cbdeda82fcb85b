internal import BelljarDiff
internal import BelljarModel

/// What `belljar diff --json` prints: a list, so that it can be searched without going down into it.
extension Answers {
    struct Diff {
        var first: String
        var second: String
        /// Nil if there is none.
        var difference: TreeDifference?

        var places: [TreeDifference.Place] { difference?.outputs.flatMap(\.all) ?? [] }
    }

    static let diff = JSONType<Diff>.answer {
        JSONMember(says: "first", .text, "what was compared") { $0.first }
        JSONMember(says: "second", .text, "with what") { $0.second }
        JSONMember(says: "different", .flag, "whether anything differs") { $0.difference != nil }
        JSONMember(says: "differences", .list(of: place), "what differs, an outer thing before those within it") {
            $0.places
        }
        JSONMember(says: "omitted", .count, "things that differ and are not listed, because there are too many") {
            $0.difference?.allOmitted ?? 0
        }
        JSONMember(says: "causes", .list(of: cause), "what usually makes such differences, that of most of them first")
        {
            $0.difference?.allCauses ?? []
        }
    }

    private static let place = JSONType<TreeDifference.Place>.answer {
        JSONMember(says: "path", .list(of: .text), "the path, then names within: of a member, of a section") {
            $0.names.map { PathText.shown($0) }
        }
        JSONMember(says: "form", .choice, "what it is, if both are the same, otherwise `data`") { $0.difference.form }
        JSONMember(says: "change", .choice, "whether both have it") { $0.difference.change }
        JSONMember(says: "properties", .list(of: property), "what is said of it beside its content") {
            $0.difference.properties
        }
        JSONMember(maySay: "lines", lines, "lines that differ") { place in
            if case .lines(let lines) = place.difference.detail { lines } else { nil }
        }
        JSONMember(maySay: "bytes", bytes, "bytes that differ") { place in
            if case .bytes(let bytes) = place.difference.detail { bytes } else { nil }
        }
        JSONMember(says: "notes", .list(of: .text), "what could not be read or was not looked at") {
            $0.difference.notes
        }
        JSONMember(says: "causes", .list(of: cause), "what usually makes this difference; not of what is within") {
            $0.difference.causes
        }
    }

    private static let property = JSONType<PropertyDifference>.answer {
        JSONMember(says: "name", .text, "mode, owner, time, ...") { $0.name }
        JSONMember(maySay: "first", .text, "of the first; missing where it has none") { $0.first }
        JSONMember(maySay: "second", .text, "of the second; missing where it has none") { $0.second }
    }

    private static let lines = JSONType<LineDifference>.answer {
        JSONMember(says: "removed", .count, "lines that only the first has") { $0.removed }
        JSONMember(says: "added", .count, "lines that only the second has") { $0.added }
        JSONMember(says: "cut", .flag, "whether `hunks` has not all of them") { $0.isCut }
        JSONMember(says: "hunks", .list(of: hunk), "the lines, with those around them") { $0.hunks }
    }

    private static let hunk = JSONType<LineDifference.Hunk>.answer {
        JSONMember(says: "firstStart", .count, "the line of the first that it begins with, from 1") { $0.firstStart }
        JSONMember(says: "firstCount", .count, "lines of the first") { $0.firstCount }
        JSONMember(says: "secondStart", .count, "the line of the second that it begins with, from 1") { $0.secondStart }
        JSONMember(says: "secondCount", .count, "lines of the second") { $0.secondCount }
        JSONMember(says: "lines", .list(of: line), "the lines") { $0.lines }
    }

    private static let line = JSONType<LineDifference.Line>.answer {
        JSONMember(says: "kind", .choice, "which of the two has it") { $0.kind }
        JSONMember(says: "text", .text, "the line; bytes that are no UTF-8 as \\xff, of a long one only a part") {
            $0.text
        }
    }

    private static let bytes = JSONType<ByteDifference>.answer {
        JSONMember(says: "firstSize", .count, "bytes of the first") { $0.firstSize }
        JSONMember(says: "secondSize", .count, "bytes of the second") { $0.secondSize }
        JSONMember(maySay: "count", .count, "how many differ; missing for other sizes") { $0.count }
        JSONMember(says: "cut", .flag, "whether `spots` has not all of them") { $0.isCut }
        JSONMember(says: "spots", .list(of: spot), "where they differ") { $0.spots }
    }

    private static let spot = JSONType<ByteDifference.Spot>.answer {
        JSONMember(says: "offset", .count, "of the bytes that are shown") { $0.offset }
        JSONMember(says: "first", .text, "bytes of the first, in hexadecimal digits") { $0.first.hexadecimal }
        JSONMember(says: "second", .text, "bytes of the second") { $0.second.hexadecimal }
        JSONMember(maySay: "firstText", .text, "the readable text that they are in") { $0.firstText }
        JSONMember(maySay: "secondText", .text, "the same of the second") { $0.secondText }
    }

    private static let cause = JSONType<CauseFinding>.answer {
        JSONMember(says: "cause", .choice, "its chapter of docs/causes.md") { $0.cause }
        JSONMember(says: "remedy", .text, "what usually helps") { $0.cause.remedy }
        JSONMember(maySay: "first", .text, "an example of what differs, of the first") { $0.example?.first }
        JSONMember(maySay: "second", .text, "of the second") { $0.example?.second }
    }
}
