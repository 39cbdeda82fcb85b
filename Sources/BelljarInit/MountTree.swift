internal import BelljarControls
internal import BelljarKernel
internal import BelljarPlan

/// The file systems of the sandbox, put together on descriptors, so that no path is looked up twice and nothing can be
/// swapped in between. All that is writable is on one scratch file system, so that one limit holds for everything.
struct MountTree: ~Copyable {
    /// Root of the scratch file system, which no path inside leads to.
    let scratch: Descriptor
    /// Root of the sandbox.
    let root: Descriptor
    /// Descriptors of `/out` and `/build` for the parent, open as long as the process lives; none for a writable root.
    private(set) var handedBack: [Int32] = []
    /// Where PID 1 puts secrets, open as long as the process lives; nil if there are none.
    private(set) var secrets: Int32?
    /// Whether the pid namespace has a limit of its own.
    private(set) var limitsPids = false
    /// What the scratch has room for besides its limits, because sources are copied there; nil if they lie under an overlay.
    let copied: SourceCopy.Room?
    /// What of the network is not as it is elsewhere.
    private(set) var network: [String] = []

    static let everywhere: MountAttributes = [.noSetUserId, .noDevices]

    private init(scratch: consuming Descriptor, root: consuming Descriptor, copied: SourceCopy.Room?) {
        self.scratch = scratch
        self.root = root
        self.copied = copied
    }

    /// Makes all of it and goes there; the host's file systems are out of reach then.
    static func make(_ plan: Plan) throws(StageFailure) -> MountTree {
        // Modes are meant as they are written here.
        try at(.mountScratch) { () throws(KernelError) in try CurrentProcess.setFileMask(0) }
        let host = try at(.openSources) { () throws(KernelError) in
            try Descriptor.workingDirectory.open("/", [.pathOnly, .directory])
        }
        // Scratch and root come to lie over the host's root: they need a place in the tree for a while, and this one
        // is always there and hides nothing, because this process's own root is still the one below.
        let copied = try at(.openSources) { () throws(KernelError) in try SourceCopy.room(for: plan.buildLayers) }
        let scratch = try makeScratch(plan.limits, copied ?? SourceCopy.Room(), at: host)
        let root = try makeRoot(plan, scratch, at: host)
        var tree = MountTree(scratch: scratch, root: root, copied: copied)
        try tree.addDevices(plan)
        try tree.addProc(plan)
        try tree.addWritableDirectories(plan)
        try tree.addBinds(plan)
        tree.secrets = try Secrets.mount(plan, root: tree.root)
        try tree.seal(plan)
        try tree.enter()
        return tree
    }

    // MARK: Scratch and root

    private static func makeScratch(
        _ limits: Plan.Limits, _ copied: SourceCopy.Room, at host: borrowing Descriptor
    ) throws(StageFailure) -> Descriptor {
        try at(.mountScratch) { () throws(KernelError) in
            let scratch = try Descriptor.newFileSystem(
                "tmpfs",
                [
                    .value("size", "\(limits.scratchBytes + copied.bytes)"),
                    .value("nr_inodes", "\(limits.scratchInodes + copied.entries)"), .value("mode", "0755"),
                    // What a file takes up is told in pages of 4 KiB, whatever this host prefers.
                    .value("huge", "never"),
                ], attributes: everywhere)
            try scratch.attach(to: host)
            // Overlays keep their notes in extended attributes, and would go on without, wrongly: a directory that was
            // removed and made again could not be. Kernel 6.6 brought them to tmpfs.
            try scratch.open(".", .directory).setAttribute("user.belljar", [])
            return scratch
        }
    }

    private static func makeRoot(
        _ plan: Plan, _ scratch: borrowing Descriptor, at host: borrowing Descriptor
    ) throws(StageFailure) -> Descriptor {
        let made = try makeUnattachedRoot(plan, scratch)
        try at(.mountRoot) { () throws(KernelError) in try made.attach(to: host) }
        return made
    }

    private static func makeUnattachedRoot(
        _ plan: Plan, _ scratch: borrowing Descriptor
    ) throws(StageFailure) -> Descriptor {
        switch plan.root {
        case .layers(let layers):
            // A layer on top in which mount points can be made costs time, so it is there only for those who need it.
            // An overlay of a single layer needs it too.
            let isWritable = plan.hasWritableRoot
            return try Overlay.mount(
                .mountRoot, layers: layers, changes: isWritable ? "root" : nil, in: scratch,
                attributes: isWritable ? everywhere : [.noSetUserId, .noDevices, .readOnly])
        case .writable(let path):
            return try clone(path, isReadOnly: false, .openSources)
        }
    }

