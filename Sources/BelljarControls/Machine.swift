/// The machine that a build is told it runs on, as far as that is the same for every build. What the supervisor answers
/// and what the files of `/proc` say both come from here, so that they agree.
package enum Machine {
    package static let systemName = "Linux"
    package static let hostName = "belljar"
    package static let domainName = "localdomain"
    /// The kernel whose system calls a build has.
    package static let kernelRelease = "6.1.0"
    package static let kernelVersion = "#1"
    package static let architecture = "x86_64"

    /// Seconds since the machine began, and since then idle. A number that programs can divide by, and small enough
    /// for no process to be older than the machine.
    package static let uptimeSeconds: UInt64 = 60
    /// What the kernel's coarse clocks move by, and how long threads run that want to at the same time: CONFIG_HZ=250.
    package static let tickNanoseconds: Int64 = 4_000_000
    /// The commands of membarrier(2) that the baseline has (include/uapi/linux/membarrier.h): up to
    /// REGISTER_PRIVATE_EXPEDITED_RSEQ.
    package static let barriers: Int64 = 0x1ff
    /// Of Landlock's interface.
    package static let landlockVersion: Int64 = 2
    /// Clock ticks in a second, as all times in `/proc` are counted (USER_HZ, fixed on x86_64).
    package static let ticksPerSecond: UInt64 = 100
    /// Bytes of memory, and of these the unused ones. There is neither swap nor a cache. Tools that derive the number
    /// of their jobs from it find enough for `cpus`.
    package static let memoryBytes: UInt64 = 8 << 30
    package static let freeMemoryBytes: UInt64 = 7 << 30
    /// Processes and threads that the machine says it runs: the first process, and who asks.
    package static let processes: UInt16 = 2

    /// Size of every file system in blocks of 4096 bytes, free ones, and the same for inodes: room enough for everybody
    /// who asks before writing. What is really there is the sandbox's own limit.
    package static let blockSize: UInt64 = 4096
    package static let blocks: UInt64 = (64 << 30) / blockSize
    package static let freeBlocks: UInt64 = (32 << 30) / blockSize
    package static let inodes: UInt64 = 1 << 22
    package static let freeInodes: UInt64 = 1 << 21
}
