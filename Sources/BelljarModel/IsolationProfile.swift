/// What a build may do beside building: a choice of seccomp filters.
package enum IsolationProfile: String, Hashable, Sendable, CaseIterable {
    case strict
    /// As `strict`, and a build may make user namespaces of its own, with mounts and process numbers of theirs.
    case nested

    /// As records name it, with the version of its rules: `strict/1`.
    package var versioned: String { rawValue + "/1" }

    package init?(versioned: String) {
        guard let profile = Self.allCases.first(where: { $0.versioned == versioned }) else { return nil }
        self = profile
    }
}