    /// A bind mount of a host path with everything below it, not attached yet.
    private static func clone(
        _ path: String, isReadOnly: Bool, _ stage: Stage
    ) throws(StageFailure) -> Descriptor {
        try at(stage) { () throws(KernelError) in
            let made = try Descriptor.workingDirectory.cloneMount(path, recursive: true)
            try made.restrictMount(isReadOnly ? [.noSetUserId, .noDevices, .readOnly] : everywhere, recursive: true)
            return made
        }
    }

    // MARK: Kernel file systems

    /// `/dev`: a read-only directory with the few devices that hold no state of the host, links to the process's own
    /// descriptors, terminals of its own and shared memory. Mode 0755, because on a directory that all may write to
    /// and that is sticky, `>/dev/null` fails (EACCES for O_CREAT).
    private func addDevices(_ plan: Plan) throws(StageFailure) {
        let mount = try at(.mountDevices) { () throws(KernelError) in
            try scratch.makeDirectory("dev")
            let folder = try scratch.open("dev", [.pathOnly, .directory])
            for device in HostDevice.all {
                _ = try folder.open(device.name, [.write, .create, .exclusive], mode: 0o644)
            }
            for (name, target) in Devices.links { try folder.makeSymlink(name, target: target) }
            try folder.makeDirectory("pts")
            try folder.makeDirectory("shm")
            // What the root itself has there; a descriptor stays below what is attached later.
            let below = try root.placeOrMake("dev", isDirectory: true)
            let mount = try attachScratch("dev", at: "dev")
            for name in HostDevice.all.map(\.name) {
                guard let mask = plan.masks.first(where: { $0.path == "/dev/\(name)" }) else { continue }
                try makeMask(mask, name, of: below).attach(to: mount, name)
            }
            return mount
        }
        try at(.checkDevices) { () throws(KernelError) in
            for device in Devices.ofHost(plan) { try Devices.add(device, to: mount) }
        }
        try at(.mountDevices) { () throws(KernelError) in
            let terminals = try Descriptor.newFileSystem(
                "devpts",
                [
                    .flag("newinstance"), .value("ptmxmode", "0666"), .value("mode", "0620"),
                    .value("max", "\(AccountCounts.terminals)"),
                ],
                attributes: [.noSetUserId, .noPrograms])
            try terminals.attach(to: mount, "pts")
            try scratch.makeDirectory("shm", mode: 0o1777)
            let shared = try scratch.cloneMount("shm", recursive: false)
            try shared.attach(to: mount, "shm")
            try mount.restrictMount(.readOnly, recursive: false)
        }
    }

    /// `/proc` of this pid namespace. What tells about the host or changes it is masked; most of that an ordinary
    /// user could not read anyway.
    private mutating func addProc(_ plan: Plan) throws(StageFailure) {
        let place = try at(.mountProc) { () throws(KernelError) in try root.place("proc", isDirectory: true) }
        let proc = try at(.mountProc) { () throws(KernelError) in
            let proc = try Descriptor.newFileSystem("proc", attributes: Self.everywhere.union(.noPrograms))
            try proc.attach(to: place)
            return proc
        }
        try at(.checkSettings) { () throws(KernelError) in try HostSettings.check(proc) }
        network = try at(.raiseLoopback) { () throws(KernelError) in try NetworkSettings.raise(proc) }
        limitsPids = limitPids(proc, plan.limits.processes)
        try at(.mountProc) { () throws(KernelError) in
            try AccountCounts.limit(proc, allowsNesting: plan.world.allowsNesting)
            if plan.world.states.isVirtualised(.identity) { try NetworkSettings.fix(proc) }
            // The kernel's settings: read-only, if the world has none of its own.
            if !plan.masks.contains(where: { $0.path == "/proc/sys" }) {
                let settings = try proc.cloneMount("sys", recursive: false)
                try settings.restrictMount(.readOnly, recursive: true)
                try settings.attach(to: proc, "sys")
            }
            try proc.becomeWorkingDirectory()
            try maskHost()
            try addMasks(plan, over: proc, below: place)
        }
    }

    /// Since kernel 6.14 every pid namespace has its own largest process number, and who made the namespace may set
    /// it. Before, it is the host's, which the kernel refuses to change from here; then the limit of each process
    /// (RLIMIT_NPROC) holds alone.
    ///
    /// The kernel gives the numbers below 300 out only once, so these come on top.
    private func limitPids(_ proc: borrowing Descriptor, _ processes: UInt64) -> Bool {
        let largest = min(max(processes, 1) + 300, 1 << 22)
        do throws(KernelError) {
            try proc.open("sys/kernel/pid_max", .write).writeAll(Array("\(largest)".utf8))
            return true
        } catch {
            return false
        }
    }

    // MARK: Writable directories and binds

