package import BelljarKernel

/// Settings of the host's kernel that no namespace divides and that decide what a build can do, while `/proc/sys` of the build
/// says what they are elsewhere. Those that make less possible, or put things elsewhere, are no host for a build; the others
/// are in the label (`kernel-answers`).
package enum HostSettings {
    struct Setting: Sendable {
        /// Path below `sys` of a `/proc`.
        var path: String
        var least: Int64 = 0
        var most: Int64

        var name: String { path.split(separator: "/").joined(separator: ".") }
        var words: String { least == most ? "\(least)" : most == .max ? "\(least) or more" : "\(least) to \(most)" }
    }

    static let needed = [
        // What is shown as the owner of everything that is not the account's.
        Setting(path: "kernel/overflowuid", least: 65534, most: 65534),
        Setting(path: "kernel/overflowgid", least: 65534, most: 65534),
        // With 2, programs that reserve addresses they do not use cannot start: Go, Java, sanitizers.
        Setting(path: "vm/overcommit_memory", most: 1),
        Setting(path: "vm/max_map_count", least: 65530, most: .max),
        Setting(path: "vm/mmap_min_addr", most: 65536),
        // Addresses of memory go upwards then, fixed or not.
        Setting(path: "vm/legacy_va_layout", most: 0),
        // With 1, what is in a memory file cannot be executed, with 2 there are none that could be.
        Setting(path: "vm/memfd_noexec", most: 0),
    ]

    /// - Parameter proc: a `/proc` that shows the kernel's own settings.
    /// - Throws: with the setting's name as the subject, followed by a colon and words.
    package static func check(_ proc: borrowing Descriptor) throws(KernelError) {
        for setting in needed {
            let path = "sys/" + setting.path
            // A kernel that does not have it does not do it either.
            guard try proc.statusIfPresent(of: path) != nil else { continue }
            let text = String(decoding: try proc.open(path).readAll(limit: 64), as: UTF8.self)
            guard let line = text.split(separator: "\n").first, let value = Int64(line),
                value >= setting.least, value <= setting.most
            else {
                let found = text.split(separator: "\n").first.map(String.init) ?? "nothing"
                throw .notPermitted("read", "\(setting.name): it is \(found), and builds need \(setting.words)")
            }
        }
    }
}
