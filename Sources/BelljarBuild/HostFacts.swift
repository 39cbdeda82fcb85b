internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// What a record says about the host that made it.
enum HostFacts {
    static func kernel() throws(BelljarError) -> String {
        try hostCall("ask for", "the kernel's release") { () throws(KernelError) in try Host.kernel().release }
    }

    /// The first processor's model; "unknown" where /proc/cpuinfo does not name one.
    static func cpu() -> String {
        guard let file = try? Descriptor.workingDirectory.open("/proc/cpuinfo"),
            let bytes = try? file.readAll(limit: 16 << 20)
        else { return "unknown" }
        for line in String(decoding: bytes.prefix(4096), as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].hasPrefix("model name") { return String(parts[1].drop { $0 == " " }) }
        }
        return "unknown"
    }
}
