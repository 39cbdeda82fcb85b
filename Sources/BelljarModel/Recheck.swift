/// How the files that a build could see are looked at again when it is over, the weaker first.
package enum Recheck: String, Hashable, Sendable, CaseIterable, Comparable {
    case none
    /// Only what was changed since before the build, by the file system's own account, is compared.
    case changed
    /// Everything is compared, and every file hashed.
    case full

    package static func < (left: Recheck, right: Recheck) -> Bool {
        // A name that is not in the list of all cannot be.
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
