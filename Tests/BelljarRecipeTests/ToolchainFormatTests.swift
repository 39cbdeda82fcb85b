import BelljarKernel
import BelljarModel
import BelljarRecipe
import Testing

/// What a version wrote of a toolchain stays good: Tests/Fixtures/Formats has it, the lock with its first packages alone.
@Suite struct ToolchainFormatTests {
    private static func read(_ name: String) throws -> [UInt8] {
        let tests = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return try Descriptor.workingDirectory.open("\(tests)/Fixtures/Formats/essential/\(name)").readAll(
            limit: 1 << 20)
    }

    /// Made when essential packages had begun to come along.
    @Test func aLockStaysTheOneOfItsSpec() throws {
        let spec = try ToolchainDecoder.spec(try Self.read("toolchain.yaml"), file: "toolchain.yaml")
        let lock = try ToolchainDecoder.lock(try Self.read("toolchain.lock.yaml"), file: "toolchain.lock.yaml")
        #expect(
            lock.spec.hex == "cbbaf79ecd2e5c05ac89d7a3159af03a7699e9817d75505383b6314c892a5149")
        #expect(ToolchainDecoder.digest(of: spec) == lock.spec)
        #expect(ToolchainDecoder.isMade(lock, of: spec))
        #expect(lock.image.digest.hex == "02f7cbe4cba624eedee2f916e53c958338b2a983dc9d2e45035a76f12350b7f9")
        // Without the essential packages, it is another toolchain's.
        guard case .debian(var packages) = spec.kind else { throw TestSupportFailure() }
        packages.essential = false
        var other = spec
        other.kind = .debian(packages)
        #expect(!ToolchainDecoder.isMade(lock, of: other))
    }

    private struct TestSupportFailure: Error {}
}
