import BelljarFetch
import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarToolchain

/// With the machine's own mirrors and the sandbox: what users do.
@Suite(.serialized) struct RealImageTests {
    @Test func lockAndBuildAgain() throws {
        let name = Host.environment("TC") ?? "debian-12-base"
        let first = try Workshop()
        let text = try Descriptor.workingDirectory.open("Toolchains/\(name)/toolchain.yaml").readAll(limit: 1 << 20)
        try first.folder.write(text, to: "Toolchains/\(name)/toolchain.yaml")
        let toolchains = first.toolchains(mirrors: try Mirrors.configured())
        let lock = try toolchains.makeLock(name)
        print(first.progress.finished.joined(separator: "\n"), lock.changes.count)
        let second = try Workshop()
        let others = second.toolchains(folder: first.folder.path + "/Toolchains", mirrors: try Mirrors.configured())
        let (read, bytes) = try others.lock(name)
        #expect(read == lock)
        #expect(try others.image(read, lockText: bytes) == lock.image)
        print(second.progress.finished.joined(separator: "\n"))
        if let keep = Host.environment("KEEP") { _ = try Descriptor.makeDirectories(keep); try bytesOut(bytes, keep) }
    }
    func bytesOut(_ bytes: [UInt8], _ keep: String) throws {
        let f = try Descriptor.workingDirectory.open(
            keep + "/toolchain.lock.yaml", [.write, .create, .truncate], mode: 0o644)
        try f.writeAll(bytes)
    }
}
