internal import BelljarKernel

/// `struct stat` of x86_64 (arch/x86/include/uapi/asm/stat.h): 144 bytes.
struct StatusStructure: BitwiseCopyable {
    private var device: UInt64
    private var inode: UInt64
    private var links: UInt64
    private var mode: UInt32
    private var uid: UInt32
    private var gid: UInt32
    private var padding: UInt32 = 0
    private var node: UInt64
    private var size: UInt64
    private var blockSize: UInt64
    private var blocks: UInt64
    private var accessed: (UInt64, UInt64)
    private var modified: (UInt64, UInt64)
    private var changed: (UInt64, UInt64)
    private var unused: (UInt64, UInt64, UInt64) = (0, 0, 0)

    init(_ facts: FileFacts) {
        device = Self.encode(facts.device)
        inode = facts.inode
        links = UInt64(facts.links)
        mode = facts.mode
        uid = facts.uid
        gid = facts.gid
        node = Self.encode(facts.node)
        size = facts.size
        blockSize = UInt64(facts.blockSize)
        blocks = facts.blocks
        accessed = Self.pair(facts.accessed)
        modified = Self.pair(facts.modified)
        changed = Self.pair(facts.changed)
    }

    private static func pair(_ moment: FileFacts.Moment) -> (UInt64, UInt64) {
        (UInt64(bitPattern: moment.seconds), UInt64(moment.nanoseconds))
    }

    /// A device number as one word (new_encode_dev in include/linux/kdev_t.h): the lowest eight bits of the minor number,
    /// twelve of the major number, and the rest of the minor number.
    static func encode(_ device: UInt64) -> UInt64 {
        let (major, minor) = (device >> 32, device & 0xffff_ffff)
        return minor & 0xff | major << 8 | (minor & ~0xff) << 12
    }
}
