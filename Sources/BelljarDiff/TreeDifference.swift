/// What two things differ in: a tree whose leaves are lines, bytes and properties.
///
/// ```swift
/// let difference = try TreeDifference.between(try .onDisk("old"), try .onDisk("new"), by: Inspection(cancellation: cancellation))
/// ```
package struct TreeDifference: Hashable, Sendable {
    package enum Change: String, CaseIterable, Hashable, Sendable {
        case changed
        case onlyInFirst = "only_in_first"
        case onlyInSecond = "only_in_second"
    }

    /// How far down from the whole: a file name, a path in an archive, a section of a program. In the form of `PathText`.
    package var name: String
    /// What it is, if both are the same; otherwise `data`, and the property `kind` says what each is.
    package var form: DifferenceForm
    package var change: Change
    /// What is said of it beside its content: its mode, its owner, the time in a header.
    package var properties: [PropertyDifference] = []
    package var detail = Detail.none
    /// Sentences: what could not be read, which bound was reached, that nothing but the packing differs.
    package var notes: [String] = []
    /// What is known to make such differences; not of the parts.
    package var causes: [CauseFinding] = []
    /// What differs within it, in its order there.
    package var parts: [TreeDifference] = []
    /// Parts that differ and are not among `parts`, because there are too many.
    package var omitted: UInt64 = 0

    package enum Detail: Hashable, Sendable {
        case none
        case lines(LineDifference)
        case bytes(ByteDifference)
    }

    init(name: String, form: DifferenceForm, change: Change = .changed) {
        self.name = name
        self.form = form
        self.change = change
    }

    /// Whether it says anything.
    var isOfUse: Bool {
        change != .changed || !properties.isEmpty || detail != .none || !parts.isEmpty || omitted > 0
    }

    /// The causes of it and of all its parts, each once, those with the most findings first.
    package var allCauses: [CauseFinding] {
        var (counts, first) = ([Cause: Int](), [Cause: CauseFinding]())
        collect(into: &counts, &first)
        let sorted = counts.keys.sorted { one, other in
            let (left, right) = (counts[one, default: 0], counts[other, default: 0])
            return left == right ? one.rank < other.rank : left > right
        }
        return sorted.compactMap { first[$0] }
    }

    private func collect(into counts: inout [Cause: Int], _ first: inout [Cause: CauseFinding]) {
        for found in causes {
            counts[found.cause, default: 0] += 1
            if first[found.cause]?.example == nil { first[found.cause] = found }
        }
        for part in parts { part.collect(into: &counts, &first) }
    }
}

/// One property that has two values.
package struct PropertyDifference: Hashable, Sendable {
    package var name: String
    /// Nil where there is none.
    package var first: String?
    package var second: String?
}

/// What something that is compared is.
package enum DifferenceForm: String, CaseIterable, Hashable, Sendable {
    case folder, link, special, data, text, json
    case gzip, bzip2, xz, zstd, lz4
    case tar, zip, ar, cpio
    case elf, section
    case png, pdf, pyc, sqlite
    case javaClass = "java_class"

    /// In a sentence.
    package var words: String {
        switch self {
        case .special: "special file"
        case .json: "JSON"
        case .elf: "ELF"
        case .png: "PNG"
        case .pdf: "PDF"
        case .pyc: "Python bytecode"
        case .sqlite: "SQLite"
        case .javaClass: "Java class"
        default: rawValue
        }
    }

    /// Whether its parts are named by what is joined to its own name with a slash.
    var isFolder: Bool { self == .folder }
}

/// Lines that differ, with those around them.
package struct LineDifference: Hashable, Sendable {
    package struct Hunk: Hashable, Sendable {
        /// Lines are counted from 1; a hunk of no lines stands behind this one.
        package var firstStart: UInt64
        package var firstCount: UInt64
        package var secondStart: UInt64
        package var secondCount: UInt64
        package var lines: [Line]
    }

    package struct Line: Hashable, Sendable {
        package enum Kind: String, CaseIterable, Hashable, Sendable { case context, removed, added }

        package var kind: Kind
        /// Without its line feed. A byte that is no UTF-8 is `\xff`; of a long line only a part is there, with `...` for the rest.
        package var text: String
    }

    package var hunks: [Hunk] = []
    /// Lines that only one of the two has, also where `hunks` does not show them.
    package var removed: UInt64 = 0
    package var added: UInt64 = 0
    /// Whether `hunks` has not all of them.
    package var isCut = false
}

/// Where bytes differ.
package struct ByteDifference: Hashable, Sendable {
    /// A stretch that differs, from a multiple of 8 on, with a few bytes around it.
    package struct Spot: Hashable, Sendable {
        package var offset: UInt64
        package var first: [UInt8]
        package var second: [UInt8]
        /// The readable text that the first differing byte stands in, of at least 4 characters; nil where there is none.
        package var firstText: String?
        package var secondText: String?
    }

    /// In bytes.
    package var firstSize: UInt64
    package var secondSize: UInt64
    /// The first of all stretches that differ.
    package var spots: [Spot] = []
    /// Bytes that differ between the first and the last that do, place by place; nil if these stretches are of unequal length.
    package var count: UInt64?
    /// Whether `spots` has not all of them.
    package var isCut = false
}
