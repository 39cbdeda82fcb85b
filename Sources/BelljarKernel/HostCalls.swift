internal import CLinux
internal import Glibc

// Calls that are made to find out what this kernel has.

extension Host {
    /// A descriptor that stands for a process.
    package static func openProcess(_ pid: Int32) throws(KernelError) -> Descriptor {
        Descriptor(owning: try checked("pidfd_open", "\(pid)") { bj_pidfd_open(pid) })
    }

    /// The version of Landlock's interface, counted from 1.
    package static func landlockVersion() throws(KernelError) -> Int32 {
        try checked("landlock_create_ruleset", "VERSION") { bj_landlock_version() }
    }

    /// The commands of membarrier(2) that this kernel has, a bit for each; negative if it has none at all.
    package static var barriers: Int32 { bj_membarrier_query() }

    /// Switches off the randomisation of addresses for what the calling process executes from now on.
    package static func fixAddresses() throws(KernelError) {
        _ = try checked("personality", "ADDR_NO_RANDOMIZE") { bj_personality_no_randomize() }
    }
}