    /// `/tmp`, and for a root of layers `/var/tmp`, `/run`, `/build`, `/out` and `/inputs`, the last one to hold mount points only.
    private mutating func addWritableDirectories(_ plan: Plan) throws(StageFailure) {
        try at(.mountScratch) { () throws(KernelError) in
            try scratch.makeDirectory("tmp", mode: 0o1777)
            _ = try attachScratch("tmp", at: "tmp")
        }
        guard plan.hasBuild else { return }
        try at(.mountScratch) { () throws(KernelError) in
            try scratch.makeDirectory("var")
            try scratch.makeDirectory("var/tmp", mode: 0o1777)
            _ = try attachScratch("var/tmp", at: "var/tmp")
            try scratch.makeDirectory("run")
            // What images have as /var/lock leads here.
            try scratch.makeDirectory("run/lock", mode: 0o1777)
            _ = try attachScratch("run", at: "run")
        }
        let out = try at(.mountScratch) { () throws(KernelError) in
            try scratch.makeDirectory("inputs")
            _ = try attachScratch("inputs", at: "inputs")
            try scratch.makeDirectory("out")
            _ = try attachScratch("out", at: "out")
            return try scratch.open("out", .directory)
        }
        let build = try addBuild(layers: plan.buildLayers, reversed: plan.reversesSources)
        handedBack = [out.release(), build.release()]
    }

    /// `/build`: a directory of the scratch with the sources, or an overlay of large ones with what changes in the scratch.
    /// The home directory is in it, because everybody expects theirs to be there.
    private func addBuild(layers: [String], reversed: Bool) throws(StageFailure) -> Descriptor {
        if copied != nil {
            let folder = try at(.mountBuild) { () throws(KernelError) in
                try scratch.makeDirectory("build")
                return try scratch.open("build", .directory)
            }
            try at(.copySources) { () throws(KernelError) in
                try SourceCopy.copy(layers, reversed: reversed, to: folder)
            }
            try at(.mountBuild) { () throws(KernelError) in
                _ = try folder.makeDirectoryIfMissing(".home")
                _ = try attachScratch("build", at: "build")
            }
            return folder
        }
        let mount = try Overlay.mount(
            .mountBuild, layers: layers, changes: "build", in: scratch, attributes: Self.everywhere)
        return try at(.mountBuild) { () throws(KernelError) in
            try mount.attach(to: try root.place("build", isDirectory: true))
            _ = try mount.makeDirectoryIfMissing(".home")
            return try mount.open(".", .directory)
        }
    }

    private func addBinds(_ plan: Plan) throws(StageFailure) {
        for bind in plan.binds {
            let mount =
                if bind.isShared {
                    try overlay(bind.source)
                } else {
                    try Self.clone(bind.source, isReadOnly: bind.isReadOnly, .openSources)
                }
            try at(.mountBinds) { () throws(KernelError) in
                let isDirectory = try mount.status().kind == .directory
                try mount.attach(to: try root.placeOrMake(bind.target, isDirectory: isDirectory))
            }
        }
    }

    /// A directory as a read-only file system of the sandbox's own. Its files are other inodes than the host's, and locks,
    /// leases and watches are on inodes. An overlay has two layers at least, so the second is an empty one.
    private func overlay(_ path: String) throws(StageFailure) -> Descriptor {
        let nothing = try at(.mountBinds) { () throws(KernelError) in
            _ = try scratch.makeDirectoryIfMissing("nothing")
            return try scratch.open("nothing", [.pathOnly, .directory])
        }
        return try Overlay.mount(
            .mountBinds, layers: [path, "/proc/self/fd/\(nothing.number)"], changes: nil, in: scratch,
            attributes: [.noSetUserId, .noDevices, .readOnly])
    }

    /// Takes away the right to write where it was only needed to make mount points.
    private func seal(_ plan: Plan) throws(StageFailure) {
        try at(.sealRoot) { () throws(KernelError) in
            try root.restrictMount(.noSetUserId, recursive: true)
            guard plan.hasBuild else { return }
            try root.restrictMount(.readOnly, recursive: false)
            let inputs = try root.place("inputs", isDirectory: true)
            try inputs.restrictMount(.readOnly, recursive: false)
        }
    }

    private func enter() throws(StageFailure) {
        try at(.enterRoot) { () throws(KernelError) in
            try root.becomeRoot(coverings: 1)
            // If anything of the host were left over or under the root, this path would lead there.
            let above = try Descriptor.workingDirectory.status(of: "/..")
            let here = try root.status()
            guard above.device == here.device, above.inode == here.inode else {
                throw .notPermitted("pivot_root", "/.. is not the sandbox's root")
            }
        }
    }

    /// Attaches a directory of the scratch at a place of the root.
    private func attachScratch(_ name: String, at path: String) throws(KernelError) -> Descriptor {
        let mount = try scratch.cloneMount(name, recursive: false)
        try mount.attach(to: try root.placeOrMake(path, isDirectory: true))
        return mount
    }
}
