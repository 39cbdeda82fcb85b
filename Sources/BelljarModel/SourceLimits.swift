/// What a source may have at most on this host, and what fetching one may take. Like the other limits of a host they are in no
/// digest: what is let in is the same everywhere.
package enum SourceLimit: String, Hashable, Sendable, CaseIterable {
    /// Files, directories and links of a local source.
    case files = "source-files"
    /// Bytes in the files of a local source, and in the content of a git commit.
    case size = "source-size"
    /// Bytes of one download: a file whose size is not pinned, what git fetches, what apt does.
    case fetchSize = "fetch-size"
    /// Seconds that one of these may take altogether.
    case fetchTime = "fetch-time"

    package var unit: LimitName.Unit {
        switch self {
        case .files: .count
        case .size, .fetchSize: .bytes
        case .fetchTime: .seconds
        }
    }

    /// What a host's owner may say.
    package var range: ClosedRange<UInt64> {
        switch self {
        case .files: 1...4_000_000
        case .size, .fetchSize: 1 << 10...1 << 40
        case .fetchTime: 1...604_800
        }
    }

    /// What holds if nobody says anything: more than sources have, and less than a disk or a day.
    package var standard: UInt64 {
        switch self {
        case .files: 1_000_000
        case .size: 64 << 30
        case .fetchSize: 16 << 30
        case .fetchTime: 6 * 3600
        }
    }

    /// A value as a limits file has it: `64GiB`.
    package func text(_ value: UInt64) -> String { LimitName.text(value, unit) }
}

/// The limits of sources that hold on this host.
package struct SourceLimits: Hashable, Sendable {
    package struct Given: Hashable, Sendable {
        package var value: UInt64
        package var location: SourceLocation

        package init(value: UInt64, location: SourceLocation) {
            self.value = value
            self.location = location
        }
    }

    /// Those that somebody set; the smallest if several did.
    package private(set) var given: [SourceLimit: Given] = [:]

    package static let standard = SourceLimits()

    package init() {}

    package subscript(_ limit: SourceLimit) -> UInt64 { given[limit]?.value ?? limit.standard }

    package mutating func set(_ limit: SourceLimit, to value: UInt64, at location: SourceLocation) {
        guard value < given[limit]?.value ?? .max else { return }
        given[limit] = Given(value: value, location: location)
    }

    package mutating func add(_ other: SourceLimits) {
        for (limit, given) in other.given { set(limit, to: given.value, at: given.location) }
    }

    /// As the answer of an error.
    package func words(_ limit: SourceLimit, seen: String) -> String {
        "limit \(limit.rawValue) of \(limit.text(self[limit])) was reached: \(seen)"
    }

    /// What can be done about one that was reached, besides needing less.
    package func remedy(_ limit: SourceLimit) -> String {
        let place =
            given[limit].map { "in \($0.location.file)" }
            ?? "in /etc/belljar/limits.yaml or ~/.config/belljar/limits.yaml"
        return "raise `\(limit.rawValue)` \(place)"
    }
}
