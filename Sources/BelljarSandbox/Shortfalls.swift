internal import BelljarKernel
package import BelljarModel

/// What a host has, as requirements ask for it.
struct HostMeasure: Sendable {
    /// `6.12.1-amd64`; nil if the kernel does not say.
    var release: String?
    var memoryBytes: UInt64?
    var diskBytes: UInt64?
    var isa: InstructionSet?

    /// - Parameter folder: where the disk's space is asked for.
    init(folder: String) {
        release = (try? Host.kernel())?.release
        memoryBytes = Self.memory(Self.text("/proc/meminfo"))
        diskBytes = try? Descriptor.workingDirectory.open(folder, [.directory, .followingLinks]).fileSystem()
            .availableBytes
        isa = InstructionSet(flags: Self.flags(Self.text("/proc/cpuinfo")))
    }

    private static func text(_ path: String) -> String {
        let bytes = try? Descriptor.workingDirectory.open(path).readAll(limit: 16 << 20)
        return String(decoding: bytes ?? [], as: UTF8.self)
    }

    /// The line `MemTotal:       16384 kB`, in bytes.
    static func memory(_ text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix("MemTotal:") {
            let words = line.split(separator: " ")
            return words.count > 1 ? UInt64(words[1]).map { $0 << 10 } : nil
        }
        return nil
    }

    /// The first processor's flags.
    static func flags(_ text: String) -> Set<String> {
        for line in text.split(separator: "\n") where line.hasPrefix("flags") {
            return Set(line.split(separator: ":").last?.split(separator: " ").map(String.init) ?? [])
        }
        return []
    }
}

extension Requirements {
    /// One line for each thing that a host does not have: what is required, what is there, and the remedy.
    ///
    /// - Parameter probe: tries one feature out.
    func shortfalls(_ host: HostMeasure, probe: (String) -> HostFeature?) -> [String] {
        var lines: [String] = []
        func note(_ what: String, _ found: String, _ remedy: String) {
            lines.append("\(what) is required, and there is \(found); remedy: \(remedy)")
        }
        if let kernel, !Self.isRelease(host.release, atLeast: kernel) {
            note("kernel \(kernel) or newer", host.release ?? "an unknown one", "use a newer kernel")
        }
        for name in features {
            guard let feature = probe(name) else {
                lines.append(
                    "feature \(name) is required, and this belljar knows none of that name; remedy: correct the name "
                        + "(`belljar doctor` lists the features), or use the belljar that knows it")
                continue
            }
            guard feature.state != .available else { continue }
            note("feature \(name)", "\(feature.finding)", feature.remedy ?? "see `belljar doctor`")
        }
        if let memoryBytes, host.memoryBytes ?? 0 < memoryBytes {
            note("memory of \(Self.size(memoryBytes))", Self.size(host.memoryBytes), "build on a machine with more")
        }
        if let diskBytes, host.diskBytes ?? 0 < diskBytes {
            note(
                "disk space of \(Self.size(diskBytes))", Self.size(host.diskBytes) + " free where the store is",
                "make room (`belljar store gc`), or name another store with --store")
        }
        if let isa, host.isa.map({ $0 < isa }) ?? true {
            note("a processor of level \(isa.rawValue)", host.isa?.rawValue ?? "one of no known level", "build on one")
        }
        return lines
    }

    private static func size(_ bytes: UInt64?) -> String { bytes.map { "\($0) bytes" } ?? "an unknown size" }

    /// - Parameter release: `6.1.0-18-amd64`
    static func isRelease(_ release: String?, atLeast wanted: String) -> Bool {
        let numbers = [release ?? "", wanted].map { text in
            text.split { !$0.isASCII || !$0.isNumber }.prefix(2).map { Int($0) ?? 0 }
        }
        return !numbers[0].lexicographicallyPrecedes(numbers[1])
    }
}

extension Sandbox {
    /// What this host lacks of what a build requires; each feature is tried out as builds would use it.
    ///
    /// - Parameter folder: the store's.
    package func shortfalls(of requirements: Requirements, folder: String) -> [String] {
        let runner = ProbeRunner(initPath: initPath, account: account)
        return requirements.shortfalls(HostMeasure(folder: folder)) { name in
            HostProbe.all.first { $0.name == name }?.feature(runner.run(name), blockedBy: nil)
        }
    }
}
