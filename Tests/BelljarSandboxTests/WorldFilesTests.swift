import BelljarControls
import BelljarModel
import BelljarPlan
import Testing

@testable import BelljarSandbox

/// The texts of the world's `/proc`, and which of them a world needs.
@Suite struct WorldFilesTests {
    private func world(_ change: (inout ControlStates) -> Void = { _ in }) -> World {
        var states = ControlStates.standard
        change(&states)
        return World(states: states, epoch: 1_700_000_000, seed: RandomSeed.bytes(""), cpus: 3)
    }

    private func paths(_ world: World, hasBaseLayer: Bool = true) -> Set<String> {
        Set(WorldFiles.masks(world, hasBaseLayer: hasBaseLayer).map(\.path))
    }

    @Test func aRealWorldNeedsNothing() {
        #expect(WorldFiles.masks(.real, hasBaseLayer: true).isEmpty)
        #expect(WorldFiles.masks(.real, hasBaseLayer: false).isEmpty)
    }

    @Test func everyPathIsMaskedOnce() {
        let masks = WorldFiles.masks(world(), hasBaseLayer: false)
        #expect(Set(masks.map(\.path)).count == masks.count)
        #expect(masks.allSatisfy { $0.path.hasPrefix("/proc/") || $0.path.hasPrefix("/dev/") })
        let all = WorldFiles.constants.map(\.file.path) + WorldFiles.emptyDirectories.map(\.path)
        #expect(Set(all).count == all.count)
    }

    /// What a mask takes from the base layer is there.
    @Test(arguments: [Control.clock, .cpu, .identity, .memory, .random]) func theBaseLayerHasTheSources(
        _ control: Control
    ) {
        let there = Set(BaseLayer.standard.directories + BaseLayer.standard.files.map(\.path))
        let worlds = [world(), world { $0[control] = .real }]
        for mask in worlds.flatMap({ WorldFiles.masks($0, hasBaseLayer: true) }) where mask.source == .root {
            #expect(there.contains(String(mask.path.dropFirst())), "\(mask.path)")
        }
    }

    @Test func aControlThatIsRealMasksNothing() {
        let standard = paths(world())
        let without = { (control: Control) in standard.subtracting(paths(world { $0[control] = .real })) }
        #expect(without(.cpu) == ["cpuinfo", "stat", "interrupts", "schedstat", "softirqs"].proc)
        #expect(without(.memory).isSuperset(of: ["meminfo", "loadavg", "uptime", "vmstat", "sys"].proc))
        #expect(without(.identity).isSuperset(of: ["version", "cmdline", "sys"].proc))
        #expect(without(.random) == ["/dev/random", "/dev/urandom", "/proc/sys"])
        #expect(without(.clock) == ["/proc/sysvipc"])
    }

    /// With one of its controls real, `/proc/sys` is the kernel's with some files of the world in it.
    @Test func settingsAreOneMountOrMany() {
        let settings = { (world: World) in paths(world).filter { ($0 + "/").hasPrefix("/proc/sys/") } }
        #expect(settings(world()) == ["/proc/sys"])
        let mixed = settings(world { $0[.memory] = .real })
        #expect(mixed.contains("/proc/sys/kernel/osrelease"))
        #expect(mixed.contains("/proc/sys/kernel/random/uuid"))
        #expect(!mixed.contains("/proc/sys/kernel/threads-max"))
        #expect(!mixed.contains("/proc/sys"))
    }

    @Test func processorsAreCounted() {
        let lines = ProcText.processors(3).split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("processor\t") } == (0...2).map { "processor\t: \($0)" })
        #expect(lines.filter { $0 == "siblings\t: 3" }.count == 3)
        let statistics = ProcText.statistics(cpus: 3, epoch: 1_700_000_000)
        #expect(
            statistics.split(separator: "\n").prefix(5) == [
                "cpu  0 0 0 18000 0 0 0 0 0 0", "cpu0 0 0 0 6000 0 0 0 0 0 0", "cpu1 0 0 0 6000 0 0 0 0 0 0",
                "cpu2 0 0 0 6000 0 0 0 0 0 0", "intr 0",
            ])
        #expect(statistics.contains("\nbtime 1699999940\n"))
        #expect(ProcText.statistics(cpus: 1, epoch: 5).contains("\nbtime 0\n"))
    }

    @Test func textsHaveTheFormsOfTheKernel() {
        #expect(ProcText.version == "Linux version 6.1.0 (belljar@localdomain) (gcc, ld) #1\n")
        #expect(ProcText.load == "0.00 0.00 0.00 1/2 2\n")
        #expect(ProcText.uptime == "60.00 60.00\n")
        let memory = ProcText.memory.split(separator: "\n")
        #expect(memory.first == "MemTotal:        8388608 kB")
        #expect(memory.contains("VmallocTotal:   34359738367 kB"))
        #expect(memory.allSatisfy { $0.hasSuffix(" kB") })
    }

    /// The level that the C library is held to, and nothing beyond it.
    @Test func featuresAreThoseOfTheLevel() {
        let features = Set(ProcText.processorFeatures.split(separator: " "))
        #expect(features.isSuperset(of: ["cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"]))
        #expect(features.isDisjoint(with: ["avx", "avx2", "bmi1", "erms", "fma", "rdrand", "rdseed", "xsave"]))
    }

    @Test func theRandomFileHasItsDigest() {
        let content = RandomFile.content(seed: RandomFile.ordinarySeed)
        #expect(content.count == RandomFile.size)
        #expect(Digest(of: content) == RandomFile.digest)
        // No byte is rare and none is frequent: 4096 each, with a standard deviation of 64.
        var counts = [Int](repeating: 0, count: 256)
        for byte in content { counts[Int(byte)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 4096) < 6 * 64 })
    }

    @Test func anotherSeedMakesOtherNumbers() throws {
        var seeded = world()
        seeded.seed = RandomSeed.bytes("dice")
        let differing = Set(WorldFiles.masks(seeded, hasBaseLayer: true)).subtracting(
            WorldFiles.masks(world(), hasBaseLayer: true))
        let content = RandomFile.content(seed: seeded.seed)
        #expect(differing.allSatisfy { $0.source == .content(content) })
        #expect(Set(differing.map(\.path)) == ["/dev/random", "/dev/urandom"])
        #expect(content.count == RandomFile.size)
        #expect(content.prefix(32) != RandomFile.content(seed: RandomFile.ordinarySeed).prefix(32))
        seeded.states[.random] = .real
        #expect(paths(seeded).isDisjoint(with: ["/dev/random", "/dev/urandom"]))
    }

    @Test func theBaseLayersDirectoriesComeInOrder() {
        var seen: Set<String> = []
        for directory in BaseLayer.standard.directories {
            let parent = directory.split(separator: "/").dropLast().joined(separator: "/")
            #expect(parent.isEmpty || seen.contains(parent), "\(directory)")
            seen.insert(directory)
        }
        for file in BaseLayer.standard.files {
            let parent = file.path.split(separator: "/").dropLast().joined(separator: "/")
            #expect(seen.contains(parent), "\(file.path)")
            #expect(file.digest == Digest(of: file.bytes) && file.size == UInt64(file.bytes.count), "\(file.path)")
        }
    }
}

extension [String] {
    fileprivate var proc: Set<String> { Set(map { "/proc/" + $0 }) }
}
