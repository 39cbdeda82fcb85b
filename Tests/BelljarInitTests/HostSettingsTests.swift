import BelljarKernel
import Testing

@testable import BelljarInit

/// Settings of a kernel as files of a folder: those of the real one belong to everybody on the machine.
@Suite struct HostSettingsTests {
    private func check(_ values: [String: String]) throws {
        let parent = try Descriptor.workingDirectory.open(
            Host.environment("TMPDIR") ?? "/tmp", [.directory, .followingLinks])
        let name = "belljar-settings-\(UInt64.random(in: 0 ... .max))"
        try parent.makeDirectory(name)
        defer { try? parent.removeTree(name) }
        let proc = try parent.open(name, .directory)
        for folder in ["sys", "sys/vm", "sys/kernel"] { try proc.makeDirectory(folder) }
        for (path, value) in values {
            try proc.open("sys/" + path, [.write, .create]).writeAll(Array((value + "\n").utf8))
        }
        try HostSettings.check(proc)
    }

    private static let ordinary = [
        "kernel/overflowuid": "65534", "kernel/overflowgid": "65534", "vm/overcommit_memory": "0",
        "vm/max_map_count": "65530", "vm/mmap_min_addr": "65536", "vm/legacy_va_layout": "0", "vm/memfd_noexec": "0",
    ]

    @Test func whatHostsHaveIsAccepted() throws {
        #expect(Set(Self.ordinary.keys) == Set(HostSettings.needed.map(\.path)))
        try check(Self.ordinary)
        try check(Self.ordinary.merging(["vm/max_map_count": "1048576", "vm/overcommit_memory": "1"]) { $1 })
        // An old kernel has not all of them.
        try check(Self.ordinary.filter { $0.key != "vm/memfd_noexec" })
    }

    @Test(arguments: [
        ("kernel/overflowuid", "1"), ("kernel/overflowgid", "65533"), ("vm/overcommit_memory", "2"),
        ("vm/max_map_count", "65529"), ("vm/mmap_min_addr", "65537"), ("vm/legacy_va_layout", "1"),
        ("vm/memfd_noexec", "1"), ("vm/memfd_noexec", "2"), ("vm/max_map_count", ""),
    ])
    func whatBuildsCannotHaveIsNamed(path: String, value: String) throws {
        do {
            try check(Self.ordinary.merging([path: value]) { $1 })
            Issue.record("it was accepted")
        } catch let error as KernelError {
            #expect(error.subject.hasPrefix(path.split(separator: "/").joined(separator: ".") + ": it is "))
        }
    }

    @Test func thisHostIsOne() throws {
        try HostSettings.check(Descriptor.workingDirectory.open("/proc", .directory))
    }
}
