internal import BelljarKernel

/// What a network namespace takes over from the host's when it is made, and programs ask their sockets for: set to the kernel's
/// own values (net/ipv4/tcp.c), with the one congestion control that every kernel has.
enum NetworkSettings {
    private static let values: KeyValuePairs = [
        "tcp_congestion_control": "reno",
        "tcp_rmem": "4096 131072 6291456",
        "tcp_wmem": "4096 16384 4194304",
    ]

    /// - Parameter proc: a writable mount of `/proc`, made inside the network namespace.
    static func fix(_ proc: borrowing Descriptor) throws(KernelError) {
        for (name, value) in values {
            let path = "sys/net/ipv4/\(name)"
            // A kernel without a network of that kind.
            guard try proc.statusIfPresent(of: path) != nil else { continue }
            try proc.open(path, .write).writeAll(Array(value.utf8))
        }
    }
}
