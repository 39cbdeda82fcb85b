internal import CLinux
internal import Glibc

extension Descriptor {
    /// A nameless file in memory, open for reading and writing, close-on-exec, that can be sealed.
    ///
    /// - Parameter name: shown in /proc/PID/fd only.
    package static func memoryFile(_ name: String) throws(KernelError) -> Descriptor {
        let made = try unsafe checked("memfd_create", name: name) { unsafe bj_memfd_create($0) }
        return Descriptor(owning: made)
    }

    /// From now on nobody can change this file in memory: neither content, nor size, nor the seals.
    package func seal() throws(KernelError) {
        _ = try checked("fcntl", "F_ADD_SEALS") { bj_seal(number) }
    }
}
