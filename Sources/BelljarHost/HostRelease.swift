internal import BelljarKernel
package import BelljarModel

/// What this machine's distribution says of itself.
package enum HostRelease {
    /// The name of its suite, such as bookworm (os-release(5), VERSION_CODENAME); nil if it has none.
    package static func codename() throws(BelljarError) -> String? {
        let path = "/etc/os-release"
        let text = try hostCall("read", path) { () throws(KernelError) -> String? in
            guard try Descriptor.workingDirectory.statusIfPresent(of: path) != nil else { return nil }
            let bytes = try Descriptor.workingDirectory.open(path, .followingLinks).readAll(limit: 1 << 16)
            return String(decoding: bytes, as: UTF8.self)
        }
        return text.flatMap(codename)
    }

    static func codename(in text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix("VERSION_CODENAME=") {
            let value = line.dropFirst("VERSION_CODENAME=".count).filter { $0 != "\"" && $0 != "'" }
            return value.isEmpty ? nil : value
        }
        return nil
    }
}
