/// `/sys/devices/system/cpu`: what lscpu, hwloc, Java and C libraries ask for, of the processors of `/proc/cpuinfo`. One package
/// of cores that do one thing at a time, each with caches of its own. There are no nodes of memory, as the system calls about
/// them say.
enum ProcessorFiles {
    private static let folder = "sys/devices/system/cpu/"

    /// What a machine of so many says.
    static func files(_ cpus: UInt32) -> [BaseLayer.File] {
        let all = cpus == 1 ? "0" : "0-\(cpus - 1)"
        var texts = [
            ("isolated", ""), ("kernel_max", "8191"), ("offline", ""), ("online", all), ("possible", all),
            ("present", all),
        ]
        let allMask = mask(cpus) { _ in true }
        for index in 0..<cpus {
            let own = mask(cpus) { $0 == index }
            texts += topology(index, own: own, all: all, allMask: allMask)
            for (number, cache) in caches.enumerated() {
                texts += files(cache, of: index, own: own).map {
                    ("cpu\(index)/cache/index\(number)/" + $0.key, $0.value)
                }
            }
            // The first one of a machine cannot be switched off.
            if index > 0 { texts.append(("cpu\(index)/online", "1")) }
        }
        return texts.map { BaseLayer.File(path: folder + $0.0, text: $0.1 + "\n") }
    }

    private static func topology(
        _ index: UInt32, own: String, all: String, allMask: String
    ) -> [(String, String)] {
        let values: KeyValuePairs = [
            "core_cpus": own, "core_cpus_list": "\(index)", "core_id": "\(index)", "core_siblings": allMask,
            "core_siblings_list": all, "die_cpus": allMask, "die_cpus_list": all, "die_id": "0",
            "package_cpus": allMask,
            "package_cpus_list": all, "physical_package_id": "0", "thread_siblings": own,
            "thread_siblings_list": "\(index)",
        ]
        return values.map { ("cpu\(index)/topology/" + $0.key, $0.value) }
    }

    private struct Cache: Sendable {
        var level: Int
        var type: String
        var kibibytes: Int
        var ways: Int
    }

    /// The last one is the `cache size` of `/proc/cpuinfo`.
    private static let caches = [
        Cache(level: 1, type: "Data", kibibytes: 32, ways: 8),
        Cache(level: 1, type: "Instruction", kibibytes: 32, ways: 8),
        Cache(level: 2, type: "Unified", kibibytes: 1024, ways: 16),
    ]
    private static let lineSize = 64

    private static func files(_ cache: Cache, of index: UInt32, own: String) -> KeyValuePairs<String, String> {
        [
            "coherency_line_size": "\(lineSize)", "id": "\(index)", "level": "\(cache.level)",
            "number_of_sets": "\(cache.kibibytes * 1024 / (cache.ways * lineSize))", "physical_line_partition": "1",
            "shared_cpu_list": "\(index)", "shared_cpu_map": own, "size": "\(cache.kibibytes)K", "type": cache.type,
            "ways_of_associativity": "\(cache.ways)",
        ]
    }

    /// A set of processors as the kernel prints it: hexadecimal digits, 32 bits to a group, the highest first, and of that no more
    /// digits than there are processors for.
    static func mask(_ cpus: UInt32, _ contains: (UInt32) -> Bool) -> String {
        let groups = (cpus + 31) / 32
        return (0..<groups).reversed().map { group in
            let count = min(32, cpus - group * 32)
            var bits: UInt32 = 0
            for bit in 0..<count where contains(group * 32 + bit) { bits |= 1 << bit }
            let digits = String(bits, radix: 16)
            return String(repeating: "0", count: max(0, Int((count + 3) / 4) - digits.utf8.count)) + digits
        }.joined(separator: ",")
    }
}
