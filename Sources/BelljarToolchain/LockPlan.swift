internal import BelljarModel
internal import BelljarRecipe

/// What a new lock changes.
package struct LockPlan: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        case added(name: String, version: String)
        case removed(name: String, version: String)
        /// The version, or the file of the same version.
        case changed(name: String, from: String, to: String)
    }

    package var toolchain: String
    /// Sorted by name.
    package var changes: [Change]
    /// Whether there was a lock before.
    package var isFirst: Bool

    package var isEmpty: Bool { changes.isEmpty }

    init(from present: ToolchainLock?, to packages: [LockedPackage], name: String) {
        toolchain = name
        isFirst = present == nil
        let old = Dictionary(grouping: present?.packages ?? [], by: \.name)
        let new = Dictionary(grouping: packages, by: \.name)
        let names = Set(old.keys).union(new.keys).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        changes = names.compactMap { name in
            switch (old[name]?.first, new[name]?.first) {
            case (nil, let new?): .added(name: name, version: new.version)
            case (let old?, nil): .removed(name: name, version: old.version)
            case (let old?, let new?):
                old == new ? nil : .changed(name: name, from: old.version, to: new.version)
            case (nil, nil): nil
            }
        }
    }

    /// What two locks differ in, by their texts; nothing of one that cannot be read.
    package static func lines(from old: String?, to new: String?, name: String) -> [String] {
        let locks = [old, new].map { text in text.flatMap { try? ToolchainDecoder.lock(Array($0.utf8), file: name) } }
        guard let before = locks[0], let after = locks[1] else { return [] }
        return Self(from: before, to: after.packages, name: name).lines
    }

    /// One line for each change: `+ gcc 4:12.2.0-3`, `- make 4.3-4.1`, `~ zlib1g 1:1.2.13 -> 1:1.2.14`.
    package var lines: [String] {
        changes.map { change in
            switch change {
            case .added(let name, let version): "+ \(name) \(version)"
            case .removed(let name, let version): "- \(name) \(version)"
            case .changed(let name, let from, let to):
                from == to ? "~ \(name) \(to), another file" : "~ \(name) \(from) -> \(to)"
            }
        }
    }
}
