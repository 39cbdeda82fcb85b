import BelljarFuzz
import BelljarKernel
import Testing

/// The inputs that are kept for the fuzzer, through the functions that it calls.
@Suite struct FuzzTargetTests {
    private static let folder = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/Fuzz"

    private func names(in folder: borrowing Descriptor) throws -> [String] {
        try folder.entries().map { String(decoding: $0.name, as: UTF8.self) }.filter { !$0.hasPrefix(".") }.sorted()
    }

    /// Every file of a target below `Seeds` or `Regressions`, by name.
    private func inputs(_ kind: String, _ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let path = "\(Self.folder)/\(kind)/\(target.rawValue)"
        guard let folder = try? Descriptor.workingDirectory.open(path, .directory) else { return [] }
        return try names(in: folder).map { ($0, try folder.open($0).readAll(limit: 1 << 22)) }
    }

    @Test(arguments: FuzzTarget.allCases) func seedsAreAccepted(target: FuzzTarget) throws {
        let seeds = try inputs("Seeds", target).map(\.bytes) + target.samples
        #expect(!seeds.isEmpty)
        for seed in seeds { #expect(try target.run(seed), "\(String(decoding: seed.prefix(80), as: UTF8.self))") }
    }

    /// Each of these once crashed a reader or broke a property; now it is refused or read.
    @Test(arguments: FuzzTarget.allCases) func regressionsStayMended(target: FuzzTarget) throws {
        for input in try inputs("Regressions", target) {
            #expect(throws: Never.self, "\(input.name)") { _ = try target.run(input.bytes) }
        }
    }

    @Test func everyFolderOfInputsHasATarget() throws {
        for kind in ["Seeds", "Regressions"] {
            let folder = try Descriptor.workingDirectory.open("\(Self.folder)/\(kind)", .directory)
            for name in try names(in: folder) { #expect(FuzzTarget(rawValue: name) != nil, "\(kind)/\(name)") }
        }
    }
}
