internal import CLinux

/// The processor that this program runs on.
package enum Processor {
    /// The level that builds are told of, and that code in toolchains may be made for.
    package static let level = "x86-64-v2"

    /// In the order of the bits of `bj_processor_lacks`, as `/proc/cpuinfo` calls them.
    private static let names = ["pni", "ssse3", "cx16", "sse4_1", "sse4_2", "popcnt", "lahf_lm"]

    /// What it lacks of the level; nothing if it has all of it.
    package static var missing: [String] { missing(bj_processor_lacks()) }

    static func missing(_ bits: UInt32) -> [String] {
        names.indices.filter { bits >> UInt32($0) & 1 == 1 }.map { names[$0] }
    }
}
