internal import BelljarControls
internal import BelljarPlan

/// What lies over the kernel's files in `/proc` and `/dev`, so that they show the world instead of the host.
///
/// Files that are the same in every world are part of the base layer, at the place that they are laid over: to bind one
/// costs half of what it takes to make it anew at every start. The others travel in the plan.
enum WorldFiles {
    struct File: Sendable {
        /// The control that shows it.
        var control: Control
        /// Its path inside, and what is in it.
        var file: BaseLayer.File

        init(_ control: Control, _ path: String, _ text: String = "") {
            self.control = control
            file = BaseLayer.File(path: path, text: text)
        }

        /// One of the devices that random numbers come from.
        init(randomNumbers path: String) {
            control = .random
            file = BaseLayer.File(path: path, content: .randomNumbers)
        }
    }

    /// Directories that are shown empty.
    static let emptyDirectories: [(control: Control, path: String)] = [
        // How long the host's processes wait for processors, memory and disks.
        (.memory, "proc/pressure"),
        // Messages that the host's kernel could print: its source files with line numbers.
        (.identity, "proc/dynamic_debug"),
    ]

    /// The same in every world; of random numbers, in every one with the ordinary seed.
    static let constants: [File] =
        processors + memory + kernel + systemV + KernelSettings.files + RandomFile.paths.map { File(randomNumbers: $0) }

    /// Counters of each of the host's processors: empty, because programs take a missing counter for zero.
    private static let processors = ["interrupts", "schedstat", "softirqs"].map { File(.cpu, "proc/" + $0) }

    private static let memory =
        [
            File(.memory, "proc/loadavg", ProcText.load),
            File(.memory, "proc/meminfo", ProcText.memory),
            File(.memory, "proc/uptime", ProcText.uptime),
            // A machine without disks and swap has these headings too.
            File(.memory, "proc/partitions", "major minor  #blocks  name\n\n"),
            File(.memory, "proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"),
        ]
        // Counters and layouts of the host's memory and disks, in forms that change with kernels: whoever reads them
        // has to cope with lines that are not there.
        + ["buddyinfo", "diskstats", "iomem", "mdstat", "vmstat", "zoneinfo"].map { File(.memory, "proc/" + $0) }

    private static let kernel =
        [
            File(.identity, "proc/version", ProcText.version),
            File(.identity, "proc/cmdline", "\n"),
            // What a build has mounted. Kernels with more of them differ in nothing that a build can mount.
            File(
                .identity, "proc/filesystems", "nodev\ttmpfs\nnodev\tproc\nnodev\tdevpts\nnodev\toverlay\n"),
            // The devices that `/dev` has.
            File(
                .identity, "proc/devices",
                "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/ptmx\n136 pts\n\nBlock devices:\n"),
            // No controller: a build is not in a control group that it could know limits from.
            File(.identity, "proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"),
        ]
        // The host's hardware, drivers and configuration.
        + [
            // Of locks the host's own too, with numbers of files.
            "locks",
            "bootconfig", "config.gz", "consoles", "crypto", "dma", "fb", "ioports", "misc", "mtrr",
            "version_signature",
        ].map { File(.identity, "proc/" + $0) }

    /// What is shown of objects of System V to who does not come by way of PID 1 (`Worker.show`): the kernel's files have
    /// the host's clock in them.
    private static let systemV = [
        File(.clock, systemVFolder + "/shm", SystemVHeading.sharedMemory),
        File(.clock, systemVFolder + "/msg", SystemVHeading.queues),
        File(.clock, systemVFolder + "/sem", SystemVHeading.semaphores),
    ]
    private static let systemVFolder = "proc/sysvipc"

    /// What depends on the world.
    static func variable(_ world: World) -> [File] {
        [
            File(.cpu, "proc/cpuinfo", ProcText.processors(world.cpus)),
            File(.cpu, "proc/stat", ProcText.statistics(cpus: world.cpus, epoch: world.epoch)),
        ]
    }

    /// What init lays over the kernel's files.
    ///
    /// - Parameter hasBaseLayer: whether the root has the base layer on top. Without it, everything travels in the plan.
    static func masks(_ world: World, hasBaseLayer: Bool) -> [Plan.Mask] {
        let shown = { (control: Control) in world.states.isVirtualised(control) }
        var constants = constants.filter { shown($0.control) }
        var masks: [Plan.Mask] = []
        if hasBaseLayer {
            masks = emptyDirectories.filter { shown($0.control) }.map {
                Plan.Mask(path: "/" + $0.path, source: .root)
            }
            // One mount instead of many, which also hides all settings that are not listed.
            for (folder, controls) in [(KernelSettings.folder, KernelSettings.controls), (systemVFolder, [.clock])]
            where controls.allSatisfy(shown) {
                constants.removeAll { $0.file.path.hasPrefix(folder + "/") }
                masks.append(Plan.Mask(path: "/" + folder, source: .root))
            }
        }
        // Of another seed, which is rare: not worth a layer of its own.
        if shown(.random), world.seed != RandomFile.ordinarySeed {
            constants.removeAll { RandomFile.paths.contains($0.file.path) }
            let content = RandomFile.content(seed: world.seed)
            masks += RandomFile.paths.map { Plan.Mask(path: "/" + $0, source: .content(content)) }
        }
        masks += constants.map {
            Plan.Mask(path: "/" + $0.file.path, source: hasBaseLayer ? .root : .content($0.file.bytes))
        }
        masks += variable(world).filter { shown($0.control) }.map {
            Plan.Mask(path: "/" + $0.file.path, source: .content($0.file.bytes))
        }
        return masks
    }
}
