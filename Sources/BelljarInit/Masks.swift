internal import BelljarKernel
internal import BelljarPlan

/// What of the world lies over the kernel's files.
extension MountTree {
    /// Masks what no build has any business with, as far as this kernel has it. `/proc` is the working directory.
    func maskHost() throws(KernelError) {
        for name in ProcMasks.files { _ = try Descriptor.bind("/dev/null", over: name) }
        try scratch.makeDirectory("empty", mode: 0o555)
        let empty = try scratch.cloneMount("empty", recursive: false)
        try empty.restrictMount(.readOnly, recursive: false)
        try empty.attach(to: Descriptor.workingDirectory, ProcMasks.directory)
        for name in ProcMasks.directories { _ = try Descriptor.bind(ProcMasks.directory, over: name) }
    }

    /// Lays the plan's masks over what is in `/proc`.
    ///
    /// - Parameters:
    ///   - proc: the mount.
    ///   - below: the directory of the root that it lies on, which holds the base layer's files. Becomes the working
    ///     directory.
    func addMasks(_ plan: Plan, over proc: borrowing Descriptor, below: borrowing Descriptor) throws(KernelError) {
        let folder = "/proc/"
        try below.becomeWorkingDirectory()
        for mask in plan.masks where mask.path.hasPrefix(folder) {
            let name = String(mask.path.dropFirst(folder.count))
            switch mask.source {
            case .content:
                guard try proc.statusIfPresent(of: name) != nil else { continue }
                try makeMask(mask, name, of: below).attach(to: proc, name)
            case .root:
                // The parent of this directory is the root; from there, the mount is what is found. The new mount has
                // the restrictions of the root's.
                guard try Descriptor.bind(name, over: "../proc/" + name), plan.hasWritableRoot else { continue }
                try proc.place(name, isDirectory: false).restrictMount(.readOnly, recursive: false)
            }
        }
    }

    /// A read-only mount of a mask, not attached yet.
    ///
    /// - Parameter name: of the source in `below`.
    func makeMask(
        _ mask: Plan.Mask, _ name: String, of below: borrowing Descriptor
    ) throws(KernelError) -> Descriptor {
        let made =
            switch mask.source {
            case .root: try below.cloneMount(name, recursive: false)
            case .content(let content): try makeFile(content, "cover" + mask.path.split(separator: "/").joined())
            }
        try made.restrictMount(.readOnly, recursive: false)
        return made
    }

    /// A file of the scratch that no path inside leads to.
    private func makeFile(_ content: [UInt8], _ name: String) throws(KernelError) -> Descriptor {
        try scratch.open(name, [.write, .create, .exclusive], mode: 0o444).writeAll(content)
        return try scratch.cloneMount(name, recursive: false)
    }
}

extension Plan {
    /// Whether the root's mount can be written to until it is sealed.
    var hasWritableRoot: Bool {
        switch root {
        case .layers(let layers): needsTargetsInRoot || layers.count < 2
        case .writable: true
        }
    }
}

/// What is masked in `/proc`: state of the host, by the names that kernels up to 6.18 have, together with what
/// container runtimes mask.
enum ProcMasks {
    /// One that every kernel has.
    static let directory = "fs"
    static let directories = ["acpi", "asound", "bus", "driver", "irq", "scsi", "tty"]
    static let files = [
        "kallsyms", "kcore", "key-users", "keys", "kmsg", "latency_stats", "modules", "sched_debug", "sysrq-trigger",
        "timer_list", "timer_stats",
    ]
}
