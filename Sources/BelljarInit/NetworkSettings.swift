internal import BelljarKernel

/// The network of a sandbox: a loopback and nothing else.
enum NetworkSettings {
    /// What a network namespace takes over from the host's when it is made, and programs ask their sockets for: set to the kernel's
    /// own values (net/ipv4/tcp.c), with the one congestion control that every kernel has.
    private static let values: KeyValuePairs = [
        "tcp_congestion_control": "reno",
        "tcp_rmem": "4096 131072 6291456",
        "tcp_wmem": "4096 16384 4194304",
    ]

    /// - Parameter proc: a writable mount of `/proc`, made inside the network namespace.
    static func fix(_ proc: borrowing Descriptor) throws(KernelError) {
        for (name, value) in values { try set("ipv4/\(name)", value, proc) }
    }

    /// Brings the loopback up, with IPv6 wherever the kernel has it: a host may have switched it off for new devices.
    ///
    /// - Parameter proc: as of `fix`.
    /// - Returns: what is not as it is elsewhere, for the record's label: a kernel without IPv6, or one that puts the ends of
    ///   tunnels into every namespace (net.core.fb_tunnels_only_for_init_net), which nobody can take out again.
    static func raise(_ proc: borrowing Descriptor) throws(KernelError) -> [String] {
        for place in ["all", "default", "lo"] { try set("ipv6/conf/\(place)/disable_ipv6", "0", proc) }
        try Network.raiseLoopback()
        let others = try devices(proc).filter { $0 != "lo" }
        return (try hasAddress(proc) ? [] : ["no ipv6"]) + others.map { "device \($0)" }
    }

    private static func set(_ path: String, _ value: String, _ proc: borrowing Descriptor) throws(KernelError) {
        let path = "sys/net/" + path
        // A kernel without a network of that kind.
        guard try proc.statusIfPresent(of: path) != nil else { return }
        try proc.open(path, .write).writeAll(Array(value.utf8))
    }

    /// Names of network devices, in the kernel's order: what stands before a colon in each line but the first two.
    private static func devices(_ proc: borrowing Descriptor) throws(KernelError) -> [String] {
        let text = String(decoding: try proc.open("self/net/dev").readAll(limit: 1 << 20), as: UTF8.self)
        return text.split(separator: "\n").dropFirst(2).compactMap { line in
            line.split(separator: ":").first.map { String($0.filter { $0 != " " }) }
        }
    }

    /// Whether `::1` is there.
    private static func hasAddress(_ proc: borrowing Descriptor) throws(KernelError) -> Bool {
        let path = "self/net/if_inet6"
        guard try proc.statusIfPresent(of: path) != nil else { return false }
        let text = String(decoding: try proc.open(path).readAll(limit: 1 << 20), as: UTF8.self)
        return text.split(separator: "\n").contains { $0.hasPrefix("00000000000000000000000000000001 ") }
    }
}
