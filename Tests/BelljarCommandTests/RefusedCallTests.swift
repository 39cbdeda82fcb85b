import BelljarKernel
import BelljarModel
import Testing

/// belljar started by somebody whose filter refuses one system call that PID 1 needs (as a container's may): no build
/// runs with less than it was promised, none is blamed for it, and nothing is recorded.
@Suite(.enabled(if: HostileParent.isCompiled, "parent.c needs a C compiler and a static C library"))
struct RefusedCallTests {
    /// On x86-64.
    static let calls: [(name: String, number: Int)] = [
        ("statx", 332), ("process_vm_readv", 310), ("process_vm_writev", 311), ("pidfd_open", 434),
        ("pidfd_getfd", 438), ("tgkill", 234), ("eventfd2", 290), ("fchownat", 260), ("umask", 95), ("kill", 62),
        ("statfs", 137), ("fstatfs", 138), ("signalfd4", 289), ("ioctl", 16), ("capset", 126),
        ("pidfd_send_signal", 424), ("rt_tgsigqueueinfo", 297),
    ]
    /// EPERM and ENOSYS.
    static let errors = [1, 38]

    /// What the filter takes away is there without it, and a filter that takes nothing is no obstacle.
    @Test func withoutARefusalItIsBuilt() throws {
        let host = try HostileParent()
        #expect(try host.build("refused-9999=38").answer.code == 0)
        #expect(try Self.records(host) == 1)
    }

    /// Started as root, belljar itself gives files to the account by `fchownat`, and ends sooner.
    @Test(arguments: calls.map(\.name).filter { !isRoot || $0 != "fchownat" })
    func aRefusedCallIsTheHosts(name: String) throws {
        let host = try HostileParent()
        let number = try #require(Self.calls.first { $0.name == name }).number
        for error in Self.errors {
            let build = try host.start(["refused-\(number)=\(error)"], ["build", "hello", "--no-cache", "--json"])
            let answer = try build.finish(seconds: 60)
            #expect(answer.code == 4, "\(name) \(error): \(answer.text) \(answer.complaint)")
            let symbol = try #require(Errno(rawValue: Int32(error)).symbol)
            #expect(answer.text.contains(symbol), "\(answer.text)")
            // `eventfd2` is called eventfd.
            #expect(answer.text.contains(name.prefix { !$0.isNumber }), "\(answer.text)")
            #expect(answer.text.contains("under a seccomp filter"), "\(answer.text)")
        }
        #expect(try Self.records(host) == 0)
    }

    private static func records(_ host: HostileParent) throws -> Int {
        let folder = try Descriptor.workingDirectory.open(host.project.store + "/records", .directory)
        return try folder.entries().count
    }
}
